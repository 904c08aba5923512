"""The shape of the tiny model: Qwen3-VL in small, with everything that the large ones have."""

from __future__ import annotations

from typing import Any

import torch
from scripts.tiny_model.tokenizer import (
    END_OF_TEXT,
    IMAGE_PAD,
    TURN_END,
    VIDEO_PAD,
    VISION_END,
    VISION_START,
)
from tokenizers import Tokenizer
from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

HIDDEN = 128
ROWS = 2048
"""Rows of the embedding: more than there are tokens, as in the large models."""


def configuration(tokenizer: Tokenizer) -> dict[str, Any]:
    """The content of config.json, with the names that Qwen's own checkpoints use.

    Heads times head size differs from the hidden size, keys are shared by two heads each, and the three
    deepstack taps feed the first three of four layers, so that code which mixes these up fails.
    """
    token = tokenizer.token_to_id
    return {
        "architectures": ["Qwen3VLForConditionalGeneration"],
        "image_token_id": token(IMAGE_PAD),
        "model_type": "qwen3_vl",
        "text_config": {
            "attention_bias": False,
            "attention_dropout": 0.0,
            "bos_token_id": token(END_OF_TEXT),
            "dtype": "bfloat16",
            "eos_token_id": token(TURN_END),
            "head_dim": 32,
            "hidden_act": "silu",
            "hidden_size": HIDDEN,
            "initializer_range": 0.06,
            "intermediate_size": 384,
            "max_position_embeddings": 262144,
            "model_type": "qwen3_vl_text",
            "num_attention_heads": 6,
            "num_hidden_layers": 4,
            "num_key_value_heads": 3,
            "rms_norm_eps": 1e-06,
            "rope_scaling": {"mrope_interleaved": True, "mrope_section": [6, 5, 5], "rope_type": "default"},
            "rope_theta": 5000000,
            "tie_word_embeddings": True,
            "use_cache": True,
            "vocab_size": ROWS,
        },
        "tie_word_embeddings": True,
        "transformers_version": "4.57.0",
        "video_token_id": token(VIDEO_PAD),
        "vision_config": {
            "deepstack_visual_indexes": [0, 1, 2],
            "depth": 4,
            "hidden_act": "gelu_pytorch_tanh",
            "hidden_size": 64,
            "in_channels": 3,
            "initializer_range": 0.06,
            "intermediate_size": 192,
            "model_type": "qwen3_vl",
            "num_heads": 4,
            "num_position_embeddings": 256,
            "out_hidden_size": HIDDEN,
            "patch_size": 16,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
        },
        "vision_end_token_id": token(VISION_END),
        "vision_start_token_id": token(VISION_START),
    }


def new_model(config: dict[str, Any], seed: int) -> Qwen3VLForConditionalGeneration:
    """The model in fp32 with random weights; equal seeds give equal weights."""
    torch.manual_seed(seed)
    model: Qwen3VLForConditionalGeneration = Qwen3VLForConditionalGeneration(Qwen3VLConfig.from_dict(config))
    torch.nn.Module.to(model, torch.float32)
    return model
