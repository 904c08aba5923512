"""A lane: a queue of jobs of some kinds, and the worker process that runs them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any

from pixelwright.host.flights import Flight, Flights, Request, Room, one_at_a_time
from pixelwright.host.worker import Answer, Worker
from pixelwright.protocol import messages

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How a lane works: the module its worker runs, and when that process is ended.

    patience: seconds that the worker has to notice a cancel. idle: seconds without a job.
    """

    module: str
    patience: float
    idle: float
    has_room: Room = one_at_a_time
    environment: dict[str, str] = field(default_factory=dict)


class Lane:
    """Hands flights to its worker as there is room. Runs on the host's event loop.

    on_frame: is given progress and partial results of a flight; on_answer: its end.
    """

    def __init__(
        self,
        plan: Plan,
        on_frame: Callable[[Flight, messages.Frame], None],
        on_answer: Callable[[Flight, Answer], None],
    ) -> None:
        self._plan = plan
        self._on_frame = on_frame
        self._on_answer = on_answer
        self._flights = Flights(plan.has_room)
        self._worker = Worker(plan.module, plan.environment)
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_job = time.monotonic()

    @property
    def waiting(self) -> int:
        return len(self._flights.waiting)

    @property
    def running(self) -> int:
        return len(self._flights.running)

    @property
    def pid(self) -> int | None:
        return self._worker.pid

    @property
    def engine(self) -> messages.EngineState | None:
        """What the worker last told of its model, if it has one."""
        return self._worker.state

    def add(self, session: Hashable, submit: messages.Submit, key: bytes) -> Flight:
        """The flight that answers a request, as `Flights.add`. It starts once the loop runs again."""
        flight = self._flights.add(session, submit, key)
        self._start()
        return flight

    def give_up(self, session: Hashable, number: int | None) -> list[Request]:
        """Withdraw a session's request, or all of them; the requests that were withdrawn."""
        withdrawn, abandoned = self._flights.give_up(session, number)
        for flight in abandoned:
            self._spawn(self._cancel(flight))
        return withdrawn

    async def rest(self) -> None:
        """End the worker if it was idle for long; the next flight starts another."""
        idle = time.monotonic() - self._last_job
        if self._worker.pid and not self._flights.running and idle > self._plan.idle:
            log.info("%s was idle for %.0f s: ended", self._plan.module, idle)
            await self._worker.stop()

    async def end(self) -> None:
        await self._worker.stop()

    def _start(self) -> None:
        while (flight := self._flights.take()) is not None:
            self._spawn(self._fly(flight))

    async def _fly(self, flight: Flight) -> None:
        try:
            answer = await self._worker.run(flight, lambda frame: self._on_frame(flight, frame))
        finally:  # whatever went wrong, the next flight must not wait for this one
            self._flights.finish(flight)
            self._last_job = time.monotonic()
            self._start()
        self._on_answer(flight, answer)

    async def _cancel(self, flight: Flight) -> None:
        """Have the worker give a flight up, and end it if it does not; never while it works for others."""
        self._worker.cancel(flight)
        await asyncio.sleep(self._plan.patience)
        running = self._flights.running
        if flight in running and not any(other.requests for other in running):
            log.warning("%s did not notice a cancel: ended", self._plan.module)
            self._worker.kill()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        with contextlib.suppress(asyncio.CancelledError):
            if error := task.exception():
                log.error("a task of the host failed", exc_info=error)
