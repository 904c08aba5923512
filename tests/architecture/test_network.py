"""Nothing leaves this machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that names every try of a Python process to reach another machine."""
    found = tmp_path / "refused"
    monkeypatch.setenv("NETWORK_WATCH", str(found))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).with_name("network_watch")))
    return found


def _python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=240
    )


@pytest.mark.parametrize(
    "attempt",
    [
        "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
        "import socket; socket.getaddrinfo('example.invalid', 80)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ],
)
def test_the_watch_sees_and_refuses_a_try(refused: Path, attempt: str) -> None:
    tried = _python("-c", attempt)
    assert tried.returncode != 0
    assert "allows no network" in tried.stderr
    assert refused.read_text(encoding="utf-8").startswith("socket.")


@pytest.mark.usefixtures("private_home")
@pytest.mark.parametrize(
    ("mode", "worker"),
    [(["--no-host"], "-m pixelwright html"), ([], "-m pixelwright.host.reader")],
    ids=["in one process", "through the host"],
)
def test_a_conversion_reaches_for_no_other_machine(
    refused: Path, tmp_path: Path, mode: list[str], worker: str
) -> None:
    picture = min(SAMPLES.glob("*.png"), key=lambda path: path.stat().st_size)
    page = tmp_path / "page.html"
    try:
        made = _python("-m", "pixelwright", "html", str(picture), "-o", str(page), *mode)
        assert made.returncode == 0, made.stderr
        assert page.stat().st_size > 0
        assert worker in refused.with_suffix(".watched").read_text(encoding="utf-8")
        assert not refused.exists(), refused.read_text(encoding="utf-8")
    finally:
        _python("-m", "pixelwright", "host", "stop")


@pytest.mark.usefixtures("private_home")
@pytest.mark.parametrize(
    ("mode", "worker"),
    [(["--no-host"], "-m pixelwright ask"), ([], "-m pixelwright.host.engine")],
    ids=["in one process", "through the host"],
)
def test_a_question_reaches_for_no_other_machine(
    refused: Path, monkeypatch: pytest.MonkeyPatch, mode: list[str], worker: str
) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    question = ["ask", str(SAMPLES / "login.png"), "What is this?", "--model", "tiny", "--max-tokens", "4"]
    try:
        asked = _python("-m", "pixelwright", *question, *mode)
        assert asked.returncode == 0, asked.stderr
        assert asked.stdout.strip()
        assert worker in refused.with_suffix(".watched").read_text(encoding="utf-8")
        assert not refused.exists(), refused.read_text(encoding="utf-8")
    finally:
        _python("-m", "pixelwright", "host", "stop")


@pytest.mark.usefixtures("private_home")
@pytest.mark.parametrize(
    ("words", "status"),
    [(["doctor"], 0), (["model", "list"], 0), (["model", "install", "Qwen/Qwen3-VL-2B-Instruct"], 2)],
)
def test_models_are_looked_at_without_asking_the_hub(refused: Path, words: list[str], status: int) -> None:
    """Installing needs somebody's consent: here nobody can be asked."""
    done = subprocess.run(
        [sys.executable, "-m", "pixelwright", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
    )
    assert done.returncode == status, done.stderr
    assert refused.with_suffix(".watched").exists()
    assert not refused.exists(), refused.read_text(encoding="utf-8")
