"""Tables as elements: a head with the names of the columns, rows with their lines and fills, cells."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from pixelwright.page import flow
from pixelwright.page.desk import Desk, fill_of
from pixelwright.page.element import Declarations, Element, px
from pixelwright.page.model import Node
from pixelwright.page.text_elements import text_element
from pixelwright.read.reading import Box, Rgb, union

_ENOUGH = 220  # pixels: texts that are longer may wrap
Dress = Callable[[Desk, Node, Node, "Rgb | None", "Box | None"], Element]


def table_element(desk: Desk, node: Node, fill: Rgb | None, inner: Box | None, dress: Dress) -> Element:
    """The table in a box that scrolls sideways where the window is too narrow for it."""
    widths = [cell.box.w for cell in node.children[0].children]
    columns = tuple(Element("col", "col", (("width", f"{100 * w / node.box.w:.4g}%"),)) for w in widths)
    pads = _pads(node)
    above = _space(node)
    head = [row for row in node.children if row.role == "head"]
    body = [row for row in node.children if row.role != "head"]
    usual = [row.box.h for row in body]
    even = max(usual) - min(usual) <= 2.5
    height = sum(usual) / len(usual) if even else 0.0
    parts = [Element("colgroup", children=columns)]
    if head:
        rows = tuple(_row(desk, row, fill, pads, above, row.box.h, dress) for row in head)
        parts.append(Element("thead", children=rows))
    rows = tuple(_row(desk, row, fill, pads, above, height or row.box.h, dress) for row in body)
    parts.append(Element("tbody", children=rows))
    least = min(node.box.w, _least(node, pads))
    look: list[tuple[str, str]] = [("min-width", px(least))]
    border = node.border
    if border is not None:
        look.append(("border-top", f"{border.width}px solid {desk.palette.css(border.color)}"))
    table = Element("table", "table", tuple(look), children=tuple(parts))
    scroll = Element("div", "table-scroll", children=(table,))
    if inner is None:
        return scroll.placed(("width", px(node.box.w)))
    return scroll.placed(*flow.box_place(node.box, inner, desk.page_width))


def _least(table: Node, pads: list[tuple[float, float]]) -> float:
    """The least width at which no column is narrower than what it holds, long texts aside."""
    widths = []
    for index, (left, right) in enumerate(pads):
        cells = [row.children[index] for row in table.children]
        held = [union([child.box for child in cell.children]).w for cell in cells if cell.children]
        widths.append((min(max(held), _ENOUGH) + left + right) * table.box.w / cells[0].box.w)
    return 1.02 * max(widths)


def _pads(table: Node) -> list[tuple[float, float]]:
    """(left, right) padding of each column, as what it holds says."""
    pads = []
    for index in range(len(table.children[0].children)):
        cells = [row.children[index] for row in table.children]
        boxes = [(cell.box, union([c.box for c in cell.children])) for cell in cells if cell.children]
        left = max(0.0, median([held.x - cell.x for cell, held in boxes]))
        right = max(0.0, median([cell.right - held.right for cell, held in boxes]))
        align = cells[0].role
        if align == "left":
            right = min(right, left, 16.0)
        elif align == "right":
            left = min(left, right, 16.0)
        else:
            left = right = min(left, right, 16.0)
        pads.append((left, right))
    return pads


def _space(table: Node) -> float:
    """Padding above and below what the cells hold: what the tightest row leaves, less room for lines."""
    free = [
        row.box.h - sum(child.box.h for child in cell.children)
        for row in table.children
        for cell in row.children
        if cell.children
    ]
    return max(0.0, float(int(min(free) / 2 - 2)))


def _row(
    desk: Desk,
    row: Node,
    fill: Rgb | None,
    pads: list[tuple[float, float]],
    above: float,
    height: float,
    dress: Dress,
) -> Element:
    look: list[tuple[str, str]] = [("height", f"{round(height * 2) / 2:g}px")]
    own = fill_of(row, fill)
    if own is not None and own != fill:
        look.append(("background", desk.palette.css(own)))
    border = row.border
    if border is not None and border.sides[2]:
        look.append(("border-bottom", f"{border.width}px solid {desk.palette.css(border.color)}"))
    cells = tuple(
        _cell(desk, cell, row, own, pad, above, dress) for cell, pad in zip(row.children, pads, strict=True)
    )
    return Element("tr", "table-head" if row.role == "head" else "table-row", tuple(look), children=cells)


def _padding(above: float, left: float, right: float) -> str:
    if px(left) == px(right):
        return f"{px(above)} {px(left)}"
    return f"{px(above)} {px(right)} {px(above)} {px(left)}"


def _cell(
    desk: Desk, cell: Node, row: Node, fill: Rgb | None, pad: tuple[float, float], above: float, dress: Dress
) -> Element:
    left, right = pad
    look: Declarations = (("padding", _padding(above, left, right)),)
    if cell.role != "left":
        look = (*look, ("text-align", "center" if cell.role == "centre" else "right"))
    own = fill_of(cell, fill)
    if own is not None and own != fill:
        look = (*look, ("background", desk.palette.css(own)))
        fill = own
    if cell.border is not None:
        look = (*look, ("border", f"{cell.border.width}px solid {desk.palette.css(cell.border.color)}"))
    head = row.role == "head"
    tag, attributes = ("th", (("scope", "col"),)) if head and cell.children else ("td", ())
    name = "table-name" if tag == "th" else "cell"
    children = cell.children
    if len(children) == 1 and children[0].kind == "text" and children[0].role in ("", "heading"):
        text = children[0].as_role("")
        written = text_element(desk, text, None)
        element = Element(tag, name, (*look, *written.look), (), attributes, written.children)
        room = cell.box.w - left - right
        tight = len(text.lines) == 1 and text.box.w > 0.85 * room
        return element.placed(("white-space", "nowrap")) if tight else element
    if len(children) == 1:
        child = children[0]
        element = dress(desk, child, cell, fill, None)
        if child.kind == "box":
            element = element.placed(("width", px(child.box.w)))
        if child.kind == "picture" and cell.role != "left":
            element = element.placed(("margin-left", "auto"))
        return Element(tag, name, look, (), attributes, (element,))
    inner = Box(cell.box.x + left, cell.box.y, cell.box.w - left - right, cell.box.h)
    written_all = []
    for number, child in enumerate(children):
        element = dress(desk, child, cell, fill, inner)
        gap = child.box.y - children[number - 1].box.bottom if number else 0.0
        written_all.append(element.placed(("margin-top", px(gap))) if gap >= 0.75 else element)
    return Element(tag, name, look, (), attributes, tuple(written_all))
