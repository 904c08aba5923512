"""Which device runs the model, in which numbers, and how much memory it has."""

from __future__ import annotations

import torch

from pixelwright.errors import PixelwrightError

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def choose_device(name: str | None = None) -> torch.device:
    """The device called `name` (cuda, cuda:1, mps, cpu), or the best there is.

    Raises `PixelwrightError` (usage) for one that is not there.
    """
    if name is None:
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise PixelwrightError(
            "usage", f"There is no device {name} here: {error}.", "Use cuda, mps or cpu, or leave it out."
        ) from error
    return torch.device("cuda", torch.cuda.current_device()) if name == "cuda" else device


def choose_dtype(name: str | None, device: torch.device) -> torch.dtype:
    """The number type called `name` (bf16, fp16, fp32), or the one that suits the device."""
    if name is not None:
        if name not in DTYPES:
            raise PixelwrightError("usage", f"There is no number type {name}.", f"Use {', '.join(DTYPES)}.")
        return DTYPES[name]
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.bfloat16


def dtype_name(dtype: torch.dtype) -> str:
    return next(name for name, value in DTYPES.items() if value == dtype)


def device_name(device: torch.device) -> str:
    """For people: `cuda:0 (NVIDIA H200)`."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)


def free_bytes(device: torch.device) -> int:
    """Memory that could still be taken on the device."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return _available_memory()


def _available_memory() -> int:
    """What the system could give a process without swapping; a careful guess where it does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:  # noqa: PTH123
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) << 10
    except (OSError, ValueError, IndexError):
        pass
    return 4 << 30
