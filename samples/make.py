"""Makes the sample pictures: pages drawn in the browser, photos computed, a sketch drawn by hand of code.

    python samples/make.py [NAME ...]

Everything is our own; equal seeds give equal pictures.
"""

from __future__ import annotations

import itertools
import random
import shutil
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from letters import SPACE, strokes
from numpy.typing import NDArray
from PIL import Image

from pixelwright.page.browser import render
from pixelwright.progress import Progress

HERE = Path(__file__).resolve().parent
MAX_BYTES = 300_000
PAGES = {"product": (1280, 900), "login": (1280, 800), "dashboard": (1280, 900), "茶馆首页": (1280, 900)}

Colour = tuple[float, float, float]
Field = NDArray[np.float64]


def hexed(text: str) -> Colour:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def waves(x: Field, dice: np.random.Generator, roughness: float) -> Field:
    """A ridge line: sines of doubling frequency, as mountains have them."""
    y = np.zeros_like(x)
    for octave in range(7):
        y += roughness**octave * np.sin(2**octave * x + dice.uniform(0, 7)) * dice.uniform(0.6, 1)
    return y


def landscape(
    size: tuple[int, int], sky: tuple[str, str], near: str, far: str, seed: int, ridges: int = 6
) -> Image.Image:
    """Ridges behind ridges in haze, under a sun."""
    width, height = size
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    up = (y / height)[:, :, None]
    picture = np.array(hexed(sky[0])) * (1 - up) + np.array(hexed(sky[1])) * up
    sun = np.hypot(x - 0.7 * width, y - 0.3 * height) / height
    picture += (90 * np.exp(-((sun / 0.16) ** 2)) + 40 * np.exp(-((sun / 0.5) ** 2)))[:, :, None]
    for ridge in range(ridges):
        depth = ridge / (ridges - 1)
        line = height * (0.42 + 0.5 * depth) + height * (0.09 - 0.03 * depth) * waves(
            np.linspace(0, 3 + 2 * depth, width), dice, 0.48
        )
        colour = np.array(hexed(far)) * (1 - depth) + np.array(hexed(near)) * depth
        below = y - line[None, :]
        haze = np.clip(1 - below / (0.35 * height), 0, 1)[:, :, None] * (0.35 * (1 - depth))
        cover = np.clip(below + 0.5, 0, 1)[:, :, None]
        tone = colour * (1 - haze) + np.array(hexed(sky[1])) * haze
        picture = picture * (1 - cover) + tone * cover
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def pot(
    profile: list[tuple[float, float]],
    colour: str,
    glaze: str,
    size: tuple[int, int] = (620, 500),
    handle: bool = False,
    spout: bool = False,
    wall: tuple[str, str] = ("#e9e2d6", "#cfc4b3"),
) -> Image.Image:
    """A turned vessel in soft light: `profile` holds (height, radius) from foot to rim in its own units."""
    width, height = size[0] * 2, size[1] * 2
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    tall = max(h for h, _ in profile)
    unit = 0.58 * height / max(tall, 1.6)
    foot, middle = 0.8 * height, 0.5 * width
    widest = max(r for _, r in profile)
    drop = (y / height)[:, :, None]  # even along each row, which PNG stores in little room
    picture = np.array(hexed(wall[0])) * (1 - drop) + np.array(hexed(wall[1])) * drop
    table = np.clip((y - 0.7 * height) / 6, 0, 1)[:, :, None]
    picture = picture * (1 - 0.1 * table)
    base = profile[0][1] * unit
    shade = np.exp(
        -((((x - middle - 0.22 * base) / (1.5 * base)) ** 2 + ((y - foot) / (0.16 * base + 12)) ** 2) ** 1.2)
    )
    picture = picture * (1 - 0.5 * shade[:, :, None])
    clay, top = np.array(hexed(colour)), np.array(hexed(glaze))

    def paint(cover: Field, normal: Field, up: Field) -> None:
        nonlocal picture
        light = 0.42 + 0.62 * np.clip(0.86 * np.sqrt(np.clip(1 - normal**2, 0, 1)) - 0.5 * normal, 0, 1)
        shine = np.exp(-(((normal + 0.48) / 0.1) ** 2)) * np.exp(-(((up - 0.62) / 0.2) ** 2))
        edge = 0.3 + 0.03 * np.sin(normal * 9)
        dipped = np.clip((up - edge) * 40, 0, 1)[:, :, None]
        tone = (clay * (1 - dipped) + top * dipped) * light[:, :, None] + 105 * shine[:, :, None]
        picture = picture * (1 - cover[:, :, None]) + tone * cover[:, :, None]

    if handle or spout:
        for side, wanted in ((1, handle), (-1, spout)):
            if not wanted:
                continue
            cx, cy = middle + side * (widest + 0.03) * unit, foot - 0.5 * tall * unit
            if side > 0:
                ring = np.abs(np.hypot((x - cx) / 0.8, y - cy) - 0.36 * unit) - 0.075 * unit
                paint(np.clip(-ring, 0, 1), np.clip((x - cx) / (0.5 * unit), -1, 1), np.full_like(x, 0.8))
            else:
                along = np.clip((cx + 0.25 * unit - x) / (0.55 * unit), 0, 1)
                axis = cy + 0.2 * unit - 0.62 * unit * along**1.3
                reach = (0.2 - 0.11 * along) * unit
                inside = (
                    (np.clip(reach - np.abs(y - axis), 0, 1))
                    * (x - 0.7 * (y - axis) > cx - 0.3 * unit)
                    * (x < middle)
                )
                paint(inside, np.clip((y - axis) / np.maximum(reach, 1), -1, 1) * 0.7, np.full_like(x, 0.75))
    level = (foot - y) / unit
    heights, radii = (np.array(v) for v in zip(*profile, strict=True))
    radius = np.interp(level, heights, radii, left=0, right=0) * unit
    inside = np.clip(radius - np.abs(x - middle), 0, 1) * (radius > 0)
    paint(inside, np.clip((x - middle) / np.maximum(radius, 1), -1, 1), level / tall)
    if not handle or not spout:  # the dark of an open rim
        rim = radii[-1] * unit
        opening = ((x - middle) / (0.94 * rim)) ** 2 + ((y - (foot - tall * unit)) / (0.13 * rim)) ** 2
        lip = ((x - middle) / rim) ** 2 + ((y - (foot - tall * unit)) / (0.17 * rim)) ** 2
        for ellipse, tone in ((lip, 0.95), (opening, 0.42)):
            cover = np.clip((1 - ellipse) * 30, 0, 1)[:, :, None]
            picture = picture * (1 - cover) + top * tone * cover
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    return image.resize(size, Image.Resampling.LANCZOS)


def rounded(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """A smooth profile through a few points (Catmull-Rom)."""
    result = []
    ends = [points[0], *points, points[-1]]
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for t in np.linspace(0, 1, 12, endpoint=False):
            value = [
                0.5
                * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2 + (3 * q - p - 3 * r + s) * t**3)
                for p, q, r, s in zip(a, b, c, d, strict=True)
            ]
            result.append((value[0], value[1]))
    return [*result, points[-1]]


def photos(folder: Path) -> None:
    """The photos inside the pages."""
    folder.mkdir()
    teapot = rounded(
        [
            (0, 0.46),
            (0.08, 0.62),
            (0.5, 0.9),
            (0.95, 0.66),
            (1.02, 0.4),
            (1.1, 0.34),
            (1.17, 0.1),
            (1.3, 0.12),
            (1.36, 0.02),
        ]
    )
    shapes = {
        "teapot": (teapot, "#8a6a4f", "#8d9a79", True, True, ("#efe9dd", "#d3c9b8")),
        "cup": (
            rounded([(0, 0.34), (0.1, 0.42), (0.6, 0.52), (1.05, 0.54)]),
            "#8a6a4f",
            "#93a27f",
            True,
            False,
            ("#e6e9e4", "#c6cdc4"),
        ),
        "bowl": (
            rounded([(0, 0.3), (0.08, 0.36), (0.35, 0.8), (0.75, 0.98)]),
            "#5b463a",
            "#3d566c",
            False,
            False,
            ("#e3e7ec", "#c3ccd5"),
        ),
        "vase": (
            rounded([(0, 0.36), (0.3, 0.55), (0.8, 0.62), (1.25, 0.3), (1.5, 0.24), (1.66, 0.34)]),
            "#6d3a26",
            "#c0653b",
            False,
            False,
            ("#f3e7dd", "#dcc4b2"),
        ),
        "jar": (
            rounded([(0, 0.5), (0.1, 0.58), (1.0, 0.6), (1.15, 0.46), (1.25, 0.47)]),
            "#7b6654",
            "#d8cdb9",
            False,
            False,
            ("#e8e4dc", "#c9c1b3"),
        ),
    }
    for name, (profile, colour, glaze, handle, spout, wall) in shapes.items():
        pot(profile, colour, glaze, handle=handle, spout=spout, wall=wall).save(folder / f"{name}.png")
    landscape((620, 500), ("#9db4c0", "#f0e2cf"), "#2f3d33", "#a9b7b4", 11).save(folder / "hills.png")
    landscape((560, 800), ("#24456b", "#f2b58c"), "#0b1c2e", "#7c8fae", 4).save(folder / "fjord.png")
    landscape((1280, 400), ("#4f7f86", "#e8dcae"), "#1f3d2b", "#8fb39a", 23).save(folder / "tea-hills.png")


class Pen:
    """Draws as a hand does: lines that tremble and overshoot, letters of one stroke that dance."""

    def __init__(self, size: tuple[int, int], seed: int) -> None:
        self.width, self.height = size
        self.dice = random.Random(seed)  # noqa: S311 - for looks alone
        self.ink = np.zeros((self.height, self.width), np.uint8)

    def _stroke(self, points: Field, thick: int) -> None:
        eighths = np.round(points * 8).astype(np.int32)
        cv2.polylines(self.ink, [eighths], False, 255, thick, cv2.LINE_AA, 3)

    def line(self, start: tuple[float, float], end: tuple[float, float], thick: int = 3) -> None:
        (x0, y0), (x1, y1) = start, end
        length = max(1.0, float(np.hypot(x1 - x0, y1 - y0)))
        over = self.dice.uniform(0, 5) / length
        bend, phase = self.dice.uniform(-2.5, 2.5), self.dice.uniform(0, 6)
        t = np.linspace(-over, 1 + over, max(6, int(length / 6)))
        wobble = bend * np.sin(3.1 * t + phase) + np.array([self.dice.gauss(0, 0.5) for _ in t])
        points = np.stack([x0 + (x1 - x0) * t - (y1 - y0) / length * wobble,
                           y0 + (y1 - y0) * t + (x1 - x0) / length * wobble], axis=1)  # fmt: skip
        self._stroke(points, thick)

    def box(self, x: float, y: float, w: float, h: float, thick: int = 3) -> None:
        corners = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
        for start, end in itertools.pairwise(corners):
            self.line(start, end, thick)

    def picture(self, x: float, y: float, w: float, h: float) -> None:
        """The crossed box that stands for a picture."""
        self.box(x, y, w, h)
        self.line((x, y), (x + w, y + h), 2)
        self.line((x + w, y), (x, y + h), 2)

    def circle(self, x: float, y: float, radius: float) -> None:
        t = np.linspace(0, 2 * np.pi + 0.3, 60)
        r = radius + 1.5 * np.sin(3 * t + self.dice.uniform(0, 6))
        points = np.stack([x + r * np.cos(t), y + r * np.sin(t)], axis=1)
        self._stroke(points, 3)

    def write(self, x: float, y: float, text: str, size: float = 1.0, thick: int = 2) -> None:
        """Words on the base line y; capitals are 24 pixels high at size 1."""
        for letter in text:
            if letter == " ":
                x += SPACE * 3 * size
                continue
            unit = 3 * size * self.dice.uniform(0.94, 1.06)
            lift, lean = self.dice.gauss(0, 0.3), self.dice.gauss(0.04, 0.03)
            parts, advance = strokes(letter)
            for curved, points in parts:
                shaken = [(px + self.dice.gauss(0, 0.12), py + self.dice.gauss(0, 0.12)) for px, py in points]
                path = np.array(rounded(shaken) if curved else shaken)
                drawn = np.stack(
                    [x + unit * (path[:, 0] + lean * path[:, 1]), y - unit * (path[:, 1] + lift)], 1
                )
                self._stroke(drawn, thick)
            x += advance * unit

    def scribble(self, x: float, y: float, w: float) -> None:
        """The wavy line that stands for words."""
        t = np.linspace(0, 1, int(w / 3))
        points = np.stack(
            [x + w * t, y + 4 * np.sin(w / 5 * t + self.dice.uniform(0, 6)) + 1.5 * np.sin(w / 23 * t)],
            axis=1,
        )
        self._stroke(points, 2)

    def on_paper(self) -> Image.Image:
        """The drawing on slightly shaded paper, its strokes bent a little and of uneven strength."""
        dice = np.random.default_rng(self.dice.randrange(2**32))

        def smooth(step: int, strength: float) -> NDArray[np.float32]:
            grid = dice.normal(0, 1, (self.height // step + 2, self.width // step + 2)).astype(np.float32)
            return np.asarray(
                cv2.resize(grid, (self.width, self.height), interpolation=cv2.INTER_CUBIC) * strength,
                np.float32,
            )

        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        ink = cv2.remap(self.ink, x + smooth(30, 1.1), y + smooth(30, 1.1), cv2.INTER_LINEAR).astype(
            np.float32
        )
        strength = np.clip(ink / 255 * (0.86 + smooth(12, 0.1)), 0, 1)[:, :, None]
        light = 1 - 0.07 * (x / self.width)[:, :, None] - 0.05 * (y / self.height)[:, :, None]
        paper = np.array([252, 250, 244]) * light
        sheet = paper * (1 - strength) + np.array([38, 44, 66]) * strength
        return Image.fromarray(np.clip(sheet, 0, 255).astype(np.uint8))


def sketch() -> Image.Image:
    """A home page as somebody draws it in a meeting."""
    pen = Pen((1200, 1100), 7)
    pen.box(50, 40, 1100, 1020, 4)
    pen.line((50, 120), (1150, 120))
    pen.write(85, 95, "City Bikes", 1.1, 3)
    for x, word in ((560, "Home"), (690, "Tours"), (820, "Prices")):
        pen.write(x, 92, word, 0.95)
    pen.box(970, 60, 145, 44)
    pen.write(1000, 90, "Log in", 0.9)
    pen.write(95, 225, "Ride the city", 1.7, 4)
    for n, w in enumerate((420, 440, 300)):
        pen.scribble(97, 275 + 34 * n, w)
    pen.box(95, 385, 210, 62, 4)
    pen.write(125, 424, "Book a bike", 1.0)
    pen.picture(640, 160, 460, 310)
    pen.write(95, 555, "Our tours", 1.2, 3)
    for n, (title, price) in enumerate((("Old town", "$25"), ("River", "$30"), ("By night", "$35"))):
        x = 95 + 345 * n
        pen.box(x, 590, 310, 330)
        pen.picture(x + 20, 610, 270, 140)
        pen.write(x + 22, 795, title, 1.05)
        pen.scribble(x + 22, 825, 240)
        pen.write(x + 22, 888, price, 1.0)
        pen.box(x + 180, 855, 105, 44)
        pen.write(x + 200, 885, "Book", 0.9)
    pen.line((50, 960), (1150, 960))
    pen.write(95, 1020, "Contact", 0.95)
    pen.write(260, 1020, "Imprint", 0.95)
    for x in (960, 1020, 1080):
        pen.circle(x, 1010, 20)
    return pen.on_paper()


def save(image: Image.Image, path: Path) -> None:
    """As PNG; with a palette where all colours would take too much room."""
    image.save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        image.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path.name} takes {path.stat().st_size} bytes, more than {MAX_BYTES}.")
    sys.stdout.write(f"{path.name}: {image.width} x {image.height}, {path.stat().st_size // 1000} kB\n")


def main() -> None:
    names = sys.argv[1:] or [*PAGES, "ui-sketch"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "src")
        shutil.copytree(HERE / "src", folder)
        photos(folder / "pictures")
        for name in names:
            if name == "ui-sketch":
                save(sketch(), HERE / "ui-sketch.png")
            else:
                width, height = PAGES[name]
                pixels = render(folder / f"{name}.html", width, height, Progress())
                save(Image.fromarray(pixels), HERE / f"{name}.png")


if __name__ == "__main__":
    main()
