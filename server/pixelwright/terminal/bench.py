"""`pixelwright bench`"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pixelwright.atomic import replace_file
from pixelwright.bench.settings import Settings, command_of
from pixelwright.errors import PixelwrightError
from pixelwright.files import target_error
from pixelwright.terminal.progress_line import ProgressLine


def run(options: argparse.Namespace) -> int:
    """Measure, print the table, and write the report where `--json` says. 1 if an answer was not equal."""
    settings = Settings(
        model=options.model,
        device=options.device,
        dtype=options.dtype,
        tokens=options.tokens,
        tiny=options.tiny,
        quick=options.quick,
    )
    if settings.tokens is not None and settings.tokens < 2:
        raise PixelwrightError("usage", "An answer of one token has no speed.", "Ask for --tokens 2 or more.")
    output: Path | None = options.json
    if output and not output.absolute().parent.is_dir():  # better now than after an hour
        raise PixelwrightError("notFound", f"There is no folder {output.parent}.", "Make it first.")
    try:
        from pixelwright.bench.measure import measure
        from pixelwright.bench.table import table
    except ImportError as error:
        raise PixelwrightError(
            "noModel", f"PyTorch is not complete here: {error}.", "Run: pip install 'pixelwright[model]'"
        ) from error
    line = ProgressLine("bench")
    try:
        report = {"command": command_of(settings, output), **measure(settings, line.show)}
    finally:
        line.done()
    print(table(report))
    if output:
        try:
            replace_file(output, f"{json.dumps(report, ensure_ascii=False, indent=1)}\n".encode())
        except OSError as error:
            raise target_error(output, error) from error
    return 0 if report.get("equal_to_generate", True) else 1
