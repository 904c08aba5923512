"""Photographs and shaded drawings, told from flat boxes by their pixels.

What a page draws itself is flat: neighbouring pixels are equal. In a photo they hardly ever are: it falls
into specks, and where it is smooth into areas whose colour drifts. Both together, and what they enclose,
make its outline, exact to the pixel, for where it meets the page there is a step.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pixelwright.read.fades import EVEN, fit_fade
from pixelwright.read.flat import DRIFT, SPECK, FlatAreas
from pixelwright.read.reading import Box

_LEAST_SIDE = 28  # of a photo, in pixels
_THIN = 19  # shadows, icons and unread words are thinner than that; odd, for it has a middle
_FULL = 0.72  # least share of its box that a photo fills; a disc fills 0.785
_LIVELY = 0.35  # least share of its box that is not flat
_GRAIN = 1.2  # least standard deviation of the colour of a photo's quiet ground, which the page's fills lack
_GRAINY = (
    0.04  # least share of a ground's neighbours that are not quite equal; in fills they are, but for edges
)
_ONE_COLOR = 0.65  # most of a photo's ground that is of one colour to the bit
_GROUND = 2500  # least pixels of such a ground
_ONE_FADE = 0.85  # share of a shape that one even fade explains: then it is a fill and no photo


def find_photos(pixels: NDArray[np.uint8], areas: FlatAreas, texts: Sequence[Box]) -> tuple[Box, ...]:
    """Boxes of the photos in `pixels` [H, W, 3], larger ones first."""
    drifting = (areas.sizes >= SPECK) & (areas.drifts > DRIFT)
    restless = drifting | (areas.sizes < SPECK)
    restless[_quiet_grounds(pixels, areas)] = True
    lively = restless[areas.labels].astype(np.uint8)
    for text in texts:
        lively[_inside(text, 2, lively.shape)] = 0
    shapes = cv2.morphologyEx(lively, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(shapes, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    whole = np.zeros_like(shapes)
    cv2.drawContours(whole, contours, -1, 1, cv2.FILLED)
    whole = cv2.morphologyEx(whole, cv2.MORPH_OPEN, np.ones((_THIN, _THIN), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=4)
    found = []
    for number, (x, y, w, h, size) in enumerate(stats[1:], start=1):
        if min(w, h) < _LEAST_SIDE or size < _FULL * w * h:
            continue
        here = (slice(y, y + h), slice(x, x + w))
        shape = (labels[here] == number) & (lively[here] > 0)
        if shape.sum() < _LIVELY * w * h:
            continue  # a flat box within a soft frame
        if not _is_one_fade(pixels[here], areas.labels[here], drifting, shape):
            found.append(Box(int(x), int(y), int(w), int(h)))
    return tuple(sorted(found, key=lambda box: -box.area))


def _quiet_grounds(pixels: NDArray[np.uint8], areas: FlatAreas) -> list[int]:
    """Numbers of the areas that are nearly flat, but grainy as only photos are."""
    likely = (areas.sizes >= _GROUND) & (areas.drifts > _GRAIN) & (areas.drifts <= DRIFT)
    found = []
    for index in map(int, np.flatnonzero(likely)):
        x, y, w, h = (int(v) for v in areas.boxes[index])
        here = (slice(y, y + h), slice(x, x + w))
        mask = areas.labels[here] == index
        pairs = mask[:, 1:] & mask[:, :-1]
        unequal = (pixels[here][:, 1:] != pixels[here][:, :-1]).any(axis=2)
        if unequal[pairs].mean() < _GRAINY or fit_fade(pixels[here], mask).misfit < EVEN / 2:
            continue
        colors = pixels[here][mask].astype(np.int32) @ np.array([1 << 16, 1 << 8, 1])
        # A fill with soft shadows on it is of one colour but for these.
        if np.bincount(colors).max() <= _ONE_COLOR * len(colors):
            found.append(index)
    return found


def _inside(box: Box, grow: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, bottom = max(0, int(box.y - grow)), min(shape[0], int(box.bottom + grow))
    left, right = max(0, int(box.x - grow)), min(shape[1], int(box.right + grow))
    return slice(top, bottom), slice(left, right)


def _is_one_fade(
    pixels: NDArray[np.uint8],
    labels: NDArray[np.int32],
    drifting: NDArray[np.bool_],
    shape: NDArray[np.bool_],
) -> bool:
    """Is most of a shape one area that fades evenly, as a gradient drawn by the page does?"""
    inside = labels[shape]
    if not inside.size:
        return False
    counts = np.bincount(inside)
    largest = int(counts.argmax())
    if not drifting[largest] or counts[largest] < _ONE_FADE * inside.size:
        return False
    return fit_fade(pixels, (labels == largest) & shape).misfit < EVEN
