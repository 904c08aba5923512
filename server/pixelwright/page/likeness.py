"""How alike two pictures of pages are, 0..1, in parts that can be explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pixelwright.page.alignment import align_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What each part counts for in the whole.
WEIGHTS = {"structure": 0.35, "edges": 0.3, "colour": 0.2, "position": 0.05, "size": 0.1}

# Empty ground fills most of a page and is alike by chance: it counts for this much of what is drawn.
_GROUND_WEIGHT = 0.05
_FLAT = 4.0  # grey levels of local deviation that are still ground
# Coarser scales forgive shifts that no reader notices (scales as in Wang et al. 2003, DOI
# 10.1109/ACSSC.2003.1292216; averaged here, so that every part of the page can be weighted).
_SCALE_WEIGHTS = (0.15, 0.25, 0.3, 0.3)
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # SSIM's own constants (Wang et al. 2004)
_EDGE, _EDGE_REACH = 40.0, 4
_LOST = 0.25  # a mean shift of so much of the height leaves nothing where it was
_CELL = 16
_FAR = 40.0  # a colour difference (CIE76) that nobody calls alike


def likeness(source: NDArray[np.uint8], page: NDArray[np.uint8]) -> tuple[float, dict[str, float]]:
    """The likeness of two RGB pictures [H, W, 3] of equal width, and its parts (see `WEIGHTS`).

    structure: SSIM over four scales; edges: F-measure of outlines, which mostly are text, found within
    4 pixels of each other; colour: CIELAB distance on a grid of 16 pixels; position: how little rows
    stand higher or lower; size: ratio of the heights. The first three are taken after the rows of the
    page were brought to where the source has them: one gap too wide must not spoil all below it.
    """
    rows = align_rows(source, page)
    moved = page[rows]
    shift = float(np.abs(rows - np.arange(len(source))).mean())
    parts = {
        "structure": _structure(source, moved),
        "edges": _edges(source, moved),
        "colour": _colour(source, moved),
        "position": max(0.0, 1 - shift / (_LOST * len(source))),
        "size": min(len(source), len(page)) / max(len(source), len(page)),
    }
    return sum(WEIGHTS[name] * value for name, value in parts.items()), parts


def padded(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Both with white added below the shorter."""
    height = max(len(a), len(b))
    first, second = (
        np.pad(image, ((0, height - len(image)), (0, 0), (0, 0)), constant_values=255) for image in (a, b)
    )
    return first, second


def lab(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """sRGB to CIELAB (L 0..100), shape kept."""
    import cv2

    return np.asarray(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _grey(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.float32)


def _blur(image: NDArray[np.float32]) -> NDArray[np.float32]:
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (11, 11), 1.5, borderType=cv2.BORDER_REPLICATE), np.float32)


def _structure(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    import cv2

    x, y = _grey(a), _grey(b)
    total = weights = 0.0
    for weight in _SCALE_WEIGHTS:
        total += weight * _ssim(x, y)
        weights += weight
        size = (x.shape[1] // 2, x.shape[0] // 2)
        if min(size) < 8:
            break
        x, y = (np.asarray(cv2.resize(g, size, interpolation=cv2.INTER_AREA), np.float32) for g in (x, y))
    return max(0.0, total / weights)


def _ssim(x: NDArray[np.float32], y: NDArray[np.float32]) -> float:
    mean_x, mean_y = _blur(x), _blur(y)
    var_x = np.maximum(_blur(x * x) - mean_x * mean_x, 0)
    var_y = np.maximum(_blur(y * y) - mean_y * mean_y, 0)
    covariance = _blur(x * y) - mean_x * mean_y
    ssim = ((2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)) / (
        (mean_x * mean_x + mean_y * mean_y + _C1) * (var_x + var_y + _C2)
    )
    drawn = np.maximum(var_x, var_y) > _FLAT**2
    return float(np.average(np.minimum(ssim, 1), weights=np.where(drawn, 1.0, _GROUND_WEIGHT)))


def _edges(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    import cv2

    first, second = _outlines(a), _outlines(b)
    if not first.any() and not second.any():
        return 1.0
    if not first.any() or not second.any():
        return 0.0
    reach = np.ones((2 * _EDGE_REACH + 1, 2 * _EDGE_REACH + 1), np.uint8)
    near_first, near_second = (np.asarray(cv2.dilate(e, reach), np.uint8) for e in (first, second))
    precision = float((second & near_first).sum() / second.sum())
    recall = float((first & near_second).sum() / first.sum())
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _outlines(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    import cv2

    grey = _grey(image)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return (cv2.magnitude(across, down) > _EDGE).astype(np.uint8)


def _colour(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    import cv2

    size = (max(1, a.shape[1] // _CELL), max(1, a.shape[0] // _CELL))
    x, y = (lab(np.asarray(cv2.resize(i, size, interpolation=cv2.INTER_AREA), np.uint8)) for i in (a, b))
    distance = np.minimum(np.sqrt(((x - y) ** 2).sum(axis=2)) / _FAR, 1)
    # Cells that have the ground's colour in both say little.
    ground = np.median(x.reshape(-1, 3), axis=0)
    off = [np.sqrt(((cells - ground) ** 2).sum(axis=2)) > 3 for cells in (x, y)]
    weights = np.where(off[0] | off[1], 1.0, _GROUND_WEIGHT)
    return float(1 - np.average(distance, weights=weights))
