"""`pixelwright compare IMAGE PAGE.html`"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pixelwright import files
from pixelwright.protocol import messages
from pixelwright.terminal.run import run_job


def run(options: argparse.Namespace) -> int:
    """Print the likeness, and write the side-by-side picture (PAGE.compare.png, or OUT)."""
    image, page = options.image.absolute(), options.page.absolute()
    job = messages.CompareJob(image=str(image), page=str(page))
    outcome: messages.CompareOutcome = run_job("compare", job, str(options.page), no_host=options.no_host)
    picture: Path = (options.output or page.with_name(f"{page.stem}.compare.png")).absolute()
    picture = files.write_picture(picture, outcome.picture, image, force=options.output is not None)
    if options.json:
        row = {"score": outcome.score, "parts": outcome.parts, "picture": str(picture)}
        print(json.dumps(row, ensure_ascii=False, indent=1))
    else:
        parts = "  ".join(f"{name} {value:.3f}" for name, value in outcome.parts.items())
        print(f"{outcome.score:.3f}  {parts}\n{picture}")
    return 0
