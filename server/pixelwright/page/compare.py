"""A page held against its picture: drawn in a browser, scored, and shown side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pixelwright.media.image import load_image
from pixelwright.page.browser import render
from pixelwright.page.likeness import likeness
from pixelwright.page.side_by_side import side_by_side
from pixelwright.progress import Progress


@dataclass(frozen=True, slots=True)
class Comparison:
    """Likeness 0..1 over all and in parts, and a picture (PNG) of source, page and difference."""

    score: float
    parts: dict[str, float]
    picture: bytes


def compare(image: Path, page: Path, progress: Progress) -> Comparison:
    """Draw `page` (HTML) as wide as `image` and say how alike they are.

    Raises `PixelwrightError` for a picture or page that cannot be read, and without a browser.
    """
    progress.report(0.0, "Opening the picture")
    source = load_image(image, image.name)
    height, width = source.shape[:2]
    drawn = render(page, width, height, progress.part(0.05, 0.7))
    progress.report(0.7, "Comparing")
    score, parts = likeness(source, drawn)
    progress.report(0.85, "Drawing the comparison")
    picture = side_by_side(source, drawn, score, parts)
    return Comparison(round(score, 4), {name: round(value, 4) for name, value in parts.items()}, picture)
