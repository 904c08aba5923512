"""Tables: rows parted by lines or fills of one width, whose cells line up in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from pixelwright.page.model import Node, walk
from pixelwright.page.table_frames import framed
from pixelwright.page.table_grid import MOST_ROW, Band, built, column_borders, inside_lane, is_head, lanes_of
from pixelwright.page.tree import text_node
from pixelwright.read.reading import Box, union

_LEAST_WIDTH = 240  # pixels
_LONG = 60  # characters that few cells of a table have more than


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
    whole = framed(children)
    if whole is not None:
        table, used = whole
        children = sorted(
            [*(child for child in children if id(child) not in used), table],
            key=lambda n: (n.box.y, n.box.x),
        )
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


def _bands(group: list[Node], loose: Sequence[Node]) -> list[Band]:
    """What stands between the lines, with the bands above the first line and below the last one."""
    edges: list[float] = []
    for y in sorted(y for n in group for y in _edges(n)):
        if not edges or y - edges[-1] > 3:
            edges.append(y)
    held = {id(child): box for box in group for child in box.children}
    items = [*loose, *(child for box in group for child in box.children)]
    bands: list[Band] = []

    def band(top: float, bottom: float, inside: Sequence[Node]) -> Band:
        grounds = [held[id(n)].region for n in inside if id(n) in held]
        return Band(top, bottom, tuple(inside), grounds[0] if grounds else None)

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


def _from_bands(bands: Sequence[Band], span: Box, group: Sequence[Node]) -> Node | None:
    """The table of these bands, if they follow each other and their cells line up."""
    if any(after.top - before.bottom > 3 for before, after in pairwise(bands)):
        return None
    heights = [b.bottom - b.top for b in bands]
    if max(heights) > min(MOST_ROW, 2.6 * median(heights)):
        return None
    items = [item for band in bands for item in band.items]
    if any(n.kind in ("field", "table") for item in items for n in walk(item)):
        return None
    head = is_head(bands)
    lanes = lanes_of(bands, head)
    if lanes is None or sum(len(n.text) > _LONG for n in items) > 0.2 * len(items):
        return None
    cells = [[inside_lane(band, lane) for lane in lanes] for band in bands]
    least = max(2, 0.6 * len(lanes))
    if any(sum(bool(cell) for cell in row) < least for row in cells):
        return None
    if not head:
        switches = any(n.kind in ("check", "switch") for item in items for n in walk(item))
        worded = [any(n.text for n in cell) for row in cells for cell in row]
        columns = [sum(worded[i :: len(lanes)]) for i in range(len(lanes))]
        if switches or sum(count >= 0.6 * len(bands) for count in columns) < 3:
            return None
    return built(bands, cells, lanes, column_borders(lanes, span), group, head)
