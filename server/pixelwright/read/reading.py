"""The reading: what a picture says. Boxes are in pixels of the picture, origin top left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


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


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text as OCR found it; `score` is the recogniser's mean confidence, 0..1."""

    text: str
    box: Box
    score: float
