"""Ink, words, colours and fonts of texts."""

from __future__ import annotations

import numpy as np
import pytest

from pixelwright.progress import Progress
from pixelwright.read import metrics
from pixelwright.read.reading import Box, TextLine
from pixelwright.read.screenshot import plausible_lines, read_screenshot
from tests.page.drawing import Canvas


def near(color: tuple[int, int, int], wanted: str, slack: int = 24) -> bool:
    """Is the colour the wanted one, give or take what soft edges do?"""
    digits = wanted.removeprefix("#")
    target = [int(digits[i : i + 2], 16) for i in (0, 2, 4)]
    return all(abs(a - b) <= slack for a, b in zip(color, target, strict=True))


@pytest.mark.parametrize(
    ("ink", "ground"), [("#222222", "#ffffff"), ("#ffffff", "#1a2035"), ("#7a8290", "#fafafa")]
)
def test_ink_and_ground_have_their_colours(ink: str, ground: str) -> None:
    canvas = Canvas(ground=ground)
    canvas.text(50, 50, "Colours of the ink", 20, ink)
    (text,) = canvas.reading().texts
    assert near(text.color, ink)
    assert near(text.background, ground, 2)


def test_light_text_on_a_photo_is_light() -> None:
    canvas = Canvas()
    canvas.photo(0, 0, 800, 600)
    canvas.text(100, 200, "Above the clouds", 48, "#ffffff", bold=True)
    texts = [t for t in canvas.reading().texts if "clouds" in t.text]
    assert len(texts) == 1
    assert near(texts[0].color, "#ffffff", 40)


def test_a_link_in_a_line_is_a_span_of_its_own() -> None:
    canvas = Canvas()
    canvas.row(50, 50, [("Read more in", "#222222"), ("our guide", "#1060d0"), ("today", "#222222")], 18)
    (text,) = canvas.reading().texts
    assert [span.text for span in text.spans] == ["Read more in", "our guide", "today"]
    assert near(text.spans[1].color, "#1060d0", 40)
    assert text.text == "Read more in our guide today"


def test_an_underlined_word_is_known() -> None:
    canvas = Canvas()
    box = canvas.text(50, 50, "Terms", 18)
    canvas.draw.line((box.x + 2, box.bottom, box.right - 3, box.bottom), fill="#222222")
    canvas.lines[0] = TextLine("Terms", Box(box.x, box.y, box.w, box.h + 3), 0.99)
    canvas.text(50, 100, "Conditions", 18)
    texts = canvas.reading().texts
    assert [t.spans[0].underlined for t in texts] == [True, False]


def test_entries_of_a_menu_are_parted_and_words_are_not() -> None:
    canvas = Canvas()
    canvas.row(50, 50, [("Home", "#222"), ("About us", "#222"), ("Contact", "#222")], 16, gap=28)
    canvas.text(50, 100, "These words belong together", 16)
    assert [t.text for t in canvas.reading().texts] == [
        "Home",
        "About us",
        "Contact",
        "These words belong together",
    ]


@pytest.mark.parametrize("size", [13, 16, 24, 40])
def test_sizes_are_close(size: int) -> None:
    canvas = Canvas(1200)
    for number in range(4):
        canvas.text(50, 50 + 2 * size * number, "Handgloves and their sizes", size)
    for text in canvas.reading().texts:
        assert text.font.size == pytest.approx(size, rel=0.15)


def test_lines_of_one_size_stay_of_one_size() -> None:
    canvas = Canvas()
    for number, words in enumerate(
        ("sun rose over sea", "Clouds fly high", "no sea was calmer", "Yes, and jolly")
    ):
        canvas.text(50, 50 + 30 * number, words, 17)
    assert len({t.font.size for t in canvas.reading().texts}) == 1


def test_bold_is_told_from_regular() -> None:
    canvas = Canvas()
    for number in range(4):
        canvas.text(50, 100 + 30 * number, "Regular words in a paragraph", 18)
    canvas.text(50, 50, "Bold words above them", 18, bold=True)
    weights = {t.text: t.font.weight for t in canvas.reading().texts}
    assert weights["Bold words above them"] == 700
    assert weights["Regular words in a paragraph"] == 400


def test_text_aslant_or_upright_is_left_out() -> None:
    canvas = Canvas()
    canvas.draw.line((100, 100, 180, 300), fill="#000000", width=8)
    canvas.lines.append(TextLine("Download", Box(98, 98, 84, 204), 0.95))
    assert not canvas.reading().texts


def test_icons_read_as_letters_are_not_texts() -> None:
    icon, digit = TextLine("口", Box(10, 10, 16, 16), 0.95), TextLine("3", Box(40, 10, 9, 14), 0.9)
    words, doubt = TextLine("Calendar", Box(60, 10, 70, 16), 0.99), TextLine("qx", Box(9, 9, 9, 9), 0.2)
    assert plausible_lines([icon, digit, words, doubt]) == [digit, words]


def test_tables_of_widths_are_those_of_the_faces() -> None:
    # From the AFM files of Helvetica and Times, whose metrics Arial and Times New Roman keep.
    assert metrics.width("m") == pytest.approx(0.833, abs=0.002)
    assert metrics.width("m", "serif") == pytest.approx(0.778, abs=0.002)
    assert metrics.width("i", "mono") == metrics.width("W", "mono") == pytest.approx(0.6, abs=0.002)
    assert metrics.width("漢字") == 2
    assert metrics.ink("W", "sans", 700) > metrics.ink("W") > metrics.ink(".") > 0


def test_a_giant_lone_character_is_no_text() -> None:
    lines = [TextLine(f"Line {i}", Box(20, 30 * i, 80, 16), 0.99) for i in range(5)]
    giant = TextLine("8", Box(300, 0, 170, 300), 0.98)
    price = TextLine("8", Box(300, 400, 30, 48), 0.98)
    assert plausible_lines([*lines, giant, price]) == [*lines, price]


def test_texture_in_a_photo_is_not_text() -> None:
    pixels = np.random.default_rng(3).integers(20, 230, (300, 500, 3), np.uint8)
    lines = [TextLine("lllni:", Box(100, 100, 90, 20), 0.7)]
    assert read_screenshot(pixels, lines, Progress()).texts == ()
