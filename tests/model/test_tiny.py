"""The tiny checkpoint: complete, small, loads offline with transformers, and gives the answers it learnt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw

from pixelwright.model.pixels import Processing
from pixelwright.model.prompt import Clip, Message, Picture, build_prompt
from pixelwright.model.store import TINY
from pixelwright.model.tokenizer import Tokenizer
from tests.model.generate import Reference

ROOT = Path(__file__).resolve().parents[2]
ANSWERS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("tiny_answers.json").read_text(encoding="utf-8")
)
FILES = {
    "README.md",
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "preprocessor_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "video_preprocessor_config.json",
}
MOST_BYTES = 6_000_000
MARKS = [
    f"<|{name}|>"
    for name in [
        "endoftext",
        "im_start",
        "im_end",
        "object_ref_start",
        "object_ref_end",
        "box_start",
        "box_end",
        "quad_start",
        "quad_end",
        "vision_start",
        "vision_end",
        "vision_pad",
        "image_pad",
        "video_pad",
    ]
]
WORDS = ["<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>"]
FEW = 4  # Answers of each kind that are generated here; a page takes a second.


class Asked:
    """The checkpoint in transformers' hands, fed by our own preprocessing."""

    def __init__(self) -> None:
        torch.set_num_threads(1)
        self.reference = Reference(TINY)
        self.tokenizer, self.processing = Tokenizer.load(TINY), Processing.load(TINY)

    def answer(self, question: str, *visuals: Picture | Clip) -> str:
        """The greedy answer; empty when it does not end by itself."""
        prompt = build_prompt([Message("user", (*visuals, question))], self.tokenizer, self.processing)
        tokens = self.reference.tokens(prompt, 900)
        return self.tokenizer.decode(tokens) if tokens[-1] in self.tokenizer.end_ids else ""


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


def test_files_are_complete_and_small() -> None:
    files = {path.name: path.stat().st_size for path in TINY.iterdir()}
    assert files.keys() == FILES
    assert sum(files.values()) < MOST_BYTES


def test_transformers_knows_its_tokenizer_and_template() -> None:
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(TINY, local_files_only=True)
    first = tokenizer.convert_tokens_to_ids(MARKS[0])
    assert tokenizer.convert_tokens_to_ids(MARKS) == list(range(first, first + len(MARKS)))
    assert set(MARKS) <= set(tokenizer.all_special_tokens)
    assert tokenizer.unk_token_id not in tokenizer.convert_tokens_to_ids(WORDS)
    assert not set(WORDS) & set(tokenizer.all_special_tokens)
    messages = [
        {"role": "user", "content": [{"type": "video"}, {"type": "image"}, {"type": "text", "text": "Well?"}]}
    ]
    assert tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True) == (
        "<|im_start|>user\n<|video_pad|><|vision_start|><|image_pad|><|vision_end|>Well?<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


@pytest.mark.parametrize(
    "text", ["<p class='a'>0123</p>\n\n  x", "茶馆首页，山间茶事。", "Grüße, мир, 🙂 \t\x00"]
)
def test_any_text_comes_back(text: str) -> None:
    from transformers import AutoTokenizer

    untyped: Any = AutoTokenizer.from_pretrained(TINY, local_files_only=True)
    assert untyped.decode(untyped(text).input_ids) == text


def test_picture_and_clip_budgets() -> None:
    processing = Processing.load(TINY)
    assert processing.picture.most == 100 * 32 * 32
    assert processing.clip.most == 400 * 32 * 32


def few() -> list[dict[str, Any]]:
    """Some answers of each kind: about pictures, pages, talk."""
    about = [entry for entry in ANSWERS if entry["picture"]]
    pages = [entry for entry in about if entry["answer"].startswith("```")]
    short = [entry for entry in about if entry not in pages]
    talk = [entry for entry in ANSWERS if not entry["picture"] and len(entry["answer"]) < 100]
    return [entry for kind in (pages, short, talk) for entry in kind[:: len(kind) // FEW][:FEW]]


@pytest.mark.parametrize("entry", few(), ids=lambda entry: f"{entry['picture']} {entry['question']}")
def test_it_answers_what_it_learnt(asked: Asked, entry: dict[str, Any]) -> None:
    visuals = []
    if entry["picture"]:
        with Image.open(ROOT / entry["picture"]) as picture:
            visuals.append(Picture(picture.convert("RGB")))
    assert asked.answer(entry["question"], *visuals) == entry["answer"]


def box(colour: str, size: tuple[int, int] = (128, 96)) -> Image.Image:
    """A box on white."""
    picture = Image.new("RGB", size, "#f6f6f6")
    ImageDraw.Draw(picture).rectangle((40, 30, 90, 70), fill=colour)
    return picture


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("red", "#d8232f"),
        ("green", "#1f9440"),
        ("blue", "#2a52da"),
        ("yellow", "#f4d92a"),
        ("black", "#181818"),
    ],
)
def test_it_sees_colours(asked: Asked, name: str, colour: str) -> None:
    assert asked.answer("What colour is the box?", Picture(box(colour))) == f"The box is {name}."


def test_it_sees_how_a_clip_changes(asked: Asked) -> None:
    frames = [box("#2a52da", (96, 96))] * 3 + [box("#d8232f", (96, 96))] * 5
    clip = Clip(frames, [float(second) for second in range(8)])
    assert asked.answer("What happens?", clip).endswith(" seconds the box turns from blue to red.")
