"""Keeps the model that was asked for last in memory."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pixelwright.errors import PixelwrightError
from pixelwright.model import store
from pixelwright.progress import Progress
from pixelwright.protocol import messages

if TYPE_CHECKING:
    from pixelwright.model.engine import Engine
    from pixelwright.model.pixels import Processing

PRECISION = "PIXELWRIGHT_PRECISION"
"""The variable that names the numbers of the weights: bf16, fp16, fp32 or int8."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A checkpoint on its device, and what its prompts need. `asked` is the name that it was asked for by."""

    asked: str | None
    folder: Path
    name: str
    engine: Engine
    processing: Processing
    thinks: bool


class Keeper:
    """Owns the one engine of a process. `on_state` hears when a model is being loaded."""

    def __init__(self, on_state: Callable[[messages.EngineState], None] = lambda _state: None) -> None:
        self._on_state = on_state
        self._loaded: Loaded | None = None

    def model(self, asked: str | None, progress: Progress) -> Loaded:
        """The model of a name, loaded if it is not the one that is kept; that one then goes first.

        Raises `PixelwrightError` (noModel, outOfMemory, unsupported, unreadable), and `Cancelled` in
        between.
        """
        if self._loaded and self._loaded.asked == asked:
            return self._loaded
        folder = store.resolve(asked)
        if self._loaded is None or self._loaded.folder != folder:
            self.close()
            self._loaded = self._load(asked, folder, progress)
        return self._loaded

    def close(self) -> None:
        """Give the model's memory back."""
        if self._loaded:
            self._loaded.engine.forget()
            self._loaded = None
            gc.collect()  # before another model needs the room

    def state(self, phase: messages.EnginePhase) -> messages.EngineState | None:
        """What there is to tell of the model that is kept."""
        if self._loaded is None:
            return None
        status = self._loaded.engine.status()
        return messages.EngineState(
            phase=phase,
            model=status.model,
            device=status.device,
            dtype=status.dtype,
            memory=status.memory,
            tokens_per_second=round(status.tokens_per_second, 2),
        )

    def _load(self, asked: str | None, folder: Path, progress: Progress) -> Loaded:
        name = display_name(folder)
        self._on_state(
            messages.EngineState(
                phase="loading", model=name, device="", dtype="", memory=0, tokens_per_second=0.0
            )
        )
        progress.report(0.0, f"Loading {name}")
        try:
            from pixelwright.model.engine import Engine
            from pixelwright.model.pixels import Processing
            from pixelwright.model.prompt import thinks as is_thinking
        except (ImportError, OSError) as error:  # OSError: a library of PyTorch's is missing or damaged
            raise PixelwrightError(
                "noModel", f"The packages that run the model are missing: {error}.", store.INSTALL_HINT
            ) from error
        processing, thinks = Processing.load(folder), is_thinking(folder)
        engine = _load_engine(Engine, folder, name, progress)
        return Loaded(asked, folder, name, engine, processing, thinks)


def _load_engine(kind: type[Engine], folder: Path, name: str, progress: Progress) -> Engine:
    """In the numbers that `PRECISION` names; else in the best, and as int8 where memory is short of those."""
    numbers = os.environ.get(PRECISION) or None
    if numbers == "int8":
        return kind.load(folder, name=name, int8=True, progress=progress.report)
    try:
        return kind.load(folder, name=name, dtype=numbers, progress=progress.report)
    except PixelwrightError as error:
        if error.code != "outOfMemory" or numbers is not None:
            raise
    progress.report(0.0, f"Too little memory for {name} as it is; loading it as int8")
    return kind.load(folder, name=name, int8=True, progress=progress.report)


def display_name(folder: Path) -> str:
    """What to call a checkpoint: its name without the publisher's where it lies in the shared cache."""
    if folder.parent.name == "snapshots":
        return folder.parents[1].name.rpartition("--")[2]
    return folder.name
