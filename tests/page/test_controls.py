"""What is a control, and what only looks like one."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from pixelwright.page.job import page_of
from pixelwright.progress import Progress
from tests.page.drawing import Canvas


def tree(canvas: Canvas) -> LexborHTMLParser:
    page = page_of(canvas.pixels, canvas.lines, "picture.png", "page.assets", progress=Progress())
    return LexborHTMLParser(page.document)


def test_a_card_with_a_figure_is_no_field() -> None:
    canvas = Canvas(900, 400, "#f3f6f9")
    for number, figure in enumerate(("1,204", "318")):
        x = 40 + 260 * number
        canvas.box(x, 60, 231, 134, "#ffffff", "#e0e7ed", 10)
        canvas.text(x + 24, 80, "Orders", 14, "#677787")
        canvas.text(x + 24, 110, figure, 26, "#14202e")
        canvas.text(x + 24, 150, "+5.1 %", 13, "#1a7f4b", bold=True)
    found = tree(canvas)
    assert not found.css("input, textarea")
    assert [node.text(strip=True) for node in found.css("p, h1, h2, h3, h4, h5, h6, span")][:3] == [
        "Orders",
        "1,204",
        "+5.1 %",
    ]


def test_a_large_frame_with_grey_words_is_a_text_field() -> None:
    canvas = Canvas(900, 400, "#ffffff")
    canvas.text(40, 40, "Your message", 16)
    canvas.box(40, 70, 500, 140, "#ffffff", "#ced4da", 4)
    canvas.text(54, 84, "What can we do for you?", 16, "#8a929a")
    assert len(tree(canvas).css("textarea")) == 1


def test_dark_beside_light_is_light_where_the_words_are() -> None:
    canvas = Canvas(900, 400, "#101418")
    canvas.box(400, 0, 500, 400, "#ffffff")
    canvas.text(440, 60, "Welcome back to the light side", 20)
    canvas.text(440, 120, "Sign in to go on with your journeys.", 16)
    assert "color-scheme: dark" not in str(tree(canvas).html)
