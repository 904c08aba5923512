"""A checkpoint's `config.json` and `generation_config.json`, as far as the engine needs them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixelwright.errors import PixelwrightError

MODEL_TYPES = ("qwen3_vl", "qwen3_vl_moe")


@dataclass(frozen=True, slots=True)
class Experts:
    """The mixture of experts in some of the layers."""

    count: int
    per_token: int
    intermediate: int
    layers: frozenset[int]


@dataclass(frozen=True, slots=True)
class TextConfig:
    """The language model. `mrope_section`: frequencies for time, height and width."""

    layers: int
    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int
    eps: float
    rope_theta: float
    mrope_section: tuple[int, int, int]
    max_positions: int
    tied: bool
    experts: Experts | None


@dataclass(frozen=True, slots=True)
class VisionConfig:
    """The vision tower. `deepstack`: the blocks whose features go into the first text layers."""

    depth: int
    hidden: int
    intermediate: int
    heads: int
    patch: int
    temporal: int
    merge: int
    positions: int
    output: int
    deepstack: tuple[int, ...]

    @property
    def patch_values(self) -> int:
        """Numbers in a patch: 3 channels, `temporal` frames, patch x patch pixels."""
        return 3 * self.temporal * self.patch * self.patch


@dataclass(frozen=True, slots=True)
class ModelConfig:
    text: TextConfig
    vision: VisionConfig
    image_token: int
    video_token: int
    end_tokens: frozenset[int]

    @property
    def visual_tokens(self) -> frozenset[int]:
        return frozenset((self.image_token, self.video_token))


def read_config(folder: Path) -> ModelConfig:
    """The configuration of the checkpoint in `folder`.

    Raises `PixelwrightError`: notFound without a config.json, unsupported for another architecture.
    """
    config = _read_json(folder / "config.json")
    if config is None:
        raise PixelwrightError(
            "notFound",
            f"{folder} holds no checkpoint: there is no config.json.",
            "Name a folder that was downloaded whole, or a model's name.",
        )
    kind = config.get("model_type")
    if kind not in MODEL_TYPES:
        raise PixelwrightError(
            "unsupported",
            f"{folder} is a checkpoint of type {kind}; Pixelwright runs {' and '.join(MODEL_TYPES)}.",
        )
    if config.get("quantization_config"):
        raise PixelwrightError(
            "unsupported",
            f"The weights in {folder} are quantized by another program.",
            "Use the unquantized checkpoint; Pixelwright makes int8 of it by itself.",
        )
    try:
        return _parse(config, _read_json(folder / "generation_config.json") or {})
    except (KeyError, TypeError, ValueError) as error:
        raise PixelwrightError(
            "badInput", f"{folder / 'config.json'} is not a Qwen3-VL configuration: {error!r}."
        ) from error


def _parse(config: dict[str, Any], generation: dict[str, Any]) -> ModelConfig:
    text, vision = config["text_config"], config["vision_config"]
    ends = generation.get("eos_token_id", text.get("eos_token_id", config.get("eos_token_id")))
    return ModelConfig(
        text=_text(text, bool(config.get("tie_word_embeddings", text.get("tie_word_embeddings", False)))),
        vision=VisionConfig(
            depth=vision["depth"],
            hidden=vision["hidden_size"],
            intermediate=vision["intermediate_size"],
            heads=vision["num_heads"],
            patch=vision["patch_size"],
            temporal=vision["temporal_patch_size"],
            merge=vision["spatial_merge_size"],
            positions=vision["num_position_embeddings"],
            output=vision["out_hidden_size"],
            deepstack=tuple(vision["deepstack_visual_indexes"]),
        ),
        image_token=config["image_token_id"],
        video_token=config["video_token_id"],
        end_tokens=frozenset([ends] if isinstance(ends, int) else ends),
    )


def _text(text: dict[str, Any], tied: bool) -> TextConfig:
    # transformers 4 wrote rope_theta beside rope_scaling, 5 writes both into rope_parameters.
    rope = {**(text.get("rope_scaling") or {}), **(text.get("rope_parameters") or {})}
    kind = rope.get("rope_type", "default")
    if kind not in ("default", "mrope") or not rope.get("mrope_interleaved", True):
        raise ValueError(f"rope type {kind}, interleaved {rope.get('mrope_interleaved')}")
    if text.get("attention_bias") or text.get("hidden_act", "silu") != "silu":
        raise ValueError("attention bias, or an activation other than silu")
    time, height, width = rope["mrope_section"]
    heads = text["num_attention_heads"]
    return TextConfig(
        layers=text["num_hidden_layers"],
        hidden=text["hidden_size"],
        intermediate=text["intermediate_size"],
        heads=heads,
        kv_heads=text["num_key_value_heads"],
        head_dim=text.get("head_dim") or text["hidden_size"] // heads,
        vocabulary=text["vocab_size"],
        eps=text["rms_norm_eps"],
        rope_theta=float(rope.get("rope_theta") or text["rope_theta"]),
        mrope_section=(time, height, width),
        max_positions=text["max_position_embeddings"],
        tied=tied,
        experts=_experts(text),
    )


def _experts(text: dict[str, Any]) -> Experts | None:
    # num_experts until transformers 5, which calls it num_local_experts
    count = text.get("num_experts") or text.get("num_local_experts") or 0
    if not count:
        return None
    step, dense = text.get("decoder_sparse_step", 1), text.get("mlp_only_layers") or []
    layers = (i for i in range(text["num_hidden_layers"]) if (i + 1) % step == 0 and i not in dense)
    return Experts(count, text["num_experts_per_tok"], text["moe_intermediate_size"], frozenset(layers))


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PixelwrightError("unreadable", f"{path} could not be read: {error}.") from error
    return value if isinstance(value, dict) else None
