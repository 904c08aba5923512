"""Text drawn by Pillow and by Chromium, and read back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pixelwright.errors import Cancelled
from pixelwright.progress import Progress
from pixelwright.read.reading import TextLine
from pixelwright.read.text import read_text

ENGLISH = [
    "Shipping is free for orders over $49.90",
    "Sign in with your e-mail address",
    "The quick brown fox jumps over the lazy dog",
    "Quarterly revenue rose by 12.5% to 3,480,000",
]
CHINESE = [
    "欢迎使用在线商城",
    "请输入手机号码和验证码",
    "今日推荐：有机绿茶与手工瓷器",
    "订单将在三个工作日内送达",
]


def font_file(*names: str) -> Path:
    """The first of these that fontconfig or the usual folders have; skips the test without any."""
    folders = [
        Path("/usr/share/fonts"),
        Path("/Library/Fonts"),
        Path("/System/Library/Fonts"),
        Path("C:/Windows/Fonts"),
    ]
    for name in names:
        for folder in folders:
            for file in folder.rglob(name) if folder.is_dir() else ():
                return file
    pytest.skip(f"none of the fonts {', '.join(names)} is installed")


@pytest.fixture(scope="module")
def latin() -> Path:
    return font_file("LiberationSans-Regular.ttf", "DejaVuSans.ttf", "Arial.ttf", "arial.ttf")


@pytest.fixture(scope="module")
def chinese() -> Path:
    return font_file("NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyh.ttc")


def drawn(
    lines: Sequence[str], font: Path, size: int, ink: str = "#222", paper: str = "white"
) -> NDArray[np.uint8]:
    image = Image.new("RGB", (900, 40 + len(lines) * size * 2), paper)
    draw = ImageDraw.Draw(image)
    for index, line in enumerate(lines):
        draw.text((40, 20 + index * size * 2), line, ink, ImageFont.truetype(str(font), size))
    return np.array(image)


def distance(a: str, b: str) -> int:
    """Levenshtein's edit distance."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (left != right))
    return row[-1]


def accuracy(found: Sequence[TextLine], expected: Sequence[str]) -> float:
    wanted = "\n".join(expected)
    return 1 - distance("\n".join(line.text for line in found), wanted) / len(wanted)


@pytest.mark.parametrize("size", [14, 20, 40])
@pytest.mark.parametrize(("ink", "paper"), [("#222", "white"), ("white", "#1e3a8a"), ("#666", "#f3f4f6")])
def test_english(latin: Path, size: int, ink: str, paper: str) -> None:
    lines = ENGLISH if size < 40 else ["Sign in with your e-mail", "Free shipping over $49"]
    assert accuracy(read_text(drawn(lines, latin, size, ink, paper), Progress()), lines) >= 0.97


@pytest.mark.parametrize("size", [16, 28])
def test_chinese(chinese: Path, size: int) -> None:
    found = read_text(drawn(CHINESE, chinese, size), Progress())
    assert accuracy(found, CHINESE) >= 0.95


def test_boxes_lie_round_the_text(latin: Path) -> None:
    line = read_text(drawn(["Place your order"], latin, 24), Progress())[0]
    left, top, right, bottom = ImageFont.truetype(str(latin), 24).getbbox("Place your order")
    assert line.box.x <= 40 + left
    assert line.box.right >= 40 + right - 2
    assert line.box.y <= 20 + top
    assert line.box.bottom >= 20 + bottom - 2
    assert line.box.w < right - left + 30
    assert line.box.h < 2 * (bottom - top)
    assert 0.8 < line.score <= 1


def test_words_far_apart_are_lines_of_their_own(latin: Path) -> None:
    image = Image.new("RGB", (800, 120), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(str(latin), 18)
    menu = ["Products", "Pricing", "Customers", "About us"]
    x = 30.0
    for word in menu:
        draw.text((x, 50), word, "#111", font)
        x += draw.textlength(word, font) + 36
    assert [line.text for line in read_text(np.array(image), Progress())] == menu


def test_single_narrow_characters_are_not_turned_over(latin: Path) -> None:
    image = Image.new("RGB", (400, 200), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(str(latin), 22)
    for index, digit in enumerate("1234"):
        draw.text((40 + 90 * index, 80), digit, "#111", font)
    assert [line.text for line in read_text(np.array(image), Progress())] == list("1234")


def test_reading_order_is_rows_then_columns(latin: Path) -> None:
    image = Image.new("RGB", (800, 300), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(str(latin), 20)
    for text, place in {"south-east": (500, 220), "north": (60, 40), "south-west": (60, 223)}.items():
        draw.text(place, text, "#111", font)
    found = [line.text for line in read_text(np.array(image), Progress())]
    assert found == ["north", "south-west", "south-east"]


def test_tall_pages_are_read_in_tiles_to_their_end(latin: Path) -> None:
    lines = [f"Paragraph number {n} of this page" for n in range(100, 190)]
    pixels = drawn(lines, latin, 20)
    assert pixels.shape[0] > 3600
    assert accuracy(read_text(pixels, Progress()), lines) >= 0.98


def test_empty_ground_round_the_text_moves_nothing(latin: Path) -> None:
    small = drawn(ENGLISH, latin, 20, paper="#e0f0ff")
    large = np.full((2600, 2300, 3), small[0, 0], np.uint8)
    large[2100 : 2100 + len(small), 1300:2200] = small
    alone, placed = read_text(small, Progress()), read_text(large, Progress())
    assert [line.text for line in placed] == [line.text for line in alone]
    for a, b in zip(alone, placed, strict=True):
        assert abs(b.box.x - 1300 - a.box.x) <= 4
        assert abs(b.box.y - 2100 - a.box.y) <= 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (2, 2), (5, 5), (31, 700), (700, 31)])
def test_tiny_and_empty_pictures(shape: tuple[int, int]) -> None:
    assert read_text(np.full((*shape, 3), 255, np.uint8), Progress()) == ()
    noise = np.random.default_rng(3).integers(0, 256, (*shape, 3), np.uint8)
    for line in read_text(noise, Progress()):
        assert line.box.right <= shape[1]
        assert line.box.bottom <= shape[0]


def test_progress_rises_and_texts_are_handed_out_as_found(latin: Path) -> None:
    fractions: list[float] = []
    texts: list[tuple[str, str]] = []
    progress = Progress(
        lambda fraction, message: fractions.append(fraction), lambda kind, text: texts.append((kind, text))
    )
    found = read_text(drawn(ENGLISH, latin, 20), progress)
    assert fractions == sorted(fractions)
    assert len(fractions) > len(ENGLISH)
    assert texts == [("reading", line.text) for line in found]


def test_cancel_stops_between_lines(latin: Path) -> None:
    texts: list[str] = []
    progress = Progress(
        on_partial=lambda _kind, text: texts.append(text), is_cancelled=lambda: len(texts) == 2
    )
    with pytest.raises(Cancelled):
        read_text(drawn(ENGLISH, latin, 20), progress)
    assert len(texts) == 2


def test_two_threads_at_once_read_the_same(latin: Path) -> None:
    pixels = drawn(ENGLISH, latin, 20)
    results: list[tuple[TextLine, ...]] = []
    threads = [
        threading.Thread(target=lambda: results.append(read_text(pixels, Progress(), threads=1)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    assert results[0] == results[1]


def test_heavy_imports_wait_and_nothing_is_printed() -> None:
    code = (
        "import sys, numpy as np, pixelwright.read.text as t\n"
        "heavy = {'cv2', 'onnxruntime', 'rapidocr'} & set(sys.modules)\n"
        "from pixelwright.progress import Progress\n"
        "p = np.full((200, 200, 3), 255, np.uint8); p[90:110, 50:150] = 0\n"
        "t.read_text(p, Progress())\n"
        "sys.exit(3 if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_page_in_a_browser(tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("no Chromium is installed")
    page = tmp_path / "page.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><body style='font:16px sans-serif;margin:40px'>"
        "<h1>Coffee for slow mornings</h1><p>Roasted in small batches, delivered within two days.</p>"
        "<button style='background:#0a7;color:#fff;border:0;padding:12px 24px'>Add to basket</button>"
        "<p>新鲜烘焙，全国包邮</p>",
        "utf-8",
    )
    shot = tmp_path / "shot.png"
    subprocess.run(
        [browser, "--headless=new", "--no-sandbox", "--hide-scrollbars", "--window-size=800,400",
         f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={shot}", page.as_uri()],
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    expected = [
        "Coffee for slow mornings",
        "Roasted in small batches, delivered within two days.",
        "Add to basket",
        "新鲜烘焙，全国包邮",
    ]
    assert accuracy(read_text(np.array(Image.open(shot).convert("RGB")), Progress()), expected) >= 0.95
