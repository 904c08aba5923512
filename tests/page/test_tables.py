"""Tables: what becomes one, with which cells, and what does not."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from pixelwright.page.job import page_of
from pixelwright.progress import Progress
from tests.page.drawing import Canvas

NAMES = ("Order", "Customer", "Amount")
ROWS = (
    ("#1041", "Northwind Traders", "1,240.00"),
    ("#1042", "Ana Trujillo", "86.40"),
    ("#1043", "Antonio Moreno", "310.75"),
    ("#1044", "Around the Horn", "99.99"),
)


def made(canvas: Canvas) -> tuple[str, LexborHTMLParser]:
    page = page_of(canvas.pixels, canvas.lines, "picture.png", "page.assets", progress=Progress())
    return page.document, LexborHTMLParser(page.document)


def rows_of(tree: LexborHTMLParser, part: str) -> list[tuple[str, ...]]:
    """Texts of the cells of each row in a part of the only table."""
    return [
        tuple(cell.text(strip=True) for cell in row.css("th, td")) for row in tree.css(f"table {part} tr")
    ]


def written(canvas: Canvas, y: int, row: tuple[str, ...], *, bold: bool = False) -> None:
    for x, words in zip((72, 240, 560), row, strict=True):
        canvas.text(x, y, words, 16, bold=bold)


def ruled() -> Canvas:
    """A heading, a table with a bold head and a line below each row, and a line of text."""
    canvas = Canvas(800, 460)
    canvas.text(60, 30, "Latest orders", 28, bold=True)
    written(canvas, 100, NAMES, bold=True)
    for number, row in enumerate(ROWS):
        canvas.box(60, 130 + 46 * number, 680, 1, "#c8ccd4")
        written(canvas, 144 + 46 * number, row)
    canvas.box(60, 130 + 46 * len(ROWS), 680, 1, "#c8ccd4")
    canvas.text(60, 400, "Prices are in euros and hold taxes.", 16)
    return canvas


def test_ruled_table_has_its_head_and_cells() -> None:
    document, tree = made(ruled())
    assert rows_of(tree, "thead") == [NAMES]
    assert rows_of(tree, "tbody") == list(ROWS)
    assert [cell.attributes.get("scope") for cell in tree.css("thead th")] == ["col"] * 3
    assert "border-bottom: 1px solid" in document


def test_what_stands_around_a_table_stays_out_of_it() -> None:
    _, tree = made(ruled())
    assert tree.css("h1")[0].text(strip=True) == "Latest orders"
    inside = tree.css("table")[0].text()
    assert "Latest orders" not in inside
    assert "Prices are" not in inside


def test_table_scrolls_instead_of_the_page() -> None:
    document, tree = made(ruled())
    assert tree.css("div.table-scroll > table")
    assert "overflow-x: auto" in document


def test_columns_have_the_shares_that_they_had() -> None:
    document, tree = made(ruled())
    assert len(tree.css("table colgroup col")) == 3
    shares = [line for line in document.splitlines() if "%;" in line and "width: " in line]
    found = [float(line.split("width: ")[1].rstrip("%;")) for line in shares if "100%" not in line]
    assert abs(sum(found[:3]) - 100) < 1
    assert found[1] > found[0]


def test_striped_table() -> None:
    canvas = Canvas(800, 420, "#ffffff")
    canvas.box(60, 60, 680, 44, "#203040")
    for x, words in zip((72, 240, 560), NAMES, strict=True):
        canvas.text(x, 74, words, 16, "#ffffff")
    for number, row in enumerate(ROWS):
        canvas.box(60, 104 + 44 * number, 680, 44, "#eef1f5" if number % 2 else "#ffffff")
        written(canvas, 118 + 44 * number, row)
    _document, tree = made(canvas)
    assert rows_of(tree, "thead") == [NAMES]
    assert rows_of(tree, "tbody") == list(ROWS)
    assert len({row.attributes.get("class") for row in tree.css("tbody tr")}) == 2


def test_cells_keep_buttons() -> None:
    canvas = ruled()
    for number in range(len(ROWS)):
        canvas.box(660, 139 + 46 * number, 60, 28, "#2050d0", None, 4)
        canvas.text(676, 146 + 46 * number, "Edit", 13, "#ffffff")
    _, tree = made(canvas)
    assert [button.text(strip=True) for button in tree.css("tbody td button")] == ["Edit"] * len(ROWS)


def test_framed_cells() -> None:
    canvas = Canvas(800, 420)
    for number, row in enumerate((NAMES, *ROWS)):
        for x, end, words in zip((60, 228, 548), (228, 548, 740), row, strict=True):
            canvas.box(x, 60 + 44 * number, end - x + 1, 45, "#ffffff", "#b8bcc4")
            canvas.text(x + 12, 74 + 44 * number, words, 16, bold=number == 0)
    document, tree = made(canvas)
    assert rows_of(tree, "thead") == [NAMES]
    assert rows_of(tree, "tbody") == list(ROWS)
    assert "border: 1px solid" in document


def test_cards_are_no_table() -> None:
    canvas = Canvas(960, 700, "#f4f4f6")
    for number in range(6):
        x, y = 40 + 300 * (number % 3), 40 + 320 * (number // 3)
        canvas.box(x, y, 280, 290, "#ffffff", "#d8d8dc", 6)
        canvas.text(x + 20, y + 20, f"Plan {number}", 22, bold=True)
        canvas.text(x + 20, y + 70, f"{number + 4}.50 EUR", 16)
        canvas.text(x + 20, y + 110, "For small teams", 16)
    assert not made(canvas)[1].css("table")


def test_menu_is_no_table() -> None:
    canvas = Canvas(900, 600)
    canvas.box(0, 0, 900, 60, "#203040")
    for x, words in ((40, "Home"), (160, "Products"), (300, "Prices"), (430, "Contact")):
        canvas.text(x, 20, words, 16, "#ffffff")
    for number, words in enumerate(("General", "Security", "Billing", "Members", "Keys")):
        canvas.box(40, 100 + 46 * number, 260, 46, "#ffffff", "#d0d4dc")
        canvas.text(56, 114 + 46 * number, words, 16)
    assert not made(canvas)[1].css("table")


def test_settings_with_lines_between_are_no_table() -> None:
    canvas = Canvas(800, 420)
    for number, words in enumerate(("Email notifications", "Two-factor sign-in", "Dark mode", "Public")):
        canvas.text(60, 74 + 50 * number, words, 16)
        canvas.text(690, 74 + 50 * number, "On" if number % 2 else "Off", 16)
        canvas.box(60, 110 + 50 * number, 680, 1, "#d0d4dc")
    assert not made(canvas)[1].css("table")


def test_footer_with_columns_of_links_is_no_table() -> None:
    canvas = Canvas(960, 700)
    canvas.text(60, 60, "Our house by the sea", 34, bold=True)
    canvas.box(0, 460, 960, 240, "#202830")
    for column, x in enumerate((60, 360, 660)):
        canvas.text(x, 490, ("Company", "Help", "Legal")[column], 16, "#ffffff", bold=True)
        for line in range(4):
            canvas.text(x, 525 + 28 * line, f"Link {column}{line} here", 15, "#a8b0b8")
    canvas.box(60, 650, 840, 1, "#505860")
    canvas.text(60, 664, "All rights reserved", 14, "#a8b0b8")
    assert not made(canvas)[1].css("table")
