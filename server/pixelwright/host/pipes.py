"""A worker process's side of the pipes to the host: jobs in, answers out."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from typing import BinaryIO

from pixelwright.errors import PixelwrightError
from pixelwright.link import frames
from pixelwright.progress import Progress
from pixelwright.protocol import messages

PROGRESS_INTERVAL = 0.05  # seconds; more often tells a person nothing


class Pipes:
    """What came in, and the way out. One thread listens; any thread may send, and ask what is given up."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[messages.Submit] = queue.SimpleQueue()
        self._given_up: set[int] = set()
        self._last_report = 0.0

    @classmethod
    def open(cls) -> Pipes:
        """Take stdin and stdout over. The process ends when stdin does: whatever runs is then for nobody."""
        output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # a library that prints must not break the frames
        with contextlib.suppress(AttributeError, OSError):
            os.nice(5)  # the editor comes first
        pipes = cls(output)
        threading.Thread(target=pipes._listen, args=(sys.stdin.buffer,), daemon=True).start()
        return pipes

    def next(self) -> messages.Submit:
        """Wait for a job."""
        return self._jobs.get()

    def arrived(self) -> Iterator[messages.Submit]:
        """The jobs that are there now."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._jobs.get_nowait()

    def is_given_up(self, number: int) -> bool:
        return number in self._given_up

    def progress(self, number: int) -> Progress:
        """What a job is handed to tell where it is."""
        return Progress(
            lambda fraction, message: self._report(number, fraction, message),
            lambda kind, text: self.send(messages.Partial(id=number, kind=kind, text=text)),  # type: ignore[arg-type]
            lambda: self.is_given_up(number),
        )

    def send(self, frame: messages.Frame) -> None:
        """Raises `PixelwrightError` (tooLarge)."""
        data = frames.pack(frame)
        with self._lock:
            self._output.write(data)
            self._output.flush()

    def finish(self, answer: messages.Result | messages.Error) -> None:
        """Send the end of a job."""
        try:
            self.send(answer)
        except PixelwrightError as error:  # the outcome is too large for a frame
            self.send(frames.failure(error, answer.id))
        self._given_up.discard(answer.id or 0)

    def _report(self, number: int, fraction: float, message: str) -> None:
        now = time.monotonic()
        if now - self._last_report >= PROGRESS_INTERVAL:
            self._last_report = now
            self.send(messages.Progress(id=number, fraction=fraction, message=message))

    def _listen(self, stream: BinaryIO) -> None:
        status = 1
        try:
            while (frame := frames.receive_blocking(stream)) is not None:
                if isinstance(frame, messages.Submit):
                    self._jobs.put(frame)
                elif isinstance(frame, messages.Cancel):
                    self._given_up.add(frame.id)
            status = 0
        except PixelwrightError as error:
            sys.stderr.write(f"What the host sent is no frame: {error}\n")
        finally:  # a process that hears nothing can neither be asked nor stopped
            os._exit(status)


def failure(frame: messages.Submit, error: Exception) -> messages.Error:
    """What went wrong with a job, in words. The host's log has the rest of a fault of ours."""
    if isinstance(error, PixelwrightError):
        return frames.failure(error, frame.id)
    params = frame.params if isinstance(frame.params, dict) else {}
    name = str(params.get("name") or params.get("image") or "The job")
    if isinstance(error, MemoryError):
        return messages.Error(
            id=frame.id,
            code="tooLarge",
            message=f"{name} needs more memory than there is.",
            hint="Make the picture smaller.",
        )
    traceback.print_exception(error)
    return messages.Error(
        id=frame.id,
        code="internal",
        message=f"{name} could not be done: {type(error).__name__}: {error}.",
        hint="This is a fault in Pixelwright; please report it with the host's log.",
    )
