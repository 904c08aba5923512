"""The whole road of one job: read the picture, write the page, check it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pixelwright.progress import Progress


@dataclass(frozen=True, slots=True)
class Asset:
    """A picture of the page: its file name inside the assets folder, and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """Something the check found, and whether it could be repaired."""

    code: str
    message: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class PageArtifact:
    """A finished page: HTML document, its pictures, and what the check says.

    `width` and `height` are the picture's in pixels; `texts` counts the lines of text read;
    `text_score` is the share (0..1) of the characters read that stand in the page.
    """

    document: str
    width: int
    height: int
    texts: int
    text_score: float
    assets: tuple[Asset, ...] = ()
    problems: tuple[Problem, ...] = field(default=())


def image_to_page(
    source: Path | bytes, name: str, assets_dir: str, *, inline_assets: bool = False, progress: Progress
) -> PageArtifact:
    """Make a page from a picture file, or its bytes.

    `name` is what messages call the picture (and where the title comes from); `assets_dir` is the
    folder that the page links its pictures in, relative to the page. Raises `PixelwrightError`.
    """
    raise NotImplementedError
