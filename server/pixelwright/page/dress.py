"""From the page model to elements: each kind of node has its tag, its look and its place."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

from pixelwright.page import flow
from pixelwright.page.desk import Desk, fill_of, surface
from pixelwright.page.element import Declarations, Element, px
from pixelwright.page.form_elements import button_element, check_element, field_element, full_width
from pixelwright.page.layout import inner_box
from pixelwright.page.model import Node, walk
from pixelwright.page.picture_elements import picture_element, rule_element, words_near
from pixelwright.page.table_elements import table_element
from pixelwright.page.text_elements import text_element
from pixelwright.read.reading import Box, Rgb

_TAGS = {"header": "header", "nav": "nav", "main": "main", "footer": "footer", "aside": "aside"}
_BULLET = re.compile(r"^\s*[•·▪►∙●]\s*")


def _leaf(desk: Desk, node: Node, parent: Node, fill: Rgb | None, inner: Box | None) -> Element:
    if node.kind == "text":
        return text_element(desk, node, inner)
    if node.kind == "picture":
        element = picture_element(desk, node, words_near(node, parent))
    elif node.kind == "button":
        element = button_element(desk, node, fill)
    elif node.kind == "field":
        element = field_element(desk, node, fill)
    elif node.kind in ("check", "switch"):
        element = check_element(desk, node)
    else:
        element = rule_element(desk, node)
    if inner is None:
        return element
    how = flow.aligned(node.box, inner)
    if node.kind in ("rule", "field") and node.box.w >= node.box.h:
        return element.placed(*flow.box_place(node.box, inner, desk.page_width))
    if node.kind == "button" and node.box.w > 60:
        element = element if how != flow.STRETCH else full_width(element)
    if how == flow.CENTRE:
        return element.placed(("align-self", "center"))
    if how == flow.RIGHT:
        return element.placed(("align-self", "flex-end"))
    if how == flow.STRETCH and node.kind == "button":
        return element
    element = element.placed(("align-self", "flex-start"))
    indent = node.box.x - inner.x
    return element.placed(("margin-left", flow.fluid(indent, desk.page_width))) if indent > 1 else element


def _name(node: Node) -> str:
    if node.role in _TAGS:
        return {"header": "site-header", "nav": "menu", "footer": "site-footer"}.get(node.role, node.role)
    if node.role == "backdrop":
        return "hero"
    if node.role in ("list", "bullets"):
        return node.role
    if node.kind == "box" and node.region is not None:
        if node.box.h <= 32 and node.box.w <= 160:
            return "badge"
        return "card" if node.region.border or node.region.radius or node.region.shadow else "band"
    return {"row": "row", "column": "stack"}.get(node.kind, "box")


def _column(desk: Desk, node: Node, fill: Rgb | None) -> Element:
    """A box or column with its children one below the other (or its one row inside it)."""
    own = fill_of(node, fill)
    look = list(surface(desk, node, fill)) if node.kind == "box" else []
    box = inner_box(node)
    children = node.children
    attributes: tuple[tuple[str, str], ...] = ()
    if node.role == "backdrop":
        covered = [t.box for t in desk.texts if node.box.overlap(t.box) > 0.5 * t.box.area]
        covered += [n.box for n in walk(node) if n.kind in ("box", "field", "button") and n is not node]
        url = desk.store.add(node.box, f"backdrop {node.text[:30]}", covered)
        look.append(("background", f'url("{url}") center / 100% 100% no-repeat'))
    measures = flow.stack(box, children)
    look += flow.padding_css(measures.padding, box, desk.page_width)
    if len(children) == 1 and children[0].kind == "row" and not children[0].role:
        row, elements = _row_parts(desk, children[0], own, measures.inner, fills=True)
        look += row
        if node.box.h <= 120:
            look.append(("min-height", px(node.box.h)))
    else:
        if len(children) > 1 and measures.gap >= 0.75:
            look.append(("gap", px(measures.gap)))
        elements = []
        for child, margin in zip(children, measures.margins, strict=True):
            element = dressed(desk, child, node, own, measures.inner)
            elements.append(element.placed(("margin-top", px(margin))) if margin >= 0.75 else element)
    if not children:
        look.append(("min-height", px(node.box.h)))
    tag = _TAGS.get(node.role, "div")
    if node.role in ("list", "bullets"):
        tag = "ul"
        elements = [_item(element) for element in elements]
    return Element(tag, _name(node), tuple(look), (), attributes, tuple(elements))


def _item(element: Element) -> Element:
    """A list item around (or instead of) an element."""
    if element.tag == "p" and element.children and isinstance(element.children[0], str):
        text = _BULLET.sub("", element.children[0])
        bulleted = text != element.children[0]
        children = (text, *element.children[1:])
        name = "bullet" if bulleted else "item"
        return replace(element, tag="li", name=name, children=children)
    return Element("li", "", (), element.place, (), (replace(element, place=()),))


def _is_small(node: Node) -> bool:
    if node.kind in ("text", "button", "check", "switch", "rule"):
        return True
    if node.kind == "row":
        return all(_is_small(child) for child in node.children)
    return node.box.w <= 130


def _row_parts(
    desk: Desk, node: Node, fill: Rgb | None, inner: Box, *, fills: bool = False
) -> tuple[list[tuple[str, str]], list[Element]]:
    """(look, children) of a row: a flex line of small things, or a grid of columns."""
    children = node.children
    if all(_is_small(child) for child in children):
        return _line_parts(desk, node, fill, inner)
    return _grid_parts(desk, node, fill, inner, fills)


def _line_parts(
    desk: Desk, node: Node, fill: Rgb | None, inner: Box
) -> tuple[list[tuple[str, str]], list[Element]]:
    children = node.children
    measures = flow.line(children, inner)
    look = [("display", "flex"), ("flex-flow", "row"), ("align-items", measures.align)]
    if measures.gap >= 0.75:
        look.append(("gap", px(measures.gap)))
    how = flow.aligned(node.box, inner)
    lead = 0.0
    if measures.pushed < 0 and how == flow.CENTRE:
        look.append(("justify-content", "center"))
    elif measures.pushed < 0 and how == flow.RIGHT:
        look.append(("justify-content", "flex-end"))
    elif node.box.x - inner.x > 1:
        lead = node.box.x - inner.x
    elements = []
    for index, child in enumerate(children):
        element = dressed(desk, child, node, fill, None)
        margin = measures.margins[index] + (lead if index == 0 else 0)
        if index == measures.pushed:
            element = element.placed(("margin-left", "auto"))
        elif margin >= 0.75:
            element = element.placed(("margin-left", flow.fluid(margin, desk.page_width)))
        if measures.align == "flex-start" and child.box.y - node.box.y >= 1.5:
            element = element.placed(("margin-top", px(child.box.y - node.box.y)))
        if child.kind in ("box", "field", "column", "rule"):
            element = element.placed(("width", px(child.box.w + (2 if child.kind == "column" else 0))))
        elements.append(element)
    return look, elements


def _grid_parts(
    desk: Desk, node: Node, fill: Rgb | None, inner: Box, fills: bool
) -> tuple[list[tuple[str, str]], list[Element]]:
    children = node.children
    gaps = [max(0.0, b.box.x - a.box.right) for a, b in itertools.pairwise(children)]
    # Words at the end of a column need room to be set a little wider than they were.
    gap = min(g * 0.6 if flow.ragged(c) else g for g, c in zip(gaps, children, strict=False))
    how = flow.aligned(node.box, inner)
    firm_end = children[-1].kind in ("box", "field") or how in (flow.CENTRE, flow.RIGHT)
    end = node.box.right if firm_end else max(node.box.right, inner.right)
    if fills:
        end = inner.right
    starts = [c.box.x for c in children]
    # A negative track would make the browser drop the whole grid.
    widths = [max(1.0, b - gap - a) for a, b in zip(starts, [*starts[1:], end + gap], strict=True)]
    largest = max(widths)
    if max(widths) - min(widths) <= 3:
        template = f"repeat({len(widths)}, minmax(0, 1fr))"
    elif any(w < 0.35 * largest for w in widths):
        template = " ".join(f"{px(w)}" if w < 0.35 * largest else f"minmax(0, {round(w)}fr)" for w in widths)
    else:
        template = " ".join(f"minmax(0, {round(w)}fr)" for w in widths)
    align = flow.align_items(children)
    look = [
        ("display", "grid"),
        ("grid-template-columns", template),
        ("align-items", align.replace("flex-", "")),
    ]
    if gap >= 0.75:
        look.append(("gap", px(gap)))
    elements = []
    for child, width in zip(children, widths, strict=True):
        cell = Box(child.box.x, child.box.y, width, child.box.h)
        element = dressed(desk, child, node, fill, None if child.kind == "picture" else cell)
        if child.kind in ("box", "column", "row") and not flow.ragged(child) and width - child.box.w > 3:
            element = element.placed(("max-width", px(child.box.w)))
        if align == "flex-start" and child.box.y - node.box.y >= 1.5:
            element = element.placed(("margin-top", px(child.box.y - node.box.y)))
        elements.append(element)
    return look, elements


def _row(desk: Desk, node: Node, fill: Rgb | None, inner: Box | None) -> Element:
    """A row that stands by itself in a column, or in another row."""
    look, elements = _row_parts(desk, node, fill, inner or node.box)
    tag, name, attributes = _TAGS.get(node.role, "div"), _name(node), ()
    place: Declarations = ()
    if ("display", "grid") in look:
        name = "columns" if name == "row" else name
        firm = node.children[-1].kind in ("box", "field")
        if inner is not None:
            how = flow.aligned(node.box, inner)
            end = node.box.right if firm or how in (flow.CENTRE, flow.RIGHT) else inner.right
            box = Box(node.box.x, node.box.y, max(end, node.box.right) - node.box.x, node.box.h)
            place = flow.box_place(box, inner, desk.page_width)
    if node.role == "item":
        elements = [_in_link(element) for element in elements]
        return Element("a", "menu-item", tuple(look), place, (("href", "#"),), tuple(elements))
    return Element(tag, name, tuple(look), place, attributes, tuple(elements))


def _in_link(element: Element) -> Element:
    """An element as it may stand within a link."""
    children = tuple(_in_link(c) if isinstance(c, Element) else c for c in element.children)
    if element.tag in ("img", "span"):
        return replace(element, children=children)
    kept = () if element.tag in ("button", "a", "label") else element.attributes
    return replace(element, tag="span", children=children, attributes=kept)


def dressed(desk: Desk, node: Node, parent: Node, fill: Rgb | None, inner: Box | None) -> Element:
    """The element of a node; `inner` is the inner box of the column that it stands in, if it does."""
    desk.progress.check()
    if node.kind == "column" and inner is not None and flow.ragged(node):
        # Words need no box of their own: their column is as wide as its parent lets it be.
        how = flow.aligned(node.box, inner)
        left = node.box.x if how == flow.LEFT else inner.x
        right = node.box.right if how == flow.RIGHT else inner.right
        wide = replace(node, box=Box(left, node.box.y, right - left, node.box.h))
        element = _column(desk, wide, fill)
        indent = left - inner.x
        margin = ("margin-left", flow.fluid(indent, desk.page_width))
        return element.placed(margin) if indent > 1 else element
    if node.kind in ("box", "column"):
        element = _column(desk, node, fill)
        return (
            element.placed(*flow.box_place(node.box, inner, desk.page_width))
            if inner is not None
            else element
        )
    if node.kind == "row":
        return _row(desk, node, fill, inner)
    if node.kind == "table":
        return table_element(desk, node, fill, inner, dressed)
    return _leaf(desk, node, parent, fill, inner)
