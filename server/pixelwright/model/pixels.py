"""Pictures and clips to the patches that the vision tower takes, as the checkpoint was trained on them.

The same steps as transformers' `Qwen2VLImageProcessor` and `Qwen3VLVideoProcessor`, on numpy and Pillow:
round the sides to whole blocks within a budget of pixels, resize by bicubic filter, cut. Scaling to
-1..1 is left to the device: patches stay bytes, a quarter of their size as floats.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from pixelwright.errors import PixelwrightError
from pixelwright.model.request import Visual
from pixelwright.model.tokenizer import read_json

if TYPE_CHECKING:
    from PIL import Image

    Pixels = npt.NDArray[np.uint8] | Image.Image

# What we spend by default, in pixels: 1600 tokens for a picture, 6144 for a clip.
PICTURE_PIXELS = 1280 * 1280
CLIP_PIXELS = 12 * 1024 * 1024

# Beyond this, one side would shrink to nothing; the limit of Qwen's own processor.
MAX_ASPECT = 200


@dataclass(frozen=True, slots=True)
class Budget:
    """How many pixels a picture has after resizing. A token of a picture is 32 x 32 pixels."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class ClipBudget:
    """How many pixels a clip has after resizing, over all its frames, and at most in one of them.

    A token of a clip is 32 x 32 pixels of two frames.
    """

    least: int
    most: int
    most_per_frame: int


@dataclass(frozen=True, slots=True)
class Processing:
    """How a checkpoint wants its pictures. The defaults are those of Qwen3-VL.

    patch: side of a patch in pixels; merge: side, in patches, of the block that becomes one token;
    temporal: frames in a patch. mean and std: normalised = (value / 255 - mean) / std, per channel.
    """

    patch: int = 16
    merge: int = 2
    temporal: int = 2
    mean: tuple[float, float, float] = (0.5, 0.5, 0.5)
    std: tuple[float, float, float] = (0.5, 0.5, 0.5)
    picture: Budget = Budget(65_536, 16_777_216)
    clip: ClipBudget = ClipBudget(4_096, 25_165_824, 768 * 32 * 32)

    @classmethod
    def load(cls, folder: Path) -> Processing:
        """Read a checkpoint's processor files; what they leave open has Qwen3-VL's value.

        Raises `PixelwrightError`: unreadable for a damaged file.
        """
        both = read_json(folder / "processor_config.json") or {}
        still = both.get("image_processor") or read_json(folder / "preprocessor_config.json") or {}
        moving = both.get("video_processor") or read_json(folder / "video_preprocessor_config.json") or {}
        usual = cls()
        try:
            patch = int(still.get("patch_size") or usual.patch)
            merge = int(still.get("merge_size") or usual.merge)
            clip = _budget(moving, Budget(usual.clip.least, usual.clip.most))
            frame_tokens = int(moving.get("max_video_tokens") or 768)
            return cls(
                patch=patch,
                merge=merge,
                temporal=int(still.get("temporal_patch_size") or usual.temporal),
                mean=_channels(still.get("image_mean"), usual.mean),
                std=_channels(still.get("image_std"), usual.std),
                picture=_budget(still, usual.picture),
                clip=ClipBudget(clip.least, clip.most, frame_tokens * (patch * merge) ** 2),
            )
        except (AttributeError, TypeError, ValueError) as error:  # a value of another kind
            raise PixelwrightError(
                "unreadable", f"The processor files in {folder} are damaged.", "Install the checkpoint again."
            ) from error

    @property
    def block(self) -> int:
        """Side in pixels of what becomes one token."""
        return self.patch * self.merge

    def within(self, *, picture: int = PICTURE_PIXELS, clip: int = CLIP_PIXELS) -> Processing:
        """The same with at most so many pixels for a picture, and for a clip over all its frames."""
        return replace(
            self,
            picture=Budget(min(self.picture.least, picture), min(self.picture.most, picture)),
            clip=ClipBudget(min(self.clip.least, clip), min(self.clip.most, clip), self.clip.most_per_frame),
        )


def picture_to_visual(image: Pixels, processing: Processing) -> Visual:
    """Cut a picture, RGB [H, W, 3] or any of Pillow's, into patches, resized to the budget.

    Both frames of its patches are the picture. Transparency lies on white.
    Raises `PixelwrightError`: badInput for sides whose ratio is above 200, or for no pixels at all.
    """
    pixels = to_rgb(image)
    rows, columns = fit_picture(pixels.shape[0], pixels.shape[1], processing)
    resized = resize(pixels, rows, columns)
    return _visual([resized] * processing.temporal, processing)


def frames_to_visuals(frames: Sequence[Pixels], processing: Processing) -> tuple[Visual, ...]:
    """Cut a clip's frames, each RGB [H, W, 3] and all of one size, into a visual for each pair.

    An odd last frame is its own partner. Raises `PixelwrightError` (badInput) without frames, for
    frames of several sizes, and as `picture_to_visual` does.
    """
    if not frames:
        raise PixelwrightError("badInput", "The clip has no frames.", "Choose a longer clip.")
    height, width, _ = to_rgb(frames[0]).shape
    size = fit_frames(len(frames), height, width, processing)
    together = processing.temporal
    visuals = []
    for start in range(0, len(frames), together):
        some = [to_rgb(frame) for frame in frames[start : start + together]]
        if any(frame.shape != (height, width, 3) for frame in some):
            raise PixelwrightError(
                "badInput", "The clip's frames differ in size.", "Give all its frames one size."
            )
        resized = [resize(frame, *size) for frame in some]
        resized += resized[-1:] * (together - len(resized))
        visuals.append(_visual(resized, processing))
    return tuple(visuals)


def pair_times(times: Sequence[float], together: int = 2) -> list[float]:
    """The time of each pair of frames, in the unit of `times`: between its first and its last frame."""
    pairs = [times[start : start + together] for start in range(0, len(times), together)]
    return [(pair[0] + pair[-1]) / 2 for pair in pairs]


def fit_picture(height: int, width: int, processing: Processing) -> tuple[int, int]:
    """The height and width in pixels, both whole blocks, to which a picture is resized.

    Raises `PixelwrightError` (badInput) for sides whose ratio is above 200.
    """
    _check_sides(height, width)
    return _fit(height, width, 1, 1, processing.block, processing.picture)


def fit_frames(count: int, height: int, width: int, processing: Processing) -> tuple[int, int]:
    """The height and width in pixels, both whole blocks, to which each of a clip's frames is resized.

    Raises `PixelwrightError` (badInput) for sides whose ratio is above 200.
    """
    _check_sides(height, width)
    block, budget = processing.block, processing.clip
    if min(height, width) < block:
        scale = max(block / height, block / width)
        height, width = int(height * scale), int(width * scale)
    count = max(count, processing.temporal)
    # The floor keeps a long clip legible: it may cost more than the budget then.
    share = max(min(budget.most_per_frame, budget.most // count), int(budget.least * 1.05))
    padded = round(count / processing.temporal) * processing.temporal
    return _fit(height, width, count, padded, block, Budget(budget.least, share * count))


def _fit(height: int, width: int, frames: int, padded: int, block: int, budget: Budget) -> tuple[int, int]:
    """Qwen's smart_resize: whole blocks near the given size, scaled when the pixels leave the budget.

    `padded` frames are counted when the budget is checked, and `frames` when it is met: so does the
    reference, and a clip of five frames shows the difference.
    """
    rows, columns = round(height / block) * block, round(width / block) * block
    if padded * rows * columns > budget.most:
        scale = math.sqrt(frames * height * width / budget.most)
        rows = max(block, math.floor(height / scale / block) * block)
        columns = max(block, math.floor(width / scale / block) * block)
    elif padded * rows * columns < budget.least:
        scale = math.sqrt(budget.least / (frames * height * width))
        rows = math.ceil(height * scale / block) * block
        columns = math.ceil(width * scale / block) * block
    # A budget below one block leaves nothing; a picture has a token at least.
    return max(rows, block), max(columns, block)


def _check_sides(height: int, width: int) -> None:
    if min(height, width) < 1:
        raise PixelwrightError("badInput", "The picture has no pixels.", "Choose another picture.")
    if max(height, width) > MAX_ASPECT * min(height, width):
        raise PixelwrightError(
            "badInput",
            f"A picture of {width} x {height} pixels is too narrow for the model.",
            f"Crop it: one side may be at most {MAX_ASPECT} times as long as the other.",
        )


def to_rgb(image: Pixels) -> npt.NDArray[np.uint8]:
    """RGB pixels [H, W, 3] of a picture of any of Pillow's modes; transparency lies on white.

    Files are better read by `media.image.load_image`, which knows orientation and colour profiles too.
    """
    if isinstance(image, np.ndarray):
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise TypeError(f"RGB bytes [H, W, 3] are wanted, not {image.dtype} {image.shape}.")
        return image
    if image.mode.startswith("I;16"):  # Pillow would cut the values off at 255
        grey = (np.asarray(image) >> 8).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        from PIL import Image

        above = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
    return np.asarray(image.convert("RGB"))


def resize(pixels: npt.NDArray[np.uint8], height: int, width: int) -> npt.NDArray[np.uint8]:
    """[H, W, 3] to [height, width, 3] by Pillow's bicubic filter, as transformers' Pillow backend does.

    Its torchvision backend rounds a few values in a thousand differently, by one or two of 255.
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    from PIL import Image

    resized = Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(resized)


def _visual(frames: Sequence[npt.NDArray[np.uint8]], processing: Processing) -> Visual:
    """Frames [H, W, 3] of whole blocks, as many as a patch has, to patches in `Visual`'s order."""
    height, width, channels = frames[0].shape
    patch, merge = processing.patch, processing.merge
    rows, columns = height // patch, width // patch
    blocks = np.stack(frames).reshape(
        len(frames), rows // merge, merge, patch, columns // merge, merge, patch, channels
    )  # [frame, block row, row, y, block column, column, x, channel]
    patches = blocks.transpose(1, 4, 2, 5, 7, 0, 3, 6).reshape(rows * columns, -1)
    patches = np.ascontiguousarray(patches)
    patches.flags.writeable = False  # the digest speaks for them
    # Of the frames and not of the patches: a picture's are one frame twice, and it is on the way to the
    # first token. SHA-256 because processors compute it themselves.
    digest = hashlib.sha256(repr((rows, columns, patches.shape)).encode())
    for frame in {id(frame): frame for frame in frames}.values():
        digest.update(np.ascontiguousarray(frame).data)
    return Visual(patches, rows, columns, digest.digest()[:16])


def _budget(settings: dict[str, Any], usual: Budget) -> Budget:
    """A processor's limits: older files name them min_pixels and max_pixels, newer ones by edges."""
    size = settings.get("size") or {}
    least = settings.get("min_pixels") or size.get("shortest_edge") or usual.least
    most = settings.get("max_pixels") or size.get("longest_edge") or usual.most
    return Budget(int(least), int(most))


def _channels(
    values: Sequence[float] | None, usual: tuple[float, float, float]
) -> tuple[float, float, float]:
    if values is None:
        return usual
    red, green, blue = values
    return float(red), float(green), float(blue)
