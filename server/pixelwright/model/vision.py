"""The vision tower: patches to features, and the features of three of its blocks (deepstack).

Source: Qwen3-VL Technical Report, arXiv 2511.21631; DeepStack, arXiv 2406.04334.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from pixelwright.model.config import VisionConfig
from pixelwright.model.request import Visual
from pixelwright.model.weights import Merger, Norm, Vision, VisionBlock

EPS = 1e-6
ROPE_THETA = 10_000.0


def encode_visuals(
    visuals: Sequence[Visual], weights: Vision, config: VisionConfig
) -> Generator[None, None, Tensor]:
    """Features [visuals, 1 + deepstack, rows * columns / merge**2, output] of visuals of one grid.

    The first of each are the tokens themselves, the others are added after the first text layers.
    Yields between its blocks, each of which can take long on a CPU, and returns the features.
    """
    rows, columns = visuals[0].rows, visuals[0].columns
    device, dtype = weights.positions.device, weights.positions.dtype
    pixels = torch.from_numpy(np.stack([visual.patches for visual in visuals])).to(device)
    # 0..255 -> -1..1, which is the checkpoints' mean and standard deviation of 0.5
    x = _affine((pixels.float() / 127.5 - 1.0).to(dtype), weights.patches)  # [visuals, patches, hidden]
    places = _places(rows, columns, config.merge, device)
    x = x + _position_embedding(places, rows, columns, weights.positions)
    cos, sin = _rotary(places, config.hidden // config.heads)
    features = []
    for index, block in enumerate(weights.blocks):
        x = _block(x, block, cos, sin, config.heads)
        if index in config.deepstack:
            features.append(_merge(x, weights.deepstack[config.deepstack.index(index)]))
        yield
    # deepstack_visual_indexes are listed in rising order by every checkpoint
    return torch.stack([_merge(x, weights.merger), *features], dim=1)


def _block(x: Tensor, block: VisionBlock, cos: Tensor, sin: Tensor, heads: int) -> Tensor:
    visuals, patches, hidden = x.shape
    qkv = _affine(_norm(x, block.norm1), block.qkv).view(visuals, patches, 3, heads, -1)
    q, k, v = qkv.permute(2, 0, 3, 1, 4)  # [visuals, heads, patches, head_dim]
    q, k = _rotate(q, cos, sin), _rotate(k, cos, sin)
    attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(visuals, patches, hidden)
    x = x + _affine(attended, block.output)
    inner = F.gelu(_affine(_norm(x, block.norm2), block.up), approximate="tanh")
    return x + _affine(inner, block.down)


def _merge(x: Tensor, merger: Merger) -> Tensor:
    visuals = x.shape[0]
    joined = merger.up.weight.shape[1]
    if merger.after:
        x = _norm(x.reshape(visuals, -1, joined), merger.norm)
    else:
        x = _norm(x, merger.norm).reshape(visuals, -1, joined)
    return _affine(F.gelu(_affine(x, merger.up)), merger.down)


def _affine(x: Tensor, weights: Norm) -> Tensor:
    return F.linear(x, weights.weight, weights.bias)


def _norm(x: Tensor, weights: Norm) -> Tensor:
    return F.layer_norm(x, (x.shape[-1],), weights.weight, weights.bias, EPS)


def _places(rows: int, columns: int, merge: int, device: torch.device) -> Tensor:
    """Row and column [2, patches] of each patch; patches come in blocks of merge x merge."""
    grid = torch.stack(
        torch.meshgrid(torch.arange(rows, device=device), torch.arange(columns, device=device), indexing="ij")
    )
    blocks = grid.view(2, rows // merge, merge, columns // merge, merge)
    return blocks.transpose(2, 3).reshape(2, -1)


def _position_embedding(places: Tensor, rows: int, columns: int, table: Tensor) -> Tensor:
    """The learned square grid of embeddings, resampled (bilinear, corners aligned) to the picture's."""
    side = int(table.shape[0] ** 0.5)
    embedding: Tensor | float = 0.0
    taps = [_taps(places[0], rows, side), _taps(places[1], columns, side)]
    for row, row_weight in taps[0]:
        for column, column_weight in taps[1]:
            embedding = embedding + table[row * side + column] * (row_weight * column_weight)[:, None]
    assert isinstance(embedding, Tensor)
    return embedding.to(table.dtype)


def _taps(places: Tensor, count: int, side: int) -> list[tuple[Tensor, Tensor]]:
    where = places.float() * (side - 1) / max(count - 1, 1)
    below = where.floor().long()
    fraction = where - below
    return [(below, 1 - fraction), ((below + 1).clamp(max=side - 1), fraction)]


def _rotary(places: Tensor, head_dim: int) -> tuple[Tensor, Tensor]:
    """cos, sin [patches, head_dim], half of the frequencies by row and half by column."""
    quarter = torch.arange(0, head_dim // 2, 2, dtype=torch.float, device=places.device)
    frequencies = 1.0 / ROPE_THETA ** (quarter / (head_dim // 2))
    angles = torch.cat((places[0][:, None] * frequencies, places[1][:, None] * frequencies), dim=-1)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    wide = x.float()
    first, second = wide.chunk(2, dim=-1)
    return (wide * cos + torch.cat((-second, first), dim=-1) * sin).to(x.dtype)
