"""Measure the metric-compatible free faces once and write them as data for the typography reader.

    python scripts/font_widths.py FONT_FOLDER…

The folders hold the Liberation fonts (metric-compatible with Arial, Times New Roman and Courier New) and
the DejaVu fonts (as wide as Verdana: both descend from Bitstream Vera's design).
Writes server/pixelwright/read/font_widths.json: for each face and character the advance width and the
inked area, in thousandths of an em and of a square em.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

FACES = {
    "sans": "LiberationSans-Regular.ttf",
    "sans-bold": "LiberationSans-Bold.ttf",
    "wide": "DejaVuSans.ttf",
    "wide-bold": "DejaVuSans-Bold.ttf",
    "serif": "LiberationSerif-Regular.ttf",
    "serif-bold": "LiberationSerif-Bold.ttf",
    "mono": "LiberationMono-Regular.ttf",
    "mono-bold": "LiberationMono-Bold.ttf",
}
TARGET = Path(__file__).resolve().parent.parent / "server" / "pixelwright" / "read" / "font_widths.json"
EM = 200


def alphabet() -> str:
    """Latin, Greek and Cyrillic letters and the usual signs."""
    spans = [(0x20, 0x7F), (0xA0, 0x180), (0x391, 0x3CA), (0x400, 0x460)]
    letters = "".join(chr(code) for first, last in spans for code in range(first, last))
    return letters + "–—‘’“”„†•…‰‹›€™←↑→↓−≈≤≥■▲►▼◄○●"


def ink(font: ImageFont.FreeTypeFont, letter: str) -> float:
    """Inked area of a letter in square ems."""
    canvas = Image.new("L", (3 * EM, 2 * EM))
    ImageDraw.Draw(canvas).text((EM // 2, EM // 3), letter, font=font, fill=255)
    return float(np.asarray(canvas, np.float64).sum()) / 255 / EM**2


def main() -> None:
    folders = [Path(argument) for argument in sys.argv[1:]]
    letters = alphabet()
    faces = {}
    for face, file in FACES.items():
        (path,) = (folder / file for folder in folders if (folder / file).is_file())
        font = ImageFont.truetype(str(path), EM)
        faces[face] = {
            "widths": [round(font.getlength(letter) / EM * 1000) for letter in letters],
            "ink": [round(ink(font, letter) * 1000) for letter in letters],
        }
    TARGET.write_text(json.dumps({"letters": letters, "faces": faces}, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
