"""The reading: what a picture says. Boxes are in pixels of the picture, origin top left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from pixelwright.read.metrics import is_wide

Rgb = tuple[int, int, int]


class Box(NamedTuple):
    """An axis-aligned box in pixels: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def area(self) -> float:
        return self.w * self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def overlap(self, other: Box) -> float:
        """Area that both boxes cover, in square pixels."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return across * down if across > 0 and down > 0 else 0.0

    def covers(self, other: Box, slack: float = 0) -> bool:
        """Does the other box lie within this one, give or take `slack` pixels on each side?"""
        return (
            other.x >= self.x - slack
            and other.y >= self.y - slack
            and other.right <= self.right + slack
            and other.bottom <= self.bottom + slack
        )

    def grown(self, by: float) -> Box:
        """The box with `by` pixels more on each side."""
        return Box(self.x - by, self.y - by, self.w + 2 * by, self.h + 2 * by)


def union(boxes: list[Box]) -> Box:
    """The smallest box that covers all of a non-empty list."""
    left, top = min(b.x for b in boxes), min(b.y for b in boxes)
    return Box(left, top, max(b.right for b in boxes) - left, max(b.bottom for b in boxes) - top)


def joined(first: str, second: str) -> str:
    """Two pieces of text with a space between, none between two characters a full em wide."""
    if first and second and is_wide(first[-1]) and is_wide(second[0]):
        return first + second
    return f"{first} {second}" if first and second else first + second


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text as OCR found it; `score` is the recogniser's mean confidence, 0..1."""

    text: str
    box: Box
    score: float


@dataclass(frozen=True, slots=True)
class Font:
    """How a text is set: family `sans`, `wide` (as Verdana), `serif` or `mono`; size in pixels;
    weight 400 or 700; `spacing` is extra space between characters in ems."""

    family: str
    size: float
    weight: int
    spacing: float


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line in one ink; `box` bounds the ink."""

    text: str
    box: Box
    color: Rgb
    underlined: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text in place: its spans, the box of its ink, its baseline (y), and its font.

    `background` is the colour it stands on.
    """

    spans: tuple[Span, ...]
    box: Box
    baseline: float
    font: Font
    background: Rgb

    @property
    def text(self) -> str:
        return reduce(joined, (span.text for span in self.spans), "")

    @property
    def color(self) -> Rgb:
        return max(self.spans, key=lambda span: len(span.text)).color


@dataclass(frozen=True, slots=True)
class Border:
    """A line around a box, or along some of its sides (`sides` in the order top right bottom left)."""

    color: Rgb
    width: int
    sides: tuple[bool, bool, bool, bool] = (True, True, True, True)


@dataclass(frozen=True, slots=True)
class Region:
    """A box of one fill, or of a linear gradient to `fill_end` at `fade_angle` degrees (as CSS counts them).

    `box` includes the border; `radius` is that of its corners in pixels; `shadow` says that it casts one.
    """

    box: Box
    fill: Rgb
    border: Border | None = None
    radius: float = 0
    shadow: bool = False
    fill_end: Rgb | None = None
    fade_angle: float = 180


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line that parts things, along the longer side of its box."""

    box: Box
    color: Rgb


@dataclass(frozen=True, slots=True)
class Picture:
    """A part of the picture that is neither text nor flat boxes: photo, chart, logo, icon.

    `density` is the share of its box that differs from the ground, 0..1.
    """

    box: Box
    density: float


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was read: size of the picture, its ground colour, and what lies on it."""

    width: int
    height: int
    ground: Rgb
    regions: tuple[Region, ...] = ()
    pictures: tuple[Picture, ...] = ()
    texts: tuple[Text, ...] = ()
    rules: tuple[Rule, ...] = ()
