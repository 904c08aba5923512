"""What every step of a measurement needs, and rounds in which the sides take turns."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import torch

from pixelwright.bench.cases import Case
from pixelwright.bench.generate import Generate
from pixelwright.bench.ours import Ours
from pixelwright.bench.settings import Scale, Settings
from pixelwright.bench.subject import Subject
from pixelwright.bench.timing import Row, Run, summarise

Side = Ours | Generate


@dataclass(frozen=True, slots=True)
class Bench:
    """One measurement. rows and errors grow; an error is `STEP: what happened`."""

    settings: Settings
    scale: Scale
    subject: Subject
    device: torch.device
    dtype: torch.dtype
    bandwidth: dict[str, float]
    progress: Callable[[float, str], None]
    rows: list[Row] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @contextlib.contextmanager
    def noted(self, step: str) -> Iterator[None]:
        """A step that may fail: the report says so, and the others go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a foreign version's failure is a finding, not a crash
            self.errors.append(f"{step}: {type(error).__name__}: {error}"[:2000])

    @property
    def tokens(self) -> int:
        """How long every answer is."""
        return self.settings.tokens or self.scale.tokens

    def ways(self) -> Iterator[tuple[bool, bool]]:
        """How the engine can run here: as CUDA graphs, compiled."""
        yield False, False
        if self.device.type == "cuda":
            yield True, False
            # Compiling takes the minute in which all of `--tiny` is to be over.
            if not self.settings.tiny and importlib.util.find_spec("triton") is not None:
                yield True, True

    def take_turns(
        self, sides: Sequence[Side], case: Case, count: int, label: str | None = None
    ) -> dict[str, list[Run]]:
        """Runs of a case by the side's configuration, one of each side in every round; adds their rows.

        label: what the rows call the case. A side that fails is noted and left out.
        """
        runs: dict[str, list[Run]] = {side.configuration: [] for side in sides}
        peaks: dict[str, int | None] = {}
        failed: set[str] = set()
        for number in range(-self.scale.warm_ups, count):
            messages = case.make(number + self.scale.warm_ups)
            for side in sides:
                key = side.configuration
                if key in failed:
                    continue
                failed.add(key)  # until it has answered
                with self.noted(f"{side.name}, {key}, {case.name}"):
                    with side.memory.counted():
                        run = side.ask(messages, self.tokens)
                    failed.discard(key)
                    if number >= 0:
                        runs[key].append(run)
                        peaks[key] = max(peaks.get(key) or 0, side.memory.peak or 0) or None
        for side in sides:
            if runs[side.configuration]:
                self.rows.append(
                    summarise(
                        runs[side.configuration],
                        side=side.name,
                        configuration=side.configuration,
                        case=label or case.name,
                        weight_bytes=side.weight_bytes,
                        row_bytes=side.row_bytes,
                        ceiling=self.bandwidth["ceiling"],
                        peak_memory=peaks[side.configuration],
                    )
                )
        return runs
