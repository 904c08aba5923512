"""Boxes into rows and columns: recursive cuts along the free lanes between things (the X-Y cut of
Nagy and Seth, 1984), with a say for how things line up."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from statistics import median

from pixelwright.page.model import Node
from pixelwright.read.reading import Box, union

_BULLET_ROOM = 20.0  # pixels left of an item for its bullet


def _start(node: Node, down: bool) -> float:
    return node.box.y if down else node.box.x


def _end(node: Node, down: bool) -> float:
    return node.box.bottom if down else node.box.right


def _cut(nodes: Sequence[Node], down: bool, slack: float) -> list[list[Node]]:
    """Groups of nodes with free lanes between them; overlaps up to `slack` pixels do not join."""
    order = sorted(nodes, key=lambda n: (_start(n, down), _end(n, down)))
    groups: list[list[Node]] = []
    end = float("-inf")
    for node in order:
        allowed = min(slack, 0.4 * (_end(node, down) - _start(node, down)))
        if groups and _start(node, down) < end - allowed:
            groups[-1].append(node)
        else:
            groups.append([node])
        end = max(end, _end(node, down))
    return groups


def _gaps(groups: Sequence[Sequence[Node]], down: bool) -> list[float]:
    return [
        min(_start(n, down) for n in after) - max(_end(n, down) for n in before)
        for before, after in itertools.pairwise(groups)
    ]


def _columns_first(bands: list[list[Node]], lanes: list[list[Node]]) -> bool:
    """Are the lanes columns of a page rather than cells of the same rows?"""
    lane_of = {id(node): index for index, lane in enumerate(lanes) for node in lane}
    shared = sum(len({lane_of[id(node)] for node in band}) > 1 for band in bands)
    if any(_is_pile(lane) for lane in (lanes[0], lanes[-1])):
        return True
    if len(bands) > 1 and any(_level_boxes(band) for band in bands):
        return False
    across = _gaps(lanes, False)
    narrow = min(across, default=0.0)
    if shared <= 0.5 * len(bands):
        return narrow >= 12
    if any(node.kind in ("box", "rule") and len(band) == 1 for band in bands for node in band):
        return False
    down = _gaps(bands, True)
    tight = median(down) if down else 0.0
    if len(bands) <= 2:
        return narrow >= 24 and tight < 0.6 * narrow
    # Right-aligned values and icons at the left belong to their rows.
    for lane in lanes[1:]:
        lefts = [node.box.x for node in lane]
        rights = [node.box.right for node in lane]
        if len(lane) > 1 and max(lefts) - min(lefts) > 4 and max(rights) - min(rights) <= 2:
            return False
    if all(node.kind == "picture" for node in lanes[0]):
        return False
    boxes = all(any(node.kind == "box" for node in lane) for lane in lanes)
    if boxes and shared == len(bands):
        return False
    return narrow >= 24 and narrow > 1.5 * tight


def _is_pile(lane: list[Node]) -> bool:
    """Is the lane a side bar: boxes of one width and fill, one upon the other without a gap?"""
    boxes = [n for n in lane if n.kind in ("box", "button", "field")]
    if len(boxes) < 2 or len(boxes) < len([n for n in lane if n.kind != "rule"]):
        return False
    same = max(abs(n.box.x - boxes[0].box.x) + abs(n.box.right - boxes[0].box.right) for n in boxes) <= 4
    fills = {n.region.fill for n in boxes if n.region}
    gaps = _gaps([[n] for n in sorted(boxes, key=lambda n: n.box.y)], True)
    return same and len(fills) == 1 and max(gaps) <= 3 and boxes[0].box.w < 400


def _level_boxes(band: list[Node]) -> bool:
    """Do two or more boxes or pictures of the band stand in a line, as cards do?"""
    boxes = [n for n in band if n.kind in ("box", "picture") and n.box.w > 60 and n.box.h > 60]
    return len(boxes) >= 2 and max(n.box.y for n in boxes) - min(n.box.y for n in boxes) <= 3


def _group(kind: str, children: list[Node]) -> Node:
    flat: list[Node] = []
    for child in children:
        flat.extend(child.children if child.kind == kind and child.region is None else [child])
    return flat[0] if len(flat) == 1 else Node(kind, union([n.box for n in flat]), tuple(flat))


def arrange(nodes: Sequence[Node]) -> list[Node]:
    """The nodes of one box as a column: each item one of them, or a row or column of several."""
    if len(nodes) <= 1:
        return list(nodes)
    found = _split(list(nodes), 2.0)
    return list(found.children) if found.kind == "column" else [found]


def _split(nodes: list[Node], slack: float) -> Node:
    if len(nodes) == 1:
        return nodes[0]
    bands, lanes = _cut(nodes, True, slack), _cut(nodes, False, slack)
    if len(bands) > 1 and len(lanes) > 1:
        if _columns_first(bands, lanes):
            return _row([_split(lane, 2.0) for lane in lanes])
        return _column([_split(band, 2.0) for band in bands])
    if len(bands) > 1:
        return _column([_split(band, 2.0) for band in _kept_apart(bands)])
    if len(lanes) > 1:
        return _row([_split(lane, 2.0) for lane in lanes])
    if slack < 60:
        return _split(nodes, slack * 2 + 2)
    # They lie upon each other: the page says them one after the other.
    middles = [n.box.centre[1] for n in nodes]
    if max(middles) - min(middles) < 0.5 * max(n.box.h for n in nodes) and len({n.box.x for n in nodes}) > 1:
        return _row(sorted(nodes, key=lambda n: n.box.x))
    return _column(sorted(nodes, key=lambda n: (n.box.y, n.box.x)))


def _kept_apart(bands: list[list[Node]]) -> list[list[Node]]:
    """Bands of single lanes, put together where neighbours form columns of their own.

    Where a page has two columns under one wide heading, the heading's band spans both, so no lane is free
    over the whole height: the run of bands below it must be cut by itself.
    """
    runs: list[list[Node]] = []
    lanes: list[tuple[float, float]] | None = None
    for band in bands:
        spans = [(min(n.box.x for n in g), max(n.box.right for n in g)) for g in _cut(band, False, 2.0)]
        if runs and lanes and _fits(spans, lanes):
            runs[-1].extend(band)
            lanes = _joined(spans, lanes)
        else:
            runs.append(list(band))
            lanes = spans if len(spans) > 1 else None
    together: list[list[Node]] = []
    for run in runs:
        own_bands, own_lanes = _cut(run, True, 2.0), _cut(run, False, 2.0)
        if len(own_bands) > 1 and len(own_lanes) > 1 and _columns_first(own_bands, own_lanes):
            together.append(run)
        else:
            together.extend(own_bands)
    return together


def _fits(spans: list[tuple[float, float]], lanes: list[tuple[float, float]]) -> bool:
    """Does each span meet one lane at most, and leave the gaps of at least 24 pixels free?"""
    return all(sum(a < right + 12 and b > left - 12 for left, right in lanes) == 1 for a, b in spans)


def _joined(spans: list[tuple[float, float]], lanes: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [
        (
            min([left, *(a for a, b in spans if a < right and b > left)]),
            max([right, *(b for a, b in spans if a < right and b > left)]),
        )
        for left, right in lanes
    ]


def _row(children: list[Node]) -> Node:
    return _group("row", children)


def _column(children: list[Node]) -> Node:
    return _group("column", children)


def laid_out(node: Node) -> Node:
    """The tree with the children of each box as a column of items, rows and columns."""
    if node.kind != "box":
        return node
    return _with_lists(node.having(*arrange([laid_out(child) for child in node.children])))


def _with_lists(node: Node) -> Node:
    """The node with each run of items below each other in a list of its own."""
    if not node.children:
        return node
    children = [_with_lists(child) for child in node.children]
    if node.kind == "row":
        return node.having(*children)
    result: list[Node] = []
    run: list[Node] = []
    for child in [*children, None]:
        if child is not None and child.role == "bullet" and (not run or abs(child.box.x - run[0].box.x) <= 4):
            run.append(child)
            continue
        if run:
            box = union([n.box for n in run])
            room = min(_BULLET_ROOM, box.x - node.box.x)
            box = Box(box.x - room, box.y, box.w + room, box.h)
            result.append(Node("column", box, tuple(run), role="bullets"))
            run = []
        if child is not None and child.role == "bullet":
            run = [child]
        elif child is not None:
            result.append(child)
    return node.having(*result)


def inner_box(node: Node) -> Box:
    """The box of a node without its border."""
    border, box = node.border, node.box
    if border is None:
        return box
    top, right, bottom, left = (border.width * side for side in border.sides)
    return Box(box.x + left, box.y + top, box.w - left - right, box.h - top - bottom)
