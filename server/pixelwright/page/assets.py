"""Pictures cut out of the source, under names that say what they show."""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass, field
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray

from pixelwright.page.artifact import Asset
from pixelwright.read.reading import Box

_MAX_NAME = 40


def file_name(words: str) -> str:
    """A file name of a few words, safe everywhere: letters of any script, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", words.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = unicodedata.normalize("NFC", plain)
    parts = [part for part in re.split(r"[^\w]+|_", plain) if part]
    name = ""
    for part in parts:
        if name and len(name) + len(part) >= _MAX_NAME:
            break
        name = f"{name}-{part}" if name else part[:_MAX_NAME]
    return name


@dataclass(slots=True)
class AssetStore:
    """Collects the pictures of a page [H, W, 3], which has `density` pixels to one of a box; the same picture
    is kept once."""

    pixels: NDArray[np.uint8]
    folder: str
    inline: bool
    density: int = 1
    assets: list[Asset] = field(default_factory=list)
    _urls: dict[bytes, str] = field(default_factory=dict)

    def add(self, box: Box, words: str, covered: list[Box]) -> str:
        """Cut a box out, `covered` boxes painted over from their surroundings; its URL in the page."""
        height, width = self.pixels.shape[:2]
        box, *covered = (Box(*(value * self.density for value in b)) for b in (box, *covered))
        x, y = max(0, int(box.x)), max(0, int(box.y))
        right, bottom = min(width, max(x + 1, int(box.right))), min(height, max(y + 1, int(box.bottom)))
        crop = self.pixels[y:bottom, x:right].copy()
        for other in covered:
            crop = _painted_over(crop, Box(other.x - x, other.y - y, other.w, other.h))
        done, encoded = cv2.imencode(".png", cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
        data = encoded.tobytes() if done else b""
        if data in self._urls:
            return self._urls[data]
        name = self._free_name(file_name(words) or "picture")
        self.assets.append(Asset(name, data))
        if self.inline:
            url = "data:image/png;base64," + base64.b64encode(data).decode("ascii")
        else:
            url = quote(f"{self.folder}/{name}", safe="/-._~")
        self._urls[data] = url
        return url

    def _free_name(self, stem: str) -> str:
        taken = {asset.name for asset in self.assets}
        name, number = f"{stem}.png", 2
        while name in taken:
            name, number = f"{stem}-{number}.png", number + 1
        return name


def _painted_over(crop: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The crop with a box filled from what surrounds it (Telea's inpainting on a small copy)."""
    height, width = crop.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    mask[max(0, int(box.y) - 2) : int(box.bottom) + 3, max(0, int(box.x) - 2) : int(box.right) + 3] = 255
    if not mask.any() or mask.all():
        return crop
    scale = min(1.0, 160 / max(1.0, min(box.w, box.h) * 4))
    small = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    small_mask = cv2.resize(mask, small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    small_mask = cv2.dilate(small_mask, np.ones((3, 3), np.uint8))
    filled = cv2.inpaint(small, small_mask, 3, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(mask[..., None] > 0, large, crop).astype(np.uint8)
