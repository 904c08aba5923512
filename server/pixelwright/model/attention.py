"""Attention of the language model: over a prompt, and of a few new tokens over the cache.

An eager step sees exactly the tokens that there are. The step that a CUDA graph replays has fixed shapes: it
sees a window of the cache and learns from the device how much of it counts. Which kernel does that best
depends on the card and on what is installed: `choose_step_attention` tries.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

log = logging.getLogger(__name__)

CHUNK = 128  # keys that one part of a split attention looks at
TRIAL_WINDOW = 2048  # cache rows in the trial of the kernels
TRIAL_CALLS = 20


class Span(NamedTuple):
    """Which cached tokens a step's queries see.

    mask: [group * tokens, window], added to the scores; None where every query sees the whole window.
    window: how many of the cache's rows are looked at.
    bounds_q, bounds_k: [2] int32, 0 and the number of queries and of keys that count.
    """

    mask: Tensor | None
    window: int
    bounds_q: Tensor | None = None
    bounds_k: Tensor | None = None


StepAttention = Callable[[Tensor, Tensor, Tensor, Span], Tensor]
"""q [tokens, heads, head_dim], keys and values [cache length, kv_heads, head_dim], and a span
-> [tokens, heads * head_dim]."""


def eager_span(tokens: int, start: int, group: int, device: torch.device, dtype: torch.dtype) -> Span:
    """The span of `tokens` new tokens behind `start` cached ones; `group` query heads share a key."""
    window = start + tokens
    if tokens == 1:
        return Span(None, window)
    return Span(_mask(torch.arange(start, window, device=device), window, group, dtype), window)


def graph_span(slots: Tensor, window: int, group: int, dtype: torch.dtype, *, masked: bool = True) -> Span:
    """The span of new tokens at `slots` [tokens], which only the device knows, in a fixed window.

    masked: false for attention that reads `bounds_k` instead.
    """
    zero = slots.new_zeros(1)
    return Span(
        _mask(slots, window, group, dtype) if masked else None,
        window,
        torch.cat((zero, zero + slots.shape[0])).int(),
        torch.cat((zero, slots[-1:] + 1)).int(),
    )


def _mask(slots: Tensor, window: int, group: int, dtype: torch.dtype) -> Tensor:
    hidden = torch.arange(window, device=slots.device) > slots[:, None]
    # Finite, so that a part of the keys that is hidden as a whole still has a softmax.
    mask = torch.zeros(hidden.shape, dtype=dtype, device=slots.device)
    return mask.masked_fill_(hidden, torch.finfo(dtype).min / 2).repeat(group, 1)


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


# ---- steps -------------------------------------------------------------------------------------------


def attend_step(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """By PyTorch's scaled_dot_product_attention."""
    k, v = (x[: span.window].transpose(0, 1)[None] for x in (keys, values))
    if q.device.type == "cpu":  # its kernel knows of groups
        mask = span.mask[: q.shape[0]] if span.mask is not None else None
        out = F.scaled_dot_product_attention(q.transpose(0, 1)[None], k, v, attn_mask=mask, enable_gqa=True)
        return out[0].transpose(0, 1).reshape(q.shape[0], -1)
    out = F.scaled_dot_product_attention(_rows(q, keys.shape[1])[None], k, v, attn_mask=span.mask)
    return _tokens(out[0], q)


def attend_step_split(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """By parts of the keys, all at once, then put together: one query keeps a whole card busy.

    Source: flash decoding, T. Dao et al., 2023; online softmax, arXiv 1805.02867.
    """
    kv_heads, head_dim = keys.shape[1:]
    assert span.mask is not None
    k = keys[: span.window].view(-1, CHUNK, kv_heads, head_dim).permute(2, 0, 3, 1)
    v = values[: span.window].view(-1, CHUNK, kv_heads, head_dim).permute(2, 0, 1, 3)
    mask = span.mask.view(span.mask.shape[0], -1, CHUNK).transpose(0, 1)  # [chunks, rows, CHUNK]
    scores = (_rows(q, kv_heads)[:, None] @ k).float() * head_dim**-0.5 + mask
    highest = scores.amax(dim=-1, keepdim=True)  # [kv_heads, chunks, rows, 1]
    chances = torch.exp(scores - highest)
    parts = (chances.to(q.dtype) @ v).float()  # [kv_heads, chunks, rows, head_dim]
    weights = torch.exp(highest - highest.amax(dim=1, keepdim=True))
    total = (weights * chances.sum(dim=-1, keepdim=True)).sum(dim=1)
    return _tokens(((parts * weights).sum(dim=1) / total).to(q.dtype), q)


def attend_step_torch_flash(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """By PyTorch's own build of FlashAttention-2, which can be told the number of keys by the device."""
    k, v = keys[: span.window], values[: span.window]
    bounds = (span.bounds_q, span.bounds_k, q.shape[0], span.window)
    out = torch.ops.aten._flash_attention_forward(q, k, v, *bounds, 0.0, q.shape[0] > 1, False)[0]
    return out.reshape(q.shape[0], -1)  # type: ignore[no-any-return]


def attend_step_flash_package(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """By the package flash-attn."""
    from flash_attn import flash_attn_with_kvcache

    assert span.bounds_k is not None
    k, v = keys[None, : span.window], values[None, : span.window]
    out = flash_attn_with_kvcache(q[None], k, v, cache_seqlens=span.bounds_k[1:], causal=True)
    return out.reshape(q.shape[0], -1)  # type: ignore[no-any-return]


def attend_step_triton(q: Tensor, keys: Tensor, values: Tensor, span: Span) -> Tensor:
    """By kernels of our own."""
    from pixelwright.model.flash_decode import flash_decode

    assert span.bounds_k is not None
    return flash_decode(q.contiguous(), keys, values, span.bounds_k)


LENGTH_ON_DEVICE = (attend_step_torch_flash, attend_step_flash_package, attend_step_triton)
"""Those that read from `bounds_k` how many keys count: one window, the whole cache, serves every length."""


def _rows(q: Tensor, kv_heads: int) -> Tensor:
    """[kv_heads, group * tokens, head_dim]: the queries that share keys as rows beside each other.

    So keys and values are read once, and not copied for each query head.
    """
    tokens, heads, head_dim = q.shape
    return (
        q.view(tokens, kv_heads, heads // kv_heads, head_dim)
        .permute(1, 2, 0, 3)
        .reshape(kv_heads, -1, head_dim)
    )


def _tokens(rows: Tensor, q: Tensor) -> Tensor:
    """The inverse of `_rows`, with the heads beside each other: [tokens, heads * head_dim]."""
    tokens, _, head_dim = q.shape
    kv_heads = rows.shape[0]
    return rows.view(kv_heads, -1, tokens, head_dim).permute(2, 0, 1, 3).reshape(tokens, -1)


# ---- which of them -----------------------------------------------------------------------------------


def choose_step_attention(
    device: torch.device, dtype: torch.dtype, heads: int, kv_heads: int, head_dim: int, compiled: bool
) -> StepAttention:
    """The fastest of them for captured steps that runs here and agrees with `attend_step`."""
    if device.type != "cuda":
        return attend_step
    split = torch.compile(attend_step_split) if compiled else attend_step_split
    candidates: list[StepAttention] = [attend_step, split]
    if importlib.util.find_spec("triton"):
        candidates.append(attend_step_triton)
    if dtype in (torch.bfloat16, torch.float16):
        candidates += [attend_step_torch_flash, attend_step_flash_package]
    draw = torch.Generator(device).manual_seed(0)
    keys, values = (
        torch.randn(TRIAL_WINDOW, kv_heads, head_dim, device=device, dtype=dtype, generator=draw)
        for _ in "kv"
    )
    trials = []
    for tokens in (1, 5, 16):
        q = torch.randn(tokens, heads, head_dim, device=device, dtype=dtype, generator=draw)
        slots = torch.arange(tokens, device=device) + TRIAL_WINDOW // 2
        trials.append((q, keys, values, graph_span(slots, TRIAL_WINDOW, heads // kv_heads, dtype)))
    times: dict[float, StepAttention] = {}
    for candidate in candidates:
        try:
            if all(torch.allclose(candidate(*t), attend_step(*t), atol=2e-2, rtol=2e-2) for t in trials):
                times[_time(candidate, trials[0])] = candidate
            else:
                log.warning("%s does not agree with PyTorch's attention: not used", name_of(candidate))
        except Exception as error:  # noqa: BLE001 - whatever a kernel lacks here, another serves
            log.info("%s does not run here: %s", name_of(candidate), error)
    for seconds, candidate in sorted(times.items()):
        log.info("%s: %.1f us", name_of(candidate), seconds * 1e6)
    return times[min(times)] if times else attend_step


def _time(attend: StepAttention, trial: tuple[Tensor, Tensor, Tensor, Span]) -> float:
    """Seconds of one call inside of a CUDA graph."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        for _ in range(TRIAL_CALLS):
            attend(*trial)
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in "be")
    graph.replay()
    begin.record()
    graph.replay()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3 / TRIAL_CALLS


def name_of(attend: StepAttention) -> str:
    """What to call it in reports."""
    return getattr(attend, "__name__", "attend_step_split, compiled")
