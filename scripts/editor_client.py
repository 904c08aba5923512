"""A small editor: the client's side of the Language Server Protocol on a server's stdin and stdout."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

STREAM_LIMIT = 256 << 20  # bytes; a side-by-side picture comes as one message
END_TIMEOUT = 10.0  # seconds

OnProgress = Callable[[float | None, str], None]


class RequestFailedError(Exception):
    """The server answered with an error; its message is a sentence for people."""


class EditorClient:
    """`async with EditorClient() as editor:` starts `pixelwright lsp`, initializes it and ends it."""

    def __init__(self, env: Mapping[str, str] | None = None, log: Path | None = None) -> None:
        self._env = {**os.environ, **(env or {})}
        self._log = log
        self._ids = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._progress: dict[str, OnProgress] = {}

    async def __aenter__(self) -> EditorClient:
        log = await asyncio.to_thread(self._log.open, "wb") if self._log else None
        try:
            self._server = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "pixelwright", "lsp"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._env,
                limit=STREAM_LIMIT,
            )
        finally:
            if log:
                log.close()
        self._reading = asyncio.create_task(self._read())
        capabilities = {"window": {"workDoneProgress": True}, "workspace": {"applyEdit": True}}
        await self.request(
            "initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": capabilities}
        )
        self.notify("initialized", {})
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(RequestFailedError, asyncio.TimeoutError):
            await asyncio.wait_for(self.request("shutdown", None), END_TIMEOUT)
            self.notify("exit", None)
            await asyncio.wait_for(self._server.wait(), END_TIMEOUT)
        if self._server.returncode is None:
            self._server.kill()
            await self._server.wait()
        await self._reading

    async def request(self, method: str, params: Any, on_progress: OnProgress | None = None) -> Any:
        """The result of a request; `on_progress` hears of fractions (0..1 or None) and messages.

        Raises `RequestFailedError`.
        """
        number = next(self._ids)
        token = f"progress-{number}"
        if on_progress:
            self._progress[token] = on_progress
            params = {**params, "workDoneToken": token}
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "method": method, "params": params})
        try:
            return await answer
        finally:
            self._answers.pop(number, None)
            self._progress.pop(token, None)

    def notify(self, method: str, params: Any) -> None:
        """Tell the server something that has no answer."""
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        if message.get("params", message) is None:
            del message["params"]
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        output = self._server.stdout
        assert output is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await output.readuntil(b"\r\n\r\n")
                fields = dict(line.split(": ", 1) for line in head.decode("ascii").strip().split("\r\n"))
                self._take(json.loads(await output.readexactly(int(fields["Content-Length"]))))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(RequestFailedError("The server ended with the request unanswered."))

    def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            if "id" in message:
                self._send({"id": message["id"], "result": None})
            elif message["method"] == "$/progress":
                self._report(message["params"])
            return
        answer = self._answers.get(message["id"])
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(RequestFailedError(message["error"]["message"]))
        else:
            answer.set_result(message.get("result"))

    def _report(self, params: dict[str, Any]) -> None:
        listener = self._progress.get(str(params["token"]))
        if listener:
            value = params["value"]
            percentage = value.get("percentage")
            text = value.get("message") or value.get("title") or ""
            listener(None if percentage is None else percentage / 100, text)
