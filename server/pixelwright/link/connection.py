"""One connection to the host: its frames, and who waits for which."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pixelwright import __version__
from pixelwright.errors import PixelwrightError
from pixelwright.link import frames, transport
from pixelwright.link.address import Address
from pixelwright.link.launch import launch
from pixelwright.protocol import messages

START_TIMEOUT = 20.0  # seconds for a host to answer; it takes about 0.2
HELLO_TIMEOUT = 5.0
RELAUNCH_AFTER = 1.0  # an ending host may still hold the lock when the first launch tries

OnProgress = Callable[[float, str], None]
OnPartial = Callable[[str, str], None]


class ConnectionLostError(Exception):
    """The host went away with the request unanswered."""


@dataclass(slots=True)
class _Waiting:
    answer: asyncio.Future[Any]
    on_progress: OnProgress
    on_partial: OnPartial

    def tell(self, frame: messages.Progress | messages.Partial) -> None:
        """A fault in telling is the caller's alone: the connection serves others, too."""
        if self.answer.done():
            return
        try:
            if isinstance(frame, messages.Progress):
                self.on_progress(frame.fraction, frame.message)
            else:
                self.on_partial(frame.kind, frame.text)
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is awaited
            _fail(self.answer, error)


class Connection:
    """A greeted connection. One task reads; requests wait for their answers by id."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._jobs: dict[int, _Waiting] = {}
        self._states: list[asyncio.Future[messages.HostState]] = []
        self._task = asyncio.create_task(self._read())

    @property
    def is_open(self) -> bool:
        return not self._task.done()

    async def submit(
        self,
        job: messages.JobKind,
        params: dict[str, Any],
        priority: messages.Priority,
        on_progress: OnProgress,
        on_partial: OnPartial,
    ) -> Any:
        """The outcome of a job. Cancelling this coroutine cancels the job.

        Raises `PixelwrightError` as the host says, `ConnectionLostError` when it dies, and what the two
        functions raise: that cancels the job, too.
        """
        number = next(self._ids)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._jobs[number] = _Waiting(answer, on_progress, on_partial)
        try:
            await self._send(messages.Submit(id=number, job=job, priority=priority, params=params))
            return await answer
        except BaseException:  # cancelled, or a fault of a function that was to be told
            if number in self._jobs:  # the host knows nothing of that
                with contextlib.suppress(ConnectionLostError):
                    await self._send(messages.Cancel(id=number))
            raise
        finally:
            self._jobs.pop(number, None)

    async def state(self) -> messages.HostState:
        """What the host does now. Raises `ConnectionLostError`."""
        answer: asyncio.Future[messages.HostState] = asyncio.get_running_loop().create_future()
        self._states.append(answer)
        await self._send(messages.Status())
        return await answer

    async def stop_host(self) -> None:
        """Ask the host to end, and wait until it has closed the connection."""
        with contextlib.suppress(ConnectionLostError):
            await self._send(messages.Stop())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(asyncio.shield(self._task), HELLO_TIMEOUT)

    async def close(self) -> None:
        self._task.cancel()
        self._writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._task
            await self._writer.wait_closed()

    async def _send(self, frame: messages.Frame) -> None:
        if self._task.done():
            raise ConnectionLostError
        self._writer.write(frames.pack(frame))
        try:
            await self._writer.drain()
        except OSError as error:
            raise ConnectionLostError from error

    async def _read(self) -> None:
        try:
            while (frame := await frames.receive(self._reader)) is not None:
                self._take(frame)
        finally:
            self._writer.close()
            for waiting in [*self._jobs.values()]:
                _fail(waiting.answer, ConnectionLostError())
            for answer in self._states:
                _fail(answer, ConnectionLostError())

    def _take(self, frame: messages.Frame) -> None:
        if isinstance(frame, messages.State):
            if self._states:
                _answer(self._states.pop(0), frame.host)
            return
        number = getattr(frame, "id", None) or 0
        waiting = self._jobs.get(number)
        if waiting is None:
            return  # an answer to a job given up
        if isinstance(frame, (messages.Progress, messages.Partial)):
            waiting.tell(frame)
        elif isinstance(frame, messages.Result):
            del self._jobs[number]
            _answer(waiting.answer, frame.outcome)
        elif isinstance(frame, messages.Error):
            del self._jobs[number]
            _fail(waiting.answer, PixelwrightError(frame.code, frame.message, frame.hint))


def _answer(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # whoever waited may be gone; that is not worth a warning


async def open_connection(address: Address, client: str, *, start: bool) -> Connection:
    """Connect to the host and greet it; with `start`, start one if none answers.

    Raises `PixelwrightError`: unreachable, version or token.
    """
    began = time.monotonic()
    launched: float | None = None
    while True:
        try:
            reader, writer = await transport.connect(address.endpoint)
        except OSError as error:
            if not start:
                raise PixelwrightError("unreachable", "No host is running.") from error
        else:
            connection = await _greet(reader, writer, address, client)
            if connection:
                return connection
        now = time.monotonic()
        if now - began > START_TIMEOUT:
            raise PixelwrightError(
                "unreachable", "The host could not be started.", f"Its log is {address.log}."
            )
        if start and (launched is None or now - launched > RELAUNCH_AFTER):
            await asyncio.to_thread(launch, address)
            launched = time.monotonic()
        await asyncio.sleep(0.02)


async def _greet(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, address: Address, client: str
) -> Connection | None:
    """The connection after a good hello; None if the host closed it, as an ending one does."""
    try:
        token = address.token.read_text(encoding="ascii")
    except OSError:
        token = ""
    hello = messages.Hello(protocol=messages.VERSION, build=__version__, token=token, client=client)
    try:
        writer.write(frames.pack(hello))
        await writer.drain()
        answer = await asyncio.wait_for(frames.receive(reader), HELLO_TIMEOUT)
    except (OSError, asyncio.TimeoutError):
        answer = None
    if isinstance(answer, messages.Welcome):
        return Connection(reader, writer)
    writer.close()
    if isinstance(answer, messages.Error):
        raise PixelwrightError(answer.code, answer.message, answer.hint)
    return None
