"""The engine's process: it alone touches the device. `python -m pixelwright.host.engine`

It speaks the host's frames on stdin and stdout. The main thread computes, one step at a time, and looks
between steps whether somebody gave up, or somebody more urgent came.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.host import answers
from pixelwright.host.keeper import Keeper
from pixelwright.host.pipes import Pipes, failure
from pixelwright.protocol import messages, wire


@dataclass(frozen=True, slots=True)
class _Turn:
    frame: messages.Submit
    turn: answers.Turn


class Turns:
    """The questions that are being answered. The last one that came is computed, the others are paused.

    Which may come while another is answered is the host's to decide (`flights.people_overtake`).
    """

    def __init__(self, pipes: Pipes) -> None:
        self._pipes = pipes
        self._keeper = Keeper(lambda state: pipes.send(messages.Engine(state=state)))
        self._turns: list[_Turn] = []

    def step(self) -> None:
        """Take what has come, drop what was given up, and compute one step; waits when there is nothing."""
        if not self._turns:
            self._begin(self._pipes.next())
        for frame in self._pipes.arrived():
            self._begin(frame)
        for turn in [turn for turn in self._turns if self._pipes.is_given_up(turn.frame.id)]:
            turn.turn.cancel()
            self._fail(turn.frame, Cancelled())
        if self._turns:
            self._compute(self._turns[-1])

    def _begin(self, frame: messages.Submit) -> None:
        progress = self._pipes.progress(frame.id)
        try:
            progress.check()
            job = wire.decode(messages.AskJob, frame.params)
            turn = answers.begin(job, self._keeper, progress)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this job's answer
            self._fail(frame, error)
        else:
            self._turns.append(_Turn(frame, turn))
            self._tell("working")

    def _compute(self, turn: _Turn) -> None:
        try:
            outcome = turn.turn.step()
        except Exception as error:  # noqa: BLE001 - see above
            turn.turn.cancel()
            self._fail(turn.frame, error)
            return
        if outcome is not None:
            self._finish(turn.frame, messages.Result(id=turn.frame.id, outcome=wire.encode(outcome)))

    def _fail(self, frame: messages.Submit, error: Exception) -> None:
        self._finish(frame, failure(frame, error))
        if not isinstance(error, (PixelwrightError, MemoryError)):
            os._exit(1)  # after a fault the device may be in any state; the next job gets a new process

    def _finish(self, frame: messages.Submit, answer: messages.Result | messages.Error) -> None:
        self._turns = [turn for turn in self._turns if turn.frame is not frame]
        self._tell("working" if self._turns else "ready")  # before the answer, so that it is known by then
        self._pipes.finish(answer)

    def _tell(self, phase: messages.EnginePhase) -> None:
        self._pipes.send(messages.Engine(state=self._keeper.state(phase)))


def main() -> None:
    """Answer until stdin ends."""
    turns = Turns(Pipes.open())
    while True:
        turns.step()


if __name__ == "__main__":
    main()
