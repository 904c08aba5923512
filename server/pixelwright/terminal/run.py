"""Running a job from a terminal: through the host, or inside this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from pixelwright.protocol import messages, wire
from pixelwright.terminal.progress_line import ProgressLine

OnPartial = Callable[[str, str], None]

_OUTCOMES: dict[messages.JobKind, type] = {
    "html": messages.HtmlOutcome,
    "compare": messages.CompareOutcome,
    "ask": messages.AskOutcome,
}


def run_job(
    job: messages.JobKind,
    params: Any,
    name: str,
    *,
    no_host: bool,
    on_partial: OnPartial | None = None,
) -> Any:
    """The outcome record of a job, with its progress on stderr. Raises `PixelwrightError`.

    on_partial: is given the pieces of the result; from the first on no progress is mixed with them.
    """
    line = ProgressLine(name)

    def partial(kind: str, text: str) -> None:
        if on_partial:
            line.end()
            on_partial(kind, text)

    try:
        if no_host:
            return _here(job, params, line, partial)
        return asyncio.run(_in_host(job, params, line, partial))
    finally:
        line.done()


def _here(job: messages.JobKind, params: Any, line: ProgressLine, on_partial: OnPartial) -> Any:
    from pixelwright.host import jobs
    from pixelwright.progress import Progress

    return jobs.run_job(job, wire.encode(params), Progress(line.show, on_partial))


async def _in_host(job: messages.JobKind, params: Any, line: ProgressLine, on_partial: OnPartial) -> Any:
    from pixelwright.link import Link

    link = Link("terminal")
    try:
        outcome = await link.run(job, params, on_progress=line.show, on_partial=on_partial)
    finally:
        await link.close()
    return wire.decode(_OUTCOMES[job], outcome)
