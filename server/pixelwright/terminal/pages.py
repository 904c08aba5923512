"""`pixelwright html IMAGE…`"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pixelwright import files
from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.protocol import messages
from pixelwright.terminal.run import run_job

STDIN = "-"


def run(options: argparse.Namespace) -> int:
    """Make the pages one after the other; one that fails does not stop the others. 1 if any failed."""
    _folder_for(options)
    rows = []
    for image in options.images:
        try:
            rows.append(_make(image, options))
        except Cancelled:
            raise
        except PixelwrightError as error:
            rows.append(
                {
                    "image": image,
                    "error": {"code": error.code, "message": error.message, "hint": error.hint},
                }
            )
            print(f"pixelwright: {error}", file=sys.stderr)
    if options.json:
        print(json.dumps({"results": rows}, ensure_ascii=False, indent=1))
    return 1 if any("error" in row for row in rows) else 0


def _folder_for(options: argparse.Namespace) -> None:
    if options.output and len(options.images) > 1:
        try:
            options.output.mkdir(exist_ok=True)
        except OSError as error:
            raise files.target_error(options.output, error) from error


def _make(image: str, options: argparse.Namespace) -> dict[str, Any]:
    from_stdin = image == STDIN
    path = None if from_stdin else Path(image).absolute()
    name = "stdin" if path is None else image
    wanted = _wanted(path, options.output)
    target = files.page_target(wanted, path, force=options.force)
    job = messages.HtmlJob(
        name=name,
        path=str(path) if path else None,
        data=sys.stdin.buffer.read() if from_stdin else None,
        assets_dir=target.assets.name,
        inline_assets=options.inline_assets,
    )
    outcome: messages.HtmlOutcome = run_job("html", job, name, no_host=options.no_host)
    files.write_page(target, outcome.document, [(a.name, a.data) for a in outcome.assets], path)
    if target.notice:
        print(f"pixelwright: {target.notice}", file=sys.stderr)
    if not options.json:
        print(target.page)
    return {
        "image": image,
        "page": str(target.page),
        "assets": [str(target.assets / asset.name) for asset in outcome.assets],
        "width": outcome.width,
        "height": outcome.height,
        "texts": outcome.texts,
        "text_score": round(outcome.text_score, 4),
        "problems": [
            {"code": p.code, "message": p.message, "repaired": p.repaired} for p in outcome.problems
        ],
        "seconds": outcome.seconds,
        "notice": target.notice,
    }


def _wanted(image: Path | None, output: Path | None) -> Path:
    name = f"{image.stem}.html" if image else "page.html"
    if output is None:
        return image.with_name(name) if image else Path.cwd() / name
    return (output / name if output.is_dir() else output).absolute()
