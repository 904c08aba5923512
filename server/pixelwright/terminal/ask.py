"""`pixelwright ask FILE "QUESTION"`"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from pixelwright.link.surroundings import model_name
from pixelwright.protocol import messages, wire
from pixelwright.terminal.run import run_job

STDIN = "-"

# A picture may have the model write what a terminal takes for commands.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

_NOTES: dict[messages.FinishReason, str] = {
    "budget": "The answer was cut at its limit; --max-tokens sets another.",
    "repetition": "The answer was cut where it began to repeat itself.",
}


def run(options: argparse.Namespace) -> int:
    """Print the answer as it comes, or (with JSON) one record at its end."""
    from_stdin = options.file == STDIN
    name = "stdin" if from_stdin else options.file
    job = messages.AskJob(
        name=name,
        path=None if from_stdin else str(Path(options.file).absolute()),
        data=sys.stdin.buffer.read() if from_stdin else None,
        question=options.question,
        max_tokens=options.max_tokens,
        model=model_name(options.model),
    )
    printed: list[str] = []

    def show(_kind: str, text: str) -> None:
        _write(text)
        printed.append(text)

    on_partial = None if options.json else show
    outcome: messages.AskOutcome = run_job("ask", job, name, no_host=options.no_host, on_partial=on_partial)
    if options.json:
        print(json.dumps(wire.encode(outcome), ensure_ascii=False, indent=1))
        return 0
    if "".join(printed) != outcome.text:  # a worker that was replaced in mid-answer may word it differently
        _write(f"\n\n{outcome.text}" if printed else outcome.text)
    print()
    if outcome.finish in _NOTES:
        print(f"pixelwright: {_NOTES[outcome.finish]}", file=sys.stderr)
    return 0


def _write(text: str) -> None:
    sys.stdout.write(harmless(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def harmless(text: str) -> str:
    """The text without control characters, but for the ends of lines and tabs."""
    return _CONTROLS.sub("", text)
