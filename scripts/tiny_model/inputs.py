"""Examples as tensors, through the preprocessing that the engine uses, so that both see the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scripts.tiny_model.examples import Example
from scripts.tiny_model.tokenizer import IMAGE_PAD, TURN_END, VIDEO_PAD

from pixelwright.model.pixels import Processing
from pixelwright.model.prompt import Clip, Message, build_prompt
from pixelwright.model.request import Prompt, Visual
from pixelwright.model.tokenizer import Tokenizer

IGNORED = -100


@dataclass(frozen=True, slots=True)
class Encoded:
    """One example as ids; the answer's end with the mark that ends a turn. moving: the visuals are a clip."""

    prompt: Prompt
    answer: tuple[int, ...]
    moving: bool


class Encoder:
    """Examples to ids and patches, as the checkpoint in `folder` wants them."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.load(folder)
        self.processing = Processing.load(folder)

    def encode(self, example: Example, pixels: int | None = None) -> Encoded:
        """The whole conversation. pixels: the most that a picture may have, else the checkpoint's budget."""
        processing = self.processing if pixels is None else self.processing.within(picture=pixels)
        messages = [Message("user", (*example.visuals, example.question))]
        if example.system:
            messages.insert(0, Message("system", (example.system,)))
        prompt = build_prompt(messages, self.tokenizer, processing)
        answer = (*self.tokenizer.encode(example.answer), self.tokenizer.id(TURN_END))
        return Encoded(prompt, answer, any(isinstance(visual, Clip) for visual in example.visuals))


def batch(examples: Sequence[Encoded], encoder: Encoder, *, answers: bool = True) -> dict[str, torch.Tensor]:
    """Keyword arguments of transformers' model for several examples, padded at the end.

    answers: with them and with labels, for training; without, for `generate` (one example at a time).
    """
    rows = [(*example.prompt.ids, *(example.answer if answers else ())) for example in examples]
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
    for index, (row, example) in enumerate(zip(rows, examples, strict=True)):
        ids[index, : len(row)] = torch.tensor(row)
        mask[index, : len(row)] = 1
        labels[index, len(example.prompt.ids) : len(row)] = torch.tensor(row[len(example.prompt.ids) :])
    image, video = (encoder.tokenizer.id(pad) for pad in (IMAGE_PAD, VIDEO_PAD))
    kinds = torch.where(ids == image, 1, torch.where(ids == video, 2, 0))
    made = {"input_ids": ids, "attention_mask": mask, "mm_token_type_ids": kinds}
    if answers:
        made["labels"] = labels
    pictures = [[visual] for example in examples if not example.moving for visual in example.prompt.visuals]
    clips = [example.prompt.visuals for example in examples if example.moving]
    for name, suffix, groups in (("image", "", pictures), ("video", "_videos", clips)):
        if groups:
            made[f"pixel_values{suffix}"] = normalised([v for group in groups for v in group], encoder)
            made[f"{name}_grid_thw"] = torch.tensor(
                [(len(group), group[0].rows, group[0].columns) for group in groups]
            )
    return made


def normalised(visuals: Sequence[Visual], encoder: Encoder) -> torch.Tensor:
    """Patches [patches, 1536] as the vision tower takes them, in fp32."""
    patches = torch.from_numpy(np.concatenate([visual.patches for visual in visuals])).float()
    mean, std = (
        torch.tensor(values).repeat_interleave(patches.shape[1] // 3)
        for values in (encoder.processing.mean, encoder.processing.std)
    )
    return (patches / 255 - mean) / std
