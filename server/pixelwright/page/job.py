"""The whole road of one job: read the picture, write the page, check it."""

from __future__ import annotations

from pathlib import Path

from pixelwright.page.artifact import Asset, PageArtifact, Problem
from pixelwright.progress import Progress

__all__ = ["Asset", "PageArtifact", "Problem", "image_to_page"]


def image_to_page(
    source: Path | bytes, name: str, assets_dir: str, *, inline_assets: bool = False, progress: Progress
) -> PageArtifact:
    """Make a page from a picture file, or its bytes.

    `name` is what messages call the picture (and where the title comes from); `assets_dir` is the
    folder that the page links its pictures in, relative to the page. Raises `PixelwrightError`.
    """
    raise NotImplementedError
