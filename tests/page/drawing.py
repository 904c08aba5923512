"""Small screenshots drawn by the tests, with the lines of text that OCR would find in them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pixelwright.progress import Progress
from pixelwright.read.reading import Box, Reading, TextLine
from pixelwright.read.screenshot import read_screenshot

Color = str | tuple[int, int, int]


@dataclass
class Canvas:
    """A picture being drawn; texts drawn on it are remembered as lines."""

    width: int = 800
    height: int = 600
    ground: Color = "#ffffff"
    lines: list[TextLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", (self.width, self.height), self.ground)
        self.draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, words: str, size: int = 16, color: Color = "#222222", *, bold: bool = False
    ) -> Box:
        """Write words with their top left corner at a place; their box as OCR gives it."""
        font = ImageFont.load_default(size)
        stroke = max(1, size // 16) if bold else 0
        self.draw.text((x, y), words, fill=color, font=font, stroke_width=stroke, stroke_fill=color)
        left, top, right, bottom = self.draw.textbbox((x, y), words, font=font, stroke_width=stroke)
        box = Box(left - 2, top - 2, right - left + 4, bottom - top + 4)
        self.lines.append(TextLine(words, box, 0.99))
        return box

    def row(self, x: float, y: float, parts: list[tuple[str, Color]], size: int = 16, gap: float = 5) -> None:
        """Write parts of different colours as one line."""
        start, boxes = x, []
        for words, color in parts:
            boxes.append(self.text(x, y, words, size, color))
            x = boxes[-1].right - 2 + gap
        del self.lines[-len(parts) :]
        top, bottom = min(b.y for b in boxes), max(b.bottom for b in boxes)
        box = Box(start - 2, top, boxes[-1].right - start + 2, bottom - top)
        self.lines.append(TextLine(" ".join(words for words, _ in parts), box, 0.99))

    def box(
        self, x: int, y: int, w: int, h: int, fill: Color, border: Color | None = None, radius: int = 0
    ) -> None:
        """A box with square or round corners, drawn four times as large and scaled down for soft edges."""
        shape = (x, y, x + w - 1, y + h - 1)
        if not radius:
            self.draw.rectangle(shape, fill=fill, outline=border)
            return
        big = self.image.crop((x, y, x + w, y + h)).resize((4 * w, 4 * h))
        whole = (0, 0, 4 * w - 1, 4 * h - 1)
        ImageDraw.Draw(big).rounded_rectangle(whole, 4 * radius, fill, border, 4 if border else 0)
        self.image.paste(big.resize((w, h), Image.Resampling.BOX), (x, y))

    def photo(self, x: int, y: int, w: int, h: int, seed: int = 1) -> None:
        """Something like a photo: every pixel another colour."""
        noise = np.random.default_rng(seed).integers(0, 256, (h // 4 + 1, w // 4 + 1, 3), dtype=np.uint8)
        picture = Image.fromarray(noise).resize((w, h), Image.Resampling.BICUBIC)
        self.image.paste(picture, (x, y))

    @property
    def pixels(self) -> NDArray[np.uint8]:
        return np.asarray(self.image)

    def reading(self) -> Reading:
        """What the readers make of it."""
        return read_screenshot(self.pixels, self.lines, Progress())


def login() -> Canvas:
    """A login card on grey."""
    canvas = Canvas(900, 640, "#eef0f4")
    canvas.box(270, 80, 360, 440, "#ffffff", "#d0d4dc", 8)
    canvas.text(300, 110, "Welcome back", 28, bold=True)
    canvas.text(300, 160, "Sign in to go on", 15, "#606878")
    canvas.text(300, 205, "Email address", 15)
    canvas.box(300, 230, 300, 40, "#ffffff", "#b0b4bc", 4)
    canvas.text(314, 241, "you@company.com", 15, "#9098a4")
    canvas.text(300, 290, "Password", 15)
    canvas.box(300, 315, 300, 40, "#ffffff", "#b0b4bc", 4)
    canvas.box(300, 375, 18, 18, "#ffffff", "#888888", 3)
    canvas.text(328, 375, "Remember me", 15)
    canvas.box(300, 415, 300, 44, "#2050d0", None, 4)
    canvas.text(424, 428, "Sign in", 16, "#ffffff")
    canvas.text(385, 480, "Forgot password?", 15, "#2050d0")
    return canvas


def article() -> Canvas:
    """A page with a bar at the top, a paragraph, a photo, and a footer."""
    canvas = Canvas(1000, 900)
    canvas.box(0, 0, 1000, 60, "#203040")
    canvas.text(40, 20, "Mountain News", 20, "#ffffff", bold=True)
    for x, words in ((640, "Home"), (730, "Articles"), (840, "Contact")):
        canvas.text(x, 22, words, 16, "#ffffff")
    canvas.text(150, 100, "A walk above the clouds", 36, bold=True)
    for number, words in enumerate(
        (
            "The path begins behind the old mill and climbs through the woods, where the",
            "air is cool even in summer. After an hour the trees stand apart and the view",
            "opens upon the whole valley and its villages.",
        )
    ):
        canvas.text(150, 170 + 26 * number, words, 18)
    canvas.row(150, 270, [("More about it in", "#222222"), ("our travel guide", "#1060d0")], 18)
    canvas.photo(150, 320, 700, 400)
    canvas.box(0, 820, 1000, 80, "#203040")
    canvas.text(40, 850, "© 2026 Mountain News", 14, "#ffffff")
    return canvas
