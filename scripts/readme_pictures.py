"""The README's pictures of results, from the side-by-side pictures that the demo has made.

    python -m scripts.demo && python -m scripts.readme_pictures

Each becomes docs/images/NAME.webp: at most 1400 pixels wide, 1000 high (the top of longer ones).
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "out" / "demo"
IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1400, 1000
NAMES = ("dashboard", "product")


def main() -> int:
    """Make the pictures; the exit code."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        with Image.open(DEMO / f"{name}.compare.png") as beside:
            scaled = beside.convert("RGB").resize(
                (WIDTH, round(beside.height * WIDTH / beside.width)), Image.Resampling.LANCZOS
            )
        shown = scaled.crop((0, 0, WIDTH, min(HEIGHT, scaled.height)))
        shown.save(IMAGES / f"{name}.webp", quality=82, method=6)
        print(f"docs/images/{name}.webp  {shown.width}x{shown.height}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
