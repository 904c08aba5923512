"""How wide and how dark text is in the common faces, from measured tables (font_widths.json)."""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

# Noto Sans CJK, measured over the 3,500 commonest Chinese characters; and the usual Latin face beside it.
_WIDE_INK, _OTHER_WIDTH, _OTHER_INK = 0.30, 0.56, 0.14

# Heights over the baseline and depths below it, in ems, of Arial and its kin (OS/2 table and outlines).
CAP_HEIGHT, X_HEIGHT, DESCENT = 0.716, 0.528, 0.21
WIDE_HEIGHT, WIDE_DESCENT = 0.85, 0.07
# The content area of Arial: what a line of text takes when its line height is `normal`.
ASCENT, FULL_DESCENT = 0.905, 0.212

_LOW = set("gjpqyQ,;()[]{}|$@/_ç„")
_SHORT = set("acemnorsuvwxz")
_SMALL = set(".,:;'\"`*^~-–—=+_•·…‘’“”° ")


class Extent(NamedTuple):
    """Ink of a line in ems: above the baseline, below it."""

    above: float
    below: float


@cache
def _faces() -> dict[str, dict[str, tuple[float, float]]]:
    table = json.loads((Path(__file__).parent / "font_widths.json").read_text("utf-8"))
    return {
        name: {
            letter: (width / 1000, ink / 1000)
            for letter, width, ink in zip(table["letters"], face["widths"], face["ink"], strict=True)
        }
        for name, face in table["faces"].items()
    }


def face_name(family: str, weight: int) -> str:
    """Key of a face in the tables."""
    return f"{family}-bold" if weight >= 600 else family


@cache
def is_wide(letter: str) -> bool:
    """Is the character set on a full em, as Chinese, Japanese and Korean are?"""
    return unicodedata.east_asian_width(letter) in "WF"


def width(text: str, family: str = "sans", weight: int = 400) -> float:
    """Advance width of a text in ems."""
    face = _faces()[face_name(family, weight)]
    return sum(1.0 if is_wide(c) else face.get(c, (_OTHER_WIDTH, 0))[0] for c in text)


def ink(text: str, family: str = "sans", weight: int = 400) -> float:
    """Inked area of a text in square ems."""
    face = _faces()[face_name(family, weight)]
    return sum(_WIDE_INK if is_wide(c) else face.get(c, (0, _OTHER_INK))[1] for c in text)


def extent(text: str) -> Extent:
    """How far the ink of a text reaches above and below its baseline, in ems."""
    above, below = 0.0, 0.0
    for letter in text:
        if is_wide(letter):
            above, below = max(above, WIDE_HEIGHT), max(below, WIDE_DESCENT)
        elif letter in _SHORT:
            above = max(above, X_HEIGHT)
        elif letter in _SMALL:
            above = max(above, 0.2)
        else:
            above = max(above, X_HEIGHT if letter in "gpqy" else CAP_HEIGHT)
        if letter in _LOW:
            below = max(below, 0.14 if letter in ",;" else DESCENT)
    return Extent(above or X_HEIGHT, below)
