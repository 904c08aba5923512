"""Running a job from a terminal: through the host, or inside this process."""

from __future__ import annotations

import asyncio
from typing import Any

from pixelwright.protocol import messages, wire
from pixelwright.terminal.progress_line import ProgressLine


def run_job(job: messages.JobKind, params: Any, name: str, *, no_host: bool) -> Any:
    """The outcome record of a job, with its progress on stderr. Raises `PixelwrightError`."""
    line = ProgressLine(name)
    try:
        return _here(job, params, line) if no_host else asyncio.run(_in_host(job, params, line))
    finally:
        line.done()


def _here(job: messages.JobKind, params: Any, line: ProgressLine) -> Any:
    from pixelwright.host import jobs
    from pixelwright.progress import Progress

    return jobs.run_job(job, wire.encode(params), Progress(line.show))


async def _in_host(job: messages.JobKind, params: Any, line: ProgressLine) -> Any:
    from pixelwright.link import Link

    link = Link("terminal")
    try:
        outcome = await link.run(job, params, on_progress=line.show)
    finally:
        await link.close()
    return wire.decode(messages.HtmlOutcome if job == "html" else messages.CompareOutcome, outcome)
