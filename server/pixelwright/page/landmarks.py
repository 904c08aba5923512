"""The large parts of a page: header, main and footer."""

from __future__ import annotations

import re

from pixelwright.page.model import Node

_COPYRIGHT = re.compile(r"©|copyright|all rights reserved|版权|版權|著作権|ⓒ|\(c\) ?\d{4}", re.IGNORECASE)


def with_landmarks(page: Node) -> Node:
    """Header and footer from the first and last items of the page; what is between is main."""
    items = list(page.children)
    only = items[0] if len(items) == 1 else None
    if only and only.kind in ("row", "column") and not only.role and len(only.children) > 1:
        inner = items[0]
        if inner.kind == "row":
            parts = list(inner.children)
            wide = max(range(len(parts)), key=lambda i: parts[i].box.w)
            if any(p.role == "nav" for p in parts):
                parts[wide] = with_landmarks(parts[wide])
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
