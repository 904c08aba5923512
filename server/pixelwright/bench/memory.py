"""How much memory one side takes at most, while the other is loaded as well."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import torch

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Memory:
    """One side's bytes on the device. Whatever it allocates has to happen inside `counted`.

    On a GPU these are the allocator's exact numbers. On a CPU it is the growth of the process's resident
    memory (Linux only), which is coarser: what one side has freed may serve the other.
    """

    def __init__(self, device: torch.device, held: int = 0) -> None:
        self._device = device
        self.held = held
        """Bytes that are this side's now."""
        self.peak: int | None = None
        """The most that was held inside the last `counted`; None where it cannot be told."""

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Count what is allocated inside as this side's."""
        before = _reset(self._device)
        yield
        now, most = _now(self._device)
        if before is None or now is None or most is None:
            self.peak = None
            return
        self.peak = self.held + most - before
        self.held += now - before


def _reset(device: torch.device) -> int | None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return torch.cuda.memory_allocated(device)
    if device.type != "cpu":
        return None
    try:
        _CLEAR.write_text("5", encoding="ascii")  # the high-water mark; see proc(5)
    except OSError:
        return None
    return _kilobytes("VmRSS")


def _now(device: torch.device) -> tuple[int | None, int | None]:
    """Bytes held now, and the most since the last reset."""
    if device.type == "cuda":
        return torch.cuda.memory_allocated(device), torch.cuda.max_memory_allocated(device)
    return _kilobytes("VmRSS"), _kilobytes("VmHWM")


def _kilobytes(field: str) -> int | None:
    try:
        found = re.search(rf"^{field}:\s+(\d+) kB", _STATUS.read_text(encoding="ascii"), re.M)
    except OSError:
        return None
    return int(found[1]) << 10 if found else None
