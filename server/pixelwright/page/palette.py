"""The colours of a page: nearly equal ones become one, and each gets a name to be used by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from pixelwright.page.controls import chroma, lightness
from pixelwright.read.reading import Rgb

_NEAR = 14


def hexed(color: Rgb) -> str:
    """CSS hexadecimal notation, short where it can be."""
    digits = "{:02x}{:02x}{:02x}".format(*color)
    return "#" + (digits[::2] if digits[::2] == digits[1::2] else digits)


@dataclass(frozen=True, slots=True)
class Palette:
    """`nearest` gives the colour that stands for another, `names` the custom property of each."""

    stands_for: dict[Rgb, Rgb]
    names: dict[Rgb, str]

    def css(self, color: Rgb) -> str:
        """The colour as it is written in a declaration."""
        common = self.stands_for.get(color, color)
        return f"var(--{self.names[common]})" if common in self.names else hexed(common)


def make_palette(inks: Iterable[Rgb], fills: Iterable[Rgb], lines: Iterable[Rgb]) -> Palette:
    """Palette of the inks (one for each letter or word), fills and border colours of a page."""
    stands_for: dict[Rgb, Rgb] = {}
    names: dict[Rgb, str] = {}
    taken: Counter[str] = Counter()
    # Fills come first: they are exact, and two that hardly differ still part a card from its ground.
    for kind, colors, near in (("fill", fills, 1), ("line", lines, 3), ("ink", inks, _NEAR)):
        known: list[Rgb] = []
        for color, _ in Counter(colors).most_common():
            if color in stands_for:
                continue
            common = next((k for k in known if _distance(k, color) <= near), None)
            # Inks are read off antialiased edges: a pure colour of the same page is the truer one.
            common = common or next((k for k in names if _distance(k, color) <= 3), None)
            stands_for[color] = common or color
            if common is None:
                known.append(color)
                name = _name(kind, color)
                taken[name] += 1
                names[color] = name if taken[name] == 1 else f"{name}-{taken[name]}"
    return Palette(stands_for, names)


def _distance(a: Rgb, b: Rgb) -> int:
    return max(abs(x - y) for x, y in zip(a, b, strict=True))


def _name(kind: str, color: Rgb) -> str:
    if min(color) >= 254:
        return "white"
    if chroma(color) > 60:
        return _hue(color)
    if kind == "line":
        return "line"
    if kind == "fill":
        return "surface" if lightness(color) > 0.4 else "dark"
    light = lightness(color)
    return "ink" if light < 0.35 else "muted" if light < 0.8 else "light"


def _hue(color: Rgb) -> str:
    """The plain name of a colour's hue."""
    r, g, b = (channel / 255 for channel in color)
    high, low = max(r, g, b), min(r, g, b)
    span = high - low
    if high == r:
        hue = (g - b) / span % 6
    elif high == g:
        hue = (b - r) / span + 2
    else:
        hue = (r - g) / span + 4
    steps = ((0.4, "red"), (0.8, "orange"), (1.15, "yellow"), (2.6, "green"), (3.25, "teal"), (4.25, "blue"))
    for limit, name in (*steps, (5.0, "purple"), (5.7, "pink")):
        if hue < limit:
            return name
    return "red"
