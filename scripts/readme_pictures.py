"""The README's pictures: results from the demo, windows from the editor's tests.

    npm run demo
    npm run test:editor -- --screenshots out/screens
    python -m scripts.readme_pictures

Each becomes docs/images/NAME.webp: at most 1400 pixels wide, 1000 high (the top of longer ones).
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PICTURES = {
    "dashboard": "out/demo/dashboard.compare.png",
    "product": "out/demo/product.compare.png",
    "editor-result": "out/screens/editor-result.png",
    "editor-compare": "out/screens/editor-compare.png",
}
WIDTH, HEIGHT = 1400, 1000


def main() -> int:
    """Make the pictures that there are sources for; exit code 1 if one was missing."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    missing = [source for source in PICTURES.values() if not (ROOT / source).is_file()]
    for name, source in PICTURES.items():
        if source in missing:
            print(f"{source} is missing: docs/images/{name}.webp stays as it is.", file=sys.stderr)
            continue
        with Image.open(ROOT / source) as picture:
            size = reduced(picture.width, picture.height)
            shown = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)
        shown = shown.crop((0, 0, shown.width, min(HEIGHT, shown.height)))
        shown.save(IMAGES / f"{name}.webp", quality=82, method=6)
        print(f"docs/images/{name}.webp  {shown.width}x{shown.height}")
    return 1 if missing else 0


def reduced(width: int, height: int) -> tuple[int, int]:
    """The size at most WIDTH wide; never larger than it was."""
    scale = min(1.0, WIDTH / width)
    return round(width * scale), round(height * scale)


if __name__ == "__main__":
    sys.exit(main())
