"""The host: sessions on one side, a reader on the other, and nothing slow in between."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hmac
import logging
import os
import time
from collections.abc import Coroutine
from typing import Any

from pixelwright import __version__
from pixelwright.errors import PixelwrightError
from pixelwright.host.flights import Flight, Flights, flight_key
from pixelwright.host.memory import resident
from pixelwright.host.outcomes import Outcomes
from pixelwright.host.readers import Reader
from pixelwright.link import frames, transport
from pixelwright.link.address import Address
from pixelwright.protocol import messages

HELLO_TIMEOUT = 5.0  # seconds
HELLO_LIMIT = 64 << 10  # bytes; strangers may not make us hold more
UNREAD_LIMIT = 512 << 20  # bytes that a client may leave unread before it is dropped
READER_IDLE = 300.0  # seconds until an idle reader's memory is given back

log = logging.getLogger(__name__)

_Answer = messages.Progress | messages.Partial | messages.Result | messages.Error


class Session:
    """A greeted client."""

    def __init__(self, writer: asyncio.StreamWriter, client: str) -> None:
        self.client = client
        self._writer = writer

    def send(self, frame: messages.Frame) -> None:
        if self._writer.is_closing():
            return
        self._writer.write(frames.pack(frame))
        if self._writer.transport.get_write_buffer_size() > UNREAD_LIMIT:
            log.warning("%s does not read its answers: dropped", self.client)
            self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()


class Host:
    """Owns the sessions, the queue and the reader. Runs on one event loop."""

    def __init__(self, address: Address, token: str, idle_seconds: float) -> None:
        self._address = address
        self._token = token
        self._idle_seconds = idle_seconds
        self._flights = Flights()
        self._outcomes = Outcomes()
        self._reader = Reader()
        self._sessions: set[Session] = set()
        self._work_waits = asyncio.Event()
        self._ending = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._began = self._last_client = self._last_job = time.monotonic()
        self._finished = 0

    async def run(self) -> None:
        """Serve until stopped, idle, or no longer reachable."""
        stop_listening = await transport.listen(self._address.endpoint, self._serve)
        log.info("host %s listens, pid %d", __version__, os.getpid())
        self._spawn(self._work())
        self._spawn(self._keep_house())
        await self._ending.wait()
        stop_listening()
        for session in [*self._sessions]:
            session.close()
        await self._reader.stop()
        log.info("host ends")

    def end(self) -> None:
        self._ending.set()

    # ---- sessions ----------------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = await self._greet(reader, writer)
        if session is None:
            writer.close()
            return
        self._sessions.add(session)
        try:
            while (frame := await frames.receive(reader)) is not None:
                self._take(session, frame)
        except PixelwrightError as error:
            session.send(_error(error))
        finally:
            self._sessions.discard(session)
            self._last_client = time.monotonic()
            self._give_up(session, None)
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Session | None:
        try:
            hello = await asyncio.wait_for(frames.receive(reader, HELLO_LIMIT), HELLO_TIMEOUT)
            if not isinstance(hello, messages.Hello):
                raise PixelwrightError("usage", "The first frame has to be a hello.")
            self._verify(hello)
        except asyncio.TimeoutError:
            return None
        except PixelwrightError as error:
            log.warning("a client was refused: %s", error.message)
            with contextlib.suppress(OSError):
                writer.write(frames.pack(_error(error)))
                await writer.drain()
            return None
        session = Session(writer, hello.client)
        session.send(messages.Welcome(protocol=messages.VERSION, build=__version__, pid=os.getpid()))
        return session

    def _verify(self, hello: messages.Hello) -> None:
        if not hmac.compare_digest(hello.token.encode(), self._token.encode()):
            raise PixelwrightError(
                "token",
                "The host refused the connection: the token is not its own.",
                "Run `pixelwright host stop` and try again.",
            )
        if (hello.protocol, hello.build) != (messages.VERSION, __version__):
            raise PixelwrightError(
                "version",
                f"The running host is Pixelwright {__version__} (protocol {messages.VERSION}), "
                f"but {hello.client} is {hello.build} (protocol {hello.protocol}).",
                "Run `pixelwright host stop`; the next request starts the right one.",
            )

    def _take(self, session: Session, frame: messages.Frame) -> None:
        if isinstance(frame, messages.Status):
            session.send(messages.State(host=self._state()))
        elif isinstance(frame, messages.Submit):
            self._submit(session, frame)
        elif isinstance(frame, messages.Cancel):
            self._give_up(session, frame.id)
        elif isinstance(frame, messages.Stop):
            log.info("stopped by %s", session.client)
            self.end()

    def _state(self) -> messages.HostState:
        running = self._flights.running is not None
        return messages.HostState(
            pid=os.getpid(),
            build=__version__,
            phase="working" if running else "idle",
            uptime=round(time.monotonic() - self._began, 3),
            clients=len(self._sessions),
            waiting=len(self._flights.waiting),
            running=int(running),
            finished=self._finished,
            memory=resident(os.getpid(), self._reader.pid),
        )

    # ---- jobs --------------------------------------------------------------------------------------

    def _submit(self, session: Session, frame: messages.Submit) -> None:
        key = flight_key(frame)
        kept = self._outcomes.get(key)
        if kept is not None:
            session.send(messages.Result(id=frame.id, outcome=kept))
            return
        try:
            flight = self._flights.add(session, frame, key)
        except PixelwrightError as error:
            session.send(_error(error, frame.id))
            return
        for partial in flight.partials:
            session.send(messages.Partial(id=frame.id, kind=partial.kind, text=partial.text))
        self._work_waits.set()

    def _give_up(self, session: Session, number: int | None) -> None:
        withdrawn, abandoned = self._flights.give_up(session, number)
        for request in withdrawn:
            session.send(messages.Error(id=request.id, code="cancelled", message="Cancelled."))
        if abandoned:
            self._spawn(self._reader.cancel(abandoned, lambda: self._flights.running is abandoned))

    async def _work(self) -> None:
        while True:
            flight = self._flights.take()
            if flight is None:
                self._work_waits.clear()
                await self._work_waits.wait()
                continue
            answer = await self._answer(flight)
            self._flights.running = None
            self._last_job = time.monotonic()
            self._finished += 1
            if isinstance(answer, messages.Result) and flight.job == "html":
                self._outcomes.keep(flight.key, answer.outcome)
            self._to_all(flight, answer)

    async def _answer(self, flight: Flight) -> messages.Result | messages.Error:
        try:
            return await self._reader.run(flight, lambda frame: self._forward(flight, frame))
        except PixelwrightError as error:  # frames that are none, or too large
            await self._reader.stop()
            return _error(error, flight.number)

    def _forward(self, flight: Flight, frame: messages.Frame) -> None:
        if isinstance(frame, messages.Partial):
            flight.partials.append(frame)
        if isinstance(frame, (messages.Partial, messages.Progress)):
            self._to_all(flight, frame)

    def _to_all(self, flight: Flight, frame: _Answer) -> None:
        """Send a frame of a flight to everyone who waits for it, under their own numbers."""
        for request in flight.requests:
            assert isinstance(request.session, Session)
            request.session.send(dataclasses.replace(frame, id=request.id))

    # ---- housekeeping ------------------------------------------------------------------------------

    async def _keep_house(self) -> None:
        own = _inode(self._address.endpoint)
        while True:
            await asyncio.sleep(min(1.0, self._idle_seconds / 4))
            now = time.monotonic()
            busy = self._flights.running is not None
            if not self._sessions and not busy and now - self._last_client > self._idle_seconds:
                log.info("nobody was connected for %.0f s", self._idle_seconds)
                self.end()
            if _inode(self._address.endpoint) != own:
                log.warning("the socket was removed: nobody can reach this host any more")
                self.end()
            if not busy and self._reader.pid and now - self._last_job > READER_IDLE:
                await self._reader.stop()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_log_failure)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("a task of the host failed", exc_info=task.exception())


def _error(error: PixelwrightError, number: int | None = None) -> messages.Error:
    return messages.Error(id=number, code=error.code, message=error.message, hint=error.hint)  # type: ignore[arg-type]


def _inode(endpoint: str) -> int:
    """Which file the endpoint is; 0 where it is none (a named pipe, or gone)."""
    try:
        return os.stat(endpoint).st_ino  # noqa: PTH116
    except OSError:
        return 0
