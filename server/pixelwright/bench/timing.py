"""What one answer took, and what several of them say together."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Run:
    """One answer, as the host sees it.

    Seconds count from when the picture's pixels are in memory, so that both sides' preprocessing (its
    share is `preparing`) is in `first_token`. `decoding` and `cpu` are wall and processor seconds from
    the first token to the last; `steps` are the passes through the model that these took. Of the prompt,
    `reused` tokens came from a cache.
    """

    tokens: tuple[int, ...]
    prompt_tokens: int
    visual_tokens: int
    reused: int
    preparing: float
    first_token: float
    decoding: float
    cpu: float
    steps: int

    @property
    def tokens_per_second(self) -> float:
        return (len(self.tokens) - 1) / max(self.decoding, 1e-9)

    @property
    def cpu_seconds_per_token(self) -> float:
        return self.cpu / max(len(self.tokens) - 1, 1)

    @property
    def tokens_per_step(self) -> float:
        return (len(self.tokens) - 1) / max(self.steps, 1)


class Clock:
    """Notes when tokens arrive at the host."""

    def __init__(self) -> None:
        self.began = time.perf_counter()
        self.prepared = self.began
        self._first: tuple[float, float] | None = None
        self._last = (self.began, 0.0)

    def ready(self) -> None:
        """The prompt is made; the model's work begins."""
        self.prepared = time.perf_counter()

    def arrived(self) -> None:
        """A token, or several, have arrived."""
        self._last = (time.perf_counter(), time.process_time())
        if self._first is None:
            self._first = self._last

    def run(
        self, tokens: Sequence[int], *, prompt_tokens: int, visual_tokens: int, reused: int, steps: int
    ) -> Run:
        """What was noted, with what the side knows of it; see `Run`."""
        first = self._first or self._last
        return Run(
            tokens=tuple(tokens),
            prompt_tokens=prompt_tokens,
            visual_tokens=visual_tokens,
            reused=reused,
            preparing=self.prepared - self.began,
            first_token=first[0] - self.began,
            decoding=self._last[0] - first[0],
            cpu=self._last[1] - first[1],
            steps=steps,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """The medians of some runs. Seconds, bytes, bytes per second.

    read_per_token: what has to be read for a token at least: the weights, and the cache at the middle of
    the answer. ceiling_share: the part of the memory's measured bandwidth that this comes to.
    """

    side: str
    configuration: str
    case: str
    rounds: int
    prompt_tokens: int
    visual_tokens: int
    reused: int
    tokens: int
    preparing: float
    first_token: float
    tokens_per_second: float
    cpu_seconds_per_token: float
    tokens_per_step: float
    read_per_token: int
    read_per_second: float
    ceiling_share: float
    peak_memory: int | None


def summarise(
    runs: Sequence[Run],
    *,
    side: str,
    configuration: str,
    case: str,
    weight_bytes: float,
    row_bytes: int,
    ceiling: float,
    peak_memory: int | None,
) -> Row:
    """The row of one side's runs of one case. row_bytes: of the cache, for each token that is seen."""

    def median(name: str) -> float:
        return float(statistics.median(getattr(run, name) for run in runs))

    last = runs[-1]
    length = last.prompt_tokens + len(last.tokens) / 2
    read = round(weight_bytes + length * row_bytes)
    speed = median("tokens_per_second")
    # A pass that verifies a draft reads the weights once for all of its tokens.
    per_second = read * speed / median("tokens_per_step")
    return Row(
        side=side,
        configuration=configuration,
        case=case,
        rounds=len(runs),
        prompt_tokens=last.prompt_tokens,
        visual_tokens=last.visual_tokens,
        reused=max(run.reused for run in runs),
        tokens=len(last.tokens),
        preparing=median("preparing"),
        first_token=median("first_token"),
        tokens_per_second=speed,
        cpu_seconds_per_token=median("cpu_seconds_per_token"),
        tokens_per_step=median("tokens_per_step"),
        read_per_token=read,
        read_per_second=per_second,
        ceiling_share=per_second / ceiling,
        peak_memory=peak_memory,
    )
