"""Where text stands in a picture: the detector, run over tiles, and its boxes."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from pixelwright.progress import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pixelwright.read.text_models import TextModels

# The detector takes about 300 bytes a pixel; a tile of this size keeps it under half a gigabyte.
_TILE_PIXELS = 1_600_000
_TILE_MAX_SIDE = 2048
# Each tile sees this much of its neighbours, so that no line is judged by half of its height.
_MARGIN = 64
# Text smaller than the detector knows is enlarged, and photos are shrunk, by their short side.
_SHORT_SIDE = (736, 2048)
_MAX_ENLARGEMENT = 2.0
# Steps smaller than this, in grey levels, are no text that anybody could read.
_FAINTEST = 8
_RIM = 32
# PaddleOCR's own values for the post-processing of Differentiable Binarization (arXiv:1911.08947).
_THRESHOLD, _BOX_THRESHOLD, _UNCLIP, _MAX_BOXES = 0.3, 0.5, 1.6, 20_000


def detect_text(bgr: NDArray[np.uint8], models: TextModels, progress: Progress) -> NDArray[np.float32]:
    """Quadrilaterals [N, 4, 2] (x, y in pixels; clockwise from the top left) round the lines of text."""
    import cv2
    from rapidocr.ch_ppocr_det.utils import DBPostProcess

    height, width = bgr.shape[:2]
    scale = _scale(min(height, width))
    if scale != 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        scaled = np.asarray(cv2.resize(bgr, size, interpolation=method), np.uint8)
    else:
        scaled = bgr
    probability = _probabilities(scaled, models, progress)
    post = DBPostProcess(_THRESHOLD, _BOX_THRESHOLD, _MAX_BOXES, _UNCLIP, "fast", use_dilation=True)
    boxes, _scores = post(probability[None, None], (height, width))
    return np.asarray(boxes, np.float32).reshape(-1, 4, 2)


def _scale(short_side: int) -> float:
    least, most = _SHORT_SIDE
    if short_side < least:
        return min(_MAX_ENLARGEMENT, least / short_side)
    return min(1.0, most / short_side)


def _probabilities(bgr: NDArray[np.uint8], models: TextModels, progress: Progress) -> NDArray[np.float32]:
    """The detector's map [H, W], put together from the middles of overlapping tiles."""
    height, width = bgr.shape[:2]
    result = np.zeros((height, width), np.float32)
    columns = _cuts(width, _TILE_MAX_SIDE)
    tile_width = max(right - left for left, right in columns)
    rows = _cuts(height, max(256, _TILE_PIXELS // tile_width))
    tiles = [(row, column) for row in rows for column in columns]
    for done, ((top, bottom), (left, right)) in enumerate(tiles):
        progress.report(done / len(tiles), "Looking for text")
        y0, y1 = max(0, top - _MARGIN), min(height, bottom + _MARGIN)
        x0, x1 = max(0, left - _MARGIN), min(width, right + _MARGIN)
        drawn = _drawn(bgr[y0:y1, x0:x1])
        if drawn is None:
            continue
        y0, y1, x0, x1 = y0 + drawn[0], y0 + drawn[1], x0 + drawn[2], x0 + drawn[3]
        seen = models.detect(_batch(bgr[y0:y1, x0:x1]))
        up, down, start, end = max(top, y0), min(bottom, y1), max(left, x0), min(right, x1)
        result[up:down, start:end] = seen[up - y0 : down - y0, start - x0 : end - x0]
    return result


def _drawn(tile: NDArray[np.uint8]) -> tuple[int, int, int, int] | None:
    """The rows and columns [top, bottom) and [left, right) outside which a tile is empty; None if all is.

    Pages have wide empty margins, and the detector takes as long for them as for text.
    """
    # Neighbours in one direction suffice for either: no glyph is without a step along its rows.
    steps = (np.maximum(tile[:, 1:], tile[:, :-1]) - np.minimum(tile[:, 1:], tile[:, :-1])).max(axis=2)
    found = steps >= _FAINTEST
    rows, columns = np.flatnonzero(found.any(axis=1)), np.flatnonzero(found.any(axis=0))
    if not len(rows):
        return None
    return (
        max(0, int(rows[0]) - _RIM),
        min(tile.shape[0], int(rows[-1]) + 1 + _RIM),
        max(0, int(columns[0]) - _RIM),
        min(tile.shape[1], int(columns[-1]) + 2 + _RIM),
    )


def _cuts(length: int, most: int) -> list[tuple[int, int]]:
    """0..length in equal pieces of at most `most`."""
    count = math.ceil(length / most)
    edges = [round(length * i / count) for i in range(count + 1)]
    return list(itertools.pairwise(edges))


def _batch(tile: NDArray[np.uint8]) -> NDArray[np.float32]:
    height, width = tile.shape[:2]
    # Padding keeps the glyphs as sharp as they are; resizing to a multiple of 32 would not.
    padded = np.pad(tile, ((0, -height % 32), (0, -width % 32), (0, 0)), mode="edge")
    batch = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32)
    batch *= 2 / 255
    batch -= 1
    return batch
