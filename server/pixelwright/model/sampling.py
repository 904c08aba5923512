"""From logits to tokens, on the device: nothing here waits for it."""

from __future__ import annotations

import torch
from torch import Tensor

from pixelwright.model.request import Sampling


class Sampler:
    """Chooses tokens as a request's `Sampling` says, reproducibly by its seed."""

    def __init__(self, sampling: Sampling, device: torch.device) -> None:
        self._sampling = sampling
        self._generator = torch.Generator(device).manual_seed(sampling.seed)

    def __call__(self, logits: Tensor) -> Tensor:
        """Logits [tokens, vocabulary] -> token ids [tokens], each drawn by itself."""
        s = self._sampling
        if s.temperature <= 0:
            return logits.argmax(dim=-1)
        count = min(s.top_k, logits.shape[-1]) if s.top_k > 0 else logits.shape[-1]
        best, ids = logits.float().topk(count, dim=-1)  # falling
        chances = torch.softmax(best / s.temperature, dim=-1)
        # A token counts while those before it are less likely together than top_p: the first always does.
        chances = chances.where(chances.cumsum(dim=-1) - chances < s.top_p, 0.0)
        # The exponential race: argmax(p / e) draws from p, without the wait that multinomial needs.
        race = torch.empty_like(chances).exponential_(generator=self._generator)
        return ids.gather(-1, (chances / race).argmax(dim=-1, keepdim=True)).squeeze(-1)
