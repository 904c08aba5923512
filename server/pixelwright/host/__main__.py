"""`python -m pixelwright.host [--detach]`: be the host, unless another is."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import signal
import sys
import time
from pathlib import Path

from pixelwright.host.server import Host
from pixelwright.link import lock
from pixelwright.link.address import host_address

IDLE_SECONDS = 600.0
LOCK_PATIENCE = 2.0  # seconds; a host that is ending frees the lock soon


def main() -> int:
    """Exit status 0: served and ended, or another host has the lock."""
    if "--detach" in sys.argv and os.name == "posix" and os.fork():
        os._exit(0)  # our starter sees us end; the child belongs to the system from here on
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    address = host_address()
    patience = time.monotonic() + LOCK_PATIENCE
    while (held := lock.acquire(address.lock)) is None:
        if time.monotonic() > patience:
            return 0
        time.sleep(0.05)
    token = secrets.token_hex(32)
    _write_private(address.token, token)
    try:
        asyncio.run(_serve(Host(address, token, _idle_seconds())))
    finally:
        address.token.unlink(missing_ok=True)
        os.close(held)
    return 0


async def _serve(host: Host) -> None:
    if os.name == "posix":
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, host.end)
    await host.run()


def _idle_seconds() -> float:
    try:
        return float(os.environ["PIXELWRIGHT_IDLE_SECONDS"])
    except (KeyError, ValueError):
        return IDLE_SECONDS


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())
