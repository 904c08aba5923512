"""`pixelwright bench`: what it says is complete and true of the tiny checkpoint, and it needs little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import prod
from pathlib import Path
from typing import Any

import pytest
import torch

from pixelwright.bench import measure
from pixelwright.bench.bandwidth import measure_bandwidth
from pixelwright.bench.settings import Settings, command_of
from pixelwright.bench.subject import open_subject
from pixelwright.bench.timing import Run, summarise
from pixelwright.cli import main
from pixelwright.model.config import read_config
from pixelwright.model.weights import build

SERVER = Path(__file__).parents[2] / "server"

# What a conversion needs, and a measurement does not: a machine with a GPU may lack all of it.
UNNEEDED = ("pygls", "lsprotocol", "rapidocr", "cv2", "onnxruntime", "msgpack", "selectolax")
WITHOUT = f"""
import sys
for name in {UNNEEDED!r}:
    sys.modules[name] = None  # importing it fails
from pixelwright.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of a run on the tiny checkpoint, with short answers."""
    output = tmp_path_factory.mktemp("bench") / "report.json"
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "bench", "--tiny", "--tokens", "12", "--json", str(output)],
        env={**os.environ, "PYTHONPATH": str(SERVER)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "greedy tokens equal to generate's" in done.stdout
    value: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return value


def test_the_answers_are_those_of_generate(report: dict[str, Any]) -> None:
    assert report["equal_to_generate"] is True
    cases = {row["case"] for row in report["equality"]}
    variants = {row["variant"] for row in report["equality"]}
    assert {"text", "picture 1280x720", "two pictures", "clip", "picture and clip"} <= cases
    ways = ("eager", "fixed shapes")
    kinds = ("plain", "look-up", "prefix cache", "interleaved")
    assert variants == {f"{way}, {kind}" for way in ways for kind in kinds}


def test_every_figure_is_there(report: dict[str, Any]) -> None:
    assert report["errors"] == []
    assert report["weights"] == "tiny"
    assert report["speedup_over_generate"] > 0
    assert report["bandwidth"]["ceiling"] > 0
    sides = {(row["case"], row["side"]) for row in report["runs"]}
    assert len(sides) == 10  # text, a picture, a clip at 1 and 2 fps, text beside int8: by either side
    assert report["against_generate"].keys() == {
        *(case for case, _ in sides if "beside" not in case),
        "text, int8",
    }
    for row in report["runs"]:
        assert row["tokens"] == 12
        assert row["reused"] < 16  # the words around a question, at most
        assert min(row["first_token"], row["tokens_per_second"], row["ceiling_share"]) > 0
        assert (row["visual_tokens"] > 0) == row["case"].startswith(("picture", "clip"))
    assert report["lookup"]["tokens"] == 713
    assert report["lookup"]["tokens_per_step"] > 5, "a table that the tiny checkpoint knows by heart"
    assert report["lookup"]["highest_speedup"] > 0
    assert 0 < report["int8"]["mean_difference"] < report["int8"]["deviation"]


def test_what_fails_is_told_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("another version")

    monkeypatch.setattr(measure, "Generate", fail)
    output = tmp_path / "out.json"
    arguments = ["bench", "--tiny", "--quick", "--device", "cpu", "--tokens", "4", "--json", str(output)]
    assert main(arguments) == 1
    assert "error: generate: RuntimeError: another version" in capsys.readouterr().out
    report = json.loads(output.read_text(encoding="utf-8"))
    assert report["equal_to_generate"] is False
    assert report["speedup_over_generate"] is None
    assert {row["case"] for row in report["runs"]} == {"text", "picture 1280x720"}


def test_what_it_was_measured_on_is_told(report: dict[str, Any]) -> None:
    assert report["versions"]["torch"] == torch.__version__
    assert report["hardware"]["processor"]
    assert report["command"] == "pixelwright bench --tiny --tokens 12 --json report.json"


def test_the_architecture_is_that_of_the_published_checkpoint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))  # nothing is installed
    monkeypatch.delenv("PIXELWRIGHT_MODEL", raising=False)
    count = 0

    def take(name: str, *shape: int, either: bool = False) -> torch.Tensor:
        nonlocal count
        count += prod(shape)
        return torch.empty(shape, device="meta")

    with open_subject(Settings()) as subject:
        assert subject.weights == "random"
        build(take, read_config(subject.folder))
    assert count == 2_127_532_032  # what the hub says of Qwen3-VL-2B-Instruct
    assert not subject.folder.exists()


def test_a_row_is_the_median_of_its_rounds() -> None:
    runs = [
        Run(
            (1, 2, 3),
            prompt_tokens=9,
            visual_tokens=0,
            reused=0,
            preparing=0,
            first_token=s,
            decoding=s,
            cpu=s,
            steps=2,
        )
        for s in (1.0, 4.0, 2.0)
    ]
    row = summarise(
        runs,
        side="pixelwright",
        configuration="eager",
        case="text",
        weight_bytes=100,
        row_bytes=2,
        ceiling=1000,
        peak_memory=None,
    )
    assert (row.first_token, row.tokens_per_second, row.cpu_seconds_per_token) == (2.0, 1.0, 1.0)
    assert row.read_per_token == 121  # the weights, and the cache's rows at the middle of the answer
    assert row.ceiling_share == pytest.approx(0.121)


def test_the_bandwidth_is_measured() -> None:
    found = measure_bandwidth(torch.device("cpu"), 1 << 22)
    assert found["ceiling"] == max(found["sum"], found["copy"], found["product"])


def test_the_command_can_be_given_again() -> None:
    settings = Settings(device="cpu", tokens=8, quick=True)
    assert command_of(settings, None) == "pixelwright bench --quick --device cpu --tokens 8"


def test_wrong_usage_is_told_at_once(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["bench", "--tiny", "--tokens", "1"]) == 2
    assert main(["bench", "--tiny", "--json", str(tmp_path / "missing" / "out.json")]) == 1
    assert "There is no folder" in capsys.readouterr().err
