"""Languages, names of files and colours, lines of code, and where a browser breaks a line."""

from __future__ import annotations

import numpy as np
import pytest

from pixelwright.page.assets import AssetStore, file_name
from pixelwright.page.language import language
from pixelwright.page.listing import listings
from pixelwright.page.palette import hexed, make_palette
from pixelwright.page.tree import text_node
from pixelwright.page.wrap import line_width, wrap_range
from pixelwright.read.reading import Box, Font, Span, Text


def text(words: str, x: float, baseline: float, size: float = 16, family: str = "sans") -> Text:
    like = Text((), Box(x, 0, 0, 0), baseline, Font(family, size, 400, 0.0), (255, 255, 255))
    box = Box(x, baseline - 0.72 * size, line_width(words, like), 0.93 * size)
    return Text((Span(words, box, (0, 0, 0)),), box, baseline, like.font, (255, 255, 255))


@pytest.mark.parametrize(
    ("words", "tag"),
    [
        ("The quick brown fox jumps over the lazy dog and is gone", "en"),
        ("Der schnelle Fuchs springt über den Hund und ist mit der Sonne auf dem Weg", "de"),
        ("Le renard saute par-dessus le chien et la lune est avec nous dans les champs", "fr"),
        ("El zorro salta sobre el perro y la luna con los campos es para una noche del año", "es"),
        ("产品 名称 价格 加入购物车 关于我们", "zh-CN"),
        ("ログイン パスワードを忘れた方 東京都", "ja"),
        ("로그인 비밀번호를 잊으셨나요", "ko"),
        ("تسجيل الدخول كلمة المرور", "ar"),
        ("Войти Забыли пароль", "ru"),
        ("42 — 17 %", "en"),
        ("", "en"),
    ],
)
def test_languages(words: str, tag: str) -> None:
    assert language(words) == tag


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("Mountain Cabin!", "mountain-cabin"),
        ("Crème brûlée", "creme-brulee"),
        ("山中小屋 照片", "山中小屋-照片"),
        ("../..\\etc/passwd:*?", "etc-passwd"),
        ("   ", ""),
    ],
)
def test_file_names_are_safe(words: str, name: str) -> None:
    assert file_name(words) == name


def test_long_names_are_cut_between_words() -> None:
    assert len(file_name("a very long name " * 20)) <= 40
    assert not file_name("a very long name " * 20).endswith("-")


def test_the_same_picture_is_kept_once_and_others_get_names_of_their_own() -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, 60:] = 255
    store = AssetStore(pixels, "page é.assets", inline=False)
    first = store.add(Box(0, 0, 20, 20), "star", [])
    assert store.add(Box(30, 10, 20, 20), "star", []) == first == "page%20%C3%A9.assets/star.png"
    assert store.add(Box(50, 10, 20, 20), "star", []) != first
    assert [asset.name for asset in store.assets] == ["star.png", "star-2.png"]


def test_colours_that_are_nearly_one_share_a_name() -> None:
    palette = make_palette(
        [(34, 34, 34)] * 9 + [(40, 36, 34), (20, 90, 200)], [(250, 250, 250)], [(220, 220, 220)]
    )
    assert palette.css((40, 36, 34)) == palette.css((34, 34, 34)) == "var(--ink)"
    assert palette.css((20, 90, 200)) == "var(--blue)"
    assert palette.css((250, 250, 250)) == "var(--surface)"
    assert palette.css((1, 2, 3)) == hexed((1, 2, 3)) == "#010203"
    assert hexed((255, 170, 0)) == "#fa0"


def test_a_paragraph_breaks_alike_at_widths_in_its_range() -> None:
    lines = (
        text("The path begins behind the", 0, 20),
        text("old mill and climbs through", 0, 44),
        text("woods", 0, 68),
    )
    least, most = wrap_range(text_node(lines))
    assert least == max(line.box.w for line in lines[:2])
    assert most == pytest.approx(lines[0].box.w + line_width(" old", lines[0]))
    assert least < most


def test_a_listing_keeps_its_indents_and_empty_lines() -> None:
    pitch = 0.6 * 15
    rows = [(0, "def greet():", 0), (4, "return 1", 1), (0, "greet()", 3)]
    texts = [text(words, 100 + indent * pitch, 50 + 20 * row, 15, "mono") for indent, words, row in rows]
    (listing,), rest, _ = listings([*texts, text("Prose above", 100, 20)], [])
    assert "\n".join(line.text for line in listing.lines) == "def greet():\n    return 1\n\ngreet()"
    assert [t.text for t in rest] == ["Prose above"]


def test_prose_in_a_fixed_pitch_is_no_listing() -> None:
    texts = [text("typed on an old machine", 100, 50 + 20 * row, 15, "mono") for row in range(4)]
    assert listings(texts, [])[0] == []
