"""An editor that dies without a goodbye must not leave its server behind."""

from __future__ import annotations

import os
import sys
import threading
import time

INTERVAL = 1.0  # seconds


def watch_parent(process_id: int | None) -> None:
    """End this process soon after its parent, or the editor with this process id, is gone.

    A process id that means nothing here (the editor may be in another container) is not watched.
    """
    editor = process_id if process_id and _is_alive(process_id) else None
    threading.Thread(target=_watch, args=(os.getppid(), editor), daemon=True).start()


def _watch(parent: int, editor: int | None) -> None:
    while os.getppid() == parent and (editor is None or _is_alive(editor)):
        time.sleep(INTERVAL)
    os._exit(1)  # nobody is left to hear anything else


if sys.platform == "win32":
    import ctypes

    SYNCHRONIZE = 0x00100000
    WAIT_TIMEOUT = 0x102

    def _is_alive(process_id: int) -> bool:
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(SYNCHRONIZE, False, process_id)
        if not handle:
            return False
        alive = kernel.WaitForSingleObject(handle, 0) == WAIT_TIMEOUT
        kernel.CloseHandle(handle)
        return bool(alive)

else:

    def _is_alive(process_id: int) -> bool:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
