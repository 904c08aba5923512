"""What runs the model: PyTorch and the other packages of our extra `model`. Are they there? Install them.

Nothing of them is imported here.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path

from pixelwright import packages
from pixelwright.errors import PixelwrightError
from pixelwright.model.pip_output import PipOutput, failure
from pixelwright.progress import Progress

EXTRA = "model"
INDEX_VARIABLE = "PIXELWRIGHT_TORCH_INDEX"  # another index for PyTorch; empty for none
PYTORCH_INDEX = "https://download.pytorch.org/whl/"  # PyTorch's own, with a folder for each build
OTHERS_BYTES = 50_000_000  # what the extra downloads besides PyTorch
CUDA_LINE = r"\s*(Collecting|Downloading|Using cached) (nvidia|cuda)[-_]"  # pip takes the large build
# What `python -m` would do, but without the folder that somebody happens to be in (`sys.path[0]` is empty):
# a repository from anywhere may hold a pixelwright of its own. Relative paths in pip's settings keep meaning
# what they mean there, so pip runs in that folder all the same.
START_PIP = """
import sys
sys.path[:] = filter(None, sys.path)
from pixelwright.model.pip_process import main
main()
"""
RAW_PROGRESS_SINCE = "24.1"  # pip's `--progress-bar raw`
END_PATIENCE = 5.0  # seconds; pip_process.GRACE is shorter


@dataclass(frozen=True, slots=True)
class Build:
    """A build of PyTorch. index: its folder at PyTorch's own index, or None for the usual package index.

    bytes: what it downloads with all that it needs; disk: what that becomes. As of PyTorch 2.13.
    """

    index: str | None
    bytes: int
    disk: int


# The usual index has the build with CUDA for Linux, the one without for Windows. Each gets the right one.
LINUX_NVIDIA = Build(None, 2_750_000_000, 7_000_000_000)
LINUX = Build("cpu", 200_000_000, 1_000_000_000)
WINDOWS_NVIDIA = Build("cu130", 1_900_000_000, 5_000_000_000)
WINDOWS = Build(None, 120_000_000, 900_000_000)
MACOS = Build(None, 100_000_000, 700_000_000)


def missing() -> tuple[packages.Requirement, ...]:
    """What the extra asks for and is not there. Empty when the model can run."""
    return tuple(wanted for wanted in _wanted() if not packages.is_met(wanted))


def _wanted() -> tuple[packages.Requirement, ...]:
    try:
        return packages.requirements(EXTRA)
    except metadata.PackageNotFoundError:
        raise PixelwrightError(
            "missingTool", "Pixelwright runs without being installed.", "Install it with pip."
        ) from None


def download_bytes() -> int:
    """About how much `install` would download now."""
    names = {wanted.name for wanted in missing()}
    if not names:
        return 0
    return OTHERS_BYTES + (best_build().bytes if "torch" in names else 0)


def best_build() -> Build:
    """The build of PyTorch for this machine: the one with CUDA takes gigabytes, and needs NVIDIA's driver."""
    if sys.platform == "darwin":
        return MACOS
    if sys.platform == "win32":
        return WINDOWS_NVIDIA if _has_nvidia() else WINDOWS
    return LINUX_NVIDIA if _has_nvidia() else LINUX


def _has_nvidia() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def install(progress: Progress | None = None) -> None:
    """Install what is `missing` into the Python that runs this, with pip.

    Raises `PixelwrightError`: missingTool (no pip), noSpace, unreachable, unsupported, target (a Python
    that cannot be written to), internal; `Cancelled` through `progress`, when pip has ended.
    """
    progress = progress or Progress()
    wanted = missing()
    if not wanted:
        return
    if util.find_spec("pip") is None:
        raise PixelwrightError(
            "missingTool",
            f"The packages were not installed: {sys.executable} has no pip.",
            f"Run: {sys.executable} -m ensurepip",
        )
    _check_space("torch" in {requirement.name for requirement in wanted})
    progress.report(0.0, "Looking for packages")
    output = PipOutput(download_bytes())
    index = _index()
    words = ["--prefer-binary", *index, *map(str, wanted)]
    with _pip("install", "--progress-bar", _progress_bar(), *words) as process:
        for line in _lines(process, progress):
            if PYTORCH_INDEX + str(LINUX.index) in index and re.match(CUDA_LINE, line):
                raise _large_build()
            told = output.read(line)
            if told:
                progress.report(*told)
        status = process.wait()
    if status != 0:
        raise failure(output.lines)
    importlib.invalidate_caches()
    if missing():
        raise PixelwrightError(
            "internal",
            f"pip has installed the packages, but {missing()[0]} is not there.",
            "Try it by hand: pip install pixelwright[model]",
        )


def _check_space(with_torch: bool) -> None:
    build = best_build() if with_torch else Build(None, 0, 0)
    for folder, needed, hint in (
        (sys.prefix, build.disk + 4 * OTHERS_BYTES, "Make room."),
        (tempfile.gettempdir(), build.bytes + OTHERS_BYTES, "Make room, or name another folder in TMPDIR."),
    ):
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise PixelwrightError(
                "noSpace",
                f"The packages need {needed / 1e9:.1f} GB in {folder}, where {free / 1e9:.1f} GB are free.",
                hint,
            )


def _large_build() -> PixelwrightError:
    """Without the small build pip would take the large one: ten times what the user agreed to."""
    return PixelwrightError(
        "unreachable",
        f"PyTorch without CUDA comes from {PYTORCH_INDEX}, which cannot be reached.",
        f"Look at the network. For the large build from the usual index, set {INDEX_VARIABLE} to nothing.",
    )


def _progress_bar() -> str:
    return "raw" if packages.allows(f">={RAW_PROGRESS_SINCE}", metadata.version("pip")) else "off"


def _index() -> list[str]:
    """The words that let pip find the right build, unless the user has told pip where to look."""
    chosen = os.environ.get(INDEX_VARIABLE)
    if chosen is None:
        build = best_build()
        if build.index is None or _has_own_index():
            return []
        chosen = PYTORCH_INDEX + build.index
    return ["--extra-index-url", chosen] if chosen else []


def _has_own_index() -> bool:
    """Whether pip is configured to look elsewhere than at the usual index."""
    with _pip("config", "list") as process:
        lines = list(_lines(process, Progress()))
    keys = {line.partition("=")[0].rpartition(".")[2] for line in lines}
    return bool(keys & {"index-url", "extra-index-url", "no-index"})


@contextlib.contextmanager
def _pip(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A running pip, with its output in one stream. It ends with the block, however that ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", START_PIP, *words, "--no-color", "--no-input"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        start_new_session=True,  # Ctrl-C is for us alone: we end pip as it likes to be ended
    )
    assert process.stdin is not None
    try:
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(END_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _lines(process: subprocess.Popen[str], progress: Progress) -> Iterator[str]:
    """The lines of a process as they come. A silent one can be given up too: a thread does the waiting."""
    waiting: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            waiting.put(line.rstrip())
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        progress.check()
        try:
            line = waiting.get(timeout=0.1)
        except queue.Empty:
            continue
        if line is None:
            return
        yield line
