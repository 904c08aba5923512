"""Which checkpoint is measured: an installed one, the tiny one, or Qwen3-VL-2B's architecture alone."""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pixelwright.bench.settings import Settings
from pixelwright.errors import PixelwrightError
from pixelwright.model import store

ARCHITECTURE = "Qwen3-VL-2B"

# The sizes in the published config.json of Qwen/Qwen3-VL-2B-Instruct.
_TEXT = {
    "model_type": "qwen3_vl_text",
    "hidden_size": 2048,
    "intermediate_size": 6144,
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 262144,
    "rms_norm_eps": 1e-6,
    "hidden_act": "silu",
    "attention_bias": False,
    "rope_theta": 5_000_000,
    "rope_scaling": {"rope_type": "default", "mrope_interleaved": True, "mrope_section": [24, 20, 20]},
    "tie_word_embeddings": True,
}
_VISION = {
    "model_type": "qwen3_vl_vision",
    "depth": 24,
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_heads": 16,
    "out_hidden_size": 2048,
    "patch_size": 16,
    "temporal_patch_size": 2,
    "spatial_merge_size": 2,
    "num_position_embeddings": 2304,
    "in_channels": 3,
    "hidden_act": "gelu_pytorch_tanh",
    "deepstack_visual_indexes": [5, 11, 17],
}
_PICTURE_PIXELS = {"shortest_edge": 65_536, "longest_edge": 16_777_216}
_CLIP_PIXELS = {"shortest_edge": 4_096, "longest_edge": 25_165_824}


@dataclass(frozen=True, slots=True)
class Subject:
    """weights: `installed` or `tiny` are those in `folder`; `random` have the right shapes alone."""

    name: str
    folder: Path
    weights: Literal["random", "installed", "tiny"]


@contextlib.contextmanager
def open_subject(settings: Settings) -> Iterator[Subject]:
    """The checkpoint to measure; what is made up for it is gone afterwards.

    Raises `PixelwrightError` as `store.resolve` does, if a model was named that is not there.
    """
    if settings.tiny:
        yield Subject("tiny", store.TINY, "tiny")
        return
    try:
        folder = store.resolve(settings.model)
    except PixelwrightError as error:
        if settings.model or error.code != "noModel":
            raise
        with tempfile.TemporaryDirectory(prefix="pixelwright-bench-") as made:
            _write_architecture(Path(made))
            yield Subject(ARCHITECTURE, Path(made), "random")
        return
    yield Subject(settings.model or folder.name, folder, "tiny" if folder == store.TINY else "installed")


def _write_architecture(folder: Path) -> None:
    """A checkpoint's folder without weights; its tokenizer is the tiny checkpoint's."""
    tiny = _read(store.TINY / "config.json")
    for path in store.TINY.iterdir():
        if path.suffix in (".json", ".jinja"):
            shutil.copy(path, folder)
    _write(folder / "config.json", {**tiny, "text_config": _TEXT, "vision_config": _VISION})
    for name, pixels in (("preprocessor", _PICTURE_PIXELS), ("video_preprocessor", _CLIP_PIXELS)):
        path = folder / f"{name}_config.json"
        _write(path, {**_read(path), "size": pixels})


def _read(path: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def _write(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
