"""What a page job gives: the document, its pictures, and what the check says about them."""

from __future__ import annotations

from dataclasses import dataclass


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
    problems: tuple[Problem, ...] = ()
