"""What the parts of a page mean: header, nav, main, footer, headings, links, lists, fields with labels."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from pixelwright.page.controls import chroma
from pixelwright.page.model import Node, walk
from pixelwright.read.reading import Rgb, Text

_FIGURES = re.compile(r"[\d$€£¥%.,:+\-–/×x\s()#]+")
_COPYRIGHT = re.compile(r"©|copyright|all rights reserved|版权|版權|著作権|ⓒ|\(c\) ?\d{4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PageStyle:
    """What is usual on a page: size (pixels) and ink of most of its text, and its commonest coloured ink."""

    size: float
    color: Rgb
    accent: Rgb | None = None


def page_style(texts: tuple[Text, ...]) -> PageStyle:
    """The usual size and ink of the texts, by letters."""
    sizes: Counter[float] = Counter()
    colors: Counter[Rgb] = Counter()
    for text in texts:
        sizes[text.font.size] += len(text.text)
        for span in text.spans:
            r, g, b = (channel // 32 * 32 for channel in span.color)
            colors[(r, g, b)] += len(span.text)
    usual = colors.most_common(1)[0][0] if colors else (0, 0, 0)
    neutral = [(color, count) for color, count in colors.most_common(4) if chroma(color) <= 64]
    if chroma(usual) > 90 and neutral and neutral[0][1] > 0.4 * colors[usual]:
        # A page of many links has the more of their ink, but not as its usual one.
        usual = neutral[0][0]
    coloured: Counter[Rgb] = Counter()
    for text in texts:
        for span in text.spans:
            words = not _is_figure(span.text) and len(span.text) > 2
            if words and chroma(span.color) >= 70 and _apart(span.color, usual) > 60:
                known = next((c for c in coloured if _apart(c, span.color) < 50), span.color)
                coloured[known] += 1
    accent = coloured.most_common(1)[0][0] if coloured else None
    return PageStyle(sizes.most_common(1)[0][0] if sizes else 16.0, usual, accent)


def _apart(one: Rgb, other: Rgb) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def is_link_ink(color: Rgb, style: PageStyle) -> bool:
    """Is it the ink of links: blue, or the page's commonest coloured one, and not the usual one?"""
    if _apart(color, style.color) <= 60 or chroma(color) < 70:
        return False
    return _is_blue(color) or (style.accent is not None and _apart(color, style.accent) < 60)


def _is_blue(color: Rgb) -> bool:
    """Is it in the range of the customary colour of links?"""
    r, g, b = color
    return b > 1.25 * r and b >= g and b > 100


def _is_figure(text: str) -> bool:
    return bool(_FIGURES.fullmatch(text)) or sum(c.isdigit() for c in text) > 0.4 * len(text)


def _link(node: Node, style: PageStyle) -> Node:
    """Texts that are wholly a link by their ink become one."""
    if node.kind != "text" or node.role or len(node.lines) > 2:
        return node
    spans = [span for line in node.lines for span in line.spans]
    first = node.lines[0]
    linked = [s for s in spans if s.underlined or is_link_ink(s.color, style)]
    share = sum(len(s.text) for s in linked) / max(1, sum(len(s.text) for s in spans))
    if share < 0.99 or len(node.text) < 2 or _is_figure(node.text) or len(node.text) > 90:
        return node
    underlined = any(s.underlined for s in linked)
    if not underlined and first.font.size > (2 if _is_blue(first.color) else 1.3) * style.size:
        return node
    return node.as_role("link")


def _is_item(node: Node) -> bool:
    """Can it be an item of a menu: a short text, a link, or a row of an icon and a short text?"""
    if node.kind == "text":
        return len(node.lines) == 1 and len(node.text) <= 32
    if node.kind == "row":
        texts = [c for c in node.children if c.kind == "text"]
        return (
            len(texts) in (1, 2)
            and all(
                c.kind in ("text", "picture", "check") or (c.kind in ("box", "button") and c.box.w < 60)
                for c in node.children
            )
            and _is_item(texts[0])
        )
    if node.kind == "box":
        return node.box.h <= 64 and len(node.children) == 1 and _is_item(node.children[0])
    return False


def _item(node: Node) -> Node:
    """An item of a menu down a side: all of its row is a link."""
    if node.kind == "text":
        return node.as_role("item")
    if node.kind == "row":
        plain = (replace(c, kind="picture") if c.kind in ("check", "switch") else c for c in node.children)
        bare = (c.as_role("") if c.role == "link" or c.role == "label" else c for c in plain)
        return replace(node, role="item", children=tuple(bare))
    return node.having(*(_item(child) for child in node.children[:1]), *node.children[1:])


def _linked(node: Node) -> Node:
    """An item of a menu, its text a link."""
    if node.kind == "text":
        return node if node.role == "heading" else node.as_role("link")
    children = list(node.children)
    for index, child in enumerate(children):
        if child.kind == "text" or child.kind in ("row", "box"):
            children[index] = _linked(child)
            break
    return node.having(*children)


def _menu_row(node: Node) -> Node:
    """A row whose short texts are the links of a menu: the longest run of three items or more."""
    runs: list[list[int]] = [[]]
    for index, child in enumerate(node.children):
        if child.kind == "text" and _is_item(child) and not _is_figure(child.text):
            gap = child.box.x - node.children[runs[-1][-1]].box.right if runs[-1] else 0
            if runs[-1] and gap > 120:
                runs.append([])
            runs[-1].append(index)
        elif child.kind not in ("picture", "rule") or child.box.w > 20:
            runs.append([])
    run = max(runs, key=len)
    if len(run) < 2:
        return node
    children = list(node.children)
    for index in run:
        children[index] = _linked(children[index])
    inside = children[run[0] : run[-1] + 1]
    if len(inside) == len(children):
        return replace(node, children=tuple(children), role="nav")
    box = inside[0].box
    right, bottom = max(c.box.right for c in inside), max(c.box.bottom for c in inside)
    top = min(c.box.y for c in inside)
    menu = Node("row", box._replace(y=top, w=right - box.x, h=bottom - top), tuple(inside), role="nav")
    return replace(node, children=(*children[: run[0]], menu, *children[run[-1] + 1 :]))


def _map(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with each node changed, children first."""
    if node.children:
        node = node.having(*(_map(child, change) for child in node.children))
    return change(node)


def _sidebar(node: Node, page: Node) -> Node:
    """A tall, narrow box at a side with many short texts below each other is a menu."""
    tall = node.box.h >= 0.6 * min(page.box.h, 900) and node.box.w <= 0.3 * page.box.w
    side = node.box.x <= 0.02 * page.box.w or node.box.right >= 0.98 * page.box.w
    if node.kind not in ("box", "column") or not tall or not side or node is page:
        return node

    def items(child: Node) -> Node:
        if child.kind == "column" or (child.kind == "box" and len(child.children) > 1):
            return child.having(*(items(c) for c in child.children))
        if _is_item(child) and not _caption(child):
            return _item(child)
        return child

    def _caption(child: Node) -> bool:
        return child.kind == "text" and child.text.isupper() and child.lines[0].font.size <= 13

    marked = items(node)
    links = sum(n.role == "item" for n in walk(marked))
    if links < 4:
        return node
    return replace(marked, role="nav")


def _stands_out(node: Node, style: PageStyle) -> bool:
    """Is a text larger, or bold, and short?"""
    if (
        node.kind != "text"
        or node.role in ("link", "item", "label")
        or len(node.lines) > 4
        or not 2 <= len(node.text) <= 110
    ):
        return False
    font = node.lines[0].font
    if _is_figure(node.text) or sum(c.isalpha() for c in node.text) < 2:
        return False
    if font.size >= 1.28 * style.size:
        return True
    return (font.weight >= 600 and font.size >= 0.95 * style.size and len(node.lines) <= 2) or (
        font.size >= 1.12 * style.size and len(node.lines) == 1 and len(node.text) <= 60
    )


def _headings(page: Node, style: PageStyle) -> Node:
    """Texts that stand out and have something below them become headings, their sizes their levels."""
    chosen: list[Node] = []

    def visit(node: Node, last: bool) -> None:
        if node.role in ("nav", "footer"):
            return
        for index, child in enumerate(node.children):
            alone = node.kind in ("column", "box") or sum(c.kind == "text" for c in node.children) == 1
            larger = child.kind == "text" and child.lines[0].font.size >= 1.28 * style.size
            is_last = index == len(node.children) - 1
            followed = not is_last or (node.kind == "row" and not last) or larger
            if alone and followed and _stands_out(child, style):
                chosen.append(child)
            visit(child, last and is_last if node.kind != "row" else last)

    visit(page, True)
    if not chosen:
        return page
    sizes = sorted(
        {round(n.lines[0].font.size) + 0.1 * (n.lines[0].font.weight >= 600) for n in chosen}, reverse=True
    )
    top = [n for n in chosen if round(n.lines[0].font.size) == int(sizes[0])]
    level_of = {}
    for rank, size in enumerate(sizes):
        level_of[size] = min(6, rank + 1 if len(top) == 1 else rank + 2)
    ids = {id(n): round(n.lines[0].font.size) + 0.1 * (n.lines[0].font.weight >= 600) for n in chosen}

    def change(node: Node) -> Node:
        if node.children:
            node = node.having(*(change(child) for child in node.children))
            return node
        return node.as_role("heading", level_of[ids[id(node)]]) if id(node) in ids else node

    return change(page)


def _labels(node: Node) -> Node:
    """Fields named by the text just above them or at their left, check boxes by the text at their right."""
    children = list(node.children)
    for index, child in enumerate(children):
        before = children[index - 1] if index else None
        after = children[index + 1] if index + 1 < len(children) else None
        if child.kind == "field" and before is not None:
            above = before.kind == "text" and len(before.text) <= 60 and before.role != "link"
            near = child.box.y - before.box.bottom < 20 if node.kind != "row" else True
            if above and near and len(before.lines) == 1:
                children[index - 1] = before.as_role("label")
                children[index] = replace(child, label=before.text)
            elif before.kind == "row" and near and before.children and before.children[0].kind == "text":
                head = before.children[0]
                children[index - 1] = before.having(head.as_role("label"), *before.children[1:])
                children[index] = replace(child, label=head.text)
        if child.kind in ("check", "switch") and node.kind == "row":
            neighbour = after if after is not None and after.kind == "text" else before
            if neighbour is not None and neighbour.kind == "text":
                where = children.index(neighbour)
                children[where] = neighbour.as_role("label")
                children[index] = replace(child, label=neighbour.text)
    return node.having(*children) if children else node


def _lists(node: Node) -> Node:
    """Columns of three or more like items become lists."""
    if node.kind not in ("column", "box") or len(node.children) < 3 or node.role in ("main",):
        return node
    bulleted = [c for c in node.children if c.kind == "text" and c.text[:1] in "•·▪►" and len(c.text) > 2]
    if node.kind == "column" and len(bulleted) == len(node.children):
        return node.as_role("list")
    links = [
        c
        for c in node.children
        if c.role == "link" or (c.kind == "row" and _is_item(c) and any(g.role == "link" for g in c.children))
    ]
    if node.kind == "column" and not node.role and len(links) == len(node.children):
        return node.as_role("list")
    return node


def _landmarks(page: Node) -> Node:
    """Header and footer from the first and last items of the page; what is between is main."""
    items = list(page.children)
    only = items[0] if len(items) == 1 else None
    if only and only.kind in ("row", "column") and not only.role and len(only.children) > 1:
        inner = items[0]
        if inner.kind == "row":
            parts = list(inner.children)
            wide = max(range(len(parts)), key=lambda i: parts[i].box.w)
            if any(p.role == "nav" for p in parts):
                parts[wide] = _landmarks(parts[wide])
                return page.having(inner.having(*parts))
            return page
        items = list(inner.children)
    if len(items) < 2:
        return page
    start, end = 0, len(items)
    first = items[0]
    if first.box.bottom <= page.box.y + 220 and (
        first.kind in ("box", "row", "button", "text", "picture", "field")
    ):
        while (
            start < len(items) - 1
            and items[start].box.bottom <= page.box.y + 160
            and items[start].role != "heading"
        ):
            start += 1
            if items[start - 1].kind == "rule" or start >= 2:
                break
    last = items[-1]
    if last.box.bottom >= page.box.bottom - 120 and last.box.h <= 420:
        colored = last.kind == "box" and last.region is not None and last.box.w >= 0.6 * page.box.w
        if colored or _COPYRIGHT.search(last.text) or (last.kind == "row" and last.box.h < 60):
            end -= 1
    if start >= end:
        return page
    parts = []
    if start:
        parts.append(_wrapped(items[:start], "header"))
    parts.append(_wrapped(items[start:end], "main"))
    if end < len(items):
        parts.append(_wrapped(items[end:], "footer"))
    return page.having(*parts)


def _wrapped(items: list[Node], role: str) -> Node:
    if len(items) == 1 and items[0].kind in ("box", "row", "column") and not items[0].role:
        return items[0].as_role(role)
    left, top = min(n.box.x for n in items), min(n.box.y for n in items)
    right, bottom = max(n.box.right for n in items), max(n.box.bottom for n in items)
    return Node(
        "column",
        items[0].box._replace(x=left, y=top, w=right - left, h=bottom - top),
        tuple(items),
        role=role,
    )


def with_roles(page: Node, style: PageStyle) -> Node:
    """The laid out page with the roles of its parts."""
    limit_top = 200.0
    limit_bottom = page.box.bottom - 0.18 * page.box.h

    def menus(node: Node) -> Node:
        if node.kind == "row" and node.role == "" and node.box.h <= 120:
            near_edge = node.box.bottom <= limit_top or node.box.y >= limit_bottom
            colored = sum(c.role == "link" for c in node.children)
            if near_edge or colored >= 3:
                return _menu_row(node)
        return node

    page = _map(page, lambda node: _link(node, style))
    page = _map(page, _labels)
    page = page.having(*(_map(child, lambda n: _sidebar(n, page)) for child in page.children))
    page = _map(page, menus)
    page = _landmarks(page)
    page = _headings(page, style)
    return _map(page, _lists)
