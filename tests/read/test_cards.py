"""The frame of a card goes round its photo and its words alike."""

from __future__ import annotations

from pixelwright.read.cards import with_photo_heads
from pixelwright.read.reading import Border, Box, Region

GREY = (231, 228, 218)
PHOTO = Box(61, 594, 272, 200)


def test_a_body_grows_to_hold_its_photo() -> None:
    body = Region(Box(60, 794, 274, 133), (255, 255, 255), Border(GREY, 1, (False, True, True, True)))
    (card,) = with_photo_heads([body], [PHOTO])
    assert card.box == Box(60, 593, 274, 334)
    assert card.border == Border(GREY, 1)


def test_a_frame_that_was_found_takes_the_colour_of_the_body() -> None:
    frame = Region(Box(60, 593, 274, 334), (228, 231, 226), Border(GREY, 1))
    body = Region(Box(61, 794, 272, 132), (255, 255, 255))
    (card,) = with_photo_heads([frame, body], [PHOTO])
    assert card.box == frame.box
    assert card.fill == (255, 255, 255)


def test_what_is_wider_or_apart_stays_as_it_is() -> None:
    band = Region(Box(0, 794, 1280, 300), (250, 250, 250))
    apart = Region(Box(61, 820, 272, 100), (255, 255, 255))
    assert with_photo_heads([band, apart], [PHOTO]) == [band, apart]
