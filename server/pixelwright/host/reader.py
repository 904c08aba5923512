"""A reader: the process in which jobs run, one after the other. `python -m pixelwright.host.reader`

It speaks the host's frames on stdin and stdout. A process of its own, so that a job can neither hold up
the host's answers nor take the host down, and so that what will not stop can be killed.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import traceback
from typing import BinaryIO

from pixelwright.errors import PixelwrightError
from pixelwright.host.jobs import run_job
from pixelwright.link import frames
from pixelwright.progress import Progress
from pixelwright.protocol import messages, wire

PROGRESS_INTERVAL = 0.05  # seconds; more often tells a person nothing


class _Answers:
    """Frames out, whole ones, from any thread."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._last = 0.0

    def send(self, frame: messages.Frame) -> None:
        data = frames.pack(frame)
        with self._lock:
            self._stream.write(data)
            self._stream.flush()

    def report(self, number: int, fraction: float, message: str) -> None:
        now = time.monotonic()
        if now - self._last >= PROGRESS_INTERVAL:
            self._last = now
            self.send(messages.Progress(id=number, fraction=fraction, message=message))


def _perform(frame: messages.Submit, answers: _Answers, given_up: set[int]) -> messages.Frame:
    progress = Progress(
        lambda fraction, message: answers.report(frame.id, fraction, message),
        lambda kind, text: answers.send(messages.Partial(id=frame.id, kind=kind, text=text)),  # type: ignore[arg-type]
        lambda: frame.id in given_up,
    )
    try:
        progress.check()
        return messages.Result(id=frame.id, outcome=wire.encode(run_job(frame.job, frame.params, progress)))
    except PixelwrightError as error:
        return _error(frame.id, error)
    except MemoryError:
        return messages.Error(
            id=frame.id,
            code="tooLarge",
            message=f"{_name(frame)} needs more memory than there is.",
            hint="Make the picture smaller.",
        )
    except Exception as error:  # noqa: BLE001 - a fault of ours must reach the user, not end the reader
        traceback.print_exc()
        return messages.Error(
            id=frame.id,
            code="internal",
            message=f"{_name(frame)} could not be done: {type(error).__name__}: {error}.",
            hint="This is a fault in Pixelwright; please report it with the host's log.",
        )


def _error(number: int, error: PixelwrightError) -> messages.Error:
    return messages.Error(id=number, code=error.code, message=error.message, hint=error.hint)  # type: ignore[arg-type]


def _name(frame: messages.Submit) -> str:
    params = frame.params if isinstance(frame.params, dict) else {}
    return str(params.get("name") or params.get("image") or "The job")


def main() -> None:
    """Run jobs until stdin ends."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # a library that prints must not break the frames
    with contextlib.suppress(AttributeError, OSError):
        os.nice(5)  # the editor comes first
    answers = _Answers(output)
    waiting: queue.SimpleQueue[messages.Submit] = queue.SimpleQueue()
    given_up: set[int] = set()

    def listen() -> None:
        while (frame := frames.receive_blocking(sys.stdin.buffer)) is not None:
            if isinstance(frame, messages.Submit):
                waiting.put(frame)
            elif isinstance(frame, messages.Cancel):
                given_up.add(frame.id)
        os._exit(0)  # the host is gone: whatever runs is for nobody

    threading.Thread(target=listen, daemon=True).start()
    while True:
        frame = waiting.get()
        answer = _perform(frame, answers, given_up)
        try:
            answers.send(answer)
        except PixelwrightError as error:  # the outcome is too large for a frame
            answers.send(_error(frame.id, error))


if __name__ == "__main__":
    main()
