"""What a reading keeps, and what it takes for a part of something else."""

from __future__ import annotations

from tests.page.drawing import Canvas

from pixelwright.progress import Progress
from pixelwright.read.screenshot import read_screenshot


def test_a_stroke_that_was_left_out_of_a_text_is_neither_line_nor_picture() -> None:
    canvas = Canvas(800, 300, "#ffffff")
    canvas.text(60, 60, "Call us on 1-800-FLOWERS", 32)
    ends = max(line.box.right for line in canvas.lines)
    canvas.box(int(ends) + 5, 62, 2, 32, "#222222")
    reading = read_screenshot(canvas.pixels, canvas.lines, Progress())
    assert reading.rules == ()
    assert reading.pictures == ()


def test_a_line_that_parts_two_columns_stays() -> None:
    canvas = Canvas(800, 300, "#ffffff")
    canvas.text(60, 60, "Left", 16)
    canvas.text(460, 60, "Right", 16)
    canvas.box(400, 40, 1, 200, "#cccccc")
    (rule,) = read_screenshot(canvas.pixels, canvas.lines, Progress()).rules
    assert rule.box.h == 200
