"""A page held against its picture: drawn in a browser, scored, and shown side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pixelwright.media.image import load_image
from pixelwright.page.browser import render
from pixelwright.page.likeness import likeness
from pixelwright.page.side_by_side import side_by_side
from pixelwright.progress import Progress

_UNLIKE = 0.8  # a lower score may come from a picture of a denser screen
_NARROWEST = 320  # CSS pixels that a screen is wide at least


@dataclass(frozen=True, slots=True)
class Comparison:
    """Likeness 0..1 over all and in parts, and a picture (PNG) of source, page and difference."""

    score: float
    parts: dict[str, float]
    picture: bytes


def compare(image: Path, page: Path, progress: Progress) -> Comparison:
    """Draw `page` (HTML) as wide as `image` and say how alike they are.

    A picture may be of a screen with two or three pixels to a CSS pixel; the page is drawn as it fits best.

    Raises `PixelwrightError` for a picture or page that cannot be read, and without a browser.
    """
    progress.report(0.0, "Opening the picture")
    source = load_image(image, image.name)
    score, parts, drawn = _drawn(source, page, 1, progress.part(0.05, 0.4))
    if score < _UNLIKE:
        for density in (2, 3):
            if source.shape[1] >= density * _NARROWEST:
                done = 0.4 + 0.2 * (density - 2)
                other = _drawn(source, page, density, progress.part(done, done + 0.2))
                score, parts, drawn = max((score, parts, drawn), other, key=lambda found: found[0])
    progress.report(0.85, "Drawing the comparison")
    picture = side_by_side(source, drawn, score, parts)
    return Comparison(round(score, 4), {name: round(value, 4) for name, value in parts.items()}, picture)


def _drawn(
    source: NDArray[np.uint8], page: Path, density: int, progress: Progress
) -> tuple[float, dict[str, float], NDArray[np.uint8]]:
    """(score, its parts, the page's pixels) of a page drawn at a density."""
    height, width = (-(-side // density) for side in source.shape[:2])
    drawn = render(page, width, height, progress, density=density)[:, : source.shape[1]]
    progress.check()
    score, parts = likeness(source, drawn)
    return score, parts, drawn
