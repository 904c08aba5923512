"""The built-in writer: a reading becomes a page model, and the page model a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray

from pixelwright.page.artifact import Asset
from pixelwright.page.assets import AssetStore
from pixelwright.page.controls import lightness, with_controls
from pixelwright.page.desk import FAMILIES, Desk
from pixelwright.page.dress import dressed
from pixelwright.page.element import px
from pixelwright.page.flow import settled
from pixelwright.page.html import document
from pixelwright.page.language import RIGHT_TO_LEFT, language
from pixelwright.page.layout import laid_out
from pixelwright.page.model import Node, walk
from pixelwright.page.page_style import page_style
from pixelwright.page.palette import Palette, hexed, make_palette
from pixelwright.page.roles import with_roles
from pixelwright.page.stylesheet import RESET, rule
from pixelwright.page.tables import with_tables
from pixelwright.page.tree import page_tree
from pixelwright.progress import Progress
from pixelwright.read.reading import Reading

_SANS = (
    'Arial, "Helvetica Neue", Helvetica, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", '
    '"Noto Sans SC", sans-serif'
)


@dataclass(frozen=True, slots=True)
class Written:
    """A document and its pictures."""

    document: str
    assets: tuple[Asset, ...]


def page_model(reading: Reading) -> Node:
    """The page model of a reading: a tree with controls, rows, columns and roles."""
    style = page_style(reading.texts)
    return with_roles(laid_out(with_tables(with_controls(page_tree(reading)))), style)


def _palette(reading: Reading) -> Palette:
    inks = [span.color for text in reading.texts for span in text.spans for _ in span.text]
    fills = [reading.ground, *(region.fill for region in reading.regions)]
    lines = [region.border.color for region in reading.regions if region.border]
    return make_palette(inks, fills, [*lines, *(r.color for r in reading.rules)])


def _title(page: Node, name: str) -> str:
    headings = [node for node in walk(page) if node.role == "heading"]
    if headings:
        return min(headings, key=lambda node: node.level).text
    stem = PurePath(name).stem.replace("_", " ").replace("-", " ").strip()
    texts = [node.text for node in walk(page) if node.kind == "text" and len(node.text) > 3]
    return texts[0][:60] if texts else stem or "Page"


def write_page(
    pixels: NDArray[np.uint8],
    reading: Reading,
    name: str,
    assets_dir: str,
    *,
    inline_assets: bool,
    density: int,
    progress: Progress,
    tell: Callable[[str], None],
) -> Written:
    """Write the page of a reading of `pixels` [H, W, 3], of which `density` make one of the reading's.

    `tell` gets the document's pieces.
    """
    progress.report(0.0, "Arranging the page")
    style = page_style(reading.texts)
    page = settled(page_model(reading))
    families = Counter[str]()
    for text in reading.texts:
        families[text.font.family] += len(text.text)
    family = families.most_common(1)[0][0] if families else "sans"
    store = AssetStore(pixels, assets_dir, inline_assets, density)
    palette = _palette(reading)
    desk = Desk(reading.width, style, family, palette, store, progress, reading.texts)
    progress.report(0.4, "Writing the page")
    body = dressed(desk, replace(page, kind="box", role="body"), page, None, None)
    body = replace(body, tag="body", name="page")
    words = " ".join(text.text for text in reading.texts)
    lang = language(words)
    root = [(f"--{label}", value) for label, value in _named(palette)]
    root.append(("--sans", _SANS))
    base = [
        ("min-height", "100vh") if reading.height >= 600 else ("min-height", px(reading.height)),
        ("font-family", FAMILIES.get(family, "var(--sans)")),
        ("font-size", f"{style.size:g}px"),
        ("line-height", "1.2"),
        ("color", palette.css(_body_ink(reading))),
        ("overflow-wrap", "break-word"),
    ]
    if _is_dark(reading):
        root.insert(0, ("color-scheme", "dark"))
    progress.report(0.8, "Writing the page")
    page_text = document(
        body,
        title=_title(page, name),
        lang=lang,
        direction="rtl" if lang in RIGHT_TO_LEFT else "ltr",
        root=rule(":root", tuple(root)),
        base=rule("body", tuple(base)),
        reset=RESET,
        tell=tell,
    )
    return Written(page_text, tuple(store.assets))


def _is_dark(reading: Reading) -> bool:
    """Does most of the text stand on something dark? (Without text: is the ground dark?)"""
    letters = Counter[bool]()
    for text in reading.texts:
        letters[lightness(text.background) < 0.5] += len(text.text)
    return letters[True] > letters[False] if letters else lightness(reading.ground) < 0.5


def _body_ink(reading: Reading) -> tuple[int, int, int]:
    inks = Counter(span.color for text in reading.texts for span in text.spans for _ in span.text)
    if inks:
        return inks.most_common(1)[0][0]
    return (255, 255, 255) if lightness(reading.ground) < 0.5 else (0, 0, 0)


def _named(palette: Palette) -> list[tuple[str, str]]:
    return [(label, hexed(color)) for color, label in palette.names.items()]
