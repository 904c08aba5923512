"""`pixelwright model` as a person, a script and the language server use it, with a hub of our own."""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pixelwright import packages
from pixelwright.errors import Cancelled
from pixelwright.model import runtime, store
from pixelwright.protocol import messages, wire
from pixelwright.terminal import models as verb
from tests.model.hub_server import COMMIT, NAME, Hub

COMMAND = [sys.executable, "-m", "pixelwright", "model"]


VARIABLES = ("HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "PIXELWRIGHT_MODEL")


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """The verb with nobody at a terminal."""
    command = [*COMMAND, *words]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=60
    )


@pytest.fixture
def hub(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    files = {path.name: path.read_bytes() for path in store.TINY.iterdir() if path.is_file()}
    with Hub(files) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        for variable in (
            "HF_HOME",
            "HF_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "TRANSFORMERS_OFFLINE",
            "PIXELWRIGHT_MODEL",
        ):
            monkeypatch.delenv(variable, raising=False)
        yield served


def state(text: str) -> messages.ModelsState:
    decoded: messages.ModelsState = wire.decode(messages.ModelsState, json.loads(text))
    return decoded


def installed(text: str) -> list[str]:
    return [model.name for model in state(text).models if model.installed]


def test_what_can_be_had_is_listed_without_asking_anybody(hub: Hub) -> None:
    listed = run()
    assert listed.returncode == 0, listed.stderr
    assert [known.name in listed.stdout for known in store.KNOWN] == [True] * len(store.KNOWN)
    assert "4.3 GB  apache-2.0" in listed.stdout
    found = state(run("list", "--json").stdout)
    assert [model.name for model in found.models] == [known.name for known in store.KNOWN]
    assert found.runtime
    assert found.free > 0
    assert hub.asked == []


def test_installing_listing_and_removing(hub: Hub) -> None:
    done = run("install", "--yes")
    assert done.returncode == 0, done.stderr
    folder = Path(done.stdout.strip())
    assert folder.name == COMMIT
    assert (folder / "model.safetensors").read_bytes() == hub.files["model.safetensors"]
    for shown in (NAME, "apache-2.0", "3.7 MB", str(store.cache_folder())):
        assert shown in done.stderr
    assert f"installed  {NAME}" in run("list").stdout
    assert str(folder) in run("list").stdout
    removed = run("remove", NAME, "--yes")
    assert removed.returncode == 0, removed.stderr
    assert removed.stdout == "3.7 MB freed.\n"
    assert not folder.exists()
    assert installed(run("list", "--json").stdout) == []


def test_for_programs_progress_is_json_by_the_line(hub: Hub) -> None:
    hub.pause = 0.01
    done = run("install", "qwen3-vl-2b-instruct", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert installed(done.stdout) == [NAME]
    told = [json.loads(line) for line in done.stderr.splitlines()]
    fractions = [row["fraction"] for row in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert len(fractions) > 3
    assert any("model.safetensors" in row["message"] for row in told)


@pytest.mark.parametrize("words", [("install",), ("install", NAME, "--json"), ("remove", NAME), ("remove",)])
def test_without_anybody_to_ask_nothing_happens(hub: Hub, words: tuple[str, ...]) -> None:
    refused = run(*words)
    assert refused.returncode == 2
    assert hub.asked == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals in the standard library")
@pytest.mark.parametrize(("answer", "status"), [("y\n", 0), ("n\n", 130), ("\n", 130)])
def test_a_person_is_asked(hub: Hub, answer: str, status: int) -> None:
    import pty

    ours, theirs = pty.openpty()
    process = subprocess.Popen([*COMMAND, "install"], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs)
    os.close(theirs)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(ours, 1024)
    assert b"apache-2.0" in seen
    assert hub.gets("model.safetensors") == []
    os.write(ours, answer.encode())
    output = process.communicate(timeout=60)[0].decode()
    os.close(ours)
    assert process.returncode == status
    assert bool(output) == (status == 0)
    assert store.repository(NAME).exists() == (status == 0)


@pytest.mark.parametrize(("answers", "agreed"), [("y\ny\n", True), ("y\nn\n", False)])
def test_what_could_not_be_told_before_is_asked_when_it_can(
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answers: str,
    agreed: bool,
) -> None:
    """A checkpoint that is not among ours, on a machine without the packages that ask for its size."""
    missing = [packages.Requirement("torch", ">=2.11")]
    monkeypatch.setattr(store, "KNOWN", ())
    monkeypatch.setattr(runtime, "missing", lambda: tuple(missing))
    monkeypatch.setattr(runtime, "install", lambda _progress: missing.clear())
    monkeypatch.setattr(verb, "_check_somebody_agrees", lambda _options: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
    options = argparse.Namespace(action="install", name=NAME, revision=None, yes=False, json=False)
    if agreed:
        assert verb.run(options) == 0
    else:
        with pytest.raises(Cancelled):
            verb.run(options)
    before, after = capsys.readouterr().err.split("[y/N]")[:2]
    assert "apache-2.0" not in before
    assert "3.7 MB" in after
    assert "apache-2.0" in after
    assert bool(hub.gets("model.safetensors")) == agreed


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_giving_up_is_quick_and_what_came_is_kept(hub: Hub, how: signal.Signals) -> None:
    hub.pause = 0.2
    process = subprocess.Popen(
        [*COMMAND, "install", "--yes", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    while json.loads(process.stderr.readline())["fraction"] < 0.1:
        pass
    began = time.monotonic()
    process.send_signal(how)
    output, errors = process.communicate(timeout=20)
    assert time.monotonic() - began < 5, "it is waited for"
    assert process.returncode == 130
    assert output == ""
    assert "Traceback" not in errors
    assert installed(run("list", "--json").stdout) == []
    hub.asked.clear()
    hub.pause = 0.0
    assert run("install", "--yes").returncode == 0
    [rest] = hub.gets("model.safetensors")
    assert int(rest.removeprefix("bytes=").rstrip("-")) > 200_000


def test_a_failure_is_told_in_words_and_in_json(hub: Hub) -> None:
    failed = run("install", "Qwen/No-Such-Model", "--yes", "--json")
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["error"]["code"] == "notFound"
    assert "Qwen/No-Such-Model" in failed.stderr
    assert run("install", "not a name", "--yes").returncode == 2
    assert run("install", NAME, "--yes", "--revision", "no-such").returncode == 1
    assert run("remove", NAME, "--yes").returncode == 1


def test_a_folder_of_ones_own_is_a_model_too(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELWRIGHT_MODEL", str(store.TINY))
    assert installed(run("list", "--json").stdout) == [str(store.TINY)]
    assert f"installed  {store.TINY}" in run("list").stdout


def test_a_revision_can_be_named(hub: Hub) -> None:
    assert run("install", "--yes", "--revision", "v1").returncode == 0
    assert (store.repository(NAME) / "refs" / "v1").read_text() == COMMIT
    assert installed(run("list", "--json").stdout) == [NAME]
