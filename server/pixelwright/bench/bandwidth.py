"""How fast this device reads its memory: the ceiling of decoding, which reads all weights for each token."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
from torch.nn import functional as F

REPEATS = 7
COLUMNS = 16384  # of the matrix; its row count follows from its size


def measure_bandwidth(device: torch.device, size: int) -> dict[str, float]:
    """Bytes per second of large operations over `size` bytes, the best of several times.

    `copy` counts bytes read and written, the others those read; `product` is a bf16 matrix times a
    vector, as decoding does it. `ceiling` is the highest.
    """
    matrix = torch.ones(size // (2 * COLUMNS), COLUMNS, device=device, dtype=torch.bfloat16)
    vector = torch.ones(1, COLUMNS, device=device, dtype=torch.bfloat16)
    wide = matrix.view(torch.float32)
    half = wide.shape[0] // 2
    seconds = {
        "sum": _best(wide.sum, device),
        "copy": _best(lambda: wide[:half].copy_(wide[half:]), device),
        "product": _best(lambda: F.linear(vector, matrix), device),
    }
    found = {name: size / value for name, value in seconds.items()}
    return {**found, "ceiling": max(found.values())}


def _best(operation: Callable[[], object], device: torch.device) -> float:
    """Seconds of the fastest of some repetitions."""
    operation()
    if device.type == "cuda":
        return min(_by_events(operation) for _ in range(REPEATS))
    return min(_by_clock(operation, device) for _ in range(REPEATS))


def _by_events(operation: Callable[[], object]) -> float:
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    begin.record()
    operation()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1000


def _by_clock(operation: Callable[[], object], device: torch.device) -> float:
    begin = time.perf_counter()
    operation()
    if device.type == "mps":
        torch.mps.synchronize()
    return time.perf_counter() - begin
