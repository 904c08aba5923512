"""Screens with more pixels than they say: a page drawn at double density has everything twice as large.

A page is written in CSS pixels, so a picture from such a screen is scaled down once it has been read;
the pictures cut out of it keep all of their pixels.
"""

from __future__ import annotations

from dataclasses import replace

from pixelwright.read.reading import Border, Box, Picture, Reading, Region, Rule, Span, Text

_LEAST_LINES = 6  # fewer say too little
_TWICE, _THRICE = 22, 36  # pixels; the smaller print of a page has 11 to 16 CSS pixels
_WIDEST_PHONE = 1320  # pixels; only phones have three to a CSS pixel


def density(reading: Reading) -> int:
    """Pixels of the picture to a CSS pixel: 1, 2 or 3.

    At a higher density even the small print is large.
    """
    if len(reading.texts) < _LEAST_LINES:
        return 1
    sizes = sorted(text.font.size for text in reading.texts for _ in text.text)
    small = sizes[len(sizes) // 10]
    if small >= _THRICE and reading.width <= _WIDEST_PHONE:
        return 3
    return 2 if small >= _TWICE else 1


def in_css_pixels(reading: Reading, factor: int) -> Reading:
    """The reading of the same page at a density of 1."""
    if factor == 1:
        return reading
    scale = 1 / factor
    return Reading(
        round(reading.width * scale),
        round(reading.height * scale),
        reading.ground,
        tuple(_region(region, scale) for region in reading.regions),
        tuple(Picture(_box(picture.box, scale), picture.density) for picture in reading.pictures),
        tuple(_text(text, scale) for text in reading.texts),
        tuple(Rule(_box(rule.box, scale), rule.color) for rule in reading.rules),
    )


def _box(box: Box, scale: float) -> Box:
    return Box(*(value * scale for value in box))


def _region(region: Region, scale: float) -> Region:
    border = region.border
    if border:
        border = Border(border.color, max(1, round(border.width * scale)), border.sides)
    return replace(region, box=_box(region.box, scale), border=border, radius=region.radius * scale)


def _text(text: Text, scale: float) -> Text:
    return replace(
        text,
        spans=tuple(_span(span, scale) for span in text.spans),
        box=_box(text.box, scale),
        baseline=text.baseline * scale,
        font=replace(text.font, size=round(2 * text.font.size * scale) / 2),
    )


def _span(span: Span, scale: float) -> Span:
    return replace(span, box=_box(span.box, scale))
