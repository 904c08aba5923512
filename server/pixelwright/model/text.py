"""The language model: pure functions on tensors, one token or a whole prompt at a time.

A decoder layer comes in the two halves around its attention, because these have fixed shapes and compile
once for all layers and for every length of the cache.
Source: Qwen3 Technical Report, arXiv 2505.09388.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from pixelwright.model.config import TextConfig
from pixelwright.model.linear import Weight, linear
from pixelwright.model.rotary import rotate
from pixelwright.model.weights import Layer, Mixture, Mlp

# Up to so many tokens, copying their experts' matrices beats going through all experts.
GATHER_TOKENS = 16


class Shape(NamedTuple):
    """What the layers need to know of the configuration."""

    heads: int
    kv_heads: int
    head_dim: int
    eps: float
    experts_per_token: int


def shape_of(config: TextConfig) -> Shape:
    per_token = config.experts.per_token if config.experts else 0
    return Shape(config.heads, config.kv_heads, config.head_dim, config.eps, per_token)


def before_attention(
    x: Tensor,
    layer: Layer,
    cos: Tensor,
    sin: Tensor,
    slots: Tensor,
    keys: Tensor,
    values: Tensor,
    shape: Shape,
) -> Tensor:
    """Queries [tokens, heads, head_dim] of x [tokens, hidden]; writes keys and values at `slots`.

    cos, sin: [tokens, head_dim]; slots: [tokens]; keys, values: [cache length, kv_heads, head_dim].
    """
    qkv = linear(_norm(x, layer.input_norm, shape.eps), layer.qkv).view(x.shape[0], -1, shape.head_dim)
    q, k, v = qkv.split((shape.heads, shape.kv_heads, shape.kv_heads), dim=1)
    keys.index_copy_(0, slots, rotate(_norm(k, layer.k_norm, shape.eps), cos, sin))
    values.index_copy_(0, slots, v)
    return rotate(_norm(q, layer.q_norm, shape.eps), cos, sin)


def after_attention(x: Tensor, attended: Tensor, layer: Layer, shape: Shape) -> Tensor:
    """The rest of the layer: x [tokens, hidden] and attended [tokens, heads * head_dim] -> x."""
    x = x + linear(attended, layer.output)
    inner = _norm(x, layer.post_norm, shape.eps)
    if isinstance(layer.mlp, Mixture):
        return x + _mixture(inner, layer.mlp, shape.experts_per_token)
    return x + _mlp(inner, layer.mlp)


def final(x: Tensor, norm: Tensor, head: Weight, shape: Shape) -> Tensor:
    """Logits [tokens, vocabulary] of x [tokens, hidden]."""
    return linear(_norm(x, norm, shape.eps), head)


class Halves(NamedTuple):
    """The functions that make up a step: as they are, or compiled."""

    before: Callable[[Tensor, Layer, Tensor, Tensor, Tensor, Tensor, Tensor, Shape], Tensor]
    after: Callable[[Tensor, Tensor, Layer, Shape], Tensor]
    final: Callable[[Tensor, Tensor, Weight, Shape], Tensor]


EAGER = Halves(before_attention, after_attention, final)


def _norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    return F.rms_norm(x, (x.shape[-1],), weight, eps)


def _mlp(x: Tensor, mlp: Mlp) -> Tensor:
    gate, up = linear(x, mlp.gate_up).chunk(2, dim=-1)
    return linear(F.silu(gate) * up, mlp.down)


def _mixture(x: Tensor, mixture: Mixture, per_token: int) -> Tensor:
    scores = F.linear(x, mixture.router).softmax(dim=-1, dtype=torch.float)
    scores, chosen = scores.topk(per_token, dim=-1)  # [tokens, per_token]
    scores = (scores / scores.sum(dim=-1, keepdim=True)).to(x.dtype)
    if x.shape[0] <= GATHER_TOKENS:
        gate, up = torch.einsum("tkoi,ti->tko", mixture.gate_up[chosen], x).chunk(2, dim=-1)
        out = torch.einsum("tkoi,tki->tko", mixture.down[chosen], F.silu(gate) * up)
        return (out * scores[..., None]).sum(dim=1)
    result = torch.zeros_like(x)
    for expert in chosen.unique().tolist():
        tokens, place = torch.where(chosen == expert)
        gate, up = F.linear(x[tokens], mixture.gate_up[expert]).chunk(2, dim=-1)
        out = F.linear(F.silu(gate) * up, mixture.down[expert])
        result.index_add_(0, tokens, out * scores[tokens, place, None])
    return result
