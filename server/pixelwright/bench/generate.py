"""`transformers`' `generate` as the other side, with the field test's settings.

bf16, FlashAttention 2 where its package is installed, else PyTorch's scaled_dot_product_attention; greedy,
the dynamic cache that is the default, batch 1; a streamer tells when tokens arrive.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pixelwright.bench.memory import Memory
from pixelwright.bench.ours import Parts, collect
from pixelwright.bench.subject import Subject
from pixelwright.bench.timing import Clock, Run
from pixelwright.model.device import dtype_name
from pixelwright.model.prompt import Clip, Message, Picture, build_prompt
from pixelwright.model.request import Prompt

_PICTURE = ("pixel_values", "image_grid_thw")
_FRAMES = ("pixel_values_videos", "video_grid_thw")
_OURS = "patches of pixelwright's, scaled on the host"


class Generate:
    """A checkpoint as transformers loads it. parts: ours of the same.

    processor: whose preprocessing is timed: transformers' own, which needs torchvision, else ours.
    """

    name = "generate"

    def __init__(self, parts: Parts, memory: Memory) -> None:
        # Not the parts themselves: their weights are to be gone when int8 is measured.
        self.weight_bytes, self.row_bytes, self.memory = parts.weight_bytes, parts.row_bytes, memory
        self._config, self._device, self._dtype = parts.config, parts.device, parts.dtype
        self._tokenizer, self._processing = parts.tokenizer, parts.processing
        self._model, self.attention = _load(parts.subject, parts.device, parts.dtype)
        collect()  # what loading took besides is not to count as held
        self._parameters = inspect.signature(self._model.forward).parameters
        self._own, self.processor = _own_processor(parts.subject)
        self.configuration = f"{dtype_name(parts.dtype)}, {self.attention}"

    def ask(self, messages: Sequence[Message], tokens: int) -> Run:
        """One answer of exactly so many tokens, from pixels to the last token."""
        clock = Clock()
        inputs = self._prepared(messages)
        clock.ready()
        ids = inputs["input_ids"]
        visual = int(torch.isin(ids, torch.tensor([*self._config.visual_tokens], device=ids.device)).sum())
        streamer = _Streamer(clock)
        output = self._generate(inputs, tokens, streamer=streamer)
        return clock.run(
            output, prompt_tokens=ids.shape[1], visual_tokens=visual, reused=0, steps=len(output) - 1
        )

    def tokens(self, prompt: Prompt, tokens: int) -> list[int]:
        """The greedy answer to a prompt of ours, of exactly so many tokens."""
        return self._generate(self._inputs(prompt), tokens)

    def _generate(self, inputs: dict[str, Any], tokens: int, **options: Any) -> list[int]:
        output = self._model.generate(
            **inputs, max_new_tokens=tokens, do_sample=False, pad_token_id=0, **options
        )
        answer: list[int] = output[0, inputs["input_ids"].shape[1] :].tolist()
        return answer

    def _prepared(self, messages: Sequence[Message]) -> dict[str, Any]:
        if self._own and any(not isinstance(part, str) for message in messages for part in message.content):
            try:
                return self._processed(messages)
            except Exception as error:  # noqa: BLE001 - of a foreign version: ours serves as well
                self._own = None
                self.processor = f"{_OURS}; transformers' own failed: {error!r}"
        return self._inputs(build_prompt(messages, self._tokenizer, self._processing))

    def _inputs(self, prompt: Prompt) -> dict[str, Any]:
        """What generate takes, from a prompt of ours."""
        ids = torch.tensor([prompt.ids])
        pictures, frames = ids == self._config.image_token, ids == self._config.video_token
        inputs: dict[str, Any] = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        if prompt.visuals and "mm_token_type_ids" in self._parameters:
            inputs["mm_token_type_ids"] = pictures.long() + 2 * frames.long()
        per_token = self._processing.merge**2
        places = iter(ids[0][pictures[0] | frames[0]].tolist())
        for visual in prompt.visuals:
            kinds = [next(places) for _ in range(visual.rows * visual.columns // per_token)]
            pixels, grid = _FRAMES if kinds[0] == self._config.video_token else _PICTURE
            inputs.setdefault(pixels, []).append(visual.patches)
            inputs.setdefault(grid, []).append([1, visual.rows, visual.columns])
        for pixels, grid in (_PICTURE, _FRAMES):
            if pixels in inputs:
                inputs[pixels] = torch.from_numpy(np.concatenate(inputs[pixels])).float() / 127.5 - 1
                inputs[grid] = torch.tensor(inputs[grid])
        return self._placed(inputs)

    def _processed(self, messages: Sequence[Message]) -> dict[str, Any]:
        """What transformers' own processor makes of the messages."""
        text, pictures, clips, metadata = "", [], [], []
        for message in messages:
            text += f"<|im_start|>{message.role}\n"
            for part in message.content:
                if isinstance(part, str):
                    text += part
                elif isinstance(part, Picture):
                    text += "<|vision_start|><|image_pad|><|vision_end|>"
                    pictures.append(part.image)
                else:
                    text += "<|vision_start|><|video_pad|><|vision_end|>"
                    clips.append(np.stack([np.asarray(frame) for frame in part.frames]))
                    metadata.append(_metadata(part))
            text += "<|im_end|>\n"
        seen: dict[str, Any] = {"images": pictures} if pictures else {}
        if clips:
            seen |= {"videos": clips, "video_metadata": metadata, "do_sample_frames": False}
        made = self._own(text=[f"{text}<|im_start|>assistant\n"], return_tensors="pt", **seen)
        return self._placed({name: value for name, value in made.items() if isinstance(value, Tensor)})

    def _placed(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value.to(self._device, self._dtype if value.is_floating_point() else None)
            for name, value in inputs.items()
        }


class _Streamer:
    """Hears of the prompt first, then of each token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._has_prompt = False

    def put(self, _value: Tensor) -> None:
        if self._has_prompt:
            self._clock.arrived()
        self._has_prompt = True

    def end(self) -> None:
        pass


def _load(subject: Subject, device: torch.device, dtype: torch.dtype) -> tuple[Any, str]:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a folder is all that is needed
    import transformers
    from transformers.utils.import_utils import is_flash_attn_2_available

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    flash = device.type == "cuda" and dtype != torch.float32 and is_flash_attn_2_available()
    attention = "flash_attention_2" if flash else "sdpa"
    made: Any = transformers.AutoModelForImageTextToText
    if subject.weights == "random":
        config = transformers.AutoConfig.from_pretrained(subject.folder)
        with device:
            model = made.from_config(config, dtype=dtype, attn_implementation=attention)
    else:
        model = made.from_pretrained(subject.folder, dtype=dtype, attn_implementation=attention)
    model.generation_config.eos_token_id = None  # exactly as many tokens as are asked for
    return model.to(device).eval(), attention


def _own_processor(subject: Subject) -> tuple[Any, str]:
    """transformers' processor of pictures and clips (None where torchvision is missing), and what serves."""
    from transformers import AutoProcessor
    from transformers.utils.import_utils import is_torchvision_available

    if not is_torchvision_available():
        return None, _OURS
    try:
        processor = AutoProcessor.from_pretrained(subject.folder)
    except Exception as error:  # noqa: BLE001 - of a foreign version: ours serves as well
        return None, f"{_OURS}; transformers' own failed: {error!r}"
    return processor, type(processor).__name__


def _metadata(clip: Clip) -> dict[str, Any]:
    count = len(clip.times)
    fps = (count - 1) / (clip.times[-1] - clip.times[0]) if count > 1 else 1.0
    indices = list(range(count))
    return {"fps": fps, "total_num_frames": count, "frames_indices": indices, "duration": count / fps}
