"""Resident memory of processes, for `status`."""

from __future__ import annotations

from pathlib import Path


def resident(*pids: int | None) -> int:
    """Bytes resident of the processes together; 0 where the system does not tell (/proc is Linux's)."""
    total = 0
    for pid in pids:
        try:
            pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            continue
        total += pages * _page_size()
    return total


def _page_size() -> int:
    import resource

    return resource.getpagesize()
