"""Messages to a prompt in Qwen's chat format, written token by token.

The checkpoint's own template is not run: it nests the marks around a clip's frames, and it pastes the
user's text between marks before the text is encoded. Here marks are ids from the start, and whatever a
text contains stays text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from pixelwright.errors import PixelwrightError
from pixelwright.model.pixels import Processing, frames_to_visuals, pair_times, picture_to_visual
from pixelwright.model.request import Prompt, Visual
from pixelwright.model.tokenizer import Tokenizer, read_json

if TYPE_CHECKING:
    from pixelwright.model.pixels import Pixels

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in a message: RGB [H, W, 3] bytes, or any of Pillow's."""

    image: Pixels = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip in a message: frames of one size, RGB [H, W, 3] each, and when each was seen, in seconds."""

    frames: Sequence[Pixels] = field(repr=False)
    times: Sequence[float]


@dataclass(frozen=True, slots=True)
class Message:
    """What one side says: texts, pictures and clips in their order.

    An assistant's earlier answer comes without its thoughts, as the checkpoints were trained.
    """

    role: Role
    content: tuple[str | Picture | Clip, ...]


def build_prompt(
    messages: Sequence[Message], tokenizer: Tokenizer, processing: Processing, *, thinking: bool = False
) -> Prompt:
    """Everything the model is to see before it answers.

    `thinking` opens the answer with a thought, as checkpoints that `thinks` tells want it. The prompt's
    `prefix` covers the system message, when there is one and it comes first.
    Raises `PixelwrightError` (badInput) for pictures and clips that cannot be shown.
    """
    ids: list[int] = []
    visuals: list[Visual] = []
    prefix = 0
    for place, message in enumerate(messages):
        ids += _encode(_said(message, processing, visuals), tokenizer)
        if place == 0 and message.role == "system":
            prefix = len(ids)
    ids += _encode(_answer_begins(thinking), tokenizer)
    return Prompt(tuple(ids), tuple(visuals), prefix)


def thinks(folder: Path) -> bool:
    """Whether a checkpoint is one that thinks before it answers: its chat template opens the thought."""
    try:
        template = (folder / "chat_template.jinja").read_text(encoding="utf-8")
    except FileNotFoundError:
        contents = (
            read_json(folder / name) or {} for name in ("chat_template.json", "tokenizer_config.json")
        )
        template = next(
            (str(content["chat_template"]) for content in contents if "chat_template" in content), ""
        )
    except (OSError, ValueError) as error:
        raise PixelwrightError(
            "unreadable", f"The chat template in {folder} cannot be read.", "Install the checkpoint again."
        ) from error
    # In the template's source the line breaks are escapes, and a quote ends the string.
    return "assistant\\n<think>\\n'" in template


class _Mark(NamedTuple):
    """An added token, so many times."""

    token: str
    times: int = 1


_Piece = str | _Mark


def _said(message: Message, processing: Processing, visuals: list[Visual]) -> Iterator[_Piece]:
    """A message's pieces. Appends to `visuals` what the pieces hold places for."""
    yield _Mark("<|im_start|>")
    yield f"{message.role}\n"
    for part in message.content:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Picture):
            visual = picture_to_visual(part.image, processing)
            visuals.append(visual)
            yield from _places(visual, "<|image_pad|>", processing)
        else:
            yield from _clip(part, processing, visuals)
    yield _Mark("<|im_end|>")
    yield "\n"


def _clip(clip: Clip, processing: Processing, visuals: list[Visual]) -> Iterator[_Piece]:
    if len(clip.frames) != len(clip.times):
        raise PixelwrightError(
            "badInput",
            f"A clip has {len(clip.frames)} frames and {len(clip.times)} times.",
            "Give each frame its time in seconds.",
        )
    pairs = frames_to_visuals(clip.frames, processing)
    visuals += pairs
    for visual, time in zip(pairs, pair_times(clip.times, processing.temporal), strict=True):
        yield f"<{time:.1f} seconds>"
        yield from _places(visual, "<|video_pad|>", processing)


def _places(visual: Visual, pad: str, processing: Processing) -> Iterator[_Piece]:
    yield _Mark("<|vision_start|>")
    yield _Mark(pad, visual.rows * visual.columns // processing.merge**2)
    yield _Mark("<|vision_end|>")


def _answer_begins(thinking: bool) -> Iterator[_Piece]:
    yield _Mark("<|im_start|>")
    yield "assistant\n"
    if thinking:
        yield _Mark("<think>")
        yield "\n"


def _encode(pieces: Iterator[_Piece], tokenizer: Tokenizer) -> list[int]:
    """Neighbouring texts are encoded as one, since a token may reach across their seam."""
    ids: list[int] = []
    for is_text, run in groupby(pieces, key=lambda piece: isinstance(piece, str)):
        if is_text:
            ids += tokenizer.encode("".join(str(text) for text in run))
        else:
            for mark in run:
                assert isinstance(mark, _Mark)
                ids += [tokenizer.id(mark.token)] * mark.times
    return ids
