"""Which row of one page answers to which row of another, where one is longer here and there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BAND, _MOST_BANDS, _COLUMNS = 4, 600, 48
# What a step off the diagonal costs, as a difference in brightness: without it empty ground would drift.
_STRAY = 0.01


def align_rows(source: NDArray[np.uint8], page: NDArray[np.uint8]) -> NDArray[np.intp]:
    """For each row of `source` the row of `page` that answers to it, never falling.

    Dynamic time warping (Sakoe and Chiba 1978) over bands of rows, by their brightness and contrast in
    48 columns. Equal pictures give each row itself. Both are RGB of equal width.
    """
    band = max(_BAND, math.ceil(max(len(source), len(page)) / _MOST_BANDS))
    match = _warp(_features(source, band), _features(page, band))
    rows = np.arange(len(source))
    found = match[rows // band] * band + rows % band
    return np.asarray(np.minimum(found, len(page) - 1), np.intp)


def _features(image: NDArray[np.uint8], band: int) -> NDArray[np.float32]:
    """Mean and spread of the brightness, 0..1, for each band and column: [bands, 96]."""
    import cv2

    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32) / 255
    size = (_COLUMNS, math.ceil(len(grey) / band))
    whole = np.pad(grey, ((0, size[1] * band - len(grey)), (0, 0)), mode="edge")
    mean = cv2.resize(whole, size, interpolation=cv2.INTER_AREA)
    square = cv2.resize(whole * whole, size, interpolation=cv2.INTER_AREA)
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    return np.concatenate([mean, 2 * spread], axis=1, dtype=np.float32)


def _warp(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.intp]:
    """For each row of `a` the row of `b` on the cheapest path from both starts to both ends."""
    rows, columns = len(a), len(b)
    diagonal = np.zeros((rows, columns), bool)
    from_left = np.zeros((rows, columns), bool)
    before = np.full(columns, np.inf)
    for i in range(rows):
        here = np.abs(b - a[i]).mean(axis=1).astype(np.float64)
        across = np.concatenate([[0.0 if i == 0 else np.inf], before[:-1]])
        diagonal[i] = across <= before + _STRAY
        entered = np.minimum(across, before + _STRAY) + here
        # The running minimum does a whole row's steps to the right at once.
        walked = np.cumsum(here + _STRAY)
        best = walked + np.minimum.accumulate(entered - walked)
        from_left[i] = best < entered - 1e-9
        before = np.minimum(best, entered)
    match = np.zeros(rows, np.intp)
    i, j = rows - 1, columns - 1
    match[i] = j
    while i > 0 or j > 0:
        if from_left[i, j] and j > 0:
            j -= 1
        elif diagonal[i, j] and j > 0 and i > 0:
            i, j = i - 1, j - 1
        elif i > 0:
            i -= 1
        else:
            j -= 1
        match[i] = j
    return match
