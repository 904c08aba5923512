"""A host of one's own: it runs the code of this checkout, not what a window has started."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def own_host(state: Path) -> Iterator[dict[str, str]]:
    """The environment variables that give a process and its children a host of their own.

    `state` is the folder that remembers what was written where. The host ends soon after its last client.
    """
    system = Path("/tmp")  # a socket's path must be short; the default of macOS is 60 bytes long by itself
    state.mkdir(parents=True, exist_ok=True)
    place = system if system.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="pw-", dir=place, ignore_cleanup_errors=True) as folder:
        yield {
            "PIXELWRIGHT_RUNTIME_DIR": str(Path(folder, "run")),
            "PIXELWRIGHT_STATE_DIR": str(state),
            "PIXELWRIGHT_IDLE_SECONDS": "5",
        }
