"""The engine as one of the two sides."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from pixelwright.bench.memory import Memory
from pixelwright.bench.subject import Subject
from pixelwright.bench.timing import Clock, Run
from pixelwright.model.cache import bytes_per_token
from pixelwright.model.config import ModelConfig, read_config
from pixelwright.model.device import dtype_name
from pixelwright.model.engine import Engine
from pixelwright.model.linear import Int8
from pixelwright.model.pixels import Processing
from pixelwright.model.plan import plan_prompt
from pixelwright.model.prompt import Message, build_prompt
from pixelwright.model.request import Prompt, Request
from pixelwright.model.tokenizer import Tokenizer
from pixelwright.model.weights import Weights, decode_bytes, load_weights, random_weights

STEP = 16  # tokens that pass through the model together where logits are compared
STEPS = 20  # timed together where a device computes on its own
STEP_ROW = 128  # of the cache, where these steps write


@dataclass(frozen=True, slots=True)
class Parts:
    """A checkpoint on a device, of which engines are made."""

    subject: Subject
    config: ModelConfig
    tokenizer: Tokenizer
    processing: Processing
    weights: Weights = field(repr=False)
    device: torch.device
    dtype: torch.dtype

    @property
    def weight_bytes(self) -> float:
        """Read for each token, beside the cache."""
        return decode_bytes(self.config.text, self.weights.text)

    @property
    def row_bytes(self) -> int:
        return bytes_per_token(self.config.text, self.dtype)

    def engine(self, graphs: bool, compiled: bool) -> Engine:
        """An engine on these weights, every answer of which is as long as it may be."""
        return Engine(
            self.subject.name,
            replace(self.config, end_tokens=frozenset()),
            self.tokenizer,
            self.weights,
            self.device,
            self.dtype,
            graphs=graphs,
            compiled=compiled,
        )


def load_parts(subject: Subject, device: torch.device, dtype: torch.dtype, *, int8: bool = False) -> Parts:
    """The checkpoint, from its files or made up. Raises `PixelwrightError` as `load_weights` does."""
    config = read_config(subject.folder)
    with torch.inference_mode():
        if subject.weights == "random":
            weights = random_weights(config, device, dtype, int8=int8)
        else:
            weights = load_weights(subject.folder, config, device, dtype, int8=int8)
    collect()  # what loading took besides is not to count as held
    tokenizer, processing = Tokenizer.load(subject.folder), Processing.load(subject.folder)
    return Parts(subject, config, tokenizer, processing, weights, device, dtype)


class Ours:
    """An engine that is asked and timed. held: bytes of its weights."""

    name = "pixelwright"

    def __init__(self, parts: Parts, held: int, *, graphs: bool, compiled: bool) -> None:
        self.parts, self.graphs, self.compiled = parts, graphs, compiled
        self.weight_bytes, self.row_bytes = parts.weight_bytes, parts.row_bytes
        self.memory = Memory(parts.device, held)
        with self.memory.counted():
            self._engine = parts.engine(graphs, compiled)
        numbers = "int8" if isinstance(parts.weights.text.head, Int8) else dtype_name(parts.dtype)
        self.configuration = f"{numbers}, {self._engine.decoder.kind}"

    def ask(
        self,
        messages: Sequence[Message],
        tokens: int,
        *,
        lookup: bool = False,
        hints: tuple[tuple[int, ...], ...] = (),
    ) -> Run:
        """One answer of exactly so many tokens, from pixels to the last token."""
        clock = Clock()
        prompt = build_prompt(messages, self.parts.tokenizer, self.parts.processing)
        clock.ready()
        request = Request(prompt, max_tokens=tokens, lookup=lookup, hints=hints)
        answer = self._engine.start(request)
        while (delta := answer.advance()) is not None:
            if delta.tokens:
                clock.arrived()
        assert answer.finished
        return clock.run(
            answer.finished.tokens,
            prompt_tokens=len(prompt.ids),
            visual_tokens=visual_tokens(prompt),
            reused=answer.finished.reused,
            steps=answer.finished.steps,
        )

    @property
    def notes(self) -> list[str]:
        """Which ways of running the engine has given up, and why."""
        return self._engine.decoder.notes

    @property
    def draft(self) -> int:
        """How many tokens the engine drafts at once."""
        return self._engine.draft

    def step_seconds(self, tokens: int) -> float:
        """How long a step of so many tokens takes by itself: processor seconds on a CPU.

        What the engine's cache held is lost.
        """
        decoder, device = self._engine.decoder, self.parts.device
        decoder.cache.held = []
        ids = torch.arange(tokens, device=device)
        clock, steps = (time.process_time, 1) if device.type == "cpu" else (time.perf_counter, STEPS)
        with torch.inference_mode():
            _wait(device)
            began = clock()
            for _ in range(steps):
                decoder.step(ids, STEP_ROW, 0)
            _wait(device)
            return (clock() - began) / steps


def visual_tokens(prompt: Prompt) -> int:
    return sum(visual.rows * visual.columns for visual in prompt.visuals) // 4


def prompt_logits(parts: Parts, prompt: Prompt) -> Tensor:
    """Logits [tokens, vocabulary] behind each token of a prompt without pictures, by steps of some tokens."""
    plan = plan_prompt(prompt, parts.config)
    engine = parts.engine(graphs=False, compiled=False)
    device, decoder = parts.device, engine.decoder
    with torch.inference_mode():
        decoder.resize(len(prompt.ids))
        ids = torch.tensor(prompt.ids, device=device)
        logits = [
            decoder.step(ids[row : row + STEP], row, plan.offset).float().cpu()
            for row in range(0, len(prompt.ids), STEP)
        ]
    return torch.cat(logits)


def collect() -> None:
    """Free what nothing refers to any more, on the device as well, and give it back to the system."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library than glibc has no such call
            ctypes.CDLL(None).malloc_trim(0)


def _wait(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
