"""Boxes become rows and columns, lines become paragraphs, and things become controls."""

from __future__ import annotations

import pytest

from pixelwright.page.controls import with_controls
from pixelwright.page.flow import settled
from pixelwright.page.layout import arrange, laid_out
from pixelwright.page.model import Node, walk
from pixelwright.page.tree import page_tree
from pixelwright.page.writer import page_model
from pixelwright.read.reading import Box, Reading, Region
from tests.page.drawing import Canvas, article, login


def box(x: float, y: float, w: float, h: float, fill: int = 200) -> Node:
    place = Box(x, y, w, h)
    return Node("box", place, region=Region(place, (fill, fill, fill)))


def shape(nodes: list[Node]) -> str:
    """Rows as (...), columns as [...], anything else as a dot."""

    def one(node: Node) -> str:
        inner = "".join(map(one, node.children))
        return {"row": f"({inner})", "column": f"[{inner}]"}.get(node.kind, ".")

    return "".join(map(one, nodes))


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ([(0, 0, 100, 20), (0, 30, 100, 20)], ".."),
        ([(0, 0, 100, 20), (120, 0, 100, 20)], "(..)"),
        # A heading over three cards, the middle one below it.
        ([(300, 0, 200, 40), (0, 80, 250, 200), (275, 80, 250, 200), (550, 80, 250, 200)], ".(...)"),
        # A side bar of two parts, and a page beside it with a bar of its own.
        ([(0, 0, 200, 60), (0, 61, 200, 540), (230, 0, 600, 60), (230, 80, 600, 500)], "([..][..])"),
        # Two columns of unlike parts.
        ([(0, 0, 300, 90), (0, 100, 300, 200), (340, 0, 300, 180), (340, 190, 300, 110)], "([..][..])"),
        # Nothing but one upon the other.
        ([(0, 0, 100, 100), (10, 5, 80, 80)], "(..)"),
    ],
)
def test_cuts(boxes: list[tuple[int, int, int, int]], expected: str) -> None:
    assert shape(arrange([box(*place) for place in boxes])) == expected


def test_every_node_is_kept_once() -> None:
    boxes = [box(37 * i % 500, 53 * i % 700, 40 + 11 * i % 90, 20 + 7 * i % 60) for i in range(60)]
    found = [n for top in arrange(boxes) for n in walk(top) if n.kind == "box"]
    assert sorted(map(id, found)) == sorted(map(id, boxes))


def test_what_overlaps_makes_its_parent_higher() -> None:
    inner = (box(0, 0, 100, 50), box(0, 20, 100, 50))
    column = settled(Node("column", Box(0, 0, 100, 70), inner))
    assert column.box.h == 100


def test_a_broken_line_is_one_paragraph_and_short_lines_are_not() -> None:
    canvas = article()
    for number, words in enumerate(("Milk", "Bread and butter", "Salt")):
        canvas.text(150, 740 + 24 * number, words, 16)
    texts = [n.text for n in walk(page_tree(canvas.reading())) if n.kind == "text"]
    paragraph = next(t for t in texts if t.startswith("The path begins"))
    assert paragraph.endswith("the whole valley and its villages.")
    assert {"Milk", "Bread and butter", "Salt"} <= set(texts)


def test_what_lies_in_a_box_is_its_child() -> None:
    tree = page_tree(login().reading())
    card = next(n for n in tree.children if n.kind == "box")
    inside = {n.text for n in walk(card) if n.kind == "text"}
    assert {"Welcome back", "Sign in", "Forgot password?"} <= inside


def controls_of(reading: Reading) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    for node in walk(laid_out(with_controls(page_tree(reading)))):
        found.setdefault(node.kind, []).append(node)
    return found


def test_a_form_has_its_controls() -> None:
    found = controls_of(login().reading())
    assert [n.text for n in found["button"]] == ["Sign in"]
    assert [n.text for n in found["field"]] == ["you@company.com", ""]
    (check,) = found["check"]
    assert (check.role, check.checked) == ("checkbox", False)


def test_a_switch_is_told_by_its_knob() -> None:
    canvas = Canvas()
    canvas.box(100, 100, 44, 24, "#20a060", None, 12)
    canvas.box(124, 104, 16, 16, "#ffffff", None, 8)
    canvas.text(160, 103, "Dark mode", 16)
    (switch,) = controls_of(canvas.reading())["switch"]
    assert switch.checked


def test_grey_words_on_a_line_are_a_field_of_a_form_only() -> None:
    for in_form in (True, False):
        canvas = Canvas()
        for y, words in ((120, "Your name"), (180, "Your street")):
            canvas.text(110, y, words, 15, "#a0a8b4")
            canvas.draw.line((100, y + 30, 399, y + 30), fill="#cccccc")
        if in_form:
            canvas.box(100, 240, 300, 40, "#2050d0", None, 4)
            canvas.text(230, 252, "Send", 16, "#ffffff")
        fields = controls_of(canvas.reading()).get("field", [])
        assert [n.text for n in fields] == (["Your name", "Your street"] if in_form else [])


def test_a_panel_of_words_is_no_control() -> None:
    canvas = Canvas()
    canvas.box(100, 100, 400, 90, "#eef2ff", "#8090c0", 6)
    canvas.text(120, 120, "Your order was sent.", 18, bold=True)
    canvas.text(120, 150, "It will be with you on Monday.", 16)
    found = controls_of(canvas.reading())
    assert "button" not in found
    assert "field" not in found


def roles(canvas: Canvas) -> dict[str, str]:
    """Role of each text by its words."""
    return {n.text: n.role for n in walk(page_model(canvas.reading())) if n.lines and not n.children}


def test_an_article_has_its_parts() -> None:
    page = page_model(article().reading())
    assert [child.role for child in page.children] == ["header", "main", "footer"]
    found = roles(article())
    assert found["A walk above the clouds"] == "heading"
    assert [found[words] for words in ("Home", "Articles", "Contact")] == ["link"] * 3
    assert found["© 2026 Mountain News"] == ""
    levels = {n.text: n.level for n in walk(page) if n.role == "heading"}
    assert levels["A walk above the clouds"] == 1


def test_labels_belong_to_their_fields() -> None:
    page = page_model(login().reading())
    assert [n.label for n in walk(page) if n.kind in ("field", "check")] == [
        "Email address",
        "Password",
        "Remember me",
    ]
    assert roles(login())["Forgot password?"] == "link"


def test_icons_at_the_end_of_a_header_are_buttons() -> None:
    canvas = article()
    for x in (920, 960):
        canvas.draw.ellipse((x, 22, x + 15, 37), outline="#ffffff", width=3)
        canvas.draw.line((x + 4, 30, x + 11, 30), fill="#ffffff", width=2)
    header = page_model(canvas.reading()).children[0]
    assert header.role == "header"
    assert sum(n.kind == "button" for n in walk(header)) == 2


def test_a_side_menu_is_made_of_links() -> None:
    canvas = Canvas(1000, 700)
    canvas.box(0, 0, 220, 700, "#1a2233")
    for number, words in enumerate(("Dashboard", "Orders", "Products", "Customers", "Reports", "Settings")):
        canvas.text(30, 60 + 48 * number, words, 16, "#c8d0e0")
    canvas.text(260, 60, "Dashboard of today", 28, bold=True)
    canvas.text(260, 120, "All is well with the shop, and nothing waits for you.", 16)
    page = page_model(canvas.reading())
    menu = next(n for n in walk(page) if n.role == "nav")
    assert [n.text for n in walk(menu) if n.role == "item"] == [
        "Dashboard",
        "Orders",
        "Products",
        "Customers",
        "Reports",
        "Settings",
    ]


def test_marked_lines_become_a_list() -> None:
    canvas = Canvas()
    for number, words in enumerate(("Made of oak", "Oiled by hand", "Sent within a week")):
        canvas.text(100, 100 + 30 * number, words, 16)
        canvas.box(82, 107 + 30 * number, 6, 6, "#333333", None, 3)
    page = page_model(canvas.reading())
    (items,) = [n for n in walk(page) if n.role == "bullets"]
    assert [n.text for n in items.children] == ["Made of oak", "Oiled by hand", "Sent within a week"]
    assert not [n for n in walk(page) if n.kind == "picture"]
