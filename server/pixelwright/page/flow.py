"""How children stand in their parent, in flow: paddings, gaps and alignment instead of positions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from pixelwright.page.element import Declarations, px
from pixelwright.page.model import Node
from pixelwright.page.wrap import wrap_range
from pixelwright.read.reading import Box

STRETCH, CENTRE, RIGHT, LEFT = "stretch", "centre", "right", "left"


@dataclass(frozen=True, slots=True)
class Stack:
    """A column's measures: padding (top right bottom left) and the gap between children, if it is one."""

    padding: tuple[float, float, float, float]
    inner: Box
    gap: float
    margins: tuple[float, ...]


def fluid(length: float, page_width: float) -> str:
    """A horizontal length that shrinks with a narrow window."""
    if length <= 24:
        return px(length)
    share = -(-1000 * length // page_width) / 10
    return f"min({px(length)}, {share:g}vw)"


def aligned(box: Box, inner: Box) -> str:
    """How a child's box stands between the sides of its parent's inner box."""
    left, right = box.x - inner.x, inner.right - box.right
    if left <= 3 and right <= 3:
        return STRETCH
    if left > 4 and abs(left - right) <= 4 + 0.02 * inner.w:
        return CENTRE
    if left > 12 and right <= 3:
        return RIGHT
    return LEFT


def ragged(node: Node) -> bool:
    """Does the right edge of a node say nothing of the width it has?"""
    if node.kind == "text":
        return True
    if node.kind == "row":
        return ragged(node.children[-1])
    if node.kind == "column":
        return all(ragged(child) for child in node.children)
    return node.kind in ("picture", "check", "switch")


def _sides(box: Box, children: Sequence[Node]) -> tuple[float, float]:
    """Left and right padding of a column: as firm things say; words alone leave room to grow."""
    left = max(0.0, min(c.box.x for c in children) - box.x)
    firm = [c for c in children if not ragged(c)]
    limit = max(c.box.right + (0.03 * c.box.w if ragged(c) else 0) for c in children)
    right = max(0.0, box.right - limit)
    if firm:
        if all(aligned(c.box, box) in (CENTRE, STRETCH) for c in children):
            right = left
        return left, min(right, max(left, box.right - max(c.box.right for c in firm)))
    if all(aligned(c.box, box) == CENTRE for c in children):
        side = min(left, 16.0)
        return side, side
    return left, min(right, left)


def stack(box: Box, children: Sequence[Node]) -> Stack:
    """Measures of children one below the other in `box` (without its border)."""
    if not children:
        return Stack((0, 0, 0, 0), box, 0, ())
    left, right = _sides(box, children)
    top = max(0.0, children[0].box.y - box.y)
    cursor = box.y
    gaps = []
    for child in children:
        gap = max(0.0, child.box.y - cursor)
        gaps.append(gap)
        cursor = max(cursor, child.box.y) + child.box.h if gap else cursor + child.box.h
    bottom = max(0.0, box.bottom - cursor)
    between = gaps[1:]
    usual = median(between) if between else 0.0
    even = all(abs(g - usual) <= 1.5 for g in between)
    margins = (0.0, *([0.0] * len(between) if even else between))
    inner = Box(box.x + left, box.y + top, box.w - left - right, max(0.0, box.h - top - bottom))
    return Stack((top, right, bottom, left), inner, usual if even else 0.0, margins)


def padding_css(padding: tuple[float, float, float, float], box: Box, page_width: float) -> Declarations:
    """The padding as a declaration: a centred column keeps its width while the window has room for it."""
    top, right, bottom, left = padding
    if max(padding) < 0.75:
        return ()
    vertical = (px(top), px(bottom))
    if abs(left - right) <= 4 and left > 0.08 * box.w and box.w > 700:
        side = f"max(16px, (100% - {px(box.w - left - right)}) / 2)"
        sides = (side, side)
    else:
        sides = (fluid(left, page_width), fluid(right, page_width))
    if sides[0] == sides[1]:
        same = vertical[0] == vertical[1]
        value = vertical[0] if same and vertical[0] == sides[0] else f"{vertical[0]} {sides[0]}"
        if not same:
            value = f"{vertical[0]} {sides[0]} {vertical[1]}"
    else:
        value = f"{vertical[0]} {sides[1]} {vertical[1]} {sides[0]}"
    return (("padding", value),)


def _ranged(node: Node) -> str:
    """How lines of a text stand to each other: CENTRE or RIGHT where it shows, else nothing."""
    if len(node.lines) < 2 or node.role == "listing":
        return ""
    boxes = [line.box for line in node.lines]

    def spread(values: list[float]) -> float:
        return max(values) - min(values)

    if spread([b.x for b in boxes]) < 0.6 * node.lines[0].font.size:
        return ""
    if spread([b.centre[0] for b in boxes]) <= 4:
        return CENTRE
    return RIGHT if spread([b.right for b in boxes]) <= 3 else ""


def text_place(node: Node, inner: Box, page_width: float) -> tuple[Declarations, Declarations]:
    """(look, place) of a text in a column: its alignment, its indent, and a width that breaks it alike."""
    how = _ranged(node) or aligned(node.box, inner)
    least, most = wrap_range(node)
    indent = 0.0
    look: Declarations = ()
    if how == CENTRE:
        look = (("text-align", "center"),)
    elif how == RIGHT:
        look = (("text-align", "right"),)
    elif how == LEFT and node.box.x - inner.x > 2:
        indent = node.box.x - inner.x
    room = inner.w - indent
    place: Declarations = (("margin-left", fluid(indent, page_width)),) if indent else ()
    if len(node.lines) == 1 and least * 1.06 > room:
        place = (*place, ("white-space", "nowrap"))
    if room >= most and node.role != "listing":
        width = min(0.5 * (least + most), least + 40)
        place = (*place, ("max-width", px(width)))
        if how == CENTRE:
            place = (*place, ("align-self", "center"))
    return look, place


def box_place(box: Box, inner: Box, page_width: float) -> Declarations:
    """Width and side of a box in a column."""
    how = aligned(box, inner)
    if how == STRETCH:
        return ()
    width = (("width", "100%"), ("max-width", px(box.w)))
    if how == CENTRE:
        return (*width, ("align-self", "center"))
    if how == RIGHT:
        return (*width, ("align-self", "flex-end"))
    indent = box.x - inner.x
    if indent <= 1:
        return width
    # Lines and fields are as wide as their parent by nature; the indent is not to push them out of it.
    margin = fluid(indent, page_width)
    return (("max-width", f"min({px(box.w)}, 100% - {margin})"), ("margin-left", margin))


@dataclass(frozen=True, slots=True)
class Line:
    """A row's measures: gap between children, extra left margins, and the child pushed to the right end."""

    gap: float
    margins: tuple[float, ...]
    pushed: int
    align: str


def align_items(children: Sequence[Node]) -> str:
    """Whether the children of a row share their middle, top or bottom."""
    tops = [c.box.y for c in children]
    bottoms = [c.box.bottom for c in children]
    middles = [c.box.centre[1] for c in children]

    def spread(values: list[float]) -> float:
        return max(values) - min(values)

    tallest = max(c.box.h for c in children)
    if spread(tops) <= 2 and spread(bottoms) <= (2 if tallest < 80 else 0.15 * tallest):
        return "center" if tallest < 80 else "stretch"
    if spread(tops) <= 2 and tallest >= 80:
        return "flex-start"
    if spread(middles) <= max(3.0, min(8.0, 0.1 * tallest)):
        return "center"
    if spread(bottoms) <= 2:
        return "flex-end"
    return "flex-start"


def line(children: Sequence[Node], inner: Box) -> Line:
    """Measures of children side by side in a parent's inner box."""
    gaps = [max(0.0, b.box.x - a.box.right) for a, b in itertools.pairwise(children)]
    align = align_items(children)
    pushed = -1
    reaches = inner.right - children[-1].box.right <= 4 and children[0].box.x - inner.x <= 40
    if gaps and reaches and max(gaps) >= 24 and max(gaps) > 1.5 * median(gaps):
        pushed = gaps.index(max(gaps)) + 1
    elif len(gaps) == 1 and reaches and gaps[0] >= 24:
        pushed = 1
    rest = [g for i, g in enumerate(gaps) if i + 1 != pushed]
    gap = min(rest) if rest else 0.0
    if rest and max(rest) - min(rest) <= 3:
        gap = median(rest)
    extra = [0.0]
    for index, value in enumerate(gaps):
        extra.append(0.0 if index + 1 == pushed else value - gap if value - gap > 2 else 0.0)
    return Line(gap, tuple(extra), pushed, align)


def settled(node: Node) -> Node:
    """The node with the heights that it and its parts take in flow.

    Things that overlapped in the picture stand one below the other on the page. What that adds is known
    here, so that the gaps after it can make up for it.
    """
    if not node.children:
        return node
    children = tuple(settled(child) for child in node.children)
    box = node.box
    if node.kind in ("row", "table-row"):
        height = max([box.h, *(c.box.bottom - box.y for c in children)])
    else:
        cursor = box.y
        for child in children:
            cursor = max(cursor, child.box.y) + child.box.h
        border = node.border.width * node.border.sides[2] if node.border else 0
        height = max(box.h, cursor + border - box.y)
    return replace(node, box=box._replace(h=height), children=children)
