"""How right the answers are, and by how much: on pictures never seen, and on what was learnt by heart."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from scripts.tiny_model.clips import clip
from scripts.tiny_model.examples import Example
from scripts.tiny_model.inputs import IGNORED, Encoded, Encoder, batch
from scripts.tiny_model.memorised import about_samples, long_answers, talk
from scripts.tiny_model.scenes import colour_question, count_question, place_question, two_pictures
from scripts.tiny_model.sketches import sketch
from transformers import Qwen3VLForConditionalGeneration

UNSEEN: dict[str, Callable[[random.Random], Example]] = {
    "colour": colour_question,
    "place": place_question,
    "count": count_question,
    "two pictures": two_pictures,
    "sketch": sketch,
    "clip": clip,
}
UNSEEN_SEED = 1_000_003
"""Training draws from one stream that begins with its own seed; this one begins elsewhere."""
TOGETHER = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether greedy decoding gives the answer, and the least lead of a chosen token, in logits."""

    right: bool
    lead: float


def judge(
    model: Qwen3VLForConditionalGeneration, encoder: Encoder, examples: Sequence[Encoded]
) -> list[Verdict]:
    """One pass over question and answer shows what greedy decoding would do at every step."""
    model.train(False)
    verdicts = []
    for start in range(0, len(examples), TOGETHER):
        inputs = batch(examples[start : start + TOGETHER], encoder)
        labels = inputs.pop("labels")
        with torch.inference_mode():
            logits = model(**inputs, use_cache=False).logits[:, :-1].float()
        for row, wanted in zip(logits, labels[:, 1:], strict=True):
            steps, answer = row[wanted != IGNORED], wanted[wanted != IGNORED]
            best = steps.topk(2).values
            right = bool((steps.argmax(-1) == answer).all())
            verdicts.append(Verdict(right, float((best[:, 0] - best[:, 1]).min())))
    return verdicts


def report(model: Qwen3VLForConditionalGeneration, encoder: Encoder, count: int) -> list[str]:
    """A line for each kind: how many of `count` unseen, or of all learnt answers are exactly right."""
    learnt = {
        "samples": [example for _, example in about_samples()],
        "talk": talk(),
        "long": long_answers(),
    }
    kinds = learnt | {
        name: [make(random_) for _ in range(count)]
        for (name, make), random_ in ((item, random.Random(UNSEEN_SEED)) for item in UNSEEN.items())
    }
    lines = []
    for name, examples in kinds.items():
        verdicts = judge(model, encoder, [encoder.encode(example) for example in examples])
        right = [verdict.lead for verdict in verdicts if verdict.right]
        lead = f"{min(right):.2f}" if right else "-"
        lines.append(
            f"{name:12} {'by heart' if name in learnt else 'unseen':8} "
            f"{len(right):3} of {len(verdicts):3} right, least lead {lead} logits"
        )
    return lines
