"""The host's side of a worker process: start it, give it flights, hear its answers, end it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from pixelwright.errors import PixelwrightError
from pixelwright.host.flights import Flight
from pixelwright.link import frames
from pixelwright.protocol import messages

Answer: TypeAlias = messages.Result | messages.Error
Forward = Callable[[messages.Frame], None]


@dataclass(slots=True)
class _Waiting:
    answer: asyncio.Future[Answer]
    forward: Forward


class _Life:
    """A worker's process from its start to its end, and the flights that it has."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._flights: dict[int, _Waiting] = {}
        self._listening = asyncio.create_task(self._listen())
        self.is_over = False
        self.state: messages.EngineState | None = None

    @property
    def pid(self) -> int:
        return self._process.pid

    async def run(self, flight: Flight, forward: Forward) -> Answer:
        waiting = _Waiting(asyncio.get_running_loop().create_future(), forward)
        self._flights[flight.number] = waiting
        submit = messages.Submit(
            id=flight.number, job=flight.job, priority=flight.priority, params=flight.params
        )
        try:
            self.send(submit)
            return await waiting.answer
        finally:
            del self._flights[flight.number]

    def send(self, frame: messages.Frame) -> None:
        """Raises `PixelwrightError` (tooLarge). That the process is gone is told by its flights' answers."""
        assert self._process.stdin is not None
        data = frames.pack(frame)
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write(data)  # one or two flights at once: there is no need to drain

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> None:
        await asyncio.shield(self._listening)

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        failure: PixelwrightError | None = None
        try:
            while (frame := await frames.receive(self._process.stdout)) is not None:
                self._take(frame)
        except PixelwrightError as error:  # frames that are none, or too large
            failure = error
            self.kill()
        self.is_over = True
        code = await self._process.wait()
        failure = failure or PixelwrightError("crashed", f"A worker of the host ended (exit status {code}).")
        for number, waiting in self._flights.items():
            if not waiting.answer.done():
                waiting.answer.set_result(frames.failure(failure, number))

    def _take(self, frame: messages.Frame) -> None:
        if isinstance(frame, messages.Engine):
            self.state = frame.state
            return
        waiting = self._flights.get(getattr(frame, "id", None) or 0)
        if waiting is None or waiting.answer.done():
            return
        if isinstance(frame, (messages.Result, messages.Error)):
            waiting.answer.set_result(frame)
        else:
            waiting.forward(frame)


class Worker:
    """One process that runs a module, started when first needed and again after it died."""

    def __init__(self, module: str, environment: Mapping[str, str] | None = None) -> None:
        self._module = module
        self._environment = environment or {}
        self._life: _Life | None = None
        self._changing = asyncio.Lock()  # two lives at once would need twice the memory

    @property
    def pid(self) -> int | None:
        return self._life.pid if self._life and not self._life.is_over else None

    @property
    def state(self) -> messages.EngineState | None:
        """What the process last told of its model."""
        return self._life.state if self._life and not self._life.is_over else None

    async def run(self, flight: Flight, forward: Forward) -> Answer:
        """Run a flight to its end; progress and partial results go to `forward`. Never raises."""
        try:
            life = await self._living()
        except OSError as error:
            return messages.Error(
                id=flight.number,
                code="internal",
                message=f"{sys.executable} cannot be started: {error.strerror or error}.",
                hint="Run `pixelwright host stop` and try again, or install Pixelwright anew.",
            )
        if not flight.requests:  # given up while the process started
            return messages.Error(id=flight.number, code="cancelled", message="Cancelled.")
        try:
            return await life.run(flight, forward)
        except PixelwrightError as error:  # the job is too large for a frame
            return frames.failure(error, flight.number)

    def cancel(self, flight: Flight) -> None:
        """Ask the process to give a flight up."""
        if self._life:
            self._life.send(messages.Cancel(id=flight.number))

    def kill(self) -> None:
        """End the process at once; flights that it has end with `crashed`."""
        if self._life:
            self._life.kill()

    async def stop(self) -> None:
        """End the process and free its memory; the next flight starts another."""
        async with self._changing:
            if self._life:
                self._life.kill()
                await self._life.ended()
                self._life = None

    async def _living(self) -> _Life:
        async with self._changing:
            if self._life and self._life.is_over:
                await self._life.ended()
                self._life = None
            if self._life is None:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    self._module,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    limit=1 << 20,
                    env={**os.environ, **self._environment},
                )
                self._life = _Life(process)
            return self._life
