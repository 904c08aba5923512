"""Text in pictures: lines with their boxes, in reading order."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pixelwright.progress import Progress
from pixelwright.read.reading import Box, TextLine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pixelwright.read.text_models import TextModels

MIN_SCORE = 0.5
_DETECTION_SHARE = 0.35

_CROP_HEIGHT = 48
_MIN_CROP_WIDTH = 48
# Long crops are read as well at 0.85 of their width, in less time; at 0.7 they are not.
_SQUEEZE_OVER, _SQUEEZE = 96, 0.85
# From this ratio of height to width on, a box may hold a line that runs downwards.
_UPRIGHT_RATIO = 1.5
# An empty stretch wider than the line is high parts two texts: a space is a third of that at most.
_GAP, _FLAT = 1.0, 20


class _Crop(NamedTuple):
    box: Box
    pixels: NDArray[np.uint8]
    upright_too: bool


def read_text(
    pixels: NDArray[np.uint8], progress: Progress, *, threads: int | None = None
) -> tuple[TextLine, ...]:
    """Read the text of a picture (RGB, [H, W, 3]), lines in reading order, each handed out as found.

    Works with the PP-OCRv6 models in rapidocr's wheel, in Chinese, Japanese, English and other Latin
    scripts. `threads` defaults to PIXELWRIGHT_THREADS or the processors, at most four. Raises
    `Cancelled` between tiles and lines, and `PixelwrightError` (`missingTool`) without the models.
    """
    from pixelwright.read.text_detect import detect_text
    from pixelwright.read.text_models import text_models

    progress.report(0.0, "Looking for text")
    if min(pixels.shape[:2]) < 3 or int(np.ptp(pixels)) == 0:
        return ()
    models = text_models(threads)
    bgr = np.ascontiguousarray(pixels[:, :, ::-1])
    quads = detect_text(bgr, models, progress.part(0.0, _DETECTION_SHARE))
    crops = _reading_order([part for quad in quads for part in _split(_crop(bgr, quad))])
    reading = progress.part(_DETECTION_SHARE, 1.0)
    lines: list[TextLine] = []
    for index, crop in enumerate(crops):
        reading.report(index / len(crops), f"Reading text, line {index + 1} of {len(crops)}")
        text, score = _recognise(crop, models)
        if text and score >= MIN_SCORE:
            lines.append(TextLine(text, crop.box, score))
            reading.partial("reading", text)
    return tuple(lines)


def _crop(bgr: NDArray[np.uint8], quad: NDArray[np.float32]) -> _Crop:
    from rapidocr.utils.process_img import get_rotate_crop_image

    left, top = (float(v) for v in quad.min(axis=0))
    right, bottom = (float(v) for v in quad.max(axis=0))
    box = Box(left, top, right - left, bottom - top)
    tilt = max(abs(quad[0, 1] - quad[1, 1]), abs(quad[0, 0] - quad[3, 0]))
    if tilt > 2:
        return _Crop(box, np.ascontiguousarray(get_rotate_crop_image(bgr, quad.copy()), np.uint8), False)
    pixels = bgr[int(top) : max(int(bottom), int(top) + 1), int(left) : max(int(right), int(left) + 1)]
    return _Crop(box, pixels, pixels.shape[0] >= _UPRIGHT_RATIO * pixels.shape[1])


def _split(crop: _Crop) -> list[_Crop]:
    """Part a level crop at its wide empty stretches; the detector joins neighbours such as menu entries."""
    height, width = crop.pixels.shape[:2]
    if width < 4 * height or (width, height) != (int(crop.box.w), int(crop.box.h)):
        return [crop]
    # Rows near the rim may hold a frame or an underline that is none of the text's.
    inner = crop.pixels[height // 6 : height - height // 6].astype(np.int16)
    across = np.abs(np.diff(inner, axis=1)).max(axis=(0, 2), initial=0) > _FLAT
    down = np.abs(np.diff(inner, axis=0)).max(axis=(0, 2), initial=0) > _FLAT
    down[1:] |= across
    ink = np.flatnonzero(down)
    if len(ink) < 2:
        return [crop]
    ends = np.flatnonzero(np.diff(ink) > _GAP * height)
    pad = height // 5
    starts = [0, *(int(ink[end + 1]) - pad for end in ends)]
    stops = [*(int(ink[end]) + pad for end in ends), width]
    return [
        _Crop(crop.box._replace(x=crop.box.x + a, w=float(b - a)), crop.pixels[:, a:b], False)
        for a, b in zip(starts, stops, strict=True)
    ]


def _reading_order(crops: list[_Crop]) -> list[_Crop]:
    """Rows from top to bottom, each from left to right."""
    rows: list[list[_Crop]] = []
    for crop in sorted(crops, key=lambda c: c.box.y + c.box.h / 2):
        middle = crop.box.y + crop.box.h / 2
        if rows:
            first = rows[-1][0].box
            if abs(middle - first.y - first.h / 2) < 0.4 * min(first.h, crop.box.h):
                rows[-1].append(crop)
                continue
        rows.append([crop])
    return [crop for row in rows for crop in sorted(row, key=lambda c: c.box.x)]


def _recognise(crop: _Crop, models: TextModels) -> tuple[str, float]:
    """The text and its mean confidence; a tall box is read as it stands and lying on its side."""
    read = _decode(models.recognise(_batch(crop.pixels)), models.characters)
    if crop.upright_too:
        turned = _decode(models.recognise(_batch(np.rot90(crop.pixels))), models.characters)
        read = max(read, turned, key=lambda r: r[1] if r[0] else 0.0)
    return read


def _batch(crop: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    width = math.ceil(_CROP_HEIGHT * crop.shape[1] / crop.shape[0])
    if width > _SQUEEZE_OVER:
        width = max(_SQUEEZE_OVER, math.ceil(width * _SQUEEZE))
    scaled = cv2.resize(np.ascontiguousarray(crop), (width, _CROP_HEIGHT)).astype(np.float32)
    batch = np.zeros((1, 3, _CROP_HEIGHT, max(_MIN_CROP_WIDTH, width)), np.float32)
    batch[0, :, :, :width] = scaled.transpose(2, 0, 1) * np.float32(2 / 255) - 1
    return batch


def _decode(steps: NDArray[np.float32], characters: tuple[str, ...]) -> tuple[str, float]:
    """Greedy CTC: the best class of each step [T, C], repetitions and blanks left out."""
    best = steps.argmax(axis=1)
    kept = best != 0
    kept[1:] &= best[1:] != best[:-1]
    if not kept.any():
        return "", 0.0
    text = "".join(characters[i] for i in best[kept])
    return _tidy(text), float(steps.max(axis=1)[kept].mean())


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
