"""`pixelwright ask` as a person or a script uses it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pixelwright.terminal.ask import harmless
from tests.checkpoints import make_chatty

pytest.importorskip("torch", reason="the extra `model` is not installed")

COMMAND = [sys.executable, "-m", "pixelwright"]
ROOT = Path(__file__).resolve().parents[2]
ANSWERS: list[dict[str, Any]] = json.loads(
    (ROOT / "tests/model/tiny_answers.json").read_text(encoding="utf-8")
)
SAMPLES = sorted(path.name for path in (ROOT / "samples").glob("*.png"))


def run(*arguments: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, **more)


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chatty(tmp_path_factory.mktemp("models") / "chatty")


@pytest.fixture
def host(private_home: Path, chatty: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PIXELWRIGHT_IDLE_SECONDS", "60")
    monkeypatch.setenv("PIXELWRIGHT_MODEL", str(chatty))
    yield private_home
    run("host", "stop")


def test_the_answer_is_on_stdout_and_the_rest_on_stderr(host: Path, small_picture: Path) -> None:
    done = run("ask", small_picture, "What is this?", "--max-tokens", "30")
    assert done.returncode == 0, done.stderr
    assert "Loading chatty" in done.stderr
    assert "cut at its limit" in done.stderr
    record = json.loads(run("ask", small_picture, "What is this?", "--max-tokens", "30", "--json").stdout)
    assert done.stdout == record["text"] + "\n"
    assert (record["tokens"], record["finish"], record["model"]) == (30, "budget", "chatty")
    status = run("host", "status").stdout
    assert "chatty on cpu" in status
    assert "tokens/s" in status


def test_without_a_host_it_says_the_same(host: Path, small_picture: Path) -> None:
    question = ("ask", small_picture, "What is this?", "--max-tokens", "20")
    alone = run(*question, "--no-host")
    assert alone.returncode == 0, alone.stderr
    assert run("host", "status").stdout.startswith("No host")
    assert run(*question).stdout == alone.stdout


def test_a_picture_from_stdin_and_a_model_by_a_relative_folder(
    host: Path, small_picture: Path, chatty: Path
) -> None:
    with small_picture.open("rb") as file:
        done = run(
            "ask", "-", "你好?", "--max-tokens", "5", "--model", chatty.name, "--json",
            stdin=file, cwd=chatty.parent,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["tokens"] == 5


@pytest.mark.parametrize("how", [[], ["--no-host"]], ids=["host", "no host"])
def test_it_comes_while_it_is_written_and_stops_at_ctrl_c(
    host: Path, small_picture: Path, how: list[str]
) -> None:
    command = [*COMMAND, "ask", str(small_picture), "What?", "--max-tokens", "30000", *how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        assert asking.stdout.read(20), "nothing is held back until the end"
        asking.send_signal(signal.SIGINT)
        _, said = asking.communicate(timeout=10)
    assert asking.returncode == 130
    assert said.decode().rstrip().endswith("Cancelled.")
    assert "Traceback" not in said.decode()


def test_who_stops_reading_gives_up(host: Path, small_picture: Path) -> None:
    reading, writing = os.pipe()
    command = [*COMMAND, "ask", str(small_picture), "What?", "--max-tokens", "30000"]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True) as asking:
        os.close(writing)
        os.read(reading, 1)
        os.close(reading)
        _, said = asking.communicate(timeout=20)
    assert asking.returncode == 1
    assert "Traceback" not in said
    state = json.loads(run("host", "status", "--json").stdout)["host"]
    assert state["waiting"] == 0


@pytest.mark.parametrize(
    ("question", "more", "status", "words"),
    [
        ("", [], 2, "is empty"),
        ("What?", ["--max-tokens", "0"], 2, "not 0"),
        ("What?", ["--model", "Nobody/Nothing"], 1, "pixelwright model install Nobody/Nothing"),
        ("x" * 100_000, [], 1, "100,000 characters"),
    ],
    ids=["empty", "no tokens", "unknown model", "endless"],
)
def test_a_wrong_question_gets_a_sentence(
    host: Path, small_picture: Path, question: str, more: list[str], status: int, words: str
) -> None:
    for how in ([], ["--no-host"]):
        done = run("ask", small_picture, question, *more, *how)
        assert done.returncode == status
        assert words in done.stderr
        assert done.stdout == ""


def test_a_question_reaches_for_no_other_machine(
    host: Path, small_picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Path(__file__).parents[1] / "architecture" / "network_watch"
    refused = tmp_path / "refused"
    monkeypatch.setenv("NETWORK_WATCH", str(refused))
    monkeypatch.setenv("PYTHONPATH", str(watch))
    assert run("ask", small_picture, "What?", "--max-tokens", "5").returncode == 0
    assert "-m pixelwright.host.engine" in refused.with_suffix(".watched").read_text(encoding="utf-8")
    assert not refused.exists(), refused.read_text(encoding="utf-8")


def test_a_video_is_refused(host: Path, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(200))
    done = run("ask", tmp_path / "clip.mp4", "What happens?", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "unsupported"
    assert "clip.mp4 is a video" in done.stderr


@pytest.mark.parametrize("picture", SAMPLES, ids=lambda name: name.removesuffix(".png"))
def test_the_samples_are_understood(host: Path, picture: str) -> None:
    """The whole road with a model that has learnt something: what comes out makes sense."""
    asked = [entry for entry in ANSWERS if entry["picture"] == f"samples/{picture}"]
    page = next(entry for entry in asked if entry["answer"].startswith("```html"))
    words = next(entry for entry in asked if not entry["answer"].startswith("```html"))
    for entry in (page, words):
        done = run("ask", ROOT / entry["picture"], entry["question"], "--model", "tiny", "--json")
        record = json.loads(done.stdout)
        assert (record["text"], record["finish"]) == (entry["answer"], "end")


def test_an_answer_is_no_command_to_a_terminal() -> None:
    assert harmless("a\x1b]52;c;bad\x07b\tc\nd\x9b2J 你好 é") == "a]52;c;badb\tc\nd2J 你好 é"
