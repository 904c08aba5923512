"""Matrices of weights, as stored or as int8 with a scale for each row."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

# From this many rows on, unpacking the int8 matrix once costs less than the packed product.
UNPACK_ROWS = 10
UNPACKED_AT_ONCE = 2048  # rows of the matrix: what is unpacked stays in memory that is at hand


class Int8(NamedTuple):
    """Weight-only int8: `values` [out, in] int8 and `scales` [out]; weight = values * scales[:, None]."""

    values: Tensor
    scales: Tensor


Weight = Tensor | Int8


def quantize(weight: Tensor) -> Int8:
    """Symmetric, to nearest, one scale for each row: weight [out, in] of any float type."""
    wide = weight.float()
    scales = (wide.abs().amax(dim=1) / 127).clamp(min=1e-12)
    values = (wide / scales[:, None]).round_().clamp_(-127, 127).to(torch.int8)
    return Int8(values, scales.to(weight.dtype))


def linear(x: Tensor, weight: Weight) -> Tensor:
    """x [rows, in] -> [rows, out]."""
    if isinstance(weight, Tensor):
        return F.linear(x, weight)
    if x.device.type == "cpu":
        if x.shape[0] < UNPACK_ROWS:
            return torch.ops.aten._weight_int8pack_mm(x, *weight)  # type: ignore[no-any-return]
        parts = [F.linear(x, part.to(x.dtype)) for part in weight.values.split(UNPACKED_AT_ONCE)]
        return torch.cat(parts, dim=1) * weight.scales
    # On a GPU the compiler fuses the cast into the product: only int8 is read from memory.
    return F.linear(x, weight.values.to(x.dtype)) * weight.scales


def rows(weight: Weight, indices: Tensor, dtype: torch.dtype) -> Tensor:
    """Rows of a matrix (an embedding): indices [n] -> [n, in]."""
    if isinstance(weight, Tensor):
        return F.embedding(indices, weight)
    return weight.values[indices].to(dtype) * weight.scales[indices, None]
