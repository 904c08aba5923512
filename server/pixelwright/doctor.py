"""What Pixelwright needs on this machine: what is there, what is missing, and how to get it.

Nothing heavy is imported, so that it answers at once, and answers even where a package is broken.
"""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Literal

from pixelwright import __version__, packages
from pixelwright.errors import PixelwrightError
from pixelwright.link import host_state
from pixelwright.link.address import host_address
from pixelwright.model import runtime, store

State = Literal["ok", "missing", "warning"]

OLDEST_PYTHON = (3, 10)
MODEL_FILES = ("*_det_*.onnx", "*_rec_*.onnx")  # text detection and recognition, inside the rapidocr package
WANTED_MEMORY = 2 << 30  # bytes; OCR takes about 1 GB, the editor and its browser the rest
WANTED_DISK = 500 << 20  # bytes
HOST_PATIENCE = 2.0  # seconds
MODEL_REMEDY = "pixelwright model install"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `missing` means that Pixelwright cannot work without it;
    `remedy` says what to do and is empty when nothing has to be done."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at everything that Pixelwright needs or can use. Never raises, never starts a host."""
    return (
        Finding("Pixelwright", "ok", __version__),
        _python(),
        *_packages(),
        _ocr_models(),
        _browser(),
        *_host(),
        *_model(),
        _processor(),
        _memory(),
        _disk(),
    )


def table(findings: tuple[Finding, ...]) -> str:
    """The findings for people: one line each, the remedy below it."""
    width = max(len(finding.name) for finding in findings)
    marks = {"ok": "ok     ", "missing": "MISSING", "warning": "warning"}
    lines = []
    for finding in findings:
        lines.append(f"{marks[finding.state]}  {finding.name:{width}}  {finding.detail}".rstrip())
        if finding.remedy:
            lines.append(f"{'':{width + 11}}{finding.remedy}")
    return "\n".join(lines)


def _python() -> Finding:
    detail = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        return Finding("Python", "missing", detail, f"Install Python {wanted} or newer.")
    return Finding("Python", "ok", detail)


def _packages() -> Iterator[Finding]:
    try:
        yield from map(_package, packages.requirements())
    except metadata.PackageNotFoundError:
        yield Finding(
            "Packages", "warning", "Pixelwright runs without being installed.", "Install it with pip."
        )


def _package(requirement: packages.Requirement) -> Finding:
    version = packages.version_of(requirement.name)
    if version is not None and packages.is_met(requirement):
        return Finding(requirement.name, "ok", version)
    detail = f"{version or 'not installed'} (needed: {requirement.specifier})"
    return Finding(requirement.name, "missing", detail, f'{sys.executable} -m pip install "{requirement}"')


def _ocr_models() -> Finding:
    name = "Text recognition models"
    remedy = f"{sys.executable} -m pip install --force-reinstall rapidocr"
    spec = util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        return Finding(name, "missing", "the package rapidocr is not installed", remedy)
    folder = Path(spec.origin).parent / "models"
    found = [next(folder.glob(pattern), None) for pattern in MODEL_FILES]
    if None in found:
        return Finding(name, "missing", f"not in {folder}", remedy)
    return Finding(name, "ok", ", ".join(file.stem for file in found if file))


def _browser() -> Finding:
    try:
        from pixelwright.page.browser import find_browser  # needs packages that may be what is missing

        return Finding("Browser", "ok", str(find_browser()))
    except ImportError as error:
        return Finding("Browser", "warning", f"not looked for: {error}")
    except PixelwrightError as error:
        return Finding("Browser", "warning", f"{error.message} Only comparing needs it.", error.hint or "")


def _host() -> Iterator[Finding]:
    try:
        address = host_address()
    except PixelwrightError as error:
        yield Finding("Runtime folder", "missing", error.message, error.hint or "")
        return
    yield Finding("Runtime folder", "ok", str(address.folder))
    try:
        state = asyncio.run(asyncio.wait_for(host_state("doctor"), HOST_PATIENCE))
    except (PixelwrightError, OSError, asyncio.TimeoutError) as error:
        reason = str(error) or f"no answer within {HOST_PATIENCE:.0f} s"
        remedy = f"Try: pixelwright host stop. Its log: {address.log}"
        yield Finding("Host", "warning", f"runs, but: {reason}", remedy)
        return
    if state is None:
        yield Finding("Host", "ok", "not running; starts on demand")
    else:
        memory = f"{state.memory / 2**20:.0f} MiB"
        others = state.clients - 1  # we are one of them
        yield Finding("Host", "ok", f"running, process {state.pid}, {memory}, {others} connected")


def _model() -> Iterator[Finding]:
    """Everything about the model is optional, so nothing here is ever `missing`."""
    yield _model_packages()
    yield Finding("Graphics card", "ok", _graphics_cards() or "none found (optional)")
    yield _model_weights()


def _model_packages() -> Finding:
    name = "PyTorch"
    version = packages.version_of("torch")
    try:
        lacking = runtime.missing()
    except PixelwrightError as error:
        return Finding(name, "ok", error.message)
    if not lacking:
        return Finding(name, "ok", str(version))
    if version is None:
        return Finding(name, "ok", "not installed (optional: runs the model)")
    wanted = ", ".join(map(str, lacking))
    return Finding(name, "warning", f"{version}, but the model also needs {wanted}", MODEL_REMEDY)


def _model_weights() -> Finding:
    name = "Model"
    found = store.installed()
    detail = ", ".join(f"{checkpoint.name} ({checkpoint.bytes / 1e9:.1f} GB)" for checkpoint in found)
    if os.environ.get(store.MODEL_VARIABLE):
        try:
            return Finding(name, "ok", f"{store.resolve()} (from {store.MODEL_VARIABLE})")
        except PixelwrightError as error:
            return Finding(name, "warning", f"{store.MODEL_VARIABLE}: {error.message}", error.hint or "")
    return Finding(name, "ok", detail or f"none installed (optional: {MODEL_REMEDY})")


def _graphics_cards() -> str:
    program = shutil.which("nvidia-smi")
    if program is None:
        return ""
    query = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return "; ".join(answer.stdout.split("\n")).strip("; ")


def _processor() -> Finding:
    if sys.platform == "linux":
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return Finding("Processor", "ok", f"{cores} cores, {platform.machine()}, {platform.system()}")


def _memory() -> Finding:
    total = _total_memory()
    if total is None:
        return Finding("Memory", "ok", "unknown")
    detail = f"{total / 2**30:.1f} GiB"
    if total < WANTED_MEMORY:
        return Finding("Memory", "warning", detail, "Large pictures may fail: close other programs first.")
    return Finding("Memory", "ok", detail)


def _total_memory() -> int | None:
    """Bytes of memory in the machine, or None where the system does not tell."""
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):  # MEMORYSTATUSEX of the Windows API
            _fields_ = [
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                ("total", ctypes.c_ulonglong),
                ("rest", ctypes.c_ulonglong * 6),
            ]

        status = Status(length=ctypes.sizeof(Status))
        known = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total) if known else None
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _disk() -> Finding:
    folder = tempfile.gettempdir()
    free = shutil.disk_usage(folder).free
    detail = f"{free / 2**30:.1f} GiB free in {folder}"
    if free < WANTED_DISK:
        return Finding("Disk", "warning", detail, "Make room: pages and their pictures may not fit.")
    return Finding("Disk", "ok", detail)
