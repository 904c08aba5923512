"""Photos are found to the pixel; what a page draws itself is none."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pixelwright.read.flat import flat_areas, noise_tolerance
from pixelwright.read.photos import find_photos
from pixelwright.read.reading import Box

Pixels = NDArray[np.uint8]


def blank(width: int = 600, height: int = 400, shade: int = 250) -> Pixels:
    return np.full((height, width, 3), shade, np.uint8)


def photos(pixels: Pixels, texts: tuple[Box, ...] = ()) -> tuple[Box, ...]:
    return find_photos(pixels, flat_areas(pixels, noise_tolerance(pixels)), texts)


def noise(width: int, height: int) -> Pixels:
    return np.random.default_rng(1).integers(40, 200, (height, width, 3), np.uint8)


def still_life(width: int, height: int) -> Pixels:
    """A smooth wall above a smooth table, and a ball before them."""
    y, x = np.mgrid[0:height, 0:width]
    wall = 235 - 40 * y / height
    table = 150 - 30 * (y - 0.6 * height) / height
    picture = np.where(y < 0.6 * height, wall, table)
    radius = height / 4
    away = np.hypot(x - width / 2, y - height * 0.55)
    ball = 200 - 120 * np.hypot(x - width * 0.45, y - height * 0.45) / radius / 2
    picture = np.where(away < radius, ball, picture)
    return np.repeat(picture[..., None], 3, axis=2).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("make", [noise, still_life])
def test_a_photo_is_found_to_the_pixel(make) -> None:  # type: ignore[no-untyped-def]
    page = blank()
    page[80:280, 120:420] = make(300, 200)
    assert photos(page) == (Box(120, 80, 300, 200),)


def test_photos_side_by_side_stay_apart() -> None:
    page = blank()
    page[50:150, 50:200] = still_life(150, 100)
    page[50:150, 208:358] = still_life(150, 100)
    assert sorted(photos(page)) == [Box(50, 50, 150, 100), Box(208, 50, 150, 100)]


def test_flat_boxes_text_and_gradients_are_no_photos() -> None:
    page = blank()
    page[20:120, 20:220] = (30, 90, 200)
    page[20:22, 20:220] = 0
    fade = np.linspace(0, 1, 100)[:, None, None]
    page[200:300, 40:560] = ((1 - fade) * (90, 60, 200) + fade * (30, 160, 220)).astype(np.uint8)
    page[330:350, 40:300] = np.where(noise(260, 20) > 120, 20, 250)
    assert photos(page, (Box(40, 330, 260, 20),)) == ()


def test_words_on_a_photo_leave_it_whole() -> None:
    page = blank()
    page[80:280, 120:420] = still_life(300, 200)
    page[120:150, 150:300] = 255
    assert photos(page, (Box(150, 120, 150, 30),)) == (Box(120, 80, 300, 200),)


def test_a_soft_shadow_is_no_photo() -> None:
    page = blank()
    for depth in range(12, 0, -1):
        page[100 - depth : 200 + depth, 100 - depth : 300 + depth] = 250 - (12 - depth) * 4
    page[100:200, 100:300] = 255
    assert photos(page) == ()


def test_a_photo_with_a_quiet_ground_is_one_photo() -> None:
    page = blank()
    grain = np.random.default_rng(2).random((200, 300))
    ground = 140 + 2.8 * np.sin(np.linspace(0, 6.28, 200))[:, None] + (grain > 0.9)
    page[80:280, 120:420] = np.repeat(ground[..., None], 3, axis=2).astype(np.uint8)
    page[120:180, 180:240] = noise(60, 60)
    page[200:260, 320:380] = noise(60, 60)
    assert photos(page, (Box(190, 90, 120, 20),)) == (Box(120, 80, 300, 200),)


def test_a_fill_with_soft_shadows_is_no_photo() -> None:
    page = blank()
    for x in (60, 220, 380):
        for step in range(8):
            page[100 - 8 + step : 260 + 8 - step, x - 8 + step : x + 128 - step] = 249 - step
        page[100:260, x : x + 120] = 255
    assert photos(page) == ()
