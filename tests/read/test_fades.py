"""A gradient is fitted as CSS would write it, and painted as CSS would paint it."""

from __future__ import annotations

import numpy as np
import pytest

from pixelwright.read.fades import EVEN, fit_fade, paint_fade
from pixelwright.read.reading import Box, Region


@pytest.mark.parametrize("angle", [45, 90, 120, 135, 180, 200])
def test_what_is_painted_is_found_again(angle: float) -> None:
    box = Box(10, 20, 200, 120)
    canvas = np.zeros((180, 240, 3), np.uint8)
    paint_fade(canvas, Region(box, (240, 200, 40), fill_end=(20, 60, 180), fade_angle=angle), box)
    here = canvas[20:140, 10:210]
    fade = fit_fade(here, np.ones(here.shape[:2], bool))
    start, end, direction = fade.start, fade.end, fade.angle
    if direction != angle:  # the same line, walked from the other end
        start, end, direction = end, start, (direction + 180) % 360
    assert direction == pytest.approx(angle, abs=1)
    assert np.abs(np.subtract(start, (240, 200, 40))).max() <= 3
    assert np.abs(np.subtract(end, (20, 60, 180))).max() <= 3
    assert fade.misfit < EVEN


def test_a_shaded_ball_is_no_fade() -> None:
    y, x = np.mgrid[-50:50, -50:50]
    ball = np.repeat((230 - 2 * np.hypot(x, y)).clip(0, 255)[..., None], 3, axis=2).astype(np.uint8)
    assert fit_fade(ball, np.hypot(x, y) < 48).misfit > EVEN
