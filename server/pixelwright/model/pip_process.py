"""pip in a process that ends with its caller, which calls `main` there (`runtime.START_PIP`).

The caller holds the other end of stdin. When that closes, because the caller gives up or is gone however it
ended, pip is interrupted as by Ctrl-C, so that it removes its temporary folders, and then ended.
"""

from __future__ import annotations

import _thread
import os
import runpy
import signal
import sys
import threading
import time

GRACE = 1.5  # seconds that pip has to clean up
CANCELLED = 130


def main() -> None:
    """Run pip with this process's arguments; the exit status is pip's."""
    threading.Thread(target=_watch, daemon=True).start()
    sys.argv = ["pip", *sys.argv[1:]]
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


def _watch() -> None:
    while os.read(0, 1024):
        pass
    if sys.platform == "win32":
        _thread.interrupt_main()
    else:
        os.killpg(0, signal.SIGINT)  # pip and what it started: the caller gave it a group of its own
    time.sleep(GRACE)
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(CANCELLED)
