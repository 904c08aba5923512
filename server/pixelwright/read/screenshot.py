"""From the pixels of a screenshot and its lines of text to a reading."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from pixelwright.progress import Progress
from pixelwright.read import metrics
from pixelwright.read.cards import with_photo_heads
from pixelwright.read.flat import flat_areas, noise_tolerance
from pixelwright.read.ink import InkedText, commonest, inked_texts
from pixelwright.read.photos import find_photos
from pixelwright.read.pictures import find_pictures
from pixelwright.read.reading import Box, Picture, Reading, Region, Rgb, TextLine
from pixelwright.read.regions import find_regions, find_rules
from pixelwright.read.typography import set_texts

_LEAST_SCORE = 0.5
_HUGE, _MUCH_HIGHER = 72, 3  # a lone character above both this height and this many usual ones is none
_SURE = 0.97  # score from which on what was read is text, whatever it stands on
_OF_INK = 24  # greatest difference, 0..255, of a pixel from its text's colour
_ONE_INK = 0.08  # share of its ink that is of one colour to the bit: photos have less, drawn text more


def _is_glyph(line: TextLine) -> bool:
    """Is the line rather an icon than a text: one odd sign, square, and not a digit?"""
    text = line.text.strip()
    if len(text) >= 5 and len(set(text)) == 1 and line.box.w > 2 * line.box.h:
        return False  # a line drawn with characters
    if not text or line.score < _LEAST_SCORE or not any(c.isalnum() or ord(c) > 0x7F for c in text):
        return not any(c in "$€£%&?!+-×—|•·…/<>»«" for c in text)
    if len(text) > 1:
        return False
    squarish = 0.6 < line.box.w / max(1.0, line.box.h) < 1.7
    return not text.isdigit() and (squarish or line.score < 0.8)


def plausible_lines(lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines without icons that were read as letters."""
    wide = sum(metrics.is_wide(c) for line in lines for c in line.text)
    letters = sum(len(line.text) for line in lines)
    latin = wide < 0.05 * letters
    usual = median(line.box.h for line in lines) if lines else 0.0
    return [
        line
        for line in lines
        if not _is_glyph(line)
        and not (len(line.text.strip()) == 1 and line.box.h > max(_HUGE, _MUCH_HIGHER * usual))
        and not (latin and len(line.text.strip()) <= 2 and any(metrics.is_wide(c) for c in line.text))
    ]


def _ground(pixels: NDArray[np.uint8], regions: Sequence[Region]) -> Rgb:
    """The commonest colour outside the regions, or of the whole where they cover all."""
    height, width = pixels.shape[:2]
    free = np.ones((height, width), bool)
    for region in regions:
        box = region.box
        free[max(0, int(box.y)) : int(box.bottom), max(0, int(box.x)) : int(box.right)] = False
    sample = pixels[free] if free.mean() > 0.02 else pixels
    r, g, b = (round(float(v)) for v in commonest(sample))
    return r, g, b


def _on_edge(line: Box, region: Region) -> bool:
    """Does a thin line run along an edge of a region, as its border or shadow does?"""
    box, reach = region.box, 28 if region.shadow and region.box.h < 100 else 6
    if line.w >= line.h:
        near = min(abs(line.y - box.y), abs(line.bottom - box.bottom)) <= reach
        return near and line.x >= box.x - reach and line.right <= box.right + reach and line.w >= 0.5 * box.w
    near = min(abs(line.x - box.x), abs(line.right - box.right)) <= reach
    return near and line.y >= box.y - reach and line.bottom <= box.bottom + reach and line.h >= 0.5 * box.h


def _beside(photos: Sequence[Box], regions: Sequence[Region], texts: Sequence[Box]) -> list[Region]:
    """The regions but for parts of photos: what lies in one and has nothing written on it, or fades."""
    return [
        region
        for region in regions
        if not any(photo.overlap(region.box) > 0.9 * region.box.area for photo in photos)
        or (region.fill_end is None and any(region.box.covers(text, 2) for text in texts))
    ]


def _is_texture(pixels: NDArray[np.uint8], line: TextLine, text: InkedText, photos: Sequence[Box]) -> bool:
    """Is a text a part of a photo that was read as words: not surely read, and in no single colour?"""
    box = text.box
    if line.score >= _SURE or not any(photo.overlap(box) > 0.9 * box.area for photo in photos):
        return False
    here = pixels[int(box.y) : int(box.bottom), int(box.x) : int(box.right)].astype(np.int32)
    ink = here[np.abs(here - text.spans[0].color).max(axis=2) <= _OF_INK]
    if not len(ink):
        return True
    commonest_share = np.bincount(ink @ np.array([1 << 16, 1 << 8, 1])).max() / len(ink)
    return bool(commonest_share < _ONE_INK)


def _hides(picture: Box, box: Box, regions: Sequence[Region]) -> bool:
    """Is a box a part of a picture, and not of a panel that lies on it?"""
    if picture.overlap(box) <= 0.5 * box.area:
        return False
    return not any(region.box.covers(box, 2) and picture.covers(region.box, 2) for region in regions)


def _in_picture(box: Box, pictures: Sequence[Picture]) -> bool:
    """Is a text of this box part of a picture: in a small one, or tiny in a large one?"""
    for picture in pictures:
        if picture.box.overlap(box) < 0.7 * box.area:
            continue
        tight = picture.box.h < 2.2 * box.h and picture.box.w < 2 * box.w + 40
        if tight or max(picture.box.w, picture.box.h) < 90:
            return True
    return False


def _is_end_stroke(box: Box, texts: Sequence[Box]) -> bool:
    """Is it the stroke of a letter at the end of a text that OCR left out: a bracket, an I, a bar?"""
    if box.w > 0.5 * box.h:
        return False
    return any(
        box.h <= 1.5 * text.h
        and box.w <= 0.4 * text.h
        and text.y < box.centre[1] < text.bottom
        and (0 <= box.x - text.right < 0.6 * text.h or 0 <= text.x - box.right < 0.3 * text.h)
        for text in texts
    )


def read_screenshot(pixels: NDArray[np.uint8], lines: Sequence[TextLine], progress: Progress) -> Reading:
    """Read regions, pictures, rules and text styles from RGB pixels [H, W, 3] and the lines found by OCR."""
    height, width = pixels.shape[:2]
    progress.report(0.0, "Looking at the ink")
    found: list[tuple[TextLine, InkedText]] = []
    for line in plausible_lines(lines):
        progress.check()
        found.extend((line, text) for text in inked_texts(pixels, line))
    progress.report(0.3, "Looking for boxes")
    areas = flat_areas(pixels, noise_tolerance(pixels))
    progress.check()
    photos = find_photos(pixels, areas, [text.box for _, text in found])
    inked = [text for line, text in found if not _is_texture(pixels, line, text, photos)]
    boxes = [text.box for text in inked]
    progress.check()
    regions = _beside(photos, find_regions(pixels, areas, boxes, progress), boxes)
    regions = with_photo_heads(regions, photos)
    rules = find_rules(areas, boxes)
    ground = _ground(pixels, regions)
    progress.report(0.7, "Looking for pictures")
    residue = find_pictures(pixels, ground, regions, boxes, rules, photos)
    progress.report(0.9, "Measuring the type")
    texts = set_texts([t for t in inked if not _in_picture(t.box, residue.pictures)])
    pictures = tuple(p for p in residue.pictures if not _is_end_stroke(p.box, boxes))
    rules = tuple(
        rule
        for rule in rules
        if not _is_end_stroke(rule.box, boxes)
        and not any(_hides(p.box, rule.box, residue.regions) for p in pictures)
        and not any(_on_edge(rule.box, region) for region in residue.regions)
    )
    return Reading(width, height, ground, residue.regions, pictures, texts, rules)
