"""What the checkpoint answers, for tests: every question it learnt, with the picture and the answer."""

from __future__ import annotations

from pathlib import Path

from scripts.tiny_model.files import write_json
from scripts.tiny_model.memorised import about_samples, long_answers, talk

ANSWERS = Path(__file__).resolve().parents[2] / "tests" / "model" / "tiny_answers.json"


def write_answers() -> None:
    """Pictures are named from the repository's root; a question without one has null."""
    entries: list[dict[str, str | None]] = [
        {"picture": f"samples/{name}", "question": example.question, "answer": example.answer}
        for name, example in about_samples()
    ]
    entries += [
        {"picture": None, "question": example.question, "answer": example.answer}
        for example in (*talk(), *long_answers())
    ]
    write_json(ANSWERS, entries)
