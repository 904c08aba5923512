"""Headings: texts that stand out and have something below them, their sizes their levels."""

from __future__ import annotations

from pixelwright.page.model import Node
from pixelwright.page.page_style import PageStyle, is_figure


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
    if is_figure(node.text) or sum(c.isalpha() for c in node.text) < 2:
        return False
    if font.size >= 1.28 * style.size:
        return True
    return (font.weight >= 600 and font.size >= 0.95 * style.size and len(node.lines) <= 2) or (
        font.size >= 1.12 * style.size and len(node.lines) == 1 and len(node.text) <= 60
    )


def with_headings(page: Node, style: PageStyle) -> Node:
    """Texts that stand out and have something below them become headings, their sizes their levels."""
    chosen: list[Node] = []

    def visit(node: Node, last: bool) -> None:
        if node.role in ("nav", "footer") or node.kind == "table":
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
