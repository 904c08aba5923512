"""The host: sessions on one side, workers on the other, and nothing slow in between."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import hmac
import logging
import os
import time

from pixelwright import __version__
from pixelwright.errors import PixelwrightError
from pixelwright.host.flights import Flight, flight_key
from pixelwright.host.lanes import open_lanes
from pixelwright.host.memory import resident
from pixelwright.host.outcomes import Outcomes
from pixelwright.host.worker import Answer
from pixelwright.link import frames, transport
from pixelwright.link.address import Address
from pixelwright.protocol import messages

HELLO_TIMEOUT = 5.0  # seconds
HELLO_LIMIT = 64 << 10  # bytes; strangers may not make us hold more
UNREAD_LIMIT = 512 << 20  # bytes that a client may leave unread before it is dropped

log = logging.getLogger(__name__)

_Addressed = messages.Progress | messages.Partial | Answer


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
    """Owns the sessions and the lanes. Runs on one event loop."""

    def __init__(self, address: Address, token: str, idle_seconds: float) -> None:
        self._address = address
        self._token = token
        self._idle_seconds = idle_seconds
        self._lanes = open_lanes(self._forward, self._answer)
        self._workers = [*dict.fromkeys(self._lanes.values())]
        self._outcomes = Outcomes()
        self._sessions: set[Session] = set()
        self._ending = asyncio.Event()
        self._began = self._last_client = time.monotonic()
        self._finished = 0

    async def run(self) -> None:
        """Serve until stopped, idle, or no longer reachable."""
        stop_listening = await transport.listen(self._address.endpoint, self._serve)
        log.info("host %s listens, pid %d", __version__, os.getpid())
        housekeeping = asyncio.create_task(self._keep_house())
        housekeeping.add_done_callback(_log_failure)
        await self._ending.wait()
        housekeeping.cancel()
        stop_listening()
        for session in [*self._sessions]:
            session.close()
        await asyncio.gather(*(lane.end() for lane in self._workers))
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
            session.send(frames.failure(error))
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
                writer.write(frames.pack(frames.failure(error)))
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
            self._refuse_all()
            self.end()

    def _state(self) -> messages.HostState:
        running = sum(lane.running for lane in self._workers)
        return messages.HostState(
            pid=os.getpid(),
            build=__version__,
            phase="working" if running else "idle",
            uptime=round(time.monotonic() - self._began, 3),
            clients=len(self._sessions),
            waiting=sum(lane.waiting for lane in self._workers),
            running=running,
            finished=self._finished,
            memory=resident(os.getpid(), *(lane.pid for lane in self._workers)),
            engine=self._lanes["ask"].engine,
        )

    # ---- jobs --------------------------------------------------------------------------------------

    def _submit(self, session: Session, frame: messages.Submit) -> None:
        key = flight_key(frame)
        kept = self._outcomes.get(key)
        if kept is not None:
            session.send(messages.Result(id=frame.id, outcome=kept))
            return
        try:
            flight = self._lanes[frame.job].add(session, frame, key)
        except PixelwrightError as error:
            session.send(frames.failure(error, frame.id))
            return
        for partial in flight.partials:
            session.send(messages.Partial(id=frame.id, kind=partial.kind, text=partial.text))

    def _give_up(self, session: Session, number: int | None) -> None:
        for request in [request for lane in self._workers for request in lane.give_up(session, number)]:
            session.send(messages.Error(id=request.id, code="cancelled", message="Cancelled."))

    def _refuse_all(self) -> None:
        """Tell everyone who waits that it was meant: of a host that just goes, they would ask again."""
        for session in self._sessions:
            for request in [request for lane in self._workers for request in lane.give_up(session, None)]:
                session.send(messages.Error(id=request.id, code="cancelled", message="The host was stopped."))

    def _forward(self, flight: Flight, frame: messages.Frame) -> None:
        if isinstance(frame, messages.Partial):
            flight.partials.append(frame)
        if isinstance(frame, (messages.Partial, messages.Progress)):
            self._to_all(flight, frame)

    def _answer(self, flight: Flight, answer: Answer) -> None:
        self._finished += 1
        if isinstance(answer, messages.Result) and flight.job == "html":
            self._outcomes.keep(flight.key, answer.outcome)
        self._to_all(flight, answer)

    def _to_all(self, flight: Flight, frame: _Addressed) -> None:
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
            busy = any(lane.running for lane in self._workers)
            if not self._sessions and not busy and now - self._last_client > self._idle_seconds:
                log.info("nobody was connected for %.0f s", self._idle_seconds)
                self.end()
            if _inode(self._address.endpoint) != own:
                log.warning("the socket was removed: nobody can reach this host any more")
                self.end()
            for lane in self._workers:
                await lane.rest()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception():
        log.error("a task of the host failed", exc_info=task.exception())


def _inode(endpoint: str) -> int:
    """Which file the endpoint is; 0 where it is none (a named pipe, or gone)."""
    try:
        return os.stat(endpoint).st_ino  # noqa: PTH116
    except OSError:
        return 0
