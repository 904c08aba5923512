"""A lane with the real engine, and what becomes of a worker that is stuck."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pixelwright.host.flights import Flight, flight_key, people_overtake
from pixelwright.host.lane import Lane, Plan
from pixelwright.protocol import messages
from tests.host.support import until

pytest.importorskip("torch", reason="the extra `model` is not installed")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

ENDLESS = 30_000  # tokens


class Ears:
    """Hears what a lane tells."""

    def __init__(self) -> None:
        self.pieces: dict[str, int] = {}
        self.ends: dict[str, messages.Result | messages.Error] = {}

    def frame(self, flight: Flight, frame: messages.Frame) -> None:
        if isinstance(frame, messages.Partial):
            self.pieces[flight.params["name"]] = self.pieces.get(flight.params["name"], 0) + 1

    def answer(self, flight: Flight, answer: messages.Result | messages.Error) -> None:
        self.ends[flight.params["name"]] = answer

    async def until_told(self, name: str) -> None:
        async def told() -> bool:
            return name in self.pieces

        await until(told)

    async def until_ended(self, name: str) -> None:
        async def ended() -> bool:
            return name in self.ends

        await until(ended)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def lane(ears: Ears) -> AsyncIterator[Lane]:
    plan = Plan(module="pixelwright.host.engine", patience=0.3, idle=60, has_room=people_overtake)
    lane = Lane(plan, ears.frame, ears.answer)
    yield lane
    await lane.end()


Ask = Callable[[str, messages.Priority, int], None]


@pytest.fixture
def ask(lane: Lane, small_picture: Path, chatty: Path) -> Ask:
    def add(name: str, priority: messages.Priority, tokens: int) -> None:
        params = {
            "name": name,
            "path": str(small_picture),
            "question": "What?",
            "maxTokens": tokens,
            "model": str(chatty),
        }
        submit = messages.Submit(id=1, job="ask", priority=priority, params=params)
        lane.add(name, submit, flight_key(submit))  # every name is a session of its own

    return add


async def test_a_stuck_worker_is_killed_when_nobody_waits_for_it_any_more(
    lane: Lane, ears: Ears, ask: Ask
) -> None:
    ask("watched", "background", ENDLESS)
    await ears.until_told("watched")
    ask("asked", "interactive", ENDLESS)
    await ears.until_told("asked")
    stuck = lane.pid
    assert stuck is not None
    os.kill(stuck, signal.SIGSTOP)
    lane.give_up("watched", 1)
    await asyncio.sleep(0.8)
    assert lane.pid == stuck, "somebody waits for the other answer"
    assert lane.running == 2
    lane.give_up("asked", 1)
    await ears.until_ended("asked")
    assert not Path(f"/proc/{stuck}").exists()
    ask("next", "interactive", 5)
    await ears.until_ended("next")
    assert isinstance(ears.ends["next"], messages.Result)
    assert lane.pid != stuck


async def test_jobs_wait_for_a_worker_that_is_being_ended(lane: Lane, ears: Ears, ask: Ask) -> None:
    ask("first", "interactive", 5)
    await ears.until_ended("first")
    before = lane.pid
    ending = asyncio.create_task(lane.end())
    await asyncio.sleep(0)
    ask("second", "interactive", 5)
    await ending
    await ears.until_ended("second")
    assert isinstance(ears.ends["second"], messages.Result)
    assert lane.pid != before
