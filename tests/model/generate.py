"""What transformers answers to the same prompt: the reference for the engine's tokens."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pixelwright.model.config import ModelConfig, read_config
from pixelwright.model.plan import plan_prompt
from pixelwright.model.request import Prompt, Visual


class Reference:
    """transformers' own model of a checkpoint. fp32 on the CPU, so that no two logits tie."""

    def __init__(self, folder: Path, dtype: torch.dtype = torch.float32) -> None:
        from transformers import AutoModelForImageTextToText

        self._model: Any = AutoModelForImageTextToText.from_pretrained(
            folder, dtype=dtype, local_files_only=True
        )
        self._model.eval()
        self._config = read_config(folder)

    def tokens(self, prompt: Prompt, count: int) -> list[int]:
        """Greedy tokens of `generate`, the end token included if there is one."""
        inputs = self._inputs(prompt)
        output = self._model.generate(**inputs, max_new_tokens=count, do_sample=False)
        return output[0, len(prompt.ids) :].tolist()  # type: ignore[no-any-return]

    @torch.inference_mode()
    def logits(self, prompt: Prompt) -> torch.Tensor:
        """Logits [vocabulary] behind the prompt."""
        return self._model(**self._inputs(prompt)).logits[0, -1].float()  # type: ignore[no-any-return]

    def positions(self, prompt: Prompt) -> tuple[torch.Tensor, int]:
        """MRoPE positions [3, tokens], and what is added to a row's number behind the prompt."""
        inputs = self._inputs(prompt)
        for name in ("pixel_values", "pixel_values_videos"):
            inputs.pop(name, None)
        positions, delta = self._model.model.get_rope_index(**inputs)
        return positions[:, 0], int(delta)

    def _inputs(self, prompt: Prompt) -> dict[str, Any]:
        ids = torch.tensor([prompt.ids])
        inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        kinds = (ids == self._config.image_token).int() + 2 * (ids == self._config.video_token).int()
        if "mm_token_type_ids" in inspect.signature(self._model.forward).parameters:
            inputs["mm_token_type_ids"] = kinds
        pictures, frames = split(prompt, self._config)
        for pixels, grid, visuals in (
            ("pixel_values", "image_grid_thw", pictures),
            ("pixel_values_videos", "video_grid_thw", frames),
        ):
            if visuals:
                patches = np.concatenate([visual.patches for visual in visuals])
                inputs[pixels] = torch.from_numpy(patches).float() / 127.5 - 1
                inputs[grid] = torch.tensor([[1, visual.rows, visual.columns] for visual in visuals])
        return inputs


def split(prompt: Prompt, config: ModelConfig) -> tuple[list[Visual], list[Visual]]:
    """A prompt's pictures, and its clips' pairs of frames."""
    places = plan_prompt(prompt, config).places
    pictures = [p.visual for p in places if prompt.ids[p.first] == config.image_token]
    return pictures, [p.visual for p in places if prompt.ids[p.first] == config.video_token]
