"""Starting the host so that it outlives whoever asked for it."""

from __future__ import annotations

import os
import subprocess
import sys

from pixelwright.link.address import Address
from pixelwright.link.surroundings import environment, neutral_folder

MAX_LOG = 1 << 20  # bytes; a longer log starts anew with the next host


def launch(address: Address) -> None:
    """Start a host in the background; return when its starter has exited.

    An editor that ends kills the whole process tree of its server. The host must not be in that tree, so
    the process started here forks once more (`pixelwright.host --detach`) and exits: the host's parent is
    gone and the system adopts it. Two hosts started at once are sorted out by the lock.
    """
    command = [sys.executable, "-m", "pixelwright.host"]
    told = {**environment(), "PYTHONUNBUFFERED": "1", "PIXELWRIGHT_RUNTIME_DIR": str(address.folder)}
    too_long = address.log.exists() and address.log.stat().st_size > MAX_LOG
    how = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if too_long else os.O_APPEND)
    with os.fdopen(os.open(address.log, how, 0o600), "ab") as log:
        if sys.platform == "win32":
            flags = (
                subprocess.DETACHED_PROCESS
                | subprocess.CREATE_NEW_PROCESS_GROUP
                | subprocess.CREATE_BREAKAWAY_FROM_JOB
            )
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=told,
                cwd=neutral_folder(),
                creationflags=flags,
            )
        else:
            subprocess.run(
                [*command, "--detach"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=told,
                start_new_session=True,
                cwd="/",
                check=False,
                timeout=30,
            )
