"""Whole pages: golden documents, what holds of every document, odd pictures, progress and giving up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from selectolax.lexbor import LexborHTMLParser

from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.page.browser import find_browser, render
from pixelwright.page.job import PageArtifact, page_of
from pixelwright.progress import Progress
from pixelwright.read.reading import Box, TextLine
from tests.page.drawing import Canvas, article, login

GOLDEN = Path(__file__).parent / "golden"


def shop() -> Canvas:
    """A Chinese shop: a bar, a banner over a photo, three cards with pictures and buttons."""
    canvas = Canvas(960, 700, "#f7f7f9")
    canvas.box(0, 0, 960, 64, "#ffffff")
    canvas.text(40, 20, "Tea House", 22, "#8a1f11", bold=True)
    canvas.photo(0, 64, 960, 220)
    canvas.text(60, 150, "Spring harvest", 40, "#ffffff", bold=True)
    for number, name in enumerate(("Green tea", "Oolong", "White tea")):
        x = 40 + 300 * number
        canvas.box(x, 320, 280, 320, "#ffffff", "#dddddd", 6)
        canvas.photo(x + 20, 340, 240, 150, seed=number + 2)
        canvas.text(x + 20, 505, name, 20, bold=True)
        canvas.text(x + 20, 540, "12.50 EUR", 16, "#666666")
        canvas.box(x + 20, 580, 120, 40, "#8a1f11", None, 4)
        canvas.text(x + 48, 590, "Add to cart", 12, "#ffffff")
    return canvas


def dark() -> Canvas:
    """A dark page of words alone."""
    canvas = Canvas(800, 400, "#101418")
    canvas.text(60, 60, "Night shift", 32, "#f0f4f8", bold=True)
    canvas.text(60, 120, "All systems are running.", 16, "#a0a8b0")
    return canvas


PAGES: dict[str, Callable[[], Canvas]] = {"login": login, "article": article, "shop": shop, "dark": dark}


def made(canvas: Canvas, progress: Progress | None = None, *, inline: bool = False) -> PageArtifact:
    return page_of(
        canvas.pixels,
        canvas.lines,
        "picture.png",
        "page.assets",
        inline_assets=inline,
        progress=progress or Progress(),
    )


def words(tree: LexborHTMLParser, selector: str) -> str:
    """Text of the first element that a selector finds."""
    return tree.css(selector)[0].text()


@pytest.fixture(scope="module")
def pages() -> dict[str, PageArtifact]:
    return {name: made(draw()) for name, draw in PAGES.items()}


@pytest.mark.parametrize("name", ["login", "dark"])
def test_golden(name: str, pages: dict[str, PageArtifact]) -> None:
    """Pages without pictures come out to the letter as they were last found to be good."""
    file = GOLDEN / f"{name}.html"
    assert pages[name].document == file.read_text("utf-8")


def test_the_same_picture_gives_the_same_page() -> None:
    assert made(shop()) == made(shop())


@pytest.mark.parametrize("name", PAGES)
def test_what_holds_of_every_page(name: str, pages: dict[str, PageArtifact]) -> None:
    page = pages[name]
    tree = LexborHTMLParser(page.document)
    assert not [p for p in page.problems if p.repaired]
    assert page.text_score >= 0.98
    assert not tree.css("[style]")
    assert not tree.css("script")
    assert "absolute" not in page.document
    assert "position:" not in page.document
    assert not re.search(r"https?://|//[a-z]|@import", page.document)
    assert tree.css("html")[0].attributes["lang"]
    assert words(tree, "title").strip()
    assert tree.css_first("meta[name=viewport]")
    assert all("alt" in image.attributes for image in tree.css("img"))
    assert all(link.attributes["href"] == "#" for link in tree.css("a"))
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids))
    assert {node.attributes["for"] for node in tree.css("label")} <= set(ids)


@pytest.mark.parametrize("name", PAGES)
def test_classes_and_colours_are_all_defined_and_used(name: str, pages: dict[str, PageArtifact]) -> None:
    document = pages[name].document
    style, body = re.sub(r"url\([^)]*\)", "", document).split("</style>")
    used = {c for value in re.findall(r'class="([^"]*)"', body) for c in value.split()}
    defined = set(re.findall(r"\.([a-z][\w-]*)", style))
    assert defined <= used
    assert set(re.findall(r"var\((--[\w-]+)\)", style)) <= set(re.findall(r"(--[\w-]+):", style))


def test_the_parts_of_a_form(pages: dict[str, PageArtifact]) -> None:
    tree = LexborHTMLParser(pages["login"].document)
    assert words(tree, "h1").strip() == "Welcome back"
    assert [f.attributes["type"] for f in tree.css("input")] == ["email", "password", "checkbox"]
    assert tree.css("input[type=email]")[0].attributes["placeholder"] == "you@company.com"
    assert words(tree, "button").strip() == "Sign in"
    assert words(tree, "a").strip() == "Forgot password?"


def test_the_parts_of_an_article(pages: dict[str, PageArtifact]) -> None:
    tree = LexborHTMLParser(pages["article"].document)
    assert [tree.css_first(tag) is not None for tag in ("header", "main", "footer")] == [True] * 3
    assert [a.text() for a in tree.css("header a")] == ["Home", "Articles", "Contact"]
    assert words(tree, "main p a") == "our travel guide"
    (picture,) = tree.css("main img")
    assert abs(int(picture.attributes["width"] or 0) - 700) <= 6


def test_pictures_have_names_and_lie_in_the_folder(pages: dict[str, PageArtifact]) -> None:
    page = pages["shop"]
    names = {asset.name for asset in page.assets}
    assert len(names) == len(page.assets) >= 4
    assert any("oolong" in name for name in names)
    assert all(asset.data.startswith(b"\x89PNG") for asset in page.assets)
    linked = set(re.findall(r"page\.assets/([\w.-]+)", page.document))
    assert linked == names


def test_pictures_can_be_in_the_page_itself() -> None:
    page = made(shop(), inline=True)
    assert not page.assets
    assert page.document.count("data:image/png;base64,") >= 4
    assert "page.assets" not in page.document


@pytest.mark.parametrize("name", ["login", "article", "shop"])
def test_no_page_sticks_out_of_a_narrow_window(
    name: str, pages: dict[str, PageArtifact], tmp_path: Path
) -> None:
    try:
        find_browser()
    except PixelwrightError as error:
        pytest.skip(str(error))
    (tmp_path / "page.assets").mkdir()
    for asset in pages[name].assets:
        (tmp_path / "page.assets" / asset.name).write_bytes(asset.data)
    # Whatever stands right of the window's edge would make the page wider than the window.
    wide = "document.documentElement.scrollWidth > 390"
    probe = f"<script>document.body.style.background = {wide} ? '#f00' : '#0f0'"
    page = tmp_path / "page.html"
    page.write_text(pages[name].document.replace("</body>", f"{probe}</script></body>"), "utf-8")
    pixels = render(page, 390, 800, Progress())
    flat = pixels.reshape(-1, 3).astype(int)
    assert not ((flat == (255, 0, 0)).all(axis=1)).any()
    assert ((flat == (0, 255, 0)).all(axis=1)).any() or name == "shop"


NOISE = np.random.default_rng(5)
ODD: dict[str, NDArray[np.uint8]] = {
    "one pixel": np.zeros((1, 1, 3), np.uint8),
    "one row": np.full((1, 300, 3), 9, np.uint8),
    "one column": np.full((300, 1, 3), 9, np.uint8),
    "blank": np.full((300, 400, 3), 255, np.uint8),
    "noise": NOISE.integers(0, 256, (200, 300, 3), dtype=np.uint8),
    "two pixels": NOISE.integers(0, 256, (2, 2, 3), dtype=np.uint8),
    "checks": np.kron(np.indices((60, 80)).sum(0) % 2 * 255, np.ones((4, 4)))[..., None]
    .repeat(3, 2)
    .astype(np.uint8),
    "tall": np.repeat(NOISE.integers(0, 256, (6, 1, 3), dtype=np.uint8), 700, 0).repeat(200, 1),
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("worded", [False, True])
def test_odd_pictures_make_a_page(name: str, worded: bool) -> None:
    pixels = ODD[name]
    height, width = pixels.shape[:2]
    lines = [
        TextLine("Words", Box(0, 0, width, min(height, 20)), 0.9),
        TextLine("outside", Box(width + 9, height + 9, 40, 12), 0.9),
        TextLine("", Box(0, 0, 5, 5), 0.9),
        TextLine("flat", Box(3, 3, 0, 0), 0.9),
    ]
    page = page_of(pixels, lines if worded else [], "odd.png", "a", progress=Progress())
    tree = LexborHTMLParser(page.document)
    assert tree.css_first("body") is not None
    assert (page.width, page.height) == (width, height)


def test_a_photo_alone_is_one_picture() -> None:
    canvas = Canvas(640, 480)
    canvas.photo(0, 0, 640, 480)
    page = made(canvas)
    assert len(page.assets) == 1
    (picture,) = LexborHTMLParser(page.document).css("img")
    assert (picture.attributes["width"], picture.attributes["height"]) == ("640", "480")


def test_partial_results_are_the_document() -> None:
    pieces: list[str] = []
    fractions: list[float] = []
    page = made(
        article(),
        Progress(
            on_report=lambda fraction, _: fractions.append(fraction),
            on_partial=lambda kind, text: pieces.append(text) if kind == "document" else None,
        ),
    )
    assert "".join(pieces) == page.document
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_giving_up_ends_the_job_wherever_it_is() -> None:
    asked = 0

    def count() -> bool:
        nonlocal asked
        asked += 1
        return False

    canvas = article()
    made(canvas, Progress(is_cancelled=count))
    for stop in range(1, asked, max(1, asked // 8)):
        left = stop

        def enough() -> bool:
            nonlocal left
            left -= 1
            return left <= 0

        with pytest.raises(Cancelled):
            made(canvas, Progress(is_cancelled=enough))
