"""A picture from a dense screen is read as the page that it shows."""

from __future__ import annotations

import pytest

from pixelwright.read.density import density, in_css_pixels
from pixelwright.read.reading import Border, Box, Font, Reading, Region, Span, Text


def text(size: float, y: float) -> Text:
    box = Box(40, y, 300, size)
    span = Span("Some words of a page", box, (0, 0, 0))
    return Text((span,), box, y + size, Font("sans", size, 400, 0), (255, 255, 255))


def page(width: int, sizes: list[float]) -> Reading:
    texts = tuple(text(size, 50 * number) for number, size in enumerate(sizes))
    card = Region(Box(20, 20, 600, 400), (255, 255, 255), Border((0, 0, 0), 2), radius=16)
    return Reading(width, 2000, (250, 250, 250), (card,), (), texts)


@pytest.mark.parametrize(
    ("width", "sizes", "expected"),
    [
        (1280, [40, 16, 16, 14, 12, 16, 16], 1),
        (1280, [64, 21, 21, 20, 20, 21], 1),
        (2560, [80, 32, 32, 28, 24, 32, 32], 2),
        (750, [48, 32, 32, 28, 26, 32, 32], 2),
        (1170, [96, 48, 48, 42, 39, 48, 48], 3),
        (2560, [90, 40], 1),  # too little to tell
        (3840, [30, 16, 16, 16, 13, 16], 1),
    ],
)
def test_density(width: int, sizes: list[float], expected: int) -> None:
    assert density(page(width, sizes)) == expected


def test_everything_shrinks() -> None:
    reading = in_css_pixels(page(2560, [32.0] * 6), 2)
    assert (reading.width, reading.height) == (1280, 1000)
    assert reading.regions[0].box == Box(10, 10, 300, 200)
    assert reading.regions[0].border == Border((0, 0, 0), 1)
    assert reading.regions[0].radius == 8
    assert reading.texts[1].font.size == 16
    assert reading.texts[1].baseline == 41
    assert reading.texts[1].spans[0].box == Box(20, 25, 150, 16)
