"""Boxes, lines and pictures are found where they were drawn."""

from __future__ import annotations

import numpy as np
import pytest

from pixelwright.read.flat import flat_areas
from pixelwright.read.pictures import find_pictures
from pixelwright.read.reading import Box, Region
from tests.page.drawing import Canvas, login


def region_at(regions: tuple[Region, ...], x: float, y: float, w: float, h: float) -> Region:
    """The one region within two pixels of a box."""
    wanted = Box(x, y, w, h)
    near = [r for r in regions if all(abs(a - b) <= 2 for a, b in zip(r.box, wanted, strict=True))]
    assert len(near) == 1, [tuple(r.box) for r in regions]
    return near[0]


def test_areas_hold_touching_pixels_of_one_colour() -> None:
    pixels = np.zeros((4, 5, 3), np.uint8)
    pixels[:, 2] = 255
    areas = flat_areas(pixels, 1)
    left, line, right = areas.labels[0, 0], areas.labels[0, 2], areas.labels[0, 4]
    assert len({int(left), int(line), int(right)}) == 3
    assert areas.sizes[left] == 8
    assert tuple(areas.boxes[line]) == (2, 0, 1, 4)
    assert tuple(areas.colors[line]) == (255, 255, 255)


def test_a_slow_gradient_is_one_area() -> None:
    pixels = np.repeat(np.arange(200, dtype=np.uint8)[:, None, None], 30, axis=1).repeat(3, axis=2)
    areas = flat_areas(pixels, 1)
    assert len(np.unique(areas.labels)) == 1


@pytest.mark.parametrize("radius", [0, 6, 12])
def test_a_box_has_its_place_fill_border_and_corners(radius: int) -> None:
    canvas = Canvas()
    canvas.box(100, 80, 300, 120, "#d0e0f0", "#405060", radius)
    region = region_at(canvas.reading().regions, 100, 80, 300, 120)
    assert region.fill == (0xD0, 0xE0, 0xF0)
    assert region.border is not None
    assert region.border.color == (0x40, 0x50, 0x60)
    assert region.border.width == 1
    assert region.border.sides == (True, True, True, True)
    assert abs(region.radius - radius) <= max(2, 0.35 * radius)


def test_a_white_card_on_nearly_white_ground_is_found() -> None:
    canvas = Canvas(ground="#f8f9fa")
    canvas.box(50, 50, 400, 300, "#ffffff")
    reading = canvas.reading()
    assert reading.ground == (0xF8, 0xF9, 0xFA)
    assert region_at(reading.regions, 50, 50, 400, 300).border is None


def test_a_circle_is_a_region_with_the_greatest_radius() -> None:
    canvas = Canvas()
    canvas.box(200, 200, 40, 40, "#20a060", None, 20)
    region = region_at(canvas.reading().regions, 200, 200, 40, 40)
    assert region.radius >= 17


def test_slices_of_one_frame_get_a_card_around_them() -> None:
    canvas = Canvas(ground="#eeeeee")
    canvas.box(100, 100, 300, 220, "#ffffff", "#999999")
    canvas.box(101, 101, 298, 60, "#dde4ee")
    canvas.draw.line((100, 161, 399, 161), fill="#999999")
    regions = canvas.reading().regions
    card = region_at(regions, 100, 100, 300, 220)
    assert card.border is not None
    head = next(r for r in regions if r.fill == (0xDD, 0xE4, 0xEE))
    assert card.box.covers(head.box)


def test_letters_and_underlines_are_no_regions_or_rules() -> None:
    canvas = Canvas()
    box = canvas.text(100, 100, "ILL WILL", 40)
    canvas.draw.line((box.x, box.bottom - 1, box.right, box.bottom - 1), fill="#222222", width=2)
    reading = canvas.reading()
    assert not reading.regions
    assert not reading.rules


def test_a_line_between_texts_is_a_rule() -> None:
    canvas = Canvas()
    canvas.text(100, 100, "Above", 20)
    canvas.draw.line((100, 150, 599, 150), fill="#cccccc")
    canvas.text(100, 180, "Below", 20)
    (rule,) = canvas.reading().rules
    assert tuple(rule.box) == (100, 150, 500, 1)
    assert rule.color == (0xCC, 0xCC, 0xCC)


def test_a_photo_is_one_picture_in_its_place() -> None:
    canvas = Canvas()
    canvas.photo(120, 90, 320, 240)
    canvas.text(120, 350, "A view", 16)
    (picture,) = canvas.reading().pictures
    assert all(abs(a - b) <= 3 for a, b in zip(picture.box, (120, 90, 320, 240), strict=True))


def test_a_card_on_a_photo_stays_a_card() -> None:
    canvas = Canvas()
    canvas.photo(0, 0, 800, 600)
    canvas.box(250, 150, 300, 250, "#ffffff")
    canvas.text(280, 180, "Sign in", 24)
    reading = canvas.reading()
    region_at(reading.regions, 250, 150, 300, 250)
    assert len(reading.pictures) == 1
    assert reading.pictures[0].box.area > 0.95 * 800 * 600


def test_the_bars_of_a_chart_are_a_picture() -> None:
    canvas = Canvas()
    for number, height in enumerate((40, 90, 60, 120, 75, 100)):
        canvas.box(200 + 30 * number, 300 - height, 20, height, "#3070c0")
    reading = canvas.reading()
    assert len(reading.pictures) == 1
    assert not reading.regions
    assert reading.pictures[0].box.w == pytest.approx(170, abs=4)


def test_a_soft_shadow_is_no_picture() -> None:
    canvas = Canvas()
    for step in range(20, 0, -1):
        grey = 255 - 5 * (21 - step)
        canvas.box(300 - step, 200 - step, 200 + 2 * step, 44 + 2 * step, (255, grey, grey), None, 6 + step)
    canvas.box(300, 200, 200, 44, "#d03020", None, 6)
    canvas.text(350, 212, "Upgrade", 18, "#ffffff")
    reading = canvas.reading()
    assert not reading.pictures
    button = region_at(reading.regions, 300, 200, 200, 44)
    assert button.shadow


def test_a_login_form_has_its_boxes() -> None:
    regions = login().reading().regions
    for box in ((270, 80, 360, 440), (300, 230, 300, 40), (300, 315, 300, 40), (300, 415, 300, 44)):
        region_at(regions, *box)


def test_boxes_within_an_outlined_icon_are_parts_of_it() -> None:
    canvas = Canvas()
    canvas.box(100, 100, 64, 56, "#0d6efd")
    canvas.box(104, 104, 56, 10, "#ffffff")
    canvas.box(104, 118, 56, 34, "#ffffff")
    pixels = np.asarray(canvas.image)
    inner = Region(Box(104, 104, 56, 10), (255, 255, 255))
    residue = find_pictures(pixels, (255, 255, 255), [inner], [], [])
    assert residue.regions == ()
    assert [tuple(picture.box) for picture in residue.pictures] == [(100, 100, 64, 56)]
