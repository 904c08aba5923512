"""Attention of one or a few new tokens over a long cache, as two kernels in Triton.

One query keeps eight parts of a card busy, one for each head of the cache, where there are a hundred and
more. So the keys are split: each part computes its softmax and its sum, and a second kernel joins them. How
many keys there are is read on the device; a CUDA graph that holds the kernels serves every length.
Source: flash decoding, T. Dao et al., 2023; online softmax, arXiv 1805.02867.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

SPLITS = 16
KEYS = 64  # looked at together
LEAST_ROWS = 16  # of a product on tensor cores

HIDDEN = tl.constexpr(-1e30)  # finite: the difference of two hidden scores is no NaN


def flash_decode(q: Tensor, keys: Tensor, values: Tensor, bounds: Tensor) -> Tensor:
    """Causal attention of the last tokens over the first rows of a cache.

    q: [tokens, heads, head_dim], contiguous; keys, values: [length, kv_heads, head_dim], contiguous;
    bounds: [2] int32 on the device, of which the second is the number of rows that count, the new tokens'
    own among them. head_dim is a power of two. Returns [tokens, heads * head_dim].
    """
    tokens, heads, head_dim = q.shape
    kv_heads = keys.shape[1]
    group = heads // kv_heads
    rows = max(LEAST_ROWS, triton.next_power_of_2(tokens * group))
    parts = torch.empty(kv_heads, SPLITS, rows, head_dim, dtype=torch.float, device=q.device)
    sums = torch.empty(kv_heads, SPLITS, rows, 2, dtype=torch.float, device=q.device)
    out = torch.empty_like(q)
    shape = {"GROUP": group, "ROWS": rows, "DIM": head_dim, "KV_HEADS": kv_heads, "SPLITS": SPLITS}
    together = KEYS if q.dtype != torch.float else KEYS // 2  # what shared memory holds
    _attend_part[(kv_heads, SPLITS)](
        q, keys, values, bounds, parts, sums, head_dim**-0.5, TOKENS=tokens, KEYS=together, **shape
    )
    _join_parts[(kv_heads, tokens * group)](parts, sums, out, **shape)
    return out.view(tokens, -1)


@triton.jit
def _attend_part(
    q,
    keys,
    values,
    bounds,
    parts,
    sums,
    scale,
    TOKENS: tl.constexpr,
    KEYS: tl.constexpr,
    GROUP: tl.constexpr,
    ROWS: tl.constexpr,
    DIM: tl.constexpr,
    KV_HEADS: tl.constexpr,
    SPLITS: tl.constexpr,
):
    head, split = tl.program_id(0), tl.program_id(1)
    end = tl.load(bounds + 1)
    share = tl.cdiv(tl.cdiv(end, SPLITS), KEYS) * KEYS
    row, dim, key = tl.arange(0, ROWS), tl.arange(0, DIM), tl.arange(0, KEYS)
    token = row // GROUP  # a row is a token's query head; those of a group share their keys
    query = token * KV_HEADS * GROUP + head * GROUP + row % GROUP
    real = row < TOKENS * GROUP
    queries = tl.load(q + query[:, None] * DIM + dim[None, :], mask=real[:, None], other=0.0)
    highest = tl.full([ROWS], HIDDEN, tl.float32)
    total = tl.zeros([ROWS], tl.float32)
    out = tl.zeros([ROWS, DIM], tl.float32)
    for first in range(split * share, tl.minimum(end, (split + 1) * share), KEYS):
        place = first + key
        there = place < end
        at = (place[:, None] * KV_HEADS + head) * DIM + dim[None, :]
        k = tl.load(keys + at, mask=there[:, None], other=0.0)
        v = tl.load(values + at, mask=there[:, None], other=0.0)
        scores = tl.dot(queries, tl.trans(k), input_precision="ieee") * scale
        seen = place[None, :] < (end - TOKENS + 1 + token)[:, None]
        scores = tl.where(seen, scores, HIDDEN)
        rising = tl.maximum(highest, tl.max(scores, 1))
        chances = tl.where(seen, tl.exp(scores - rising[:, None]), 0.0)
        kept = tl.exp(highest - rising)
        total = total * kept + tl.sum(chances, 1)
        out = out * kept[:, None] + tl.dot(chances.to(v.dtype), v, input_precision="ieee")
        highest = rising
    part = (head * SPLITS + split) * ROWS + row
    tl.store(parts + part[:, None] * DIM + dim[None, :], out)
    tl.store(sums + part * 2, highest)
    tl.store(sums + part * 2 + 1, total)


@triton.jit
def _join_parts(
    parts,
    sums,
    out,
    GROUP: tl.constexpr,
    ROWS: tl.constexpr,
    DIM: tl.constexpr,
    KV_HEADS: tl.constexpr,
    SPLITS: tl.constexpr,
):
    head, row = tl.program_id(0), tl.program_id(1)
    split, dim = tl.arange(0, SPLITS), tl.arange(0, DIM)
    part = (head * SPLITS + split) * ROWS + row
    highest, total = tl.load(sums + part * 2), tl.load(sums + part * 2 + 1)
    weight = tl.exp(highest - tl.max(highest, 0))
    values = tl.load(parts + part[:, None] * DIM + dim[None, :])
    joined = tl.sum(values * weight[:, None], 0) / tl.sum(total * weight, 0)
    query = (row // GROUP) * KV_HEADS * GROUP + head * GROUP + row % GROUP
    tl.store(out + query * DIM + dim, joined.to(out.dtype.element_ty))
