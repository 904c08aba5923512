"""The texts that the tokenizer learns from: all of them are the project's own."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from scripts.tiny_model.clips import clip
from scripts.tiny_model.examples import QUESTIONS
from scripts.tiny_model.memorised import about_samples, long_answers, talk
from scripts.tiny_model.scenes import scene
from scripts.tiny_model.sketches import sketch

ROOT = Path(__file__).resolve().parents[2]
GENERATED = 300


def corpus(seed: int) -> Iterator[str]:
    """The samples' pages, the documentation, and everything that the model learns to say and to be asked."""
    for path in [*sorted((ROOT / "samples" / "src").glob("*.html")), *sorted(ROOT.glob("*.md"))]:
        yield path.read_text(encoding="utf-8")
    random_ = random.Random(seed)
    drawn = [make(random_) for _ in range(GENERATED) for make in (scene, sketch, clip)]
    learnt = [*drawn, *(example for _, example in about_samples()), *talk(), *long_answers()]
    texts = [
        *QUESTIONS["system"],
        *(text for example in learnt for text in (example.question, example.answer)),
    ]
    yield from dict.fromkeys(texts)  # Each once: merges shall be words, not whole answers.
