"""Checkpoints for tests, made of the tiny one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from pixelwright.model.store import TINY

END = 2047  # a token that the chatty one never says


def make_chatty(folder: Path) -> Path:
    """A checkpoint that talks nonsense, the same every time, and never comes to an end.

    Its weights are random, and so large that it does not fall into repeating itself.
    """
    import numpy as np
    import numpy.typing as npt
    from safetensors import safe_open
    from safetensors.numpy import save_file

    shutil.copytree(TINY, folder)
    random = np.random.default_rng(1)
    weights: dict[str, npt.NDArray[np.float32]] = {}
    with safe_open(TINY / "model.safetensors", "pt") as file:
        for name in file.keys():  # noqa: SIM118 - it is no dict
            shape = file.get_slice(name).get_shape()
            if len(shape) == 1:
                weights[name] = np.full(shape, "norm" in name, np.float32)
            else:
                weights[name] = 2 * random.standard_normal(shape, np.float32) / np.float32(shape[-1] ** 0.5)
            if name.endswith("embed_tokens.weight"):
                weights[name][END] = 0
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    for name in ("config.json", "generation_config.json"):
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        content["eos_token_id"] = END
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder
