"""Tables whose cells each have a frame of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from pixelwright.page.model import Node
from pixelwright.page.table_grid import MOST_ROW, SLACK, Band, Lane, built, is_head, shared_edge
from pixelwright.read.reading import Border, Region, union


def framed(children: Sequence[Node]) -> tuple[Node, set[int]] | None:
    """(table, the nodes that it is made of) from cells that each have a frame and touch each other."""
    owners = [(frame, child) for child in children for frame in _frames(child) if frame.box.h <= MOST_ROW]
    rows: list[list[Node]] = []
    for frame, _ in sorted(owners, key=lambda pair: (round(pair[0].box.centre[1] / 4), pair[0].box.x)):
        last = rows[-1][0].box if rows else None
        if last and abs(last.centre[1] - frame.box.centre[1]) <= 3 and abs(last.h - frame.box.h) <= 5:
            rows[-1].append(frame)
        else:
            rows.append([frame])
    rows = [sorted(row, key=lambda n: n.box.x) for row in rows if len(row) >= 2]
    rows = [row for row in rows if all(abs(b.box.x - a.box.right) <= SLACK for a, b in pairwise(row))]
    if not rows:
        return None
    first = max(rows, key=lambda row: sum(_same(row, other) for other in rows))
    run = [row for row in rows if _same(first, row)]
    if len(run) < 3 or any(b[0].box.y - a[0].box.bottom > SLACK for a, b in pairwise(run)):
        return None
    tops = [min(n.box.y for n in row) for row in run]
    low = max(n.box.bottom for n in run[-1])
    cells = [[list(frame.children) for frame in row] for row in run]
    bands = [
        Band(top, bottom, tuple(n for cell in row for n in cell), row_frames[0].region)
        for top, bottom, row, row_frames in zip(tops, [*tops[1:], low], cells, run, strict=True)
    ]
    filled = sum(bool(cell) for row in cells for cell in row)
    if filled < 0.7 * len(first) * len(run) or any(not band.items for band in bands):
        return None
    lanes = []
    for index, frame in enumerate(first):
        boxes = [union([n.box for n in row[index]]) for row in cells if row[index]]
        lanes.append(Lane(frame.box.x, frame.box.right, shared_edge(boxes) or "left"))
    places = [*(frame.box.x for frame in first), first[-1].box.right]
    head = is_head(bands)
    table = built(bands, cells, lanes, places, [], head)
    line = next((frame.border for row in run for frame in row if frame.border), None)
    lined = Border(line.color, line.width) if line else None
    written = [
        row.having(
            *(
                replace(cell, region=Region(cell.box, frame.region.fill, lined) if frame.region else None)
                for cell, frame in zip(row.children, frames, strict=True)
            )
        )
        for row, frames in zip(table.children, run, strict=True)
    ]
    inside = {id(frame) for row in run for frame in row}
    used = {id(child) for frame, child in owners if id(frame) in inside}
    return table.having(*written), used


def _frames(node: Node) -> list[Node]:
    """A frame, or those that a column of frames is made of."""
    if node.kind != "box" or node.region is None or node.role:
        return []
    inner = [child for child in node.children if child.kind == "box" and child.box.w >= node.box.w - 4]
    if len(inner) >= 2 and len(inner) == len(node.children):
        return inner
    return [node]


def _same(row: Sequence[Node], other: Sequence[Node]) -> bool:
    """Have two rows of frames the same columns?"""
    return len(row) == len(other) and all(
        abs(a.box.x - b.box.x) <= 3 and abs(a.box.right - b.box.right) <= 3
        for a, b in zip(row, other, strict=True)
    )
