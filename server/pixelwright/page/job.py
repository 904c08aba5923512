"""The whole road of one job: read the picture, write the page, check it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pixelwright.media.image import load_image
from pixelwright.page.artifact import Asset, PageArtifact, Problem
from pixelwright.page.check import check_page
from pixelwright.page.writer import write_page
from pixelwright.progress import Progress
from pixelwright.read.density import density, in_css_pixels
from pixelwright.read.reading import TextLine
from pixelwright.read.screenshot import read_screenshot
from pixelwright.read.text import read_text

__all__ = ["Asset", "PageArtifact", "Problem", "image_to_page", "page_of"]


def image_to_page(
    source: Path | bytes, name: str, assets_dir: str, *, inline_assets: bool = False, progress: Progress
) -> PageArtifact:
    """Make a page from a picture file, or its bytes.

    `name` is what messages call the picture (and where the title comes from); `assets_dir` is the
    folder that the page links its pictures in, relative to the page. Raises `PixelwrightError`.
    """
    progress.report(0.0, "Opening the picture")
    pixels = load_image(source, name)
    progress.report(0.02, "Reading the text")
    lines = read_text(pixels, progress.part(0.02, 0.75))
    return page_of(
        pixels, lines, name, assets_dir, inline_assets=inline_assets, progress=progress.part(0.75, 1.0)
    )


def page_of(
    pixels: NDArray[np.uint8],
    lines: Sequence[TextLine],
    name: str,
    assets_dir: str,
    *,
    inline_assets: bool = False,
    progress: Progress,
) -> PageArtifact:
    """The page of RGB pixels [H, W, 3] whose lines of text are known."""
    reading = read_screenshot(pixels, lines, progress.part(0.0, 0.6))
    pixel_density = density(reading)
    reading = in_css_pixels(reading, pixel_density)
    written = write_page(
        pixels,
        reading,
        name,
        assets_dir,
        inline_assets=inline_assets,
        density=pixel_density,
        progress=progress.part(0.6, 0.95),
        tell=lambda piece: progress.partial("document", piece),
    )
    progress.report(0.95, "Checking the page")
    texts = [text.text for text in reading.texts]
    names = [] if inline_assets else [f"{assets_dir}/{asset.name}" for asset in written.assets]
    checked = check_page(written.document, texts, names)
    progress.report(1.0, "Done")
    return PageArtifact(
        checked.document,
        pixels.shape[1],
        pixels.shape[0],
        len(texts),
        checked.text_score,
        () if inline_assets else written.assets,
        checked.problems,
    )
