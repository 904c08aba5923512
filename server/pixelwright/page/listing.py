"""Lines that keep their own places: listings of code in a fixed pitch, and items with bullets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from pixelwright.page.model import Node
from pixelwright.page.wrap import line_box
from pixelwright.read.reading import Box, Picture, Span, Text, union

_CHARACTER = 0.6  # width of every character of a fixed pitch, in ems
_LEAST_ROWS = 3
_MARK = 10  # bullets are smaller, in pixels


def _rows(texts: Sequence[Text]) -> list[list[Text]]:
    """Texts of a fixed pitch by baseline, each row from left to right."""
    rows: list[list[Text]] = []
    for text in sorted(texts, key=lambda t: (t.baseline, t.box.x)):
        if rows and abs(rows[-1][0].baseline - text.baseline) <= 0.4 * text.font.size:
            rows[-1].append(text)
        else:
            rows.append([text])
    return [sorted(row, key=lambda t: t.box.x) for row in rows]


def _runs(texts: Sequence[Text]) -> list[list[list[Text]]]:
    """Rows of fixed pitch that follow each other with nothing between them."""
    mono = [t for t in texts if t.font.family == "mono"]
    others = [t for t in texts if t.font.family != "mono"]
    runs: list[list[list[Text]]] = []
    for row in _rows(mono):
        last = runs[-1][-1] if runs else None
        joins = False
        if last is not None:
            gap = row[0].baseline - last[0].baseline
            size = row[0].font.size
            strip = Box(last[0].box.x, last[0].baseline, 4000, max(0.0, row[0].baseline - last[0].baseline))
            joins = (
                gap <= 4.5 * size
                and abs(size - last[0].font.size) <= 0.12 * size
                and row[0].box.x < max(t.box.right for r in runs[-1] for t in r)
                and not any(
                    strip.y < t.baseline < strip.bottom and t.box.x >= last[0].box.x - 4 for t in others
                )
            )
        if joins:
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def listings(
    texts: Sequence[Text], pictures: Sequence[Picture]
) -> tuple[list[Node], list[Text], list[Picture]]:
    """(listings, the other texts, the other pictures): runs of fixed pitch whose rows are indented unlike."""
    found: list[Node] = []
    rest, left_over = list(texts), list(pictures)
    drawn = [(line, p) for p in pictures if (line := _drawn_line(p, texts)) is not None]
    for rows in _runs([*texts, *(line for line, _ in drawn)]):
        size = median(t.font.size for row in rows for t in row)
        pitch = size * _CHARACTER
        left = min(row[0].box.x for row in rows)
        indents = {round((t.box.x - left) / pitch) for row in rows for t in row}
        if len(rows) < _LEAST_ROWS or len(indents) < 2:
            continue
        area = union([t.box for row in rows for t in row]).grown(0.3 * size)
        marks = [p for p in left_over if area.covers(p.box) and max(p.box.w, p.box.h) <= size and p.box.h > 2]
        found.append(_listing(rows, marks, left, pitch))
        taken = {id(t) for row in rows for t in row}
        rest = [t for t in rest if id(t) not in taken]
        used = [*marks, *(p for line, p in drawn if id(line) in taken)]
        left_over = [p for p in left_over if p not in used]
    return found, rest, left_over


def _drawn_line(picture: Picture, texts: Sequence[Text]) -> Text | None:
    """A flat, long picture near text of a fixed pitch as what it is there: a line of equals signs."""
    box = picture.box
    near = [
        t
        for t in texts
        if t.font.family == "mono"
        and abs(t.box.centre[1] - box.centre[1]) < 3 * t.font.size
        and box.h <= 0.6 * t.font.size
        and box.w > 4 * t.font.size
        and t.box.x - 2 <= box.x <= t.box.right
    ]
    if not near:
        return None
    like = min(near, key=lambda t: abs(t.box.centre[1] - box.centre[1]))
    words = "=" * round(box.w / (_CHARACTER * like.font.size))
    baseline = box.centre[1] + 0.33 * like.font.size
    return replace(like, spans=(Span(words, box, like.color),), box=box, baseline=baseline)


def _listing(rows: list[list[Text]], marks: list[Picture], left: float, pitch: float) -> Node:
    """One text whose lines have their indents as spaces; empty lines where the rows leave room for them."""
    steps = [b[0].baseline - a[0].baseline for a, b in pairwise(rows)]
    height = median([s for s in steps if s < 1.6 * min(steps)]) if steps else 1.2 * rows[0][0].font.size
    # The smallest step may be a little uneven: the whole says how high a line is.
    count = sum(max(1, round(s / height)) for s in steps)
    height = (rows[-1][0].baseline - rows[0][0].baseline) / max(1, count)
    lines: list[Text] = []
    for number, row in enumerate(rows):
        if number:
            empty = max(1, round(steps[number - 1] / height)) - 1
            lines += [_written(row[0], "")] * empty
        words = ""
        pieces = [(t.box.x, t.text) for t in row]
        # What stands for itself in a listing and is no letter is an asterisk as a rule.
        pieces += [
            (m.box.x, "*") for m in marks if abs(m.box.centre[1] - row[0].box.centre[1]) < 0.6 * pitch * 2
        ]
        for x, text in sorted(pieces):
            words = words.ljust(max(len(words) + bool(words), round((x - left) / pitch))) + text
        lines.append(_written(row[0], words))
    first = line_box(rows[0][0], height)
    ink = union([t.box for row in rows for t in row])
    box = Box(left, first.y, ink.right - left, height * len(lines))
    return Node("text", box, lines=tuple(lines), color=rows[0][0].color, role="listing")


def _written(like: Text, words: str) -> Text:
    return replace(like, spans=(Span(words, like.box, like.color),))


def bulleted(nodes: Sequence[Node], pictures: Sequence[Picture]) -> tuple[list[Node], list[Picture]]:
    """(nodes, the other pictures): texts with a small mark before their first line become items of a list."""
    marks = [p for p in pictures if max(p.box.w, p.box.h) <= _MARK and min(p.box.w, p.box.h) >= 2]
    pairs: dict[int, Picture] = {}
    for index, node in enumerate(nodes):
        if node.kind != "text" or node.role:
            continue
        first = node.lines[0]
        for mark in marks:
            gap = first.box.x - mark.box.right
            level = abs(mark.box.centre[1] - (first.baseline - 0.3 * first.font.size)) < 0.4 * first.font.size
            if level and 2 <= gap <= 2 * first.font.size:
                pairs[index] = mark
    starts = [mark.box.centre[0] for mark in pairs.values()]
    listed = {i: m for i, m in pairs.items() if sum(abs(m.box.centre[0] - s) <= 2 for s in starts) >= 2}
    result = [node.as_role("bullet") if index in listed else node for index, node in enumerate(nodes)]
    used = {id(mark) for mark in listed.values()}
    return result, [p for p in pictures if id(p) not in used]
