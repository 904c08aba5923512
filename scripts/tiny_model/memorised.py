"""What the model learns by heart: the samples, a little talk, and long answers that repeat themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PIL import Image
from scripts.tiny_model.examples import QUESTIONS, TEXT, Example, fenced, read_text

from pixelwright.model.prompt import Picture

SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@cache
def sample(name: str) -> Picture:
    """One of the project's sample pictures."""
    with Image.open(SAMPLES / name) as picture:
        return Picture(picture.convert("RGB"))


def about_samples() -> list[tuple[str, Example]]:
    """(picture's name, example) for every question about a sample, the plainest wording of a kind first."""
    found = []
    for entry in read_text("samples.json"):
        name: str = entry["picture"]
        page = fenced((TEXT / "pages" / entry["page"]).read_text(encoding="utf-8"))
        answers = {
            "page": {"en": page, "zh": page},
            "describe": entry["describe"],
            "heading": {"en": entry["heading"], "zh": entry["heading"]},
        }
        for kind, languages in answers.items():
            for language, answer in languages.items():
                found += [
                    (name, Example(question, answer, (sample(name),)))
                    for question in QUESTIONS[kind][language]
                ]
    return found


def talk() -> list[Example]:
    """Questions without a picture."""
    return [Example(question, answer) for question, answer in read_text("talk.json")]


def long_answers() -> list[Example]:
    """Answers of hundreds of tokens whose next words can mostly be looked up in what is already written."""
    rows = [f"<tr><td>{n}</td><td>Row {n}</td><td>open</td></tr>" for n in range(1, 31)]
    links = [f'<li><a href="page-{n}.html">Page {n}</a></li>' for n in range(1, 21)]
    return [
        Example("Write a table with 30 rows.", fenced("\n".join(["<table>", *rows, "</table>"]))),
        Example("Write a list of 20 links.", fenced("\n".join(["<ul>", *links, "</ul>"]))),
        Example("Count from 1 to 40.", ", ".join(str(n) for n in range(1, 41)) + "."),
    ]
