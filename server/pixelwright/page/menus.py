"""Menus: rows of short texts at the head or foot of a page, and bars down its side."""

from __future__ import annotations

from dataclasses import replace

from pixelwright.page.model import Node, walk
from pixelwright.page.page_style import is_figure


def is_item(node: Node) -> bool:
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
            and is_item(texts[0])
        )
    if node.kind == "box":
        return node.box.h <= 64 and len(node.children) == 1 and is_item(node.children[0])
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


def menu_row(node: Node) -> Node:
    """A row whose short texts are the links of a menu: the longest run of three items or more."""
    runs: list[list[int]] = [[]]
    for index, child in enumerate(node.children):
        if child.kind == "text" and is_item(child) and not is_figure(child.text):
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


def side_menu(node: Node, page: Node) -> Node:
    """A tall, narrow box at a side with many short texts below each other is a menu."""
    tall = node.box.h >= 0.6 * min(page.box.h, 900) and node.box.w <= 0.3 * page.box.w
    side = node.box.x <= 0.02 * page.box.w or node.box.right >= 0.98 * page.box.w
    if node.kind not in ("box", "column") or not tall or not side or node is page:
        return node

    def items(child: Node) -> Node:
        if child.kind == "column" or (child.kind == "box" and len(child.children) > 1):
            return child.having(*(items(c) for c in child.children))
        if is_item(child) and not _caption(child):
            return _item(child)
        return child

    def _caption(child: Node) -> bool:
        return child.kind == "text" and child.text.isupper() and child.lines[0].font.size <= 13

    marked = items(node)
    links = sum(n.role == "item" for n in walk(marked))
    if links < 4:
        return node
    return replace(marked, role="nav")


def icon_buttons(node: Node) -> Node:
    """A header whose icons at the right, by themselves and not before a word, are buttons."""
    if node.kind != "row":
        return node.having(*(icon_buttons(child) for child in node.children)) if node.children else node
    children = []
    for index, child in enumerate(node.children):
        following = node.children[index + 1] if index + 1 < len(node.children) else None
        named = (
            following is not None and following.kind != "picture" and following.box.x - child.box.right < 16
        )
        small = child.kind == "picture" and 10 <= max(child.box.w, child.box.h) <= 36
        if small and not named and child.box.x > node.box.x + 0.5 * node.box.w:
            children.append(replace(child, kind="button", parts=(child,)))
        else:
            children.append(icon_buttons(child) if child.kind in ("row", "column", "box") else child)
    return node.having(*children)
