"""A lock that the system frees when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def acquire(path: Path) -> int | None:
    """The open descriptor of the lock (keep it open to keep the lock), or None if another holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _try_lock(descriptor)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(path: Path) -> bool:
    """Does a living process hold the lock?"""
    if not path.exists():
        return False
    descriptor = acquire(path)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
