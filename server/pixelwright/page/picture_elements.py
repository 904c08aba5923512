"""Pictures and lines as elements."""

from __future__ import annotations

from pixelwright.page.desk import Desk
from pixelwright.page.element import Declarations, Element, px
from pixelwright.page.model import Node, walk
from pixelwright.read.reading import Box


def picture_element(desk: Desk, node: Node, words: str, covered: list[Box] | None = None) -> Element:
    box = node.box
    small = max(box.w, box.h) <= 48
    if small:
        name, alt = f"icon {words}", ""
    else:
        name, alt = words or "photo", words
    url = desk.store.add(box, name[:60], covered or [])
    attributes = (("src", url), ("alt", alt[:80]), ("width", str(int(box.w))), ("height", str(int(box.h))))
    return Element("img", "icon" if small else "picture", attributes=attributes)


def rule_element(desk: Desk, node: Node) -> Element:
    if node.box.w >= node.box.h:
        look: Declarations = (
            ("height", px(max(1, node.box.h))),
            ("background", desk.palette.css(node.color)),
        )
        return Element("hr", "divider", look)
    look = (
        ("width", px(max(1, node.box.w))),
        ("height", px(node.box.h)),
        ("background", desk.palette.css(node.color)),
    )
    return Element("div", "divider-vertical", look, attributes=(("role", "presentation"),))


def words_near(node: Node, parent: Node) -> str:
    """What a picture is called: the nearest text beside or below it."""
    texts = [n for n in walk(parent) if n.lines]
    if not texts:
        return ""
    cx, cy = node.box.centre

    def distance(other: Node) -> float:
        ox, oy = other.box.centre
        return abs(ox - cx) + abs(oy - cy)

    return min(texts, key=distance).text[:50]
