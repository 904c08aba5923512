"""Texts as elements: headings, links, labels, paragraphs and listings."""

from __future__ import annotations

from pixelwright.page import flow
from pixelwright.page.desk import Desk, font_css, line_height
from pixelwright.page.element import Declarations, Element
from pixelwright.page.inline import content
from pixelwright.page.model import Node
from pixelwright.read.reading import Box


def text_element(desk: Desk, node: Node, inner: Box | None) -> Element:
    """A heading, link, label or paragraph; `inner` is the parent's inner box in a column."""
    look = (*font_css(desk, node.lines[0], node.color), *line_height(node))
    place: Declarations = ()
    if inner is not None:
        align, place = flow.text_place(node, inner, desk.page_width)
        look = (*look, *align)
    if len(node.lines) > 1 and node.role != "listing":
        look = (*look, ("white-space", "normal"))
    plain = node.role in ("link", "label", "item")
    inside = content(node.lines, desk.style, desk.palette, plain=plain, item=node.role == "bullet")
    if node.role == "listing":
        written = "\n".join(line.text for line in node.lines)
        return Element("pre", "code", look, place, (), (written,))
    if node.role == "heading":
        return Element(f"h{node.level}", "title" if node.level == 1 else "heading", look, place, (), inside)
    if node.role == "item":
        return Element("a", "menu-item", look, place, (("href", "#"),), inside)
    if node.role == "link":
        if any(span.underlined for line in node.lines for span in line.spans):
            look = (*look, ("text-decoration", "underline"))
        if inner is not None and not any(name == "text-align" for name, _ in look):
            place = (*place, ("align-self", "flex-start"))
        return Element("a", "link", look, place, (("href", "#"),), inside)
    if node.role == "label":
        owner = desk.ids.get(node.text)
        if owner is None:
            desk.fields += 1
            owner = desk.ids[node.text] = f"field-{desk.fields}"
        return Element("label", "label", look, place, (("for", owner),), inside)
    name = "text" if len(node.lines) > 1 else "note" if node.lines[0].font.size < desk.style.size else "line"
    return Element("p", name, look, place, (), inside)
