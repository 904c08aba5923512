"""What the model is shown: questions with pictures or clips, and the answers."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pixelwright.model.prompt import Clip, Picture

TEXT = Path(__file__).resolve().parent / "text"


@dataclass(frozen=True, slots=True)
class Example:
    """A question and its answer. What it is about, pictures or clips, comes before the question."""

    question: str
    answer: str
    visuals: tuple[Picture | Clip, ...] = field(default=(), repr=False)
    system: str = ""


def read_text(name: str) -> Any:
    """The content of a JSON file of `text/`."""
    return json.loads((TEXT / name).read_text(encoding="utf-8"))


def fenced(page: str) -> str:
    """A page as an answer gives it."""
    return f"```html\n{page.strip()}\n```"


QUESTIONS: dict[str, Any] = read_text("questions.json")


def ask(random_: random.Random, kind: str, language: str = "") -> str:
    """One of the ways to ask for a `kind` of answer; without a language in any."""
    ways = QUESTIONS[kind]
    questions: list[str] = ways[language] if language else [way for group in ways.values() for way in group]
    return random_.choice(questions)
