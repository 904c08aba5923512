"""Which jobs go to which worker: reading and writing to the reader, questions to the engine."""

from __future__ import annotations

import os
from collections.abc import Callable

from pixelwright.host.flights import Flight, people_overtake
from pixelwright.host.lane import Lane, Plan
from pixelwright.host.worker import Answer
from pixelwright.protocol import messages

IDLE_SECONDS = 300.0  # until the memory of an idle worker is given back

# Clients name their model with each question; what the host's starter had chosen is not everybody's choice.
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "PIXELWRIGHT_MODEL": "",
}


def open_lanes(
    on_frame: Callable[[Flight, messages.Frame], None], on_answer: Callable[[Flight, Answer], None]
) -> dict[messages.JobKind, Lane]:
    """The lane of each kind of job. No process runs before its first job.

    The engine is a process so that its memory can be given back: what a driver, its libraries and captured
    graphs hold on a device goes with the process alone. A step of a large model on a slow machine takes
    longer than a step of reading, and loading it again takes long, so it has more time to notice a cancel.
    """
    reader = Lane(
        Plan(module="pixelwright.host.reader", patience=1.0, idle=IDLE_SECONDS), on_frame, on_answer
    )
    engine = Lane(
        Plan(
            module="pixelwright.host.engine",
            patience=5.0,
            idle=_seconds("PIXELWRIGHT_MODEL_IDLE_SECONDS", IDLE_SECONDS),
            has_room=people_overtake,
            environment=_ENVIRONMENT,
        ),
        on_frame,
        on_answer,
    )
    return {"html": reader, "compare": reader, "ask": engine}


def _seconds(variable: str, default: float) -> float:
    try:
        return float(os.environ[variable])
    except (KeyError, ValueError):
        return default
