"""Pictures by arithmetic: the same on every machine, with soft and hard edges in them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def drawing(height: int, width: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    """RGB [H, W, 3]: slow slopes, a fine grid and coarse blocks, shifted by the seed."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    x += 37 * seed
    slope = 3 * x + 5 * y
    grid = np.where((x % 7 == 0) | (y % 11 == 0), 255, x * y // 13)
    blocks = 90 * (x // 24) + 50 * (y // 17)
    return (np.stack([slope, grid, blocks], axis=2) % 256).astype(np.uint8)
