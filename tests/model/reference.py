"""What transformers' whole processor makes of clips, kept for machines without torchvision.

    python -m tests.model.reference

writes `reference.json` anew. It needs torchvision, which transformers' processor resizes clips with:
`pip install --no-deps --target SOMEWHERE torchvision==0.28.0`, and `PYTHONPATH=SOMEWHERE`. (Installed
for good beside a torch of another build, it would keep transformers from being imported at all.)
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tests.model.drawing import drawing

REFERENCE = Path(__file__).with_name("reference.json")


@dataclass(frozen=True)
class Case:
    """A clip: how many frames of what size, which frames of a recording at `fps`, and the budget."""

    height: int
    width: int
    indices: tuple[int, ...]
    fps: float
    most: int = 25_165_824

    def frames(self) -> list[npt.NDArray[np.uint8]]:
        return [drawing(self.height, self.width, seed) for seed in range(len(self.indices))]

    def times(self) -> list[float]:
        return [index / self.fps for index in self.indices]


CASES = {
    "even": Case(64, 96, (0, 25, 50, 75), 25.0),
    "odd number, uneven times": Case(64, 96, (3, 4, 40, 41, 333), 29.97),
    "small frames grow": Case(20, 150, (0, 30), 30.0),
    "a budget for all frames": Case(180, 320, (0, 1, 2, 3, 4), 1.0, 40_000),
    "the most for one frame": Case(1000, 1400, (0, 10), 10.0),
}


def collapse(text: str) -> str:
    """Runs of pads as `PAD*number`, so that a person can read them."""
    return re.sub(r"(<\|(?:image|video)_pad\|>)+", lambda run: f"{run[1]}*{len(run[0]) // len(run[1])}", text)


def fingerprint(patches: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """A digest of all bytes, and coarse means [64] that survive a rounding."""
    means = [float(part.mean().round(2)) for part in np.array_split(patches.reshape(-1), 64)]
    return {"digest": hashlib.blake2b(patches.tobytes(), digest_size=16).hexdigest(), "means": means}


def processed(case: Case, checkpoint: Path) -> dict[str, Any]:
    """What transformers makes of it: the prompt's text, the grid, a fingerprint of the bytes."""
    _let_torchvision_load()
    from transformers import AutoTokenizer, Qwen2VLImageProcessor, Qwen3VLProcessor, Qwen3VLVideoProcessor

    untyped: Any = Qwen3VLProcessor
    processor = untyped(
        image_processor=Qwen2VLImageProcessor(patch_size=16),
        tokenizer=AutoTokenizer.from_pretrained(checkpoint),
        video_processor=Qwen3VLVideoProcessor(
            size={"shortest_edge": 4096, "longest_edge": case.most}, cap_pixels_per_frame=True
        ),
    )
    made = processor(
        text=["<|im_start|>user\nSee <|video_pad|>, well?<|im_end|>\n<|im_start|>assistant\n"],
        videos=[np.stack(case.frames())],
        video_metadata=[{"total_num_frames": 1000, "fps": case.fps, "frames_indices": list(case.indices)}],
        do_sample_frames=False,
        return_tensors="np",
    )
    values = (made["pixel_values_videos"] * 0.5 + 0.5) * 255
    patches = np.rint(values).astype(np.uint8)
    assert np.abs(values - patches).max() < 1e-3
    return {
        "text": collapse(processor.decode(made["input_ids"][0])),
        "grid": made["video_grid_thw"][0].tolist(),
        **fingerprint(patches),
    }


@cache
def _let_torchvision_load() -> object:
    """A torchvision of another build than torch lacks its operators and fails; resizing needs none.

    They last as long as the library that is returned, hence the cache.
    """
    import torch

    try:
        import torchvision  # type: ignore[import-untyped,import-not-found,unused-ignore]  # noqa: F401
    except RuntimeError:
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        return library
    return None


if __name__ == "__main__":
    from pixelwright.model.store import TINY

    made = {name: processed(case, TINY) for name, case in CASES.items()}
    REFERENCE.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
