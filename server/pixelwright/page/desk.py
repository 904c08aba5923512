"""What dressing a page needs at hand, and the looks that all kinds of elements share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pixelwright.page.assets import AssetStore
from pixelwright.page.element import Declarations, px
from pixelwright.page.model import Node
from pixelwright.page.page_style import PageStyle
from pixelwright.page.palette import Palette
from pixelwright.progress import Progress
from pixelwright.read.reading import Rgb, Text

FAMILIES = {
    "wide": 'Verdana, "DejaVu Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    "serif": 'Georgia, "Times New Roman", "Noto Serif CJK SC", serif',
    "mono": '"Courier New", "Liberation Mono", monospace',
}


@dataclass(slots=True)
class Desk:
    """What dressing needs at hand: page facts, colours, and the pictures cut so far."""

    page_width: float
    style: PageStyle
    family: str
    palette: Palette
    store: AssetStore
    progress: Progress
    texts: Sequence[Text]
    fields: int = 0
    ids: dict[str, str] = field(default_factory=dict)


def font_css(desk: Desk, line: Text, color: Rgb) -> Declarations:
    """What differs from the page's usual text."""
    font = line.font
    look: list[tuple[str, str]] = []
    if font.family != desk.family:
        look.append(("font-family", FAMILIES.get(font.family, "var(--sans)")))
    if abs(font.size - desk.style.size) > 0.1:
        look.append(("font-size", f"{font.size:g}px"))
    if font.weight >= 600:
        look.append(("font-weight", "700"))
    if abs(font.spacing) >= 0.005:
        look.append(("letter-spacing", f"{font.spacing:g}em"))
    look.append(("color", desk.palette.css(color)))
    return tuple(look)


def line_height(node: Node) -> Declarations:
    height = node.box.h / len(node.lines) / node.lines[0].font.size
    return () if abs(height - 1.2) < 0.012 else (("line-height", f"{round(height, 2):g}"),)


def surface(desk: Desk, node: Node, parent_fill: Rgb | None) -> Declarations:
    """Fill, border, corners and shadow of a region."""
    region = node.region
    if region is None:
        return ()
    look: list[tuple[str, str]] = []
    css = desk.palette.css
    if region.fill_end is not None:
        angle = "" if region.fade_angle == 180 else f"{region.fade_angle:g}deg, "
        look.append(("background", f"linear-gradient({angle}{css(region.fill)}, {css(region.fill_end)})"))
    elif region.fill != parent_fill:
        look.append(("background", css(region.fill)))
    if region.border:
        value = f"{region.border.width}px solid {css(region.border.color)}"
        if all(region.border.sides):
            look.append(("border", value))
        else:
            names = ("top", "right", "bottom", "left")
            look += [
                (f"border-{n}", value) for n, drawn in zip(names, region.border.sides, strict=True) if drawn
            ]
    if region.radius > 1:
        full = region.radius >= 0.48 * min(node.box.w, node.box.h)
        look.append(("border-radius", "999px" if full else px(region.radius)))
    if region.shadow:
        look.append(("box-shadow", "0 2px 8px rgb(0 0 0 / 0.1)"))
    return tuple(look)


def fill_of(node: Node, inherited: Rgb | None) -> Rgb | None:
    return node.region.fill if node.region else inherited


def id_of(desk: Desk, label: str) -> str:
    if label and label in desk.ids:
        return desk.ids.pop(label)
    desk.fields += 1
    owner = f"field-{desk.fields}"
    if label:
        desk.ids[label] = owner
    return owner
