"""What every test may use."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# A second thread that spins costs more than it gives on a busy machine of two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """An empty folder with a short path: a socket's address may have no more than about 100 bytes."""
    system = Path("/tmp")  # the default of macOS is 60 bytes long by itself
    folder = Path(tempfile.mkdtemp(prefix="pw-", dir=system if system.is_dir() else None))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def private_home(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folders of the test's own, so that it shares no host, state or cache with anybody.

    The folder holds `run` (mode 0700), `state`, `cache` and `data`; processes that the test starts
    inherit them. A host that a test leaves behind ends soon.
    """
    monkeypatch.setenv("PIXELWRIGHT_IDLE_SECONDS", "5")
    monkeypatch.delenv("PIXELWRIGHT_RUNTIME_DIR", raising=False)
    for name, variables in {
        "run": ("XDG_RUNTIME_DIR",),
        "state": ("XDG_STATE_HOME", "PIXELWRIGHT_STATE_DIR"),
        "cache": ("XDG_CACHE_HOME",),
        "data": ("XDG_DATA_HOME", "LOCALAPPDATA"),
    }.items():
        folder = short_folder / name
        folder.mkdir(mode=0o700)
        for variable in variables:
            monkeypatch.setenv(variable, str(folder))
    return short_folder


def draw_picture(path: Path, lines: list[str], *, width: int = 640, size: int = 22) -> Path:
    """A screenshot of sorts: dark lines of text on white, one below the other, and a blue button."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (width, 80 + 2 * size * len(lines)), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    for number, line in enumerate(lines):
        draw.text((40, 30 + 2 * size * number), line, fill="#222222", font=font)
    draw.rectangle((width - 140, 20, width - 20, 56), fill="#1a56db")
    image.save(path)
    return path


@pytest.fixture
def small_picture(tmp_path: Path) -> Path:
    """A picture that is read in well under a second."""
    return draw_picture(tmp_path / "hello.png", ["Hello pictures"])


@pytest.fixture
def long_picture(tmp_path: Path) -> Path:
    """A picture with so much text that reading it takes some seconds."""
    words = ["quick", "brown", "foxes", "jump", "over", "lazy", "dogs", "while", "seven", "wizards"]
    lines = [
        " ".join(words[(3 * row + column) % len(words)] for column in range(11)) + f" {row}"
        for row in range(36)
    ]
    return draw_picture(tmp_path / "long.png", lines, width=1280)
