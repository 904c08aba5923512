"""What int8 does to the logits, and what drafting by look-up gains."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from torch import Tensor

from pixelwright.bench.cases import REPETITIVE, words
from pixelwright.bench.ours import Ours
from pixelwright.model.prompt import Message


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
    """What drafts gain in an answer: medians of rounds. same_tokens: they changed none."""

    tokens_per_step: float
    speedup: float
    same_tokens: bool


def drafting(ours: Ours, tokens: int, count: int) -> dict[str, Drafting]:
    """Drafts for an answer about a repetitive page, and for one that is `foreseen`: its hint is itself.

    Random weights write nothing that a page holds: only `foreseen`, which is the most that drafts can
    gain, means something then.
    """
    page = (Message("user", (f"Repeat the table.\n{REPETITIVE}",)),)
    text = (Message("user", (words(7, 40),)),)
    answer = ours.ask(text, tokens).tokens
    return {
        "repetitive page": _gain(ours, page, tokens, count, ()),
        "foreseen": _gain(ours, text, tokens, count, (answer,)),
    }


def _gain(
    ours: Ours, messages: tuple[Message, ...], tokens: int, count: int, hints: tuple[tuple[int, ...], ...]
) -> Drafting:
    if ours.graphs:
        ours.ask(messages, tokens, lookup=True, hints=hints)  # captures steps of many tokens
    rounds = [
        (ours.ask(messages, tokens), ours.ask(messages, tokens, lookup=True, hints=hints))
        for _ in range(count)
    ]
    return Drafting(
        tokens_per_step=statistics.median(drafted.tokens_per_step for _, drafted in rounds),
        speedup=statistics.median(
            drafted.tokens_per_second / plain.tokens_per_second for plain, drafted in rounds
        ),
        same_tokens=all(plain.tokens == drafted.tokens for plain, drafted in rounds),
    )
