"""What is usual on a page, and what stands out from it: the ink of links, figures."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pixelwright.page.controls import chroma
from pixelwright.read.reading import Rgb, Text

_FIGURES = re.compile(r"[\d$€£¥%.,:+\-–/×x\s()#]+")


@dataclass(frozen=True, slots=True)
class PageStyle:
    """What is usual on a page: size (pixels) and ink of most of its text, and its commonest coloured ink."""

    size: float
    color: Rgb
    accent: Rgb | None = None


def page_style(texts: tuple[Text, ...]) -> PageStyle:
    """The usual size and ink of the texts, by letters."""
    sizes: Counter[float] = Counter()
    colors: Counter[Rgb] = Counter()
    for text in texts:
        sizes[text.font.size] += len(text.text)
        for span in text.spans:
            r, g, b = (channel // 32 * 32 for channel in span.color)
            colors[(r, g, b)] += len(span.text)
    usual = colors.most_common(1)[0][0] if colors else (0, 0, 0)
    neutral = [(color, count) for color, count in colors.most_common(4) if chroma(color) <= 64]
    if chroma(usual) > 90 and neutral and neutral[0][1] > 0.4 * colors[usual]:
        # A page of many links has the more of their ink, but not as its usual one.
        usual = neutral[0][0]
    coloured: Counter[Rgb] = Counter()
    for text in texts:
        for span in text.spans:
            words = not is_figure(span.text) and len(span.text) > 2
            if words and chroma(span.color) >= 70 and _apart(span.color, usual) > 60:
                known = next((c for c in coloured if _apart(c, span.color) < 50), span.color)
                coloured[known] += 1
    accent = coloured.most_common(1)[0][0] if coloured else None
    return PageStyle(sizes.most_common(1)[0][0] if sizes else 16.0, usual, accent)


def _apart(one: Rgb, other: Rgb) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def is_link_ink(color: Rgb, style: PageStyle) -> bool:
    """Is it the ink of links: blue, or the page's commonest coloured one, and not the usual one?"""
    if _apart(color, style.color) <= 60 or chroma(color) < 70:
        return False
    return is_blue(color) or (style.accent is not None and _apart(color, style.accent) < 60)


def is_blue(color: Rgb) -> bool:
    """Is it in the range of the customary colour of links?"""
    r, g, b = color
    return b > 1.25 * r and b >= g and b > 100


def is_figure(text: str) -> bool:
    return bool(_FIGURES.fullmatch(text)) or sum(c.isdigit() for c in text) > 0.4 * len(text)
