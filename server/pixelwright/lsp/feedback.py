"""Progress and partial results of one request, as the client asked for them."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Iterator
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from pixelwright.protocol import messages, wire


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

    def partial(self, kind: str, text: str) -> None:
        """Hand on a piece of the result."""
        if self._partial is not None:
            piece = messages.GenerateHtmlPartial(kind=kind, text=text)  # type: ignore[arg-type]
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


async def own_token(server: LanguageServer) -> str | None:
    """A progress token made by the server, for commands, which bring none; None if the client shows none."""
    window = server.client_capabilities.window
    if not (window and window.work_done_progress):
        return None
    token = f"pixelwright-{uuid.uuid4()}"
    await server.work_done_progress.create_async(token)
    return token
