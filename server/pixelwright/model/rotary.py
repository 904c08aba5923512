"""Rotary embedding of positions in time, height and width, their frequencies interleaved (MRoPE).

Source: Qwen3-VL Technical Report, arXiv 2511.21631; RoFormer, arXiv 2104.09864.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pixelwright.model.config import TextConfig


class Rotary:
    """Cosines and sines of the language model's rotary embedding, on the device."""

    def __init__(self, config: TextConfig, device: torch.device, dtype: torch.dtype) -> None:
        half = torch.arange(0, config.head_dim, 2, dtype=torch.float)
        self._frequencies = (1.0 / config.rope_theta ** (half / config.head_dim)).to(device)
        self._axes = torch.tensor(_axes(config), device=device)
        self._dtype = dtype

    def __call__(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Positions [3, tokens], or [tokens] where the three are equal -> cos, sin [tokens, head_dim]."""
        if positions.dim() == 1:
            angles = positions[:, None].float() * self._frequencies
        else:
            angles = positions.float()[self._axes].T * self._frequencies
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos().to(self._dtype), angles.sin().to(self._dtype)


def _axes(config: TextConfig) -> list[int]:
    """Which of time, height, width each frequency turns with: interleaved T H W T H W …, then T."""
    axes = [0] * (config.head_dim // 2)
    for axis in (1, 2):
        for index in range(axis, 3 * config.mrope_section[axis], 3):
            axes[index] = axis
    return axes


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding of x [tokens, heads, head_dim] by cos, sin [tokens, head_dim]."""
    first, second = x.chunk(2, dim=-1)
    return x * cos[:, None] + torch.cat((-second, first), dim=-1) * sin[:, None]
