"""What `lsp` and the command line hold: a line to the host that mends itself."""

from __future__ import annotations

import asyncio
from typing import Any

from pixelwright.errors import PixelwrightError
from pixelwright.link.address import host_address
from pixelwright.link.connection import (
    Connection,
    ConnectionLostError,
    OnPartial,
    OnProgress,
    open_connection,
)
from pixelwright.link.pieces import Pieces
from pixelwright.protocol import messages, wire


def _silent(_first: Any, _second: Any) -> None:
    pass


class Link:
    """Connects when first needed, starts a host when none runs, and again when it has died.

    A request whose host dies is asked once more, of a new host. One that ends the host twice is refused.
    """

    def __init__(self, client: str) -> None:
        self._client = client
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()

    async def run(
        self,
        job: messages.JobKind,
        params: Any,
        *,
        priority: messages.Priority = "interactive",
        on_progress: OnProgress = _silent,
        on_partial: OnPartial = _silent,
    ) -> Any:
        """The outcome map of a job; `params` is its record. Cancelling this coroutine cancels the job.

        on_partial: is given each piece of the result once, even when the job is begun twice.
        Raises `PixelwrightError`, and what the two functions raise; the job is then cancelled.
        """
        packed = wire.encode(params)
        pieces = Pieces(on_partial)
        for attempt in (1, 2):
            connection = await self._connect(start=True)
            pieces.begin()
            try:
                return await connection.submit(job, packed, priority, on_progress, pieces.take)
            except ConnectionLostError:
                pass
            except PixelwrightError as error:
                if error.code != "crashed":
                    raise
            if attempt == 1:
                on_progress(0.0, "The host stopped unexpectedly; trying once more")
        name = getattr(params, "name", None) or getattr(params, "image", "This request")
        raise PixelwrightError(
            "crashed",
            f"{name} ended the host twice and is given up.",
            f"The host's log is {host_address().log}.",
        )

    async def state(self, *, start: bool = False) -> messages.HostState | None:
        """What the host does now; None when none runs, or one is only starting (and `start` is false)."""
        if not start and self._opening.locked():
            return None
        try:
            return await (await self._connect(start=start)).state()
        except ConnectionLostError:
            return None
        except PixelwrightError as error:
            if error.code == "unreachable" and not start:
                return None
            raise

    async def stop_host(self) -> bool:
        """End the host; False when none runs."""
        try:
            connection = await self._connect(start=False)
        except PixelwrightError as error:
            if error.code == "unreachable":
                return False
            raise
        await connection.stop_host()
        return True

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()
            self._connection = None

    async def _connect(self, *, start: bool) -> Connection:
        async with self._opening:
            if self._connection is None or not self._connection.is_open:
                self._connection = await open_connection(host_address(), self._client, start=start)
            return self._connection


async def host_state(client: str) -> messages.HostState | None:
    """What the host does now, for somebody who wants to know only that; None when none runs.

    Raises `PixelwrightError` when one runs that does not answer.
    """
    link = Link(client)
    try:
        return await link.state()
    finally:
        await link.close()
