"""Boxes that are controls: buttons, fields, check boxes and switches, told by shape and what is in them."""

from __future__ import annotations

from dataclasses import replace

from pixelwright.page.model import Node
from pixelwright.read.reading import Border, Box, Region, Rgb, Text

_BUTTON_WORDS = 6


def lightness(color: Rgb) -> float:
    """Perceived lightness 0..1 (Rec. 601 luma)."""
    r, g, b = color
    return (0.299 * r + 0.587 * g + 0.114 * b) / 255


def chroma(color: Rgb) -> int:
    """Spread of the channels, 0..255: 0 is grey."""
    return max(color) - min(color)


def _lines(node: Node) -> list[Text]:
    return [line for child in node.children for line in child.lines]


def _leaves_only(node: Node) -> bool:
    return all(child.kind in ("text", "picture") for child in node.children)


def _is_square(box: Box, low: float, high: float) -> bool:
    return low <= min(box.w, box.h) and max(box.w, box.h) <= high and abs(box.w - box.h) <= 3


def _as_check(node: Node) -> Node | None:
    """A small square or round frame, empty or with a tick in it."""
    if not _is_square(node.box, 10, 24) or _lines(node) or node.region is None:
        return None
    ticked = any(child.kind == "picture" for child in node.children)
    filled = chroma(node.region.fill) > 60
    if not node.region.border and not (filled and ticked):
        return None
    if any(child.kind == "box" and child.box.w < 4 for child in node.children):
        return None
    if lightness(node.region.fill) < 0.8 and not filled:
        return None
    round_ = node.region.radius >= 0.45 * node.box.w
    if round_ and filled and not ticked:
        return None  # a dot
    return replace(
        node, kind="check", children=(), checked=ticked or filled, role="radio" if round_ else "checkbox"
    )


def _as_switch(node: Node) -> Node | None:
    """A pill with a knob at one of its ends."""
    box, region = node.box, node.region
    if region is None or not (1.4 <= box.w / box.h <= 2.6 and 10 <= box.h <= 34 and not _lines(node)):
        return None
    if region.radius < 0.3 * box.h:
        return None
    knobs = [c for c in node.children if 0.4 * box.h <= c.box.h and c.box.w < 0.65 * box.w]
    if len(knobs) != 1:
        return None
    on = knobs[0].box.centre[0] > box.centre[0]
    return replace(node, kind="switch", children=(), checked=on, role="switch")


def _as_button(node: Node, parent: Node) -> Node | None:
    """A filled or framed box, not high, with a few words in its middle."""
    box, region, lines = node.box, node.region, _lines(node)
    if region is None or not _leaves_only(node) or not 18 <= box.h <= 76 or not 20 <= box.w <= 480:
        return None
    texts = [child for child in node.children if child.kind == "text"]
    pictures = [child for child in node.children if child.kind == "picture"]
    if len(lines) > 1 or len(pictures) > 2:
        return None
    ground = parent.region.fill if parent.region else region.fill
    stands_out = max(abs(a - b) for a, b in zip(region.fill, ground, strict=True)) > 8
    if not ((region.border and all(region.border.sides)) or stands_out):
        return None
    if not lines:
        alone = len(pictures) == 1 and box.w <= 1.6 * box.h and box.h <= 52
        return _pack(node, "button") if alone and region.border else None
    line = lines[0]
    if abs(box.w - box.h) <= 2 and region.radius >= 0.45 * box.h:
        return None  # a round one with initials is somebody's portrait
    if line.font.size < 10 or len(line.text.split()) > _BUTTON_WORDS or box.h > 4 * line.font.size:
        return None
    if box.h < 1.35 * line.font.size:
        return None
    content_left = min(child.box.x for child in node.children)
    content_right = max(child.box.right for child in node.children)
    left, right = content_left - box.x, box.right - content_right
    centred = abs(left - right) <= max(8, 0.12 * box.w)
    if not centred or min(left, right) < 3:
        return None
    muted = abs(lightness(line.color) - lightness(region.fill)) < 0.42 and chroma(line.color) < 40
    if muted and not texts[0].lines[0].font.weight >= 600 and left > 0.3 * box.w and not stands_out:
        return None
    return _pack(node, "button")


def _as_field(node: Node, parent: Node) -> Node | None:
    """A light frame, wide, empty or with a few words (grey mostly) at its left."""
    box, region, lines = node.box, node.region, _lines(node)
    if (
        region is None
        or not _leaves_only(node)
        or not 20 <= box.h <= 200
        or box.w < 60
        or box.w < 1.5 * box.h
    ):
        return None
    if box.w > 1000 or len(lines) > 3:
        return None
    pictures = [child for child in node.children if child.kind == "picture"]
    if len(pictures) > 3 or any(p.box.w > 40 or p.box.h > 40 for p in pictures):
        return None
    ground = parent.region.fill if parent.region else region.fill
    stands_out = max(abs(a - b) for a, b in zip(region.fill, ground, strict=True)) > 4
    if not region.border and not (
        stands_out and lightness(region.fill) > 0.85 and not (not lines and box.h > 70)
    ):
        return None
    if box.h > 70:
        muted = (
            bool(lines) and 0.35 < abs(lightness(lines[0].color) - lightness(lines[0].background) + 1) < 0.72
        )
        if not (region.border and lines and lines[0].box.y - box.y < 26 and muted and _is_one_ink(lines)):
            return None
    if chroma(region.fill) > 40:
        return None
    if not lines:
        return _pack(node, "field") if 24 <= box.h <= 60 and region.border else None
    first = min(lines, key=lambda t: t.box.x)
    if max(line.baseline for line in lines) - min(line.baseline for line in lines) > 4 and box.h <= 70:
        return None
    muted = abs(lightness(first.color) - lightness(first.background)) < 0.55
    if (
        (first.font.weight >= 600 and not muted)
        or chroma(first.color) > 90
        or first.font.size > 22
        or len(first.text) > 60
    ):
        return None
    before = [p for p in pictures if p.box.right <= first.box.x]
    start = first.box.x - box.x
    if start > 40 + 40 * len(before) or (not region.border and start < 4):
        return None
    if box.right - max(line.box.right for line in lines) < start and len(lines) == 1 and not before:
        return None
    return _pack(node, "field")


def _is_one_ink(lines: list[Text]) -> bool:
    """Are the lines set alike, as the words in a large field are and those on a card are not?"""
    first = lines[0]
    return all(
        abs(line.font.size - first.font.size) <= 1
        and max(abs(a - b) for a, b in zip(line.color, first.color, strict=True)) < 60
        for line in lines
    )


def _pack(node: Node, kind: str) -> Node:
    """The control: its words become its own lines, its pictures its parts, in reading order."""
    children = sorted(node.children, key=lambda n: n.box.x)
    lines = tuple(line for child in children for line in child.lines)
    return replace(
        node, kind=kind, children=(), lines=lines, parts=tuple(c for c in children if c.kind == "picture")
    )


def _is_slice(node: Node, parent: Node) -> bool:
    """Is it a part of a pile: as wide as another box that it touches?"""
    return any(
        other is not node
        and other.kind == "box"
        and abs(other.box.x - node.box.x) <= 2
        and abs(other.box.right - node.box.right) <= 2
        and min(abs(other.box.bottom - node.box.y), abs(node.box.bottom - other.box.y)) <= 3
        for other in parent.children
    )


def with_controls(node: Node, parent: Node | None = None) -> Node:
    """The tree with controls in place of the boxes that are controls."""
    if node.kind != "box":
        return node
    if parent is not None:
        found = _as_check(node) or _as_switch(node)
        if not found and not _is_slice(node, parent):
            found = _as_button(node, parent) or _as_field(node, parent)
        if found:
            return found
    children = [with_controls(child, node) for child in node.children]
    if any(child.kind == "button" for child in children):
        children = _with_lined_fields(children, node)
    return node.having(*children)


def _with_lined_fields(children: list[Node], parent: Node) -> list[Node]:
    """The children of a form, grey words that stand alone on a line being fields without a frame."""
    result = list(children)
    for rule in [c for c in children if c.kind == "rule" and c.box.w >= 100 and c.box.h <= 2]:
        band = Box(rule.box.x, rule.box.y - 32, rule.box.w, 32)
        on_it = [c for c in result if c is not rule and c.box.overlap(band) > 0.5 * c.box.area]
        words = [c for c in on_it if c.kind == "text"]
        icons = [c for c in on_it if c.kind == "picture" and max(c.box.w, c.box.h) <= 28]
        if len(words) != 1 or len(words) + len(icons) != len(on_it) or parent.region is None:
            continue
        line = words[0].lines[0]
        muted = abs(lightness(line.color) - lightness(line.background)) < 0.5
        if not muted or len(words[0].lines) > 1 or words[0].box.w > 0.75 * rule.box.w:
            continue
        middle = words[0].box.centre[1]
        box = Box(rule.box.x, 2 * middle - rule.box.bottom, rule.box.w, 2 * (rule.box.bottom - middle))
        border = Border(rule.color, 1, (False, False, True, False))
        region = Region(box, parent.region.fill, border)
        field = _pack(Node("box", box, (*words, *icons), region), "field")
        result = [c for c in result if c is not rule and c not in on_it]
        result.append(field)
    return sorted(result, key=lambda n: (n.box.y, n.box.x))
