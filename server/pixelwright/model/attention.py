"""Attention of the language model: over a prompt, and of a few new tokens over the cache.

Two kinds of steps. The eager one sees exactly the tokens that there are. The one that a CUDA graph replays
has fixed shapes: it sees a window of the cache and learns from the device how much of it counts.
FlashAttention (the package's, else PyTorch's own) splits a step's work over the keys; PyTorch's
scaled_dot_product_attention does it everywhere.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

log = logging.getLogger(__name__)


class Span(NamedTuple):
    """Which cached tokens a step's queries see.

    mask: [tokens, window] bool, or None where every query sees the whole window.
    window: how many of the cache's rows are looked at.
    bounds_q, bounds_k: [2] int32, 0 and the number of queries and of keys that count.
    """

    mask: Tensor | None
    window: int
    bounds_q: Tensor | None = None
    bounds_k: Tensor | None = None


StepAttention = Callable[[Tensor, Tensor, Tensor, Span], Tensor]


def eager_span(tokens: int, start: int, device: torch.device) -> Span:
    """The span of `tokens` new tokens behind `start` cached ones."""
    window = start + tokens
    if tokens == 1:
        return Span(None, window)
    slots = torch.arange(start, window, device=device)
    return Span(torch.arange(window, device=device) <= slots[:, None], window)


def graph_span(slots: Tensor, window: int) -> Span:
    """The span of new tokens at `slots` [tokens], which only the device knows, in a fixed window."""
    tokens = slots.shape[0]
    mask = torch.arange(window, device=slots.device) <= slots[:, None]
    zero = slots.new_zeros(1)
    return Span(
        mask,
        window,
        torch.cat((zero, zero + tokens)).int(),
        torch.cat((zero, slots[-1:] + 1)).int(),
    )


def attend_prompt(q: Tensor, keys: Tensor, values: Tensor, start: int) -> Tensor:
    """Causal attention of a piece of a prompt.

    q: [tokens, heads, head_dim], at places start, start + 1, …; keys, values: [start + tokens, kv_heads,
    head_dim]. Returns [tokens, heads * head_dim].
    """
    tokens, heads, _ = q.shape
    group = heads // keys.shape[1]
    # Repeating keys and values for each group is small beside the product, and every kernel takes it.
    q, keys, values = (x.transpose(0, 1)[None] for x in (q, _spread(keys, group), _spread(values, group)))
    if start == 0:
        out = F.scaled_dot_product_attention(q, keys, values, is_causal=True)
    else:
        slots = torch.arange(start, start + tokens, device=q.device)
        mask = torch.arange(start + tokens, device=q.device) <= slots[:, None]
        out = F.scaled_dot_product_attention(q, keys, values, attn_mask=mask)
    return out[0].transpose(0, 1).reshape(tokens, -1)


def _spread(x: Tensor, group: int) -> Tensor:
    return x.repeat_interleave(group, dim=1) if group > 1 else x


def attend_step(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """Attention of a few tokens over the cache, by scaled_dot_product_attention.

    q: [tokens, heads, head_dim]; keys, values: [cache length, kv_heads, head_dim], of which the first
    `span.window` are looked at. Returns [tokens, heads * head_dim].
    """
    tokens, heads, head_dim = q.shape
    kv_heads = keys.shape[1]
    group = heads // kv_heads
    # The queries of a group stand as rows beside each other: keys and values are read once, not copied.
    rows = q.view(tokens, kv_heads, group, head_dim).permute(1, 2, 0, 3).reshape(kv_heads, -1, head_dim)
    mask = span.mask.repeat(group, 1) if span.mask is not None else None
    k, v = (x[: span.window].transpose(0, 1) for x in (keys, values))
    out = F.scaled_dot_product_attention(rows[None], k[None], v[None], attn_mask=mask)[0]
    return out.view(kv_heads, group, tokens, head_dim).permute(2, 0, 1, 3).reshape(tokens, -1)


def attend_step_torch_flash(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """`attend_step` by PyTorch's own FlashAttention, with the number of keys known to the device only."""
    from torch.nn.attention.varlen import varlen_attn

    assert span.bounds_q is not None
    assert span.bounds_k is not None
    out = varlen_attn(
        q,
        keys[: span.window],
        values[: span.window],
        span.bounds_q,
        span.bounds_k,
        q.shape[0],
        span.window,
        window_size=(-1, 0),
        enable_gqa=True,
    )
    return out.reshape(q.shape[0], -1)  # type: ignore[union-attr]


def attend_step_flash_package(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """`attend_step` by the package flash-attn, which splits the keys over the card (flash decoding)."""
    from flash_attn import flash_attn_with_kvcache

    assert span.bounds_k is not None
    k, v = keys[None, : span.window], values[None, : span.window]
    out = flash_attn_with_kvcache(q[None], k, v, cache_seqlens=span.bounds_k[1:], causal=True)
    return out.reshape(q.shape[0], -1)  # type: ignore[no-any-return]


def choose_step_attention(
    device: torch.device, dtype: torch.dtype, heads: int, kv_heads: int, head_dim: int
) -> StepAttention:
    """The fastest attention for captured steps that works here and agrees with `attend_step`."""
    if device.type != "cuda" or dtype not in (torch.bfloat16, torch.float16):
        return attend_step
    generator = torch.Generator(device).manual_seed(0)
    window = 256
    keys, values = (
        torch.randn(window, kv_heads, head_dim, device=device, dtype=dtype, generator=generator) for _ in "kv"
    )
    for candidate in (attend_step_flash_package, attend_step_torch_flash):
        try:
            agrees = True
            for tokens in (1, 5):
                q = torch.randn(tokens, heads, head_dim, device=device, dtype=dtype, generator=generator)
                span = graph_span(torch.arange(100, 100 + tokens, device=device), window)
                expected = attend_step(q, keys, values, span)
                agrees &= torch.allclose(candidate(q, keys, values, span), expected, atol=2e-2, rtol=2e-2)
        except Exception as error:  # noqa: BLE001 - whatever a foreign kernel lacks here, another serves
            log.info("%s does not run here: %s", candidate.__name__, error)
            continue
        if agrees:
            return candidate
        log.warning("%s does not agree with PyTorch's attention: not used", candidate.__name__)
    return attend_step
