"""Which jobs wait, and which comes next.

A flight is one job that any number of requests wait for: equal jobs fly once (single-flight). The queue is
bounded, takes what people wait for before what nobody waits for, and serves clients in turn. How many fly
at once is its `Room`'s to say.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack

from pixelwright.errors import PixelwrightError
from pixelwright.protocol import messages

MAX_WAITING = 512  # jobs
MAX_WAITING_BYTES = 512 << 20  # of pictures sent as bytes


@dataclass(frozen=True, slots=True)
class Request:
    """Someone who waits: a session and its own number for the job."""

    session: Hashable
    id: int


@dataclass(eq=False, slots=True)
class Flight:
    """A job under way, waiting or running, and everyone who waits for it."""

    number: int
    key: bytes
    job: messages.JobKind
    params: Any
    priority: messages.Priority
    requests: list[Request]
    size: int
    partials: list[messages.Partial] = field(default_factory=list)


# May a flight start beside those that run?
Room = Callable[[Flight, Sequence[Flight]], bool]


def one_at_a_time(_flight: Flight, running: Sequence[Flight]) -> bool:
    """Room for a worker that does one job after the other."""
    return not running


def people_overtake(flight: Flight, running: Sequence[Flight]) -> bool:
    """Room for the engine: what a person waits for starts beside a background job, which it pauses.

    Only of the same model: two do not fit into the memory of most cards.
    """
    if not running:
        return True
    return (
        flight.priority == "interactive"
        and all(other.priority == "background" for other in running)
        and all(_model(other) == _model(flight) for other in running)
    )


def _model(flight: Flight) -> Any:
    return flight.params.get("model") if isinstance(flight.params, dict) else None


class Flights:
    """All flights that are not finished. Not for use from several threads."""

    def __init__(self, has_room: Room = one_at_a_time) -> None:
        self._has_room = has_room
        self._numbers = itertools.count(1)
        self._turns = itertools.count(1)
        self._served: dict[Hashable, int] = {}  # session -> its last turn
        self.waiting: list[Flight] = []
        self.running: list[Flight] = []

    def add(self, session: Hashable, submit: messages.Submit, key: bytes) -> Flight:
        """The flight that answers a request: an equal one (by `flight_key`) that is under way, or a new one.

        Raises `PixelwrightError` (busy) when too much waits already.
        """
        request = Request(session, submit.id)
        for flight in [*self.waiting, *self.running]:
            if flight.key == key and flight.requests:
                flight.requests.append(request)
                if submit.priority == "interactive":
                    flight.priority = "interactive"
                return flight
        size = len(submit.params.get("data") or b"") if isinstance(submit.params, dict) else 0
        waiting_bytes = sum(flight.size for flight in self.waiting)
        if len(self.waiting) >= MAX_WAITING or (size and waiting_bytes + size > MAX_WAITING_BYTES):
            raise PixelwrightError(
                "busy",
                f"{len(self.waiting)} jobs are waiting already.",
                "Try again when some of them are done.",
            )
        flight = Flight(next(self._numbers), key, submit.job, submit.params, submit.priority, [request], size)
        self.waiting.append(flight)
        return flight

    def take(self) -> Flight | None:
        """Move the next flight from waiting to running; None when none waits that has room."""
        ready = [flight for flight in self.waiting if self._has_room(flight, self.running)]
        if not ready:
            return None
        flight = min(ready, key=self._rank)
        self.waiting.remove(flight)
        self.running.append(flight)
        self._served[flight.requests[0].session] = next(self._turns)
        return flight

    def finish(self, flight: Flight) -> None:
        """A running flight has its answer."""
        self.running.remove(flight)

    def _rank(self, flight: Flight) -> tuple[bool, int, int]:
        last_turn = min(self._served.get(request.session, 0) for request in flight.requests)
        return flight.priority == "background", last_turn, flight.number

    def give_up(self, session: Hashable, number: int | None = None) -> tuple[list[Request], list[Flight]]:
        """Withdraw a session's request, or all of them.

        Returns the requests withdrawn, and the running flights that nobody waits for any more since then.
        """
        withdrawn, abandoned = [], []
        for flight in [*self.waiting, *self.running]:
            for request in [*flight.requests]:
                if request.session == session and number in (None, request.id):
                    flight.requests.remove(request)
                    withdrawn.append(request)
                    if not flight.requests and flight in self.running:
                        abandoned.append(flight)
        self.waiting = [flight for flight in self.waiting if flight.requests]
        if number is None:
            self._served.pop(session, None)
        return withdrawn, abandoned


def flight_key(submit: messages.Submit) -> bytes:
    """Equal for jobs that must have equal outcomes: same parameters, and same files as they are now."""
    parts: list[Any] = [submit.job, submit.params]
    if isinstance(submit.params, dict):
        for name in ("path", "image", "page"):
            if isinstance(submit.params.get(name), str):
                parts.append(_file_state(submit.params[name]))
    return hashlib.sha256(msgpack.packb(parts, use_bin_type=True, strict_types=False)).digest()


def _file_state(path: str) -> list[int]:
    try:
        found = os.stat(path)  # noqa: PTH116 - a wrong path is an answer here, not an error
    except (OSError, ValueError):
        return []
    return [found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]
