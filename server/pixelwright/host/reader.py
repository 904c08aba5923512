"""A reader: the process in which pages are made and compared, one after the other.
`python -m pixelwright.host.reader`

It speaks the host's frames on stdin and stdout. A process of its own, so that a job can neither hold up
the host's answers nor take the host down, and so that what will not stop can be killed.
"""

from __future__ import annotations

from pixelwright.host.jobs import run_job
from pixelwright.host.pipes import Pipes, failure
from pixelwright.protocol import messages, wire


def main() -> None:
    """Run jobs until stdin ends."""
    pipes = Pipes.open()
    while True:
        frame = pipes.next()
        pipes.finish(_perform(frame, pipes))


def _perform(frame: messages.Submit, pipes: Pipes) -> messages.Result | messages.Error:
    progress = pipes.progress(frame.id)
    try:
        progress.check()
        return messages.Result(id=frame.id, outcome=wire.encode(run_job(frame.job, frame.params, progress)))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this job's answer
        return failure(frame, error)


if __name__ == "__main__":
    main()
