"""Patches equal those of transformers' processors, value by value."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pixelwright.errors import PixelwrightError
from pixelwright.model import pixels
from pixelwright.model.pixels import Budget, ClipBudget, Processing
from tests.model.drawing import drawing

QWEN = Processing()
# Whole blocks, usual, tall, wide, tiny, and more than the budget of the test that resizes.
SIZES = [(256, 320), (720, 1280), (1000, 37), (7, 900), (33, 31), (1, 1), (2400, 1280), (1081, 1919)]


def their_pictures(budget: Budget) -> Any:
    """transformers' processor on Pillow, the one that it takes where torchvision is not installed."""
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(
        size={"shortest_edge": budget.least, "longest_edge": budget.most},
        image_mean=[0.5] * 3,
        image_std=[0.5] * 3,
        patch_size=16,
        temporal_patch_size=2,
        merge_size=2,
    )


def their_clips(budget: ClipBudget) -> Any:
    """All but its resize works without torchvision."""
    from transformers.models.qwen3_vl.video_processing_qwen3_vl import Qwen3VLVideoProcessor

    return Qwen3VLVideoProcessor(
        size={"shortest_edge": budget.least, "longest_edge": budget.most}, cap_pixels_per_frame=True
    )


def normalised(patches: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    scaled: npt.NDArray[np.float32] = (patches / np.float32(255) - np.float32(0.5)) / np.float32(0.5)
    return scaled


@pytest.mark.parametrize("size", SIZES)
def test_pictures_equal_those_of_transformers(size: tuple[int, int]) -> None:
    processing = replace(QWEN, picture=Budget(4_096, 400_000))
    picture = drawing(*size)
    theirs = their_pictures(processing.picture)(Image.fromarray(picture), return_tensors="np")
    ours = pixels.picture_to_visual(picture, processing)
    assert [[1, ours.rows, ours.columns]] == theirs["image_grid_thw"].tolist()
    # Less than a hundredth of one step of 255: every byte is equal.
    np.testing.assert_allclose(normalised(ours.patches), theirs["pixel_values"], rtol=0, atol=5e-5)


def test_the_torchvision_backend_differs_by_two_of_255_in_few_values() -> None:
    """Its resize is this kernel of torch on bytes; where torchvision is installed, transformers takes it."""
    import torch

    most, share = 0, 0.0
    for (height, width), size in [
        ((720, 1280), (704, 1280)),
        ((90, 160), (288, 512)),
        ((999, 701), (480, 320)),
    ]:
        picture = drawing(height, width)
        planes = torch.from_numpy(picture).permute(2, 0, 1)[None]
        resized = torch.nn.functional.interpolate(planes, size, mode="bicubic", antialias=True)
        theirs = resized[0].permute(1, 2, 0).numpy().astype(int)
        apart = np.abs(pixels.resize(picture, *size).astype(int) - theirs)
        most, share = max(most, int(apart.max())), max(share, float((apart > 0).mean()))
    assert most <= 2
    assert share < 0.01


def test_picture_sizes_equal_those_of_transformers() -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    for most in (65_536, 1_638_400, 16_777_216):
        processing = QWEN.within(picture=most)
        for height, width in _many_sizes():
            theirs = smart_resize(height, width, 32, processing.picture.least, processing.picture.most)
            assert pixels.fit_picture(height, width, processing) == theirs, (height, width, most)


def test_frame_sizes_equal_those_of_transformers() -> None:
    for most in (100_000, 2_000_000, 25_165_824):
        processing = QWEN.within(clip=most)
        their = their_clips(processing.clip)
        for height, width in _many_sizes():
            for count in (2, 3, 5, 7, 32, 101):
                rows, columns = (side // 16 for side in pixels.fit_frames(count, height, width, processing))
                theirs = their.get_num_of_video_patches(count, height, width)
                assert rows * columns * ((count + 1) // 2) == theirs, (height, width, count, most)


def _many_sizes() -> list[tuple[int, int]]:
    sides = [1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 80, 112, 333, 720, 1080, 1280, 2400, 5000]
    return [(h, w) for h in sides for w in sides if max(h, w) <= 200 * min(h, w)]


@pytest.mark.parametrize("count", [2, 3, 5, 8])
def test_frames_are_cut_as_transformers_cuts_them(count: int) -> None:
    import torch

    frames = np.stack([drawing(64, 96, seed) for seed in range(count)])
    theirs, pairs, rows, columns = their_clips(QWEN.clip).patchify(
        torch.from_numpy(frames).permute(0, 3, 1, 2)[None].contiguous(), 16, 2, 2
    )
    ours = pixels.frames_to_visuals(list(frames), QWEN)
    assert [(visual.rows, visual.columns) for visual in ours] == [(rows, columns)] * pairs
    assert np.array_equal(np.concatenate([visual.patches for visual in ours]), theirs[0].numpy())


def test_times_equal_those_of_transformers() -> None:
    from transformers import Qwen3VLProcessor

    calculate: Any = Qwen3VLProcessor._calculate_timestamps
    for indices in ([0], [0, 1], [3, 40, 41], [0, 7, 9, 100, 333]):
        theirs = calculate(None, list(indices), 29.97)
        assert pixels.pair_times([index / 29.97 for index in indices]) == theirs


def test_one_frame_makes_a_clip() -> None:
    (only,) = pixels.frames_to_visuals([drawing(64, 96)], QWEN)
    still = pixels.picture_to_visual(drawing(64, 96), replace(QWEN, picture=Budget(1, 10**6)))
    assert only.digest == still.digest
    assert pixels.pair_times([4.5]) == [4.5]


def test_a_picture_of_1280_by_720_has_880_tokens() -> None:
    visual = pixels.picture_to_visual(drawing(720, 1280), QWEN.within())
    assert visual.rows * visual.columns // 4 == 880


def test_pictures_keep_within_the_budget() -> None:
    processing = QWEN.within(picture=400_000)
    for height, width in _many_sizes():
        rows, columns = pixels.fit_picture(height, width, processing)
        assert rows % 32 == columns % 32 == 0
        assert processing.picture.least <= rows * columns <= 400_000


def test_the_digest_is_of_what_is_seen() -> None:
    def digest(picture: pixels.Pixels, processing: Processing = QWEN) -> bytes:
        return pixels.picture_to_visual(picture, processing).digest

    picture = drawing(256, 320)
    changed = picture.copy()
    changed[255, 319, 2] ^= 1
    assert digest(picture) == digest(Image.fromarray(picture)) == digest(picture.copy())
    assert digest(picture) != digest(changed)
    plain = np.full((256, 512, 3), 9, np.uint8)
    assert digest(plain) != digest(plain.transpose(1, 0, 2))  # equal patches, another grid
    assert digest(picture) != digest(picture, QWEN.within(picture=65_536))


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "P", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "I;16", "I", "F"]
)
def test_any_of_pillows_modes(mode: str) -> None:
    grey = Image.new("L", (320, 256), 255)
    image = Image.new("I;16", grey.size, 65535) if mode == "I;16" else grey.convert(mode)
    rgb = pixels.to_rgb(image)
    assert rgb.shape == (256, 320, 3)
    assert rgb.dtype == np.uint8
    assert (rgb == 255).all()


def test_what_is_transparent_is_white() -> None:
    image = Image.new("RGBA", (320, 256), (200, 0, 0, 0))
    assert (pixels.picture_to_visual(image, QWEN).patches == 255).all()


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        ([], "no frames"),
        ([drawing(64, 96), drawing(96, 64)], "differ in size"),
        ([drawing(2, 500)], "too narrow"),
        ([np.zeros((0, 5, 3), np.uint8)], "no pixels"),
    ],
)
def test_a_clip_that_cannot_be_shown(frames: Sequence[npt.NDArray[np.uint8]], words: str) -> None:
    with pytest.raises(PixelwrightError, match=words) as caught:
        pixels.frames_to_visuals(frames, QWEN)
    assert caught.value.code == "badInput"
    assert caught.value.hint


def test_a_picture_that_is_too_narrow() -> None:
    with pytest.raises(PixelwrightError, match="2010 x 10 pixels"):
        pixels.picture_to_visual(drawing(10, 2010), QWEN)


def test_pixels_of_another_kind_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="RGB bytes"):
        pixels.picture_to_visual(np.zeros((64, 64), np.uint8), QWEN)


def test_the_checkpoint_says_how(tiny: Path, tmp_path: Path) -> None:
    assert Processing.load(tmp_path) == QWEN
    loaded = Processing.load(tiny)
    still = json.loads((tiny / "preprocessor_config.json").read_text())
    moving = json.loads((tiny / "video_preprocessor_config.json").read_text())
    assert loaded.picture == Budget(still["size"]["shortest_edge"], still["size"]["longest_edge"])
    assert (loaded.clip.least, loaded.clip.most) == tuple(
        moving["size"][edge] for edge in ("shortest_edge", "longest_edge")
    )
    (tmp_path / "processor_config.json").write_text(
        json.dumps({"image_processor": {**still, "patch_size": 14, "min_pixels": 5, "max_pixels": 9}})
    )
    assert Processing.load(tmp_path) == replace(
        QWEN, patch=14, picture=Budget(5, 9), clip=replace(QWEN.clip, most_per_frame=768 * 28 * 28)
    )


@pytest.mark.parametrize("content", ["{", '{"size": 4}', '{"image_mean": [0.5]}', '{"patch_size": "wide"}'])
def test_a_damaged_processor_file_is_told_in_words(content: str, tmp_path: Path) -> None:
    (tmp_path / "preprocessor_config.json").write_text(content)
    with pytest.raises(PixelwrightError) as caught:
        Processing.load(tmp_path)
    assert caught.value.code == "unreadable"
