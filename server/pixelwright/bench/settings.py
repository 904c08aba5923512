"""How much is measured: what the user asked for, and what suits the device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """The command's options. tokens: of an answer, or None for what suits the device."""

    model: str | None = None
    device: str | None = None
    dtype: str | None = None
    tokens: int | None = None
    tiny: bool = False
    quick: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """What suits a device.

    tokens: of an answer. words: of the text's question. rounds: of the text, by which decoding is
    compared; `other_rounds`: of everything else. warm_ups: rounds that do not count.
    picture, frame: width and height in pixels. clip_seconds: a clip's length.
    ceiling_bytes: how much is read to measure the memory's bandwidth.
    """

    tokens: int
    words: int
    rounds: int
    other_rounds: int
    warm_ups: int
    picture: tuple[int, int]
    frame: tuple[int, int]
    clip_seconds: int
    ceiling_bytes: int


PICTURE = (1280, 720)

ON_GPU = Scale(256, 300, 5, 3, 1, PICTURE, PICTURE, 30, 4 << 30)
# One core takes half a minute for what a card does in a blink.
ON_CPU = Scale(16, 40, 5, 1, 0, PICTURE, (320, 180), 4, 1 << 30)
TINY = Scale(32, 40, 5, 1, 1, PICTURE, (320, 180), 8, 1 << 28)


def choose_scale(settings: Settings, device: str) -> Scale:
    """The scale for a type of device: cuda, mps or cpu."""
    if settings.tiny:
        return TINY
    return ON_CPU if device == "cpu" else ON_GPU


def command_of(settings: Settings, output: Path | None) -> str:
    """The command line that measures the same again."""
    words = ["pixelwright", "bench"]
    for name in ("tiny", "quick"):
        if getattr(settings, name):
            words.append(f"--{name}")
    for name in ("model", "device", "dtype", "tokens"):
        value = getattr(settings, name)
        if value is not None:
            words += [f"--{name}", str(value)]
    if output:
        words += ["--json", output.name if output.is_absolute() else str(output)]
    return " ".join(words)
