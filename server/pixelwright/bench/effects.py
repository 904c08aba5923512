"""What int8 does to the logits, and what drafting by look-up gains."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from pixelwright.bench.ours import Ours
from pixelwright.model.prompt import Message

STEP_ROUNDS = 7


@dataclass(frozen=True, slots=True)
class LogitsEffect:
    """int8's logits beside those of the stored weights, over `positions` of a prompt.

    deviation: standard deviation of the stored weights' logits, which the differences compare with.
    same_first: the part of the positions where the likeliest token is the same.
    """

    positions: int
    largest_difference: float
    mean_difference: float
    deviation: float
    same_first: float


def compare_logits(stored: Tensor, int8: Tensor) -> LogitsEffect:
    """Of two [positions, vocabulary]."""
    difference = (stored - int8).abs()
    return LogitsEffect(
        positions=stored.shape[0],
        largest_difference=float(difference.max()),
        mean_difference=float(difference.mean()),
        deviation=float(stored.std()),
        same_first=float((stored.argmax(-1) == int8.argmax(-1)).float().mean()),
    )


@dataclass(frozen=True, slots=True)
class Drafting:
    """What drafts gain in an answer of `tokens` that repeats much: medians of rounds.

    same_tokens: they changed none. In fp32 they never do (`equality` checks it). In bf16 and fp16 they may
    where two tokens are nearly as likely: a step of many tokens rounds otherwise than one of a single token.
    """

    tokens: int
    tokens_per_step: float
    speedup: float
    same_tokens: bool


@dataclass(frozen=True, slots=True)
class Verifying:
    """A step that verifies a draft of `drafted` tokens takes `cost` times a plain one's time.

    highest_speedup: of an answer whose drafts are all right.
    """

    drafted: int
    cost: float
    highest_speedup: float


def drafting(ours: Ours, messages: Sequence[Message], tokens: int, count: int) -> Drafting:
    """The same answer without drafts and with them, so many times."""
    ours.ask(messages, tokens, lookup=True)  # the first time, kernels are chosen
    rounds = [(ours.ask(messages, tokens), ours.ask(messages, tokens, lookup=True)) for _ in range(count)]
    return Drafting(
        tokens=tokens,
        tokens_per_step=statistics.median(drafted.tokens_per_step for _, drafted in rounds),
        speedup=statistics.median(
            drafted.tokens_per_second / plain.tokens_per_second for plain, drafted in rounds
        ),
        same_tokens=all(plain.tokens == drafted.tokens for plain, drafted in rounds),
    )


def verifying(ours: Ours) -> Verifying:
    """Steps by themselves, plain and with a draft, in turns. Spoils what the engine's cache holds."""
    both = (1, 1 + ours.draft)
    for tokens in both:
        ours.step_seconds(tokens)
    cost = statistics.median(
        ours.step_seconds(both[1]) / ours.step_seconds(both[0]) for _ in range(STEP_ROUNDS)
    )
    return Verifying(ours.draft, cost, both[1] / cost)
