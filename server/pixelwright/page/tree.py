"""What lies in what: regions and pictures with things on them become boxes, lines become paragraphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pixelwright.page.listing import bulleted, listings
from pixelwright.page.model import Node
from pixelwright.page.wrap import line_box
from pixelwright.read import metrics
from pixelwright.read.reading import Box, Picture, Reading, Region, Rule, Text, union

LINE_HEIGHT = 1.2  # of a single line, in ems


def text_node(lines: tuple[Text, ...]) -> Node:
    """A paragraph of one or more lines, with the box that it takes on the page."""
    size = lines[0].font.size
    if len(lines) > 1:
        pitch = (lines[-1].baseline - lines[0].baseline) / (len(lines) - 1)
    else:
        pitch = max(LINE_HEIGHT * size, lines[0].box.h)
        # Nothing stands above the page's top: large words there have a tighter line.
        room = 2 * lines[0].baseline - (metrics.ASCENT - metrics.FULL_DESCENT) * size
        pitch = min(pitch, max(room, 0.7 * size))
    first = line_box(lines[0], pitch)
    ink = union([line.box for line in lines])
    color = max((line for line in lines), key=lambda line: len(line.text)).color
    return Node("text", Box(ink.x, first.y, ink.w, pitch * len(lines)), lines=lines, color=color)


@dataclass(slots=True)
class _Holder:
    """A box that is being filled."""

    box: Box
    region: Region | None
    picture: Picture | None
    holders: list[_Holder] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


def _first_word(text: Text) -> float:
    """Width in pixels of the first word of a line (of its first character in CJK), with a space."""
    words = text.text.split()
    whole = metrics.width(text.text) or 1.0
    head = words[0] if words else ""
    if head and metrics.is_wide(head[0]):
        head = head[0]
    return text.box.w * metrics.width(head + " ") / whole


def _continues(lines: list[Text], following: Text, column_right: float, box_right: float) -> bool:
    """Is `following` the next line of the paragraph?"""
    last = lines[-1]
    size = last.font.size
    pitch = following.baseline - last.baseline
    if abs(following.font.size - size) > 0.09 * size + 0.5 or following.font.family != last.font.family:
        return False
    if not 0.9 * size <= pitch <= 2.1 * size or following.font.weight != last.font.weight:
        return False
    if max(abs(a - b) for a, b in zip(last.color, following.color, strict=True)) > 70 and (
        len(last.spans) == len(following.spans) == 1
    ):
        return False
    if len(lines) > 1 and abs(pitch - (last.baseline - lines[-2].baseline)) > 2.5:
        return False
    left = abs(following.box.x - last.box.x) <= 0.35 * size + 1
    middle = abs(following.box.centre[0] - last.box.centre[0]) <= 0.3 * size + 1
    right = abs(following.box.right - last.box.right) <= 0.3 * size and len(lines) < 3
    if not left and not middle and not right:
        return False
    if following.text[:1] in "•·-–*▪►":
        return False
    reach = last.box.right + _first_word(following) * (1.0 if left else 0.5)
    lowercase = following.text[:1].islower()
    if reach > box_right - (6 if lowercase else 2):
        return True
    if reach < column_right - 0.5 * size:
        return False
    least = 6 if size >= 20 else 8 if lowercase else 16
    return last.box.w >= least * size


def _paragraphs(texts: list[Text], rules: list[Rule], box: Box, pictures: Sequence[Picture]) -> list[Node]:
    """Lines of one box as paragraphs."""

    def marked(text: Text) -> bool:
        size = text.font.size
        return any(
            max(p.box.w, p.box.h) <= 0.8 * size
            and text.box.x - 2.6 * size < p.box.right <= text.box.x
            and text.box.y - 2 <= p.box.centre[1] <= text.box.bottom + 2
            for p in pictures
        )

    order = sorted(texts, key=lambda t: (round(t.baseline), t.box.x))
    groups: list[list[Text]] = []
    for text in order:
        best: list[Text] | None = None
        for group in reversed(groups) if not marked(text) else ():
            last = group[-1]
            if text.baseline - last.baseline > 2.2 * last.font.size or text.baseline <= last.baseline + 2:
                continue
            if any(
                last.baseline < r.box.y < text.baseline - 2
                and r.box.overlap(Box(last.box.x, last.box.y, last.box.w, text.box.bottom - last.box.y))
                for r in rules
            ):
                continue
            aligned = [t.box.right for t in texts if abs(t.box.x - last.box.x) <= 4]
            inset = max(4.0, min(last.box.x - box.x, 40.0))
            if _continues(group, text, max(aligned, default=last.box.right), box.right - inset):
                best = group
                break
        if best is None:
            groups.append([text])
        else:
            best.append(text)
    return [text_node(tuple(group)) for group in groups]


def _node(holder: _Holder) -> Node:
    children = [_node(inner) for inner in holder.holders]
    lists, texts, pictures = listings(holder.texts, holder.pictures)
    paragraphs, pictures = bulleted(_paragraphs(texts, holder.rules, holder.box, pictures), pictures)
    children += [*lists, *paragraphs]
    children += [Node("picture", p.box) for p in pictures]
    children += [Node("rule", r.box, color=r.color) for r in holder.rules]
    children.sort(key=lambda n: (n.box.y, n.box.x))
    node = Node("box", holder.box, tuple(children), holder.region)
    return replace(node, role="backdrop") if holder.picture else node


def _is_chip(region: Region, texts: Sequence[Text]) -> bool:
    """Is it the ground of a word or two within a line, as of code in a sentence?"""
    box = region.box
    return any(
        box.h <= 2 * text.font.size
        and text.box.y >= box.y - 3
        and text.box.bottom <= box.bottom + 3
        and text.box.x <= box.right
        and box.x <= text.box.right
        and text.box.w > box.w + 2 * text.font.size
        for text in texts
    )


def page_tree(reading: Reading) -> Node:
    """The reading as a tree of boxes; the root is the page."""
    whole = Box(0, 0, reading.width, reading.height)
    root = _Holder(whole, Region(whole, reading.ground), None)
    holders = [
        _Holder(region.box, region, None) for region in reading.regions if not _is_chip(region, reading.texts)
    ]
    backdrops = []
    for picture in reading.pictures:
        on_it = [t for t in reading.texts if picture.box.overlap(t.box) > 0.8 * t.box.area]
        inner = [
            r for r in reading.regions if picture.box.covers(r.box, 2) and r.box.area < 0.9 * picture.box.area
        ]
        if on_it or inner:
            backdrops.append(_Holder(picture.box, None, picture))
    holders += backdrops
    plain = [p for p in reading.pictures if not any(b.picture is p for b in backdrops)]
    # Larger ones first; of two equal ones the region holds the picture.
    holders.sort(key=lambda h: (-h.box.area, h.picture is not None, h.box.y, h.box.x))
    placed: list[_Holder] = [root]

    def home(box: Box) -> _Holder:
        least = 0.7 * max(1.0, box.area)
        over = [h for h in placed if h.box.overlap(Box(box.x, box.y, max(box.w, 1), max(box.h, 1))) >= least]
        # Of two equal ones the later holds more: a picture as large as the page stands on the page.
        return min(reversed(over), key=lambda h: h.box.area) if over else root

    for holder in holders:
        parent = home(holder.box)
        parent.holders.append(holder)
        placed.append(holder)
    for text in reading.texts:
        home(text.box).texts.append(text)
    for picture in plain:
        home(picture.box).pictures.append(picture)
    for rule in reading.rules:
        home(rule.box).rules.append(rule)
    return _node(root)
