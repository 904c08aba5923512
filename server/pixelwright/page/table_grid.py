"""The grid of a table: bands of things as rows, lanes as columns, and the nodes that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pixelwright.page.layout import arrange, laid_out
from pixelwright.page.model import Node
from pixelwright.read.reading import Border, Box, Region, Rgb, union

MOST_ROW = 140  # height of a row, in pixels
SLACK = 4  # how far edges of one column may lie apart, in pixels
_LANE = 12  # free pixels between two columns without a header


@dataclass(frozen=True, slots=True)
class Band:
    """What stands between two lines; `region` is the fill that it stands on, if it has its own."""

    top: float
    bottom: float
    items: tuple[Node, ...]
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """A column: where what it holds begins and ends (x), and its alignment, `left`, `right` or `centre`."""

    left: float
    right: float
    align: str


def is_head(bands: Sequence[Band]) -> bool:
    """Does the first band name the columns: words alone, set unlike those below?"""
    first, rest = bands[0], bands[1:]
    if any(n.kind != "text" or len(n.text) > 40 for n in first.items) or len(first.items) < 2:
        return False

    def looks(band: Band) -> list[tuple[int, float, Rgb]]:
        lines = [n.lines[0] for n in band.items if n.kind == "text"]
        return [(line.font.weight, line.font.size, line.color) for line in lines]

    own, below = looks(first), [look for band in rest for look in looks(band)]
    if not below:
        return False
    heavy = all(look[0] >= 600 for look in own) and sum(b[0] >= 600 for b in below) < 0.5 * len(below)
    upper = all(n.text.isupper() for n in first.items) and not all(
        n.text.isupper() for band in rest for n in band.items if n.kind == "text"
    )
    size = median([look[1] for look in own])
    smaller = size <= 0.94 * median([look[1] for look in below])
    fills = {band.region.fill for band in rest if band.region}
    filled = first.region is not None and first.region.fill not in fills and len(rest) >= 2
    inks = {tuple(channel // 48 for channel in look[2]) for look in own}
    lower = [tuple(channel // 48 for channel in look[2]) for look in below]
    inked = len(inks) == 1 and sum(ink in inks for ink in lower) < 0.2 * len(lower)
    return heavy or upper or smaller or filled or inked


def lanes_of(bands: Sequence[Band], head: bool) -> list[Lane] | None:
    """The columns, if there are two or more and the cells of each share an edge or their middle."""
    spans: list[list[float]] = []
    for item in sorted((n for band in bands for n in band.items), key=lambda n: n.box.x):
        if spans and item.box.x < spans[-1][1] + (4 if head else _LANE):
            spans[-1][1] = max(spans[-1][1], item.box.right)
        else:
            spans.append([item.box.x, item.box.right])
    if head:
        named: list[list[float]] = []
        for left, right in spans:
            has_name = any(left <= n.box.centre[0] <= right for n in bands[0].items)
            # What follows closely without a name of its own belongs to the column before it.
            if named and not has_name and left - named[-1][1] <= 24:
                named[-1][1] = right
            else:
                named.append([left, right])
        spans = named
    if len(spans) < 2:
        return None
    lanes = []
    for left, right in spans:
        boxes = [
            union([n.box for n in inside])
            for band in bands
            if (inside := [n for n in band.items if left - 1 <= n.box.centre[0] <= right + 1])
        ]
        align = shared_edge(boxes)
        if align is None:
            return None
        lanes.append(Lane(left, right, align))
    return lanes


def shared_edge(boxes: Sequence[Box]) -> str | None:
    """`left`, `right` or `centre`: what most of the boxes share, or nothing."""
    if len(boxes) < 2:
        return None
    for name, places in (
        ("left", [b.x for b in boxes]),
        ("right", [b.right for b in boxes]),
        ("centre", [b.centre[0] for b in boxes]),
    ):
        middle = median(places)
        if sum(abs(place - middle) <= SLACK for place in places) >= 0.8 * len(places):
            return name
    return None


def inside_lane(band: Band, lane: Lane) -> list[Node]:
    """What of a band stands in a column."""
    return [n for n in band.items if lane.left - 1 <= n.box.centre[0] <= lane.right + 1]


def column_borders(lanes: Sequence[Lane], span: Box) -> list[float]:
    """Where the columns begin and end (x), the outer edges included."""
    pad = max(2.0, min(lanes[0].left - span.x, 24.0)) if lanes[0].align == "left" else 8.0
    places = [span.x]
    for before, after in pairwise(lanes):
        free = (before.right + after.left) / 2
        if after.align == "left":
            places.append(max(free, after.left - pad))
        elif before.align == "right":
            places.append(min(free, before.right + pad))
        else:
            places.append(free)
    return [*places, span.right]


def built(
    bands: Sequence[Band],
    cells: Sequence[Sequence[list[Node]]],
    lanes: Sequence[Lane],
    places: Sequence[float],
    group: Sequence[Node],
    head: bool,
) -> Node:
    """The `table` node of bands whose cells are told apart; `places` are the columns' borders (x)."""
    span = Box(places[0], bands[0].top, places[-1] - places[0], bands[-1].bottom - bands[0].top)
    rows = []
    for number, (band, row) in enumerate(zip(bands, cells, strict=True)):
        height = band.bottom - band.top
        written = [
            Node(
                "cell",
                Box(left, band.top, right - left, height),
                tuple(arrange([laid_out(n) for n in sorted(cell, key=lambda n: (n.box.y, n.box.x))])),
                role=lane.align,
            )
            for cell, lane, (left, right) in zip(row, lanes, pairwise(places), strict=True)
        ]
        box = Box(span.x, band.top, span.w, height)
        border = _line_at(band.bottom, group)
        fill = band.region.fill if band.region else None
        region = Region(box, fill, border) if fill is not None else None
        color = border.color if border else (0, 0, 0)
        if region is None and border is not None:
            region = Region(box, _ground(band), border)
        role = "head" if head and number == 0 else ""
        rows.append(Node("table-row", box, tuple(written), region, role=role, color=color))
    top = _line_at(bands[0].top, group)
    box = Box(span.x, bands[0].top, span.w, bands[-1].bottom - bands[0].top)
    region = Region(box, _ground(bands[0]), replace(top, sides=(True, False, False, False))) if top else None
    return Node("table", box, tuple(rows), region)


def _ground(band: Band) -> Rgb:
    """The colour that the words of a band stand on."""
    texts = [line for n in band.items if n.kind == "text" for line in n.lines]
    return texts[0].background if texts else (255, 255, 255)


def _line_at(y: float, group: Sequence[Node]) -> Border | None:
    """The line along the bottom of a row, if one is drawn there."""
    sides = (False, False, True, False)
    for node in group:
        if node.kind == "rule" and abs(node.box.centre[1] - y) <= 3:
            return Border(node.color, max(1, round(node.box.h)), sides)
    for node in group:
        border = node.border
        if border is not None and (
            (border.sides[2] and abs(node.box.bottom - y) <= 3)
            or (border.sides[0] and abs(node.box.y - y) <= 3)
        ):
            return Border(border.color, border.width, sides)
    return None
