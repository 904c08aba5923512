"""Progress and partial results of one request, as the client asked for them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pixelwright.protocol import wire

PIECES_INTERVAL = 0.05  # seconds; more often shows a reader nothing


class Feedback:
    """Sends `$/progress` under the tokens of a request; does nothing where there is no token."""

    def __init__(self, server: LanguageServer, work_done: Any, partial: Any) -> None:
        self._server = server
        self._work_done = work_done
        self._partial = partial

    def progress(self, fraction: float, message: str) -> None:
        """Say how far the job is, 0..1."""
        if self._work_done is not None:
            self._send(
                self._work_done,
                types.WorkDoneProgressReport(message=message, percentage=round(100 * fraction)),
            )

    def partial(self, piece: Any) -> None:
        """Hand on a piece of the result: the partial record of the request."""
        if self._partial is not None:
            self._send(self._partial, wire.encode(piece, text=True))

    @contextlib.contextmanager
    def work(self, title: str) -> Iterator[None]:
        """Begin and end of the work, whatever happens between. Cancelling the progress cancels the task."""
        if self._work_done is None:
            yield
            return
        progress = self._server.work_done_progress
        task = asyncio.current_task()
        progress.begin(
            self._work_done, types.WorkDoneProgressBegin(title=title, percentage=0, cancellable=True)
        )
        cancelled = progress.tokens[self._work_done]
        cancelled.add_done_callback(lambda future: task.cancel() if task and future.cancelled() else None)
        try:
            yield
        finally:
            progress.end(self._work_done, types.WorkDoneProgressEnd())
            progress.tokens.pop(self._work_done, None)  # pygls keeps them for ever

    def _send(self, token: Any, value: Any) -> None:
        self._server.protocol.notify(types.PROGRESS, types.ProgressParams(token=token, value=value))


class Pieces:
    """Joins pieces of text that come in quick succession: a fast model must not flood its client.

    The first piece goes out at once, what follows as often as `PIECES_INTERVAL` says.
    """

    def __init__(self, send: Callable[[str], None]) -> None:
        self._send = send
        self._held = ""
        self._timer: asyncio.TimerHandle | None = None

    def add(self, text: str) -> None:
        self._held += text
        if self._timer is None:
            self._tick()

    def flush(self) -> None:
        """Send what is held; call it before the result goes out."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._held:
            held, self._held = self._held, ""
            self._send(held)

    def _tick(self) -> None:
        self._timer = None
        if self._held:
            self.flush()
            self._timer = asyncio.get_running_loop().call_later(PIECES_INTERVAL, self._tick)


async def own_token(server: LanguageServer) -> str | None:
    """A progress token made by the server, for commands, which bring none; None if the client shows none."""
    window = server.client_capabilities.window
    if not (window and window.work_done_progress):
        return None
    token = f"pixelwright-{uuid.uuid4()}"
    await server.work_done_progress.create_async(token)
    return token
