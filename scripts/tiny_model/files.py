"""The checkpoint's folder, as a Qwen3-VL repository has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from scripts.tiny_model.tokenizer import END_OF_TEXT, SPECIAL, TURN_END
from tokenizers import Tokenizer

PATCH = {"patch_size": 16, "temporal_patch_size": 2, "merge_size": 2}
NORMALISED = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
PICTURE_PIXELS = {"longest_edge": 100 * 32 * 32, "shortest_edge": 4 * 32 * 32}
"""Pixels of a picture: from 4 to 100 visual tokens of 32 x 32. 1280 x 720 becomes 416 x 224, 91 tokens."""
CLIP_PIXELS = {"longest_edge": 400 * 32 * 32, "shortest_edge": 4 * 32 * 32}
"""Pixels of all frames of a clip together; a token stands for two frames."""


def write_checkpoint(
    folder: Path, weights: dict[str, torch.Tensor], config: dict[str, Any], tokenizer: Tokenizer
) -> None:
    """Write every file but the README and the chat template, which are written by hand.

    weights: as `state_dict` gives them; they are stored as bfloat16, the tied head left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stored = {
        name: tensor.detach().to(torch.bfloat16).contiguous()
        for name, tensor in sorted(weights.items())
        if name != "lm_head.weight"
    }
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    write_json(folder / "config.json", config)
    write_json(folder / "generation_config.json", generation(tokenizer))
    write_json(folder / "tokenizer_config.json", tokenizer_settings())
    write_json(
        folder / "preprocessor_config.json",
        {
            "size": PICTURE_PIXELS,
            **PATCH,
            **NORMALISED,
            "processor_class": "Qwen3VLProcessor",
            "image_processor_type": "Qwen2VLImageProcessorFast",
        },
    )
    write_json(
        folder / "video_preprocessor_config.json",
        {
            "size": CLIP_PIXELS,
            **PATCH,
            **NORMALISED,
            "processor_class": "Qwen3VLProcessor",
            "video_processor_type": "Qwen3VLVideoProcessor",
        },
    )


def generation(tokenizer: Tokenizer) -> dict[str, Any]:
    """How Qwen's checkpoints sample when nobody says otherwise."""
    end = tokenizer.token_to_id(END_OF_TEXT)
    return {
        "bos_token_id": end,
        "pad_token_id": end,
        "do_sample": True,
        "eos_token_id": [tokenizer.token_to_id(TURN_END), end],
        "top_k": 20,
        "top_p": 0.8,
        "repetition_penalty": 1.0,
        "temperature": 0.7,
        "transformers_version": "4.57.0",
    }


def tokenizer_settings() -> dict[str, Any]:
    """The tokenizer as transformers loads it."""
    return {
        "add_bos_token": False,
        "add_prefix_space": False,
        "additional_special_tokens": [text for text in SPECIAL if text != END_OF_TEXT],
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "eos_token": TURN_END,
        "errors": "replace",
        "model_max_length": 262144,
        "pad_token": END_OF_TEXT,
        "split_special_tokens": False,
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
    }


def write_json(path: Path, content: Any) -> None:
    """Readable, with a newline at the end."""
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
