"""What is asked: a text, a picture, a clip. Made by arithmetic, different in every round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pixelwright.bench.settings import Scale
from pixelwright.model.prompt import Clip, Message, Picture

if TYPE_CHECKING:
    from pixelwright.model.pixels import Pixels

_WORDS = (
    *("table", "row", "header", "price", "total", "button", "left", "right", "panel", "menu", "chart"),
    *("axis", "label", "arrow", "box", "line", "title", "search", "month", "order", "paid", "open"),
    *("draft", "name", "team", "north", "south", "blue", "green", "wide", "narrow", "first", "last"),
)
_ASK = "Turn this into HTML and CSS."

# A page's table, as people ask to have it written anew: an answer repeats most of it.
REPETITIVE = "".join(
    f"<tr><td>{name}</td><td>{number}</td><td>open</td></tr>\n"
    for number, name in enumerate(("North", "South", "East", "West") * 3)
)

# What the tiny checkpoint knows by heart: the question, and how many tokens its answer has with its end.
LEARNT, LEARNT_TOKENS = "Write a table with 30 rows.", 713


@dataclass(frozen=True, slots=True)
class Case:
    """make: the messages of a round, by its number; no two rounds share more than a few tokens, so that
    nothing can be taken from a cache."""

    name: str
    make: Callable[[int], tuple[Message, ...]]


def repetitive(weights: str, tokens: int) -> tuple[tuple[Message, ...], int]:
    """A question whose answer repeats much, and the answer's length: `tokens`, or what was learnt."""
    text, length = (
        (LEARNT, LEARNT_TOKENS) if weights == "tiny" else (f"Repeat the table.\n{REPETITIVE}", tokens)
    )
    return (Message("user", (text,)),), length


def text_case(scale: Scale) -> Case:
    return Case("text", lambda seed: (Message("user", (words(seed, scale.words),)),))


def visual_cases(scale: Scale) -> tuple[Case, ...]:
    """A picture, and a clip at one and at two frames a second."""

    def shown(seed: int) -> tuple[Message, ...]:
        return (Message("user", (Picture(picture(seed, scale.picture)), _ASK)),)

    def clip(fps: int) -> Callable[[int], tuple[Message, ...]]:
        count = scale.clip_seconds * fps

        def make(seed: int) -> tuple[Message, ...]:
            frames = [picture(1_000_000 * fps + 1000 * seed + index, scale.frame) for index in range(count)]
            times = [index / fps for index in range(count)]
            return (Message("user", (Clip(frames, times), "When does it change?")),)

        return make

    size = "x".join(map(str, scale.picture))
    seconds = f"{scale.clip_seconds} s of {'x'.join(map(str, scale.frame))}"
    return (
        Case(f"picture {size}", shown),
        Case(f"clip {seconds}, 1 fps", clip(1)),
        Case(f"clip {seconds}, 2 fps", clip(2)),
    )


def words(seed: int, count: int) -> str:
    """So many words, no order among them."""
    generator = np.random.default_rng(seed)
    return " ".join(_WORDS[index] for index in generator.integers(0, len(_WORDS), count))


def picture(seed: int, size: tuple[int, int]) -> Pixels:
    """Coarse coloured blocks, RGB [H, W, 3]."""
    width, height = size
    generator = np.random.default_rng(seed)
    blocks = generator.integers(0, 256, (-(-height // 8), -(-width // 8), 3), dtype=np.uint8)
    return np.ascontiguousarray(blocks.repeat(8, axis=0).repeat(8, axis=1)[:height, :width])
