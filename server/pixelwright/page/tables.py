"""Tables: rows parted by lines or fills of one width, whose cells line up in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from pixelwright.page.layout import arrange, laid_out
from pixelwright.page.model import Node, walk
from pixelwright.page.tree import text_node
from pixelwright.read.reading import Border, Box, Region, Rgb, union

_LEAST_WIDTH = 240  # pixels
_MOST_ROW = 140  # height of a row, in pixels
_SLACK = 4  # how far edges of one column may lie apart, in pixels
_LANE = 12  # free pixels between two columns without a header
_LONG = 60  # characters that few cells of a table have more than


@dataclass(frozen=True, slots=True)
class _Band:
    """What stands between two lines; `region` is the fill that it stands on, if it has its own."""

    top: float
    bottom: float
    items: tuple[Node, ...]
    region: Region | None = None


@dataclass(frozen=True, slots=True)
class _Lane:
    left: float
    right: float
    align: str


def with_tables(node: Node) -> Node:
    """The tree with `table` nodes in place of what makes up a table.

    A `table` has `table-row` children, the first with the role `head` if it names the columns; these have
    a `cell` for each column, of the column's box, with the role `left`, `centre` or `right`.
    """
    if node.kind != "box" or not node.children:
        return node
    closed = [with_tables(child) for child in node.children]
    opened = [_opened(child) for child in closed]
    before = {id(new): old for new, old in zip(opened, closed, strict=True)}
    children = opened
    for group in _level_groups(children):
        found = _table(group, children)
        if found is not None:
            table, used = found
            kept = [child for child in children if id(child) not in used]
            children = sorted([*kept, table], key=lambda n: (n.box.y, n.box.x))
    return node.having(*(before.get(id(child), child) for child in children))


def _opened(node: Node) -> Node:
    """A row of words that was taken for a field by its fill, as the box that it may be."""
    if node.kind != "field" or len(node.lines) < 2 or node.box.w < _LEAST_WIDTH:
        return node
    texts = [text_node((line,)) for line in node.lines]
    return Node("box", node.box, (*texts, *node.parts), node.region)


def _parts(node: Node) -> bool:
    """May it part the rows of a table, or be one?"""
    if node.box.w < _LEAST_WIDTH:
        return False
    if node.kind == "rule":
        return node.box.w > node.box.h
    return node.kind == "box" and node.region is not None and not node.role


def _level_groups(children: Sequence[Node]) -> list[list[Node]]:
    """Lines and fills that begin and end at the same x, from the top down."""
    groups: list[list[Node]] = []
    for child in sorted(children, key=lambda n: n.box.y):
        if not _parts(child):
            continue
        for group in groups:
            first = group[0].box
            if abs(first.x - child.box.x) <= 3 and abs(first.right - child.box.right) <= 3:
                group.append(child)
                break
        else:
            groups.append([child])
    return [group for group in groups if len(group) >= 2]


def _table(group: list[Node], children: Sequence[Node]) -> tuple[Node, set[int]] | None:
    """(table, the nodes that it is made of) from lines of one width, if they part one."""
    span = union([n.box for n in group])
    own = {id(n) for n in group}
    loose = [
        n
        for n in children
        if id(n) not in own
        and n.kind not in ("rule", "table")
        and n.box.x >= span.x - 3
        and n.box.right <= span.right + 3
    ]
    bands = _bands(group, loose)
    count = len(bands)
    for size in range(count, 2, -1):
        for start in range(count - size + 1):
            run = bands[start : start + size]
            made = _from_bands(run, span, group)
            if made is not None:
                inside = {id(item) for band in run for item in band.items}
                used = {id(n) for n in loose if id(n) in inside}
                used |= {
                    id(n)
                    for n in group
                    if run[0].top - 4 <= n.box.y and n.box.y <= run[-1].bottom + 1 and not _stays(n, inside)
                }
                return made, used
    return None


def _stays(node: Node, inside: set[int]) -> bool:
    return bool(node.children) and not any(id(child) in inside for child in node.children)


def _bands(group: list[Node], loose: Sequence[Node]) -> list[_Band]:
    """What stands between the lines, with the bands above the first line and below the last one."""
    edges: list[float] = []
    for y in sorted(y for n in group for y in _edges(n)):
        if not edges or y - edges[-1] > 3:
            edges.append(y)
    held = {id(child): box for box in group for child in box.children}
    items = [*loose, *(child for box in group for child in box.children)]
    bands: list[_Band] = []

    def band(top: float, bottom: float, inside: Sequence[Node]) -> _Band:
        grounds = [held[id(n)].region for n in inside if id(n) in held]
        return _Band(top, bottom, tuple(inside), grounds[0] if grounds else None)

    for top, bottom in pairwise(edges):
        inside = [n for n in items if top - 1 <= n.box.centre[1] < bottom + 1]
        if inside:
            bands.append(band(top, bottom, inside))
    if len(bands) < 2:
        return []
    usual = median([b.bottom - b.top for b in bands])
    above = [n for n in loose if n.box.bottom <= edges[0] + 2]
    if above:
        last = max(above, key=lambda n: n.box.bottom)
        inside = [n for n in above if n.box.bottom > last.box.centre[1]]
        box = union([n.box for n in inside])
        top = box.y - (edges[0] - box.bottom)
        if edges[0] - top <= 1.6 * usual:
            bands.insert(0, band(top, edges[0], inside))
    below = [n for n in loose if edges[-1] - 2 <= n.box.y and n.box.bottom <= edges[-1] + usual]
    if below:
        bands.append(band(edges[-1], edges[-1] + usual, below))
    low = bands[-1]
    if low.bottom - low.top > 1.4 * usual and max(n.box.bottom for n in low.items) <= low.top + usual:
        # The last fill may go on to the end of the card.
        bands[-1] = replace(low, bottom=low.top + usual)
    return bands


def _edges(node: Node) -> tuple[float, ...]:
    return (node.box.centre[1],) if node.kind == "rule" else (node.box.y, node.box.bottom)


def _from_bands(bands: Sequence[_Band], span: Box, group: Sequence[Node]) -> Node | None:
    """The table of these bands, if they follow each other and their cells line up."""
    if any(after.top - before.bottom > 3 for before, after in pairwise(bands)):
        return None
    heights = [b.bottom - b.top for b in bands]
    if max(heights) > min(_MOST_ROW, 2.6 * median(heights)):
        return None
    items = [item for band in bands for item in band.items]
    if any(n.kind in ("field", "table") for item in items for n in walk(item)):
        return None
    head = _is_head(bands)
    lanes = _lanes(bands, head)
    if lanes is None or sum(len(n.text) > _LONG for n in items) > 0.2 * len(items):
        return None
    cells = [[_inside(band, lane) for lane in lanes] for band in bands]
    least = max(2, 0.6 * len(lanes))
    if any(sum(bool(cell) for cell in row) < least for row in cells):
        return None
    if not head:
        switches = any(n.kind in ("check", "switch") for item in items for n in walk(item))
        worded = [any(n.text for n in cell) for row in cells for cell in row]
        columns = [sum(worded[i :: len(lanes)]) for i in range(len(lanes))]
        if switches or sum(count >= 0.6 * len(bands) for count in columns) < 3:
            return None
    return _built(bands, cells, lanes, span, group, head)


def _is_head(bands: Sequence[_Band]) -> bool:
    """Does the first band name the columns: words alone, set unlike those below?"""
    first, rest = bands[0], bands[1:]
    if any(n.kind != "text" or len(n.text) > 40 for n in first.items) or len(first.items) < 2:
        return False

    def looks(band: _Band) -> list[tuple[int, float, Rgb]]:
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


def _lanes(bands: Sequence[_Band], head: bool) -> list[_Lane] | None:
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
        align = _align(boxes)
        if align is None:
            return None
        lanes.append(_Lane(left, right, align))
    return lanes


def _align(boxes: Sequence[Box]) -> str | None:
    """`left`, `right` or `centre`: what most of the boxes share, or nothing."""
    if len(boxes) < 2:
        return None
    for name, places in (
        ("left", [b.x for b in boxes]),
        ("right", [b.right for b in boxes]),
        ("centre", [b.centre[0] for b in boxes]),
    ):
        middle = median(places)
        if sum(abs(place - middle) <= _SLACK for place in places) >= 0.8 * len(places):
            return name
    return None


def _inside(band: _Band, lane: _Lane) -> list[Node]:
    return [n for n in band.items if lane.left - 1 <= n.box.centre[0] <= lane.right + 1]


def _borders(lanes: Sequence[_Lane], span: Box) -> list[float]:
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


def _built(
    bands: Sequence[_Band],
    cells: Sequence[Sequence[list[Node]]],
    lanes: Sequence[_Lane],
    span: Box,
    group: Sequence[Node],
    head: bool,
) -> Node:
    places = _borders(lanes, span)
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


def _ground(band: _Band) -> Rgb:
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
