"""What is asked of the engine and what it answers: plain data, without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

FinishReason = Literal["end", "stop", "budget", "repetition", "cancelled"]


@dataclass(frozen=True, slots=True)
class Visual:
    """A picture, or a pair of a clip's frames, cut into patches.

    patches: [rows * columns, channels * 2 * patch * patch] uint8, in the order of the checkpoint's
        processor: blocks of merge x merge patches, row by row; in a patch channel, frame, y, x.
    rows, columns: the grid in patches; both are multiples of the merge size.
    digest: of the patches and the grid; equal for equal pictures.
    """

    patches: npt.NDArray[np.uint8] = field(repr=False)
    rows: int
    columns: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids with every visual's placeholders in place, and the visuals in the order of the ids.

    A visual has rows * columns / merge**2 placeholders (`<|image_pad|>` or `<|video_pad|>`).
    prefix: how many of the first ids other prompts are likely to begin with too (the system prompt).
    """

    ids: tuple[int, ...]
    visuals: tuple[Visual, ...] = ()
    prefix: int = 0


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. A temperature of 0 takes the likeliest."""

    temperature: float = 0.0
    top_k: int = 20
    top_p: float = 0.8
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One answer to compute.

    stop: texts that complete the answer; it ends with the first that comes, the text itself included.
    hints: token ids of texts that the answer is likely to repeat (a reading); drafts are looked up there.
    lookup: draft at all. The tokens are the same either way, but for ties that rounding decides.
    """

    prompt: Prompt
    max_tokens: int = 1024
    sampling: Sampling = Sampling()
    stop: tuple[str, ...] = ()
    hints: tuple[tuple[int, ...], ...] = ()
    lookup: bool = True


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of an answer: its tokens, and the text that they complete."""

    text: str
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """How an answer ended. Seconds are wall time; `reused` prompt tokens came from a cache."""

    reason: FinishReason
    text: str
    tokens: tuple[int, ...]
    prompt_tokens: int
    reused: int
    steps: int
    first_token: float
    seconds: float


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """The engine as it is now. memory: bytes held on the device."""

    model: str
    device: str
    dtype: str
    memory: int
    tokens_per_second: float
