"""From the page model to elements: each kind of node has its tag, its look and its place."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pixelwright.page import flow
from pixelwright.page.assets import AssetStore
from pixelwright.page.controls import lightness
from pixelwright.page.element import Declarations, Element, px
from pixelwright.page.inline import content
from pixelwright.page.layout import inner_box
from pixelwright.page.model import Node, walk
from pixelwright.page.palette import Palette
from pixelwright.page.roles import PageStyle
from pixelwright.progress import Progress
from pixelwright.read.reading import Box, Rgb, Text

_TAGS = {"header": "header", "nav": "nav", "main": "main", "footer": "footer", "aside": "aside"}
_PASSWORD = re.compile(
    r"pass ?word|passwort|mot de passe|contraseñ|senha|密码|密碼|パスワード|비밀번호|•{3}|●{3}|\*{4}", re.I
)
_EMAIL = re.compile(r"e-?mail|@|邮箱|郵箱|メール|이메일", re.I)
_SEARCH = re.compile(r"search|such|recherch|buscar|搜索|搜尋|検索|검색|looking for", re.I)
_PHONE = re.compile(r"phone|mobile|tel\b|电话|手机|電話|전화", re.I)
_BULLET = re.compile(r"^\s*[•·▪►∙●]\s*")
FAMILIES = {
    "wide": 'Verdana, "DejaVu Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    "serif": 'Georgia, "Times New Roman", "Noto Serif CJK SC", serif',
    "mono": '"Courier New", "Liberation Mono", monospace',
}


@dataclass(slots=True)
class Desk:
    """What dressing needs at hand: page facts, colours, and the pictures cut so far."""

    page_width: float
    style: PageStyle
    family: str
    palette: Palette
    store: AssetStore
    progress: Progress
    texts: Sequence[Text]
    fields: int = 0
    ids: dict[str, str] = field(default_factory=dict)


def _font_css(desk: Desk, line: Text, color: Rgb) -> Declarations:
    """What differs from the page's usual text."""
    font = line.font
    look: list[tuple[str, str]] = []
    if font.family != desk.family:
        look.append(("font-family", FAMILIES.get(font.family, "var(--sans)")))
    if abs(font.size - desk.style.size) > 0.1:
        look.append(("font-size", f"{font.size:g}px"))
    if font.weight >= 600:
        look.append(("font-weight", "700"))
    if abs(font.spacing) >= 0.005:
        look.append(("letter-spacing", f"{font.spacing:g}em"))
    look.append(("color", desk.palette.css(color)))
    return tuple(look)


def _line_height(node: Node) -> Declarations:
    height = node.box.h / len(node.lines) / node.lines[0].font.size
    return () if abs(height - 1.2) < 0.012 else (("line-height", f"{round(height, 2):g}"),)


def text_element(desk: Desk, node: Node, inner: Box | None) -> Element:
    """A heading, link, label or paragraph; `inner` is the parent's inner box in a column."""
    look = (*_font_css(desk, node.lines[0], node.color), *_line_height(node))
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


def _picture(desk: Desk, node: Node, words: str, covered: list[Box] | None = None) -> Element:
    box = node.box
    small = max(box.w, box.h) <= 48
    if small:
        name, alt = f"icon {words}", ""
    else:
        name, alt = words or "photo", words
    url = desk.store.add(box, name[:60], covered or [])
    attributes = (("src", url), ("alt", alt[:80]), ("width", str(int(box.w))), ("height", str(int(box.h))))
    return Element("img", "icon" if small else "picture", attributes=attributes)


def _id_of(desk: Desk, label: str) -> str:
    if label and label in desk.ids:
        return desk.ids.pop(label)
    desk.fields += 1
    owner = f"field-{desk.fields}"
    if label:
        desk.ids[label] = owner
    return owner


def _field_type(words: str) -> str:
    for pattern, kind in ((_PASSWORD, "password"), (_EMAIL, "email"), (_SEARCH, "search"), (_PHONE, "tel")):
        if pattern.search(words):
            return kind
    return "text"


def _surface(desk: Desk, node: Node, parent_fill: Rgb | None) -> Declarations:
    """Fill, border, corners and shadow of a region."""
    region = node.region
    if region is None:
        return ()
    look: list[tuple[str, str]] = []
    css = desk.palette.css
    if region.fill_end is not None:
        angle = "" if region.fade_angle == 180 else f"{region.fade_angle:g}deg, "
        look.append(("background", f"linear-gradient({angle}{css(region.fill)}, {css(region.fill_end)})"))
    elif region.fill != parent_fill:
        look.append(("background", css(region.fill)))
    if region.border:
        value = f"{region.border.width}px solid {css(region.border.color)}"
        if all(region.border.sides):
            look.append(("border", value))
        else:
            names = ("top", "right", "bottom", "left")
            look += [
                (f"border-{n}", value) for n, drawn in zip(names, region.border.sides, strict=True) if drawn
            ]
    if region.radius > 1:
        full = region.radius >= 0.48 * min(node.box.w, node.box.h)
        look.append(("border-radius", "999px" if full else px(region.radius)))
    if region.shadow:
        look.append(("box-shadow", "0 2px 8px rgb(0 0 0 / 0.1)"))
    return tuple(look)


def _fill(node: Node, inherited: Rgb | None) -> Rgb | None:
    return node.region.fill if node.region else inherited


def _button(desk: Desk, node: Node, fill: Rgb | None) -> Element:
    look = list(_surface(desk, node, fill))
    inside: list[Element | str] = []
    items = sorted(
        [*node.parts, *(Node("text", line.box, lines=(line,)) for line in node.lines)], key=lambda n: n.box.x
    )
    for item in items:
        if item.kind == "picture":
            inside.append(_picture(desk, item, node.text or "button"))
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
        look += _font_css(desk, node.lines[0], node.lines[0].color)
    look.append(("width", px(node.box.w)))
    attributes: list[tuple[str, str]] = [("type", "button")]
    if not node.text:
        attributes.append(("aria-label", node.label or "Button"))
    return Element("button", "button", tuple(look), (), tuple(attributes), tuple(inside))


def _field(desk: Desk, node: Node, fill: Rgb | None) -> Element:
    words = f"{node.label} {node.text}"
    attributes: list[tuple[str, str]] = []
    line = min(node.lines, key=lambda t: t.box.x) if node.lines else None
    border = node.region.border.width if node.region and node.region.border else 0
    look = list(_surface(desk, node, fill))
    start = (line.box.x if line else node.box.x + 12) - node.box.x - border
    owner = _id_of(desk, node.label)
    common: list[tuple[str, str]] = [("id", owner)]
    if not node.label:
        common.append(("aria-label", (line.text if line else "Field")[:60]))
    ending = [p for p in node.parts if p.box.x > node.box.x + 0.7 * node.box.w]
    long = node.box.h > 70
    font = _font_css(desk, line, line.color) if line else ()
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
            inside.append(_picture(desk, item, words.strip() or "field"))
        elif not typed:
            typed = True
            line = item.lines[0]
            about = (("type", _field_type(words)), *common, ("placeholder", line.text))
            entry = Element("input", "entry", _font_css(desk, line, line.color), (), about)
            inside.append(entry)
        else:
            inside.append(
                Element(
                    "span", "affix", _font_css(desk, item.lines[0], item.lines[0].color), (), (), (item.text,)
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


def _check(desk: Desk, node: Node) -> Element:
    kind = "radio" if node.role == "radio" else "checkbox"
    attributes: list[tuple[str, str]] = [("type", kind), ("id", _id_of(desk, node.label))]
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


def _rule(desk: Desk, node: Node) -> Element:
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


def _words_near(node: Node, parent: Node) -> str:
    """What a picture is called: the nearest text beside or below it."""
    texts = [n for n in walk(parent) if n.lines]
    if not texts:
        return ""
    cx, cy = node.box.centre

    def distance(other: Node) -> float:
        ox, oy = other.box.centre
        return abs(ox - cx) + abs(oy - cy)

    return min(texts, key=distance).text[:50]


def _full_width(element: Element) -> Element:
    """An element as wide as its parent."""
    look = tuple((name, "100%" if name == "width" else value) for name, value in element.look)
    return replace(element, look=look)


def _leaf(desk: Desk, node: Node, parent: Node, fill: Rgb | None, inner: Box | None) -> Element:
    if node.kind == "text":
        return text_element(desk, node, inner)
    if node.kind == "picture":
        element = _picture(desk, node, _words_near(node, parent))
    elif node.kind == "button":
        element = _button(desk, node, fill)
    elif node.kind == "field":
        element = _field(desk, node, fill)
    elif node.kind in ("check", "switch"):
        element = _check(desk, node)
    else:
        element = _rule(desk, node)
    if inner is None:
        return element
    how = flow.aligned(node.box, inner)
    if node.kind in ("rule", "field") and node.box.w >= node.box.h:
        return element.placed(*flow.box_place(node.box, inner, desk.page_width))
    if node.kind == "button" and node.box.w > 60:
        element = element if how != flow.STRETCH else _full_width(element)
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
    own = _fill(node, fill)
    look = list(_surface(desk, node, fill)) if node.kind == "box" else []
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
    widths = [b - gap - a for a, b in zip(starts, [*starts[1:], end + gap], strict=True)]
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
    return _leaf(desk, node, parent, fill, inner)


def dark(color: Rgb) -> bool:
    """Does light text stand on it?"""
    return lightness(color) < 0.5
