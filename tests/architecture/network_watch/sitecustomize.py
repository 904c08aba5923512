"""Python runs this at its start when this folder is on PYTHONPATH, in child processes too.

Every try to reach another machine is written down in the file named by NETWORK_WATCH, and refused. The
file of that name with `.watched` lists the processes that were watched.
"""

from __future__ import annotations

import os
import socket
import sys
from typing import Any

LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"}


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in LOOKUPS and not _is_here(arguments[0]):
        _refuse(event, arguments[0])
    elif event in SENDS:
        family, address = arguments[0].family, arguments[1]
        if family in (socket.AF_INET, socket.AF_INET6) and address and not _is_here(address[0]):
            _refuse(event, address)


def _is_here(host: Any) -> bool:
    name = host.decode() if isinstance(host, bytes) else str(host[0] if isinstance(host, tuple) else host)
    return name in {"localhost", "::1", "None", ""} or name.startswith("127.")


def _refuse(event: str, address: Any) -> None:
    _note("", f"{event} {address} in {sys.orig_argv}")
    raise PermissionError(f"the test allows no network: {event} {address}")


def _note(ending: str, text: str) -> None:
    file = os.open(os.environ["NETWORK_WATCH"] + ending, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{text}\n".encode())
    os.close(file)


sys.addaudithook(watch)
_note(".watched", " ".join(sys.orig_argv))
