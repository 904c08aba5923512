"""From a job's parameters to its outcome: the one place that knows which job folder does what."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pixelwright.errors import PixelwrightError
from pixelwright.progress import Progress
from pixelwright.protocol import messages, wire


def run_job(job: messages.JobKind, params: Any, progress: Progress) -> Any:
    """The outcome record of a job. `params` is the map of the job's record.

    Raises `PixelwrightError` for everything that a user can be told, `Cancelled` among it.
    """
    record, run = _JOBS[job]
    return run(wire.decode(record, params), progress)


def make_html(job: messages.HtmlJob, progress: Progress) -> messages.HtmlOutcome:
    """A page from a picture."""
    from pixelwright.page.job import image_to_page

    source = job.data if job.data is not None else Path(job.path) if job.path else None
    if source is None:
        raise PixelwrightError("usage", f"{job.name}: neither a path nor bytes were given.")
    began = time.monotonic()
    page = image_to_page(source, job.name, job.assets_dir, inline_assets=job.inline_assets, progress=progress)
    return messages.HtmlOutcome(
        document=page.document,
        assets=tuple(messages.Asset(name=asset.name, data=asset.data) for asset in page.assets),
        problems=tuple(
            messages.Problem(code=problem.code, message=problem.message, repaired=problem.repaired)
            for problem in page.problems
        ),
        width=page.width,
        height=page.height,
        texts=page.texts,
        text_score=page.text_score,
        seconds=round(time.monotonic() - began, 3),
    )


def compare(job: messages.CompareJob, progress: Progress) -> messages.CompareOutcome:
    """How much a page looks like its picture."""
    from pixelwright.page.compare import compare as compare_page

    found = compare_page(Path(job.image), Path(job.page), progress)
    return messages.CompareOutcome(score=found.score, parts=found.parts, picture=found.picture)


def ask(job: messages.AskJob, progress: Progress) -> messages.AskOutcome:
    """The model's answer, with a model loaded for this question alone."""
    from pixelwright.host.answers import ask as ask_model

    return ask_model(job, progress)


_JOBS: dict[messages.JobKind, tuple[type, Callable[[Any, Progress], Any]]] = {
    "html": (messages.HtmlJob, make_html),
    "compare": (messages.CompareJob, compare),
    "ask": (messages.AskJob, ask),
}
