"""Even fades (linear gradients): fitted to an area's pixels, and painted."""

from __future__ import annotations

from math import atan2, cos, degrees, radians, sin
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pixelwright.read.reading import Box, Region, Rgb

EVEN = 2.0  # greatest misfit, in 0..255, of what is a fade at all
_SAMPLES = 4000


class Fade(NamedTuple):
    """Colours at both ends and the direction in degrees as CSS counts it: 0 up, 90 to the right, 180 down.

    `misfit` is the root mean square distance of the pixels from it, in 0..255.
    """

    start: Rgb
    end: Rgb
    angle: float
    misfit: float


def fit_fade(pixels: NDArray[np.uint8], mask: NDArray[np.bool_]) -> Fade:
    """The fade over `pixels` [H, W, 3] that is nearest to the masked ones: a plane of colour over place."""
    y, x = np.nonzero(mask)
    step = max(1, len(y) // _SAMPLES)
    y, x = y[::step], x[::step]
    height, width = mask.shape
    places = np.stack([np.ones(len(y)), x - width / 2, y - height / 2], axis=1)
    colors = pixels[y, x].astype(np.float64)
    plane, *_ = np.linalg.lstsq(places, colors, rcond=None)
    misfit = float(np.sqrt(((colors - places @ plane) ** 2).mean()))
    middle, across, down = plane
    strongest = int(np.argmax(np.hypot(across, down)))
    angle = _snapped(degrees(atan2(across[strongest], -down[strongest])) % 360)
    # The two directions of one line are one fade: write it downwards or to the right.
    if not 45 < angle <= 225:
        angle = (angle + 180) % 360
    dx, dy = sin(radians(angle)), -cos(radians(angle))
    half = (across * dx + down * dy) * _length(width, height, angle) / 2
    return Fade(_rgb(middle - half), _rgb(middle + half), angle, misfit)


def paint_fade(canvas: NDArray[np.uint8], region: Region, box: Box) -> None:
    """Paint a region's fade into a canvas [H, W, 3], cut to `box`."""
    if region.fill_end is None:
        return
    top, left = max(0, int(box.y)), max(0, int(box.x))
    target = canvas[top : int(box.bottom), left : int(box.right)]
    height, width = target.shape[:2]
    angle = region.fade_angle
    dx, dy = sin(radians(angle)), -cos(radians(angle))
    y, x = np.mgrid[0:height, 0:width]
    along = ((x - width / 2) * dx + (y - height / 2) * dy) / _length(width, height, angle) + 0.5
    start, end = np.array(region.fill), np.array(region.fill_end)
    target[:] = np.clip(start + along[..., None] * (end - start), 0, 255).astype(np.uint8)


def _length(width: float, height: float, angle: float) -> float:
    """Length of the gradient line (CSS Images 3, section 3.1)."""
    return max(1.0, abs(width * sin(radians(angle))) + abs(height * cos(radians(angle))))


def _snapped(angle: float) -> float:
    nearest = 45 * round(angle / 45) % 360
    return float(nearest if abs((angle - nearest + 180) % 360 - 180) < 8 else round(angle))


def _rgb(color: NDArray[np.float64]) -> Rgb:
    r, g, b = (round(float(v)) for v in np.clip(color, 0, 255))
    return r, g, b
