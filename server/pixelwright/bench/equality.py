"""Whether the engine's greedy tokens are those of `generate`, whatever way they are computed.

In fp32 and without TF32, where two tokens hardly ever come so close that rounding decides between them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from pixelwright.bench.cases import REPETITIVE, picture, words
from pixelwright.bench.generate import Generate
from pixelwright.bench.ours import Parts
from pixelwright.model.engine import Engine
from pixelwright.model.prompt import Clip, Message, Picture, build_prompt
from pixelwright.model.request import Prompt, Request

TOKENS = 32


@dataclass(frozen=True, slots=True)
class Comparison:
    """One answer held against `generate`'s. differs_at: the first token that is another, or None."""

    case: str
    variant: str
    equal: bool
    tokens: int
    differs_at: int | None


def questions() -> dict[str, tuple[Message, ...]]:
    """Text, pictures of several sizes, several pictures, and clips."""
    system = Message("system", ("You write HTML.",))
    clip = Clip([picture(index, (96, 64)) for index in range(5)], [0.0, 0.5, 1.0, 1.5, 2.0])

    def ask(*content: str | Picture | Clip) -> tuple[Message, ...]:
        return (system, Message("user", content))

    return {
        "text": ask(words(1, 30)),
        "repetitive text": ask(f"Repeat the table.\n{REPETITIVE}"),
        "picture 320x240": ask(Picture(picture(1, (320, 240))), "What is it?"),
        "picture 97x401": ask(Picture(picture(2, (97, 401))), "What is it?"),
        "picture 1280x720": ask(Picture(picture(3, (1280, 720))), "What is it?"),
        "two pictures": ask(Picture(picture(4, (128, 96))), "and", Picture(picture(5, (64, 200))), "differ?"),
        "clip": ask(clip, "When does it change?"),
        "picture and clip": ask(Picture(picture(6, (128, 96))), clip, "Which frame is it?"),
    }


def expected_answers(parts: Parts, theirs: Generate) -> tuple[dict[str, Prompt], dict[str, list[int]]]:
    """The questions as prompts, and what `generate` answers; both sides are fp32."""
    asked = questions().items()
    prompts = {case: build_prompt(said, parts.tokenizer, parts.processing) for case, said in asked}
    with exact_products():
        return prompts, {case: theirs.tokens(prompt, TOKENS) for case, prompt in prompts.items()}


def compare(
    way: str, engine: Engine, prompts: dict[str, Prompt], expected: dict[str, list[int]]
) -> list[Comparison]:
    """All questions: plain, with look-up, from the prefix cache, and two that take turns.

    way: what the engine, fp32 as well, is called in the report.
    """
    found = []
    with exact_products():
        for case, prompt in prompts.items():
            # After the first time all but the last token are in the cache already.
            for variant, lookup in (("plain", False), ("prefix cache", False), ("look-up", True)):
                answer = _answer(engine, prompt, lookup)
                found.append(_comparison(case, f"{way}, {variant}", answer, expected[case]))
        for case, answer in _interleaved(engine, prompts).items():
            found.append(_comparison(case, f"{way}, interleaved", answer, expected[case]))
    return found


@contextlib.contextmanager
def exact_products() -> Iterator[None]:
    """fp32 products and convolutions without TF32."""
    precision = torch.get_float32_matmul_precision()
    convolutions = torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(precision)
        torch.backends.cudnn.allow_tf32 = convolutions


def _answer(engine: Engine, prompt: Prompt, lookup: bool) -> tuple[int, ...]:
    answer = engine.start(Request(prompt, max_tokens=TOKENS, lookup=lookup))
    while answer.advance() is not None:
        pass
    assert answer.finished
    return answer.finished.tokens


def _interleaved(engine: Engine, prompts: dict[str, Prompt]) -> dict[str, tuple[int, ...]]:
    """Two answers that take turns, token by token."""
    chosen = ("text", "picture 320x240")
    answers = {case: engine.start(Request(prompts[case], max_tokens=TOKENS, lookup=False)) for case in chosen}
    while any(answer.finished is None for answer in answers.values()):
        for answer in answers.values():
            answer.advance()
    return {case: answer.finished.tokens for case, answer in answers.items() if answer.finished}


def _comparison(case: str, variant: str, answer: tuple[int, ...], expected: list[int]) -> Comparison:
    pairs = zip(answer, expected, strict=False)
    differs = next((place for place, (one, other) in enumerate(pairs) if one != other), None)
    equal = list(answer) == expected
    if not equal and differs is None:
        differs = min(len(answer), len(expected))
    return Comparison(case, variant, equal, len(answer), differs)
