"""Writing a file so that nobody ever sees half of it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def stage_file(path: Path, data: bytes) -> Path:
    """Write the bytes to a new file beside `path` and return it. Raises OSError, with nothing left behind."""
    descriptor, name = tempfile.mkstemp(prefix=".pixelwright-", suffix=".tmp", dir=path.parent)
    staged = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        staged.chmod(_mode(path))
    except BaseException:
        discard(staged)
        raise
    return staged


def replace_file(path: Path, data: bytes) -> None:
    """Put the bytes at `path` in one step (temporary file, then rename). Raises OSError."""
    staged = stage_file(path, data)
    try:
        staged.replace(path)
    except BaseException:
        discard(staged)
        raise


def discard(staged: Path) -> None:
    """Remove a staged file that is not wanted any more."""
    with contextlib.suppress(OSError):
        staged.unlink()


def _mode(path: Path) -> int:
    """The mode of the file that is replaced, or what a new file would have got."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
