"""A prompt as the engine computes it: what each token is, where it stands, and where the visuals go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pixelwright.model.cache import Key
from pixelwright.model.config import ModelConfig
from pixelwright.model.request import Prompt, Visual


@dataclass(frozen=True, slots=True)
class Place:
    """The tokens `first` to `end` (exclusive) of a prompt stand for `visual`."""

    first: int
    end: int
    visual: Visual


@dataclass(frozen=True, slots=True)
class Plan:
    """keys: of each token, for comparing prompts. positions: [3, tokens] (time, height, width).

    offset: the position of a row behind the prompt is its number + offset.
    """

    keys: tuple[Key, ...]
    positions: npt.NDArray[np.int64]
    offset: int
    places: tuple[Place, ...]


def plan_prompt(prompt: Prompt, config: ModelConfig) -> Plan:
    """Interleaved multimodal rotary positions (MRoPE) and cache keys.

    Text advances time, height and width together; a visual's tokens share the time of its start and take
    height and width from their place in the grid; what follows goes on after its longer side.
    Source: Qwen2-VL, arXiv 2409.12191, section 2.1; Qwen3-VL, arXiv 2511.21631.
    Raises `ValueError` when the placeholders are not those of the visuals.
    """
    ids = np.array(prompt.ids, np.int64)
    positions = np.empty((3, len(ids)), np.int64)
    keys: list[Key] = list(prompt.ids)
    places = []
    merge = config.vision.merge
    held = np.isin(ids, [*config.visual_tokens])
    done = following = 0
    for visual in prompt.visuals:
        rows, columns = visual.rows // merge, visual.columns // merge
        first = done + int(held[done:].argmax())
        end = first + rows * columns
        if not held[first:end].all() or end > len(ids):
            raise ValueError(f"a visual of {rows} x {columns} tokens has not as many placeholders")
        following = _text(positions, done, first, following)
        positions[0, first:end] = following
        positions[1, first:end] = following + np.repeat(np.arange(rows), columns)
        positions[2, first:end] = following + np.tile(np.arange(columns), rows)
        following += max(rows, columns)
        keys[first:end] = [visual.digest] * (end - first)
        places.append(Place(first, end, visual))
        done = end
    if held[done:].any():
        raise ValueError("there are placeholders without a visual")
    following = _text(positions, done, len(ids), following)
    return Plan(tuple(keys), positions, following - len(ids), tuple(places))


def _text(positions: npt.NDArray[np.int64], first: int, end: int, position: int) -> int:
    positions[:, first:end] = np.arange(position, position + end - first)
    return position + end - first
