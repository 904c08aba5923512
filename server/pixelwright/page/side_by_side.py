"""A picture for a person: source, page and what differs, next to one another."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from pixelwright.page.likeness import lab, padded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from PIL import Image, ImageDraw, ImageFont

_PANEL_WIDTH, _MAX_HEIGHT = 640, 4000
_GAP, _HEADER = 24, 72
_GROUND, _RIM, _INK, _QUIET = "#f3f4f6", "#d7dae0", "#111827", "#6b7280"
_GOOD, _FAIR, _POOR = "#15803d", "#b45309", "#b91c1c"
_NOTICED, _FAR = 4.0, 40.0  # CIE76 distances: where a difference starts to be seen, and is full


def side_by_side(
    source: NDArray[np.uint8], page: NDArray[np.uint8], score: float, parts: Mapping[str, float]
) -> bytes:
    """A PNG of source | page | difference with a header; source and page are RGB of equal width."""
    from PIL import Image, ImageDraw

    left, right = padded(source, page)
    height, width = left.shape[:2]
    scale = min(1.0, _PANEL_WIDTH / width, _MAX_HEIGHT / height)
    panel = (max(1, round(width * scale)), max(1, round(height * scale)))
    column = max(panel[0], 320)
    sheet = Image.new("RGB", (3 * column + 4 * _GAP, panel[1] + _HEADER + _GAP), _GROUND)
    draw = ImageDraw.Draw(sheet)
    titles = (
        ("Picture", f"{width} x {len(source)}"),
        ("Page", f"{width} x {len(page)}"),
        ("Difference", "red: far off   yellow: near"),
    )
    panels = (_fit(source, scale), _fit(page, scale), _fit(_difference(left, right), scale))
    for index, ((title, note), shown) in enumerate(zip(titles, panels, strict=True)):
        x = _GAP + index * (column + _GAP)
        draw.text((x, 16), title, _INK, _font(20))
        draw.text((x, 44), note, _QUIET, _font(13))
        draw.rectangle((x - 1, _HEADER - 1, x + shown.width, _HEADER + shown.height), outline=_RIM)
        sheet.paste(shown, (x, _HEADER))
    _scores(draw, sheet.width - _GAP, score, parts)
    out = io.BytesIO()
    sheet.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _fit(pixels: NDArray[np.uint8], scale: float) -> Image.Image:
    from PIL import Image

    image = Image.fromarray(pixels)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def _difference(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The source faded to grey, differing places in yellow to red."""
    import cv2

    distance = np.sqrt(((lab(a) - lab(b)) ** 2).sum(axis=2))
    # A little blur joins the specks of a shifted letter to one visible spot.
    distance = np.asarray(cv2.GaussianBlur(distance, (0, 0), 1.5), np.float32)
    strength = np.clip((distance - _NOTICED) / (_FAR - _NOTICED), 0, 1)[:, :, None]
    grey = np.repeat(np.asarray(cv2.cvtColor(a, cv2.COLOR_RGB2GRAY), np.float32)[:, :, None], 3, axis=2)
    faded = 255 - (255 - grey) * 0.22
    yellow, red = np.array((250, 204, 21), np.float32), np.array((220, 38, 38), np.float32)
    heat = yellow + (red - yellow) * strength
    cover = np.sqrt(strength)
    return np.asarray(faded * (1 - cover) + heat * cover, np.uint8)


def _scores(draw: ImageDraw.ImageDraw, right: int, score: float, parts: Mapping[str, float]) -> None:
    """The score at the header's right end, its parts under it."""
    colour = _GOOD if score >= 0.9 else _FAIR if score >= 0.7 else _POOR
    text = f"{100 * score:.1f} % alike"
    font = _font(20)
    draw.text((right - draw.textlength(text, font), 16), text, colour, font)
    font = _font(13)
    note = "   ".join(f"{name} {100 * value:.0f}" for name, value in parts.items())
    draw.text((right - draw.textlength(note, font), 44), note, _QUIET, font)
