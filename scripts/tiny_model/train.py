"""Training: every step sees some of everything."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from scripts.tiny_model.clips import clip
from scripts.tiny_model.examples import QUESTIONS, Example
from scripts.tiny_model.inputs import IGNORED, Encoded, Encoder, batch
from scripts.tiny_model.memorised import about_samples, long_answers, talk
from scripts.tiny_model.scenes import scene
from scripts.tiny_model.sketches import sketch
from transformers import Qwen3VLForConditionalGeneration

from pixelwright.host.answers import SYSTEM_PROMPT as PROMPT

WARM_UP = 40
TURNS = 3
SAMPLE_TOKENS = (100, 100, 100, 80, 60)
"""Budgets that the samples are learnt at: the checkpoint's own above all, smaller ones so that it bends."""


@dataclass(frozen=True, slots=True)
class Source:
    """Examples of one kind: `count` of them make up a batch of each step; or only of each third, `turn`."""

    name: str
    count: int
    draw: Callable[[random.Random], Encoded]
    turn: int | None = None

    def has(self, step: int) -> bool:
        """Whether the step takes from here."""
        return self.turn is None or step % TURNS == self.turn


def sources(encoder: Encoder) -> tuple[Source, ...]:
    """Everything that is learnt; encoded once where it is learnt by heart."""

    def generated(make: Callable[[random.Random], Example]) -> Callable[[random.Random], Encoded]:
        return lambda random_: encoder.encode(with_system(random_, make(random_)))

    def by_heart(examples: list[Encoded]) -> Callable[[random.Random], Encoded]:
        return lambda random_: random_.choice(examples)

    asked = [example for _, example in about_samples()]
    systems = ["", "", *QUESTIONS["system"]]
    asking = PROMPT.read_text(encoding="utf-8").strip()
    pages, words = (
        [
            encoder.encode(replace(example, system=system), pixels=tokens * 32 * 32)
            for index, example in enumerate(asked)
            if example.answer.startswith("```") == fenced
            for turn, tokens in enumerate(SAMPLE_TOKENS)
            for system in (asking, systems[(index + turn) % len(systems)])
        ]
        for fenced in (True, False)
    )
    said = [encoder.encode(replace(example, system=system)) for example in talk() for system in systems]
    table, links, numbers = (encoder.encode(example) for example in long_answers())
    long = [table, table, table, links, numbers]  # The longest needs the most looking at.
    return (
        Source("scene", 36, generated(scene)),
        Source("large", 4, generated(lambda random_: scene(random_, 8))),
        Source("sketch", 3, generated(sketch)),
        Source("clip", 6, generated(clip)),
        Source("page", 2, by_heart(pages), turn=0),
        Source("words", 3, by_heart(words), turn=1),
        Source("talk", 8, by_heart(said), turn=2),
        Source("long", 1, by_heart(long)),
    )


def with_system(random_: random.Random, example: Example) -> Example:
    """The example, now and then after a system prompt."""
    if random_.random() < 0.8:
        return example
    return replace(example, system=random_.choice(QUESTIONS["system"]))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far training is, and the mean loss of each source since the last report."""

    step: int
    seconds: float
    losses: dict[str, float]


def train(
    model: Qwen3VLForConditionalGeneration,
    encoder: Encoder,
    *,
    steps: int,
    seed: int,
    every: int,
    peak: float,
) -> Iterator[Progress]:
    """Train `model` in place; comes back every so many steps, so that the caller can look and save."""
    random_ = random.Random(seed)
    torch.manual_seed(seed)
    drawn = sources(encoder)
    decayed = [weight for weight in model.parameters() if weight.dim() > 1]
    others = [weight for weight in model.parameters() if weight.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
    )
    began = time.process_time()
    losses: dict[str, list[float]] = {source.name: [] for source in drawn}
    model.train()
    for step in range(1, steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = peak * rate(step, steps)
        for source in drawn:
            if source.has(step):
                examples = [source.draw(random_) for _ in range(source.count)]
                loss = mean_loss(model, batch(examples, encoder))
                loss.backward()
                losses[source.name].append(loss.item())
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
        if step % every == 0 or step == steps:
            means = {name: sum(seen) / max(1, len(seen)) for name, seen in losses.items()}
            yield Progress(step, time.process_time() - began, means)
            losses = {name: [] for name in losses}
            model.train()


def mean_loss(model: Qwen3VLForConditionalGeneration, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Cross entropy of the answers' tokens; the head, a sixth of the work, computes only those."""
    following = inputs.pop("labels")[:, 1:]
    for name in ("pixel_values", "pixel_values_videos"):
        if name in inputs:
            inputs[name] = with_noise(inputs[name])
    hidden = model.model(**inputs, use_cache=False).last_hidden_state[:, :-1]
    answered = following != IGNORED
    return torch.nn.functional.cross_entropy(model.lm_head(hidden[answered]), following[answered])


def rate(step: int, steps: int) -> float:
    """The share of the peak: a linear rise, then half a cosine down to a hundredth."""
    if step <= WARM_UP:
        return step / WARM_UP
    done = (step - WARM_UP) / max(1, steps - WARM_UP)
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))


def with_noise(pixels: torch.Tensor) -> torch.Tensor:
    """A little noise and a shift in brightness, so that no answer hangs on the last bit of a pixel."""
    return pixels + 0.02 * torch.randn_like(pixels) + 0.02 * torch.randn(1)
