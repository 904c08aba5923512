"""The host's side of a reader process: start it, give it a flight, end it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

from pixelwright.host.flights import Flight
from pixelwright.link import frames
from pixelwright.protocol import messages

CANCEL_GRACE = 1.0  # seconds that a reader has to notice a cancel before it is killed


class Reader:
    """One reader process, started when first needed and again after it died."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.returncode is None else None

    async def run(
        self, flight: Flight, forward: Callable[[messages.Frame], None]
    ) -> messages.Result | messages.Error:
        """Run a flight to its end; progress and partial results go to `forward`."""
        process = await self._started()
        if not flight.requests:  # given up while the process started
            return messages.Error(id=flight.number, code="cancelled", message="Cancelled.")
        assert process.stdin is not None
        assert process.stdout is not None
        submit = messages.Submit(
            id=flight.number, job=flight.job, priority=flight.priority, params=flight.params
        )
        with contextlib.suppress(ConnectionError):
            process.stdin.write(frames.pack(submit))
            await process.stdin.drain()
        while (frame := await frames.receive(process.stdout)) is not None:
            if isinstance(frame, (messages.Result, messages.Error)):
                return frame
            forward(frame)
        code = await process.wait()
        self._process = None
        name = flight.params.get("name", "The job") if isinstance(flight.params, dict) else "The job"
        return messages.Error(
            id=flight.number, code="crashed", message=f"{name} ended its reader (exit status {code})."
        )

    async def cancel(self, flight: Flight, is_running: Callable[[], bool]) -> None:
        """Ask the reader to give a flight up, and kill it if it does not."""
        if self._process and self._process.stdin:
            with contextlib.suppress(ConnectionError):
                self._process.stdin.write(frames.pack(messages.Cancel(id=flight.number)))
        await asyncio.sleep(CANCEL_GRACE)
        if is_running():
            self.kill()

    def kill(self) -> None:
        """End the process at once; a flight that runs ends with `crashed`."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def stop(self) -> None:
        """End the process and free its memory; the next flight starts another."""
        process, self._process = self._process, None
        if process and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "pixelwright.host.reader",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 20,
            )
        return self._process
