"""Controls as elements: buttons, fields of all kinds, check boxes and switches."""

from __future__ import annotations

import re
from dataclasses import replace

from pixelwright.page.desk import Desk, font_css, id_of, surface
from pixelwright.page.element import Element, px
from pixelwright.page.inline import content
from pixelwright.page.model import Node
from pixelwright.page.picture_elements import picture_element
from pixelwright.read.reading import Rgb

_PASSWORD = re.compile(
    r"pass ?word|passwort|mot de passe|contraseñ|senha|密码|密碼|パスワード|비밀번호|•{3}|●{3}|\*{4}", re.I
)
_EMAIL = re.compile(r"e-?mail|@|邮箱|郵箱|メール|이메일", re.I)
_SEARCH = re.compile(r"search|such|recherch|buscar|搜索|搜尋|検索|검색|looking for", re.I)
_PHONE = re.compile(r"phone|mobile|tel\b|电话|手机|電話|전화", re.I)


def _field_type(words: str) -> str:
    for pattern, kind in ((_PASSWORD, "password"), (_EMAIL, "email"), (_SEARCH, "search"), (_PHONE, "tel")):
        if pattern.search(words):
            return kind
    return "text"


def button_element(desk: Desk, node: Node, fill: Rgb | None) -> Element:
    look = list(surface(desk, node, fill))
    inside: list[Element | str] = []
    items = sorted(
        [*node.parts, *(Node("text", line.box, lines=(line,)) for line in node.lines)], key=lambda n: n.box.x
    )
    for item in items:
        if item.kind == "picture":
            inside.append(picture_element(desk, item, node.text or "button"))
        else:
            inside.extend(content(item.lines, desk.style, desk.palette, plain=True))
    border = node.region.border.width if node.region and node.region.border else 0
    if items:
        left = items[0].box.x - node.box.x - border
        look.append(("padding", f"0 {px(min(16, max(0, left - 2)))}"))
    if len(items) > 1:
        look.append(("gap", px(items[1].box.x - items[0].box.right)))
    look.append(("min-height", px(node.box.h)))
    if node.lines:
        look += font_css(desk, node.lines[0], node.lines[0].color)
    look.append(("width", px(node.box.w)))
    attributes: list[tuple[str, str]] = [("type", "button")]
    if not node.text:
        attributes.append(("aria-label", node.label or "Button"))
    return Element("button", "button", tuple(look), (), tuple(attributes), tuple(inside))


def field_element(desk: Desk, node: Node, fill: Rgb | None) -> Element:
    words = f"{node.label} {node.text}"
    attributes: list[tuple[str, str]] = []
    line = min(node.lines, key=lambda t: t.box.x) if node.lines else None
    border = node.region.border.width if node.region and node.region.border else 0
    look = list(surface(desk, node, fill))
    start = (line.box.x if line else node.box.x + 12) - node.box.x - border
    owner = id_of(desk, node.label)
    common: list[tuple[str, str]] = [("id", owner)]
    if not node.label:
        common.append(("aria-label", (line.text if line else "Field")[:60]))
    ending = [p for p in node.parts if p.box.x > node.box.x + 0.7 * node.box.w]
    long = node.box.h > 70
    font = font_css(desk, line, line.color) if line else ()
    if len(ending) == 1 and len(node.parts) == 1 and line is not None and not long and ending[0].box.w <= 16:
        option = Element("option", children=(line.text,))
        look += [("height", px(node.box.h)), ("padding", f"0 {px(start)}"), *font]
        return Element("select", "field", tuple(look), (), tuple(common), (option,))
    if node.parts or len(node.lines) > 1:
        return _composed_field(desk, node, look, common, words)
    if line is not None:
        attributes.append(("placeholder", line.text))
    if long:
        top = (line.box.y - node.box.y - border - 3) if line else 8
        look += [("height", px(node.box.h)), ("padding", f"{px(max(0, top))} {px(start)}"), *font]
        return Element("textarea", "field", tuple(look), (), (*common, *attributes), ())
    look += [("height", px(node.box.h)), ("padding", f"0 {px(start)}"), *font]
    kind = ("type", _field_type(words))
    return Element("input", "field", tuple(look), (), (kind, *common, *attributes))


def _composed_field(
    desk: Desk, node: Node, look: list[tuple[str, str]], common: list[tuple[str, str]], words: str
) -> Element:
    """A field with icons or words of its own beside what is typed."""
    items = sorted(
        [*node.parts, *(Node("text", t.box, lines=(t,)) for t in node.lines)], key=lambda n: n.box.x
    )
    inside: list[Element] = []
    typed = False
    for item in items:
        if item.kind == "picture":
            inside.append(picture_element(desk, item, words.strip() or "field"))
        elif not typed:
            typed = True
            line = item.lines[0]
            about = (("type", _field_type(words)), *common, ("placeholder", line.text))
            entry = Element("input", "entry", font_css(desk, line, line.color), (), about)
            inside.append(entry)
        else:
            inside.append(
                Element(
                    "span", "affix", font_css(desk, item.lines[0], item.lines[0].color), (), (), (item.text,)
                )
            )
    if not typed:
        entry = Element("input", "entry", (), (), (("type", _field_type(words)), *common))
        after = items[0].box.x < node.box.centre[0]
        inside.insert(1 if after else 0, entry)
    border = node.region.border.width if node.region and node.region.border else 0
    left = items[0].box.x - node.box.x - border
    gap = (
        max(4.0, items[1].box.x - items[0].box.right)
        if len(items) > 1 and items[0].kind == "picture"
        else 8.0
    )
    right = max(0.0, node.box.right - items[-1].box.right - border) if len(items) > 1 else 8
    look += [
        ("padding", f"0 {px(min(right, 24))} 0 {px(left)}"),
        ("gap", px(min(gap, 24))),
        ("min-height", px(node.box.h)),
    ]
    return Element("div", "field-group", tuple(look), children=tuple(inside))


def check_element(desk: Desk, node: Node) -> Element:
    kind = "radio" if node.role == "radio" else "checkbox"
    attributes: list[tuple[str, str]] = [("type", kind), ("id", id_of(desk, node.label))]
    if not node.label:
        attributes.append(("aria-label", "Option"))
    look: list[tuple[str, str]] = [("width", px(node.box.w)), ("height", px(node.box.h))]
    if node.checked:
        attributes.append(("checked", ""))
    if node.kind == "switch" and node.region:
        attributes.insert(1, ("role", "switch"))
        knob = node.box.h / 2
        side = "right" if node.checked else "left"
        light = desk.palette.css((255, 255, 255))
        look += [
            (
                "background",
                f"radial-gradient(circle at {side} {px(knob)} top 50%, {light} {px(knob - 3)}, "
                f"transparent {px(knob - 2.5)}) {desk.palette.css(node.region.fill)}",
            )
        ]
        return Element("input", "switch", tuple(look), (), tuple(attributes))
    if node.region and node.checked:
        look.append(("accent-color", desk.palette.css(node.region.fill)))
    return Element("input", "check", tuple(look), (), tuple(attributes))


def full_width(element: Element) -> Element:
    """An element as wide as its parent."""
    look = tuple((name, "100%" if name == "width" else value) for name, value in element.look)
    return replace(element, look=look)
