"""Flat areas: which pixels hang together in one colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SPECK = 40  # pixels; smaller areas are texture
DRIFT = 4.0  # standard deviation of an area's colour from which on it is not flat


@dataclass(frozen=True, slots=True)
class FlatAreas:
    """`labels` [H, W] numbers each pixel's area; by number: `boxes` [N, 4] as x, y, w, h, `sizes` [N]
    in pixels, `colors` [N, 3] mean RGB, `drifts` [N] standard deviation of the colour (its distance from the
    mean), which neighbours that differ by little can add up to."""

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    sizes: NDArray[np.int64]
    colors: NDArray[np.float64]
    drifts: NDArray[np.float64]


def noise_tolerance(pixels: NDArray[np.uint8]) -> int:
    """How far neighbouring pixels of one flat colour may differ, 0..255.

    Lossless pictures need 1; the blocks and ringing of a lossy one call for more.
    """
    sample = pixels[::3].astype(np.int16)
    steps = np.abs(np.diff(sample, axis=1)).max(axis=2)
    small = steps[(steps > 0) & (steps <= 6)].size
    return 4 if small > 0.25 * steps.size else 1


def flat_areas(pixels: NDArray[np.uint8], tolerance: int) -> FlatAreas:
    """Areas of 4-connected pixels [H, W, 3] whose neighbours differ by `tolerance` at most.

    The graph of pixels is drawn as a picture of twice the size, nodes on even places and edges on odd ones,
    so that one labelling of a binary picture finds the areas of every colour at once.
    """
    height, width = pixels.shape[:2]
    graph = np.zeros((2 * height - 1, 2 * width - 1), np.uint8)
    graph[::2, ::2] = 1
    if width > 1:
        across = cv2.absdiff(pixels[:, 1:], pixels[:, :-1]).max(axis=2)
        graph[::2, 1::2] = across <= tolerance
    if height > 1:
        down = cv2.absdiff(pixels[1:], pixels[:-1]).max(axis=2)
        graph[1::2, ::2] = down <= tolerance
    _, drawn, stats, _ = cv2.connectedComponentsWithStats(graph, connectivity=4, ltype=cv2.CV_32S)
    labels = np.ascontiguousarray(drawn[::2, ::2]).astype(np.int32)
    flat = labels.ravel()
    sizes = np.bincount(flat, minlength=len(stats))
    sums = [np.bincount(flat, pixels[..., c].ravel(), minlength=len(stats)) for c in range(3)]
    colors = np.stack(sums, axis=1) / np.maximum(1, sizes)[:, None]
    boxes = np.stack(
        [stats[:, 0] // 2, stats[:, 1] // 2, (stats[:, 2] + 1) // 2, (stats[:, 3] + 1) // 2], axis=1
    ).astype(np.int32)
    squares = np.bincount(flat, (pixels.astype(np.int32) ** 2).sum(axis=2).ravel(), minlength=len(stats))
    drifts = np.sqrt(np.maximum(0, squares / np.maximum(1, sizes) - (colors**2).sum(axis=1)))
    return FlatAreas(labels, boxes, sizes, colors, drifts)
