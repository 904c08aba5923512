"""What the parts of a page mean: menus, landmarks, headings, links, lists, fields with labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pixelwright.page.headings import with_headings
from pixelwright.page.landmarks import with_landmarks
from pixelwright.page.menus import icon_buttons, is_item, menu_row, side_menu
from pixelwright.page.model import Node
from pixelwright.page.page_style import PageStyle, is_blue, is_figure, is_link_ink


def _link(node: Node, style: PageStyle) -> Node:
    """Texts that are wholly a link by their ink become one."""
    if node.kind != "text" or node.role or len(node.lines) > 2:
        return node
    spans = [span for line in node.lines for span in line.spans]
    first = node.lines[0]
    linked = [s for s in spans if s.underlined or is_link_ink(s.color, style)]
    share = sum(len(s.text) for s in linked) / max(1, sum(len(s.text) for s in spans))
    if share < 0.99 or len(node.text) < 2 or is_figure(node.text) or len(node.text) > 90:
        return node
    underlined = any(s.underlined for s in linked)
    if not underlined and first.font.size > (2 if is_blue(first.color) else 1.3) * style.size:
        return node
    return node.as_role("link")


def mapped(node: Node, change: Callable[[Node], Node]) -> Node:
    """The tree with each node changed, children first."""
    if node.children:
        node = node.having(*(mapped(child, change) for child in node.children))
    return change(node)


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
        if c.role == "link" or (c.kind == "row" and is_item(c) and any(g.role == "link" for g in c.children))
    ]
    if node.kind == "column" and not node.role and len(links) == len(node.children):
        return node.as_role("list")
    return node


def _with_icon_buttons(page: Node) -> Node:
    return mapped(page, lambda node: icon_buttons(node) if node.role == "header" else node)


def with_roles(page: Node, style: PageStyle) -> Node:
    """The laid out page with the roles of its parts."""
    limit_top = 200.0
    limit_bottom = page.box.bottom - 0.18 * page.box.h

    def menus(node: Node) -> Node:
        if node.kind == "row" and node.role == "" and node.box.h <= 120:
            near_edge = node.box.bottom <= limit_top or node.box.y >= limit_bottom
            colored = sum(c.role == "link" for c in node.children)
            if near_edge or colored >= 3:
                return menu_row(node)
        return node

    page = mapped(page, lambda node: _link(node, style))
    page = mapped(page, _labels)
    page = page.having(*(mapped(child, lambda n: side_menu(n, page)) for child in page.children))
    page = mapped(page, menus)
    page = _with_icon_buttons(with_landmarks(page))
    page = with_headings(page, style)
    return mapped(page, _lists)
