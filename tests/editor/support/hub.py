"""A hub on this machine that offers the tiny checkpoint under a known model's name.

`python -m tests.editor.support.hub [SECONDS]` prints its address, and serves until its stdin ends. SECONDS
is the pause between two pieces of 64 KiB: a download to look at, and to cancel.
"""

from __future__ import annotations

import sys

from tests.model.hub_server import Hub

from pixelwright.model.store import TINY


def main() -> None:
    pause = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    files = {path.name: path.read_bytes() for path in TINY.iterdir() if path.is_file()}
    with Hub(files, pause=pause) as hub:
        print(hub.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
