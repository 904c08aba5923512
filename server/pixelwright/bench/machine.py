"""What a figure was measured on: hardware and versions."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import torch

from pixelwright import __version__

PACKAGES = ("torch", "transformers", "triton", "flash-attn", "torchvision", "numpy", "tokenizers")


def hardware(device: torch.device) -> dict[str, str | int | float | None]:
    """The processor and, where one is measured, the card; memory in bytes."""
    found: dict[str, str | int | float | None] = {
        "device": str(device),
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "memory": _memory(),
    }
    if hasattr(os, "getloadavg"):
        found["load"] = round(os.getloadavg()[0], 2)
    if device.type == "cuda":
        card = torch.cuda.get_device_properties(device)
        found |= {"gpu": card.name, "gpu_memory": card.total_memory, "driver": _driver()}
        found["cuda"] = torch.version.cuda
    return found


def versions() -> dict[str, str | None]:
    """Of Python, Pixelwright and what it computes with; None for a package that is not there."""
    own = {"python": platform.python_version(), "pixelwright": __version__}
    return {**own, **{package: _version(package) for package in PACKAGES}}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _driver() -> str | None:
    try:
        asked = subprocess.run(
            ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=20,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip().split("\n")[0] or None
