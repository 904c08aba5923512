"""Keys and values of the tokens that the model has seen, and copies of them to come back to.

One cache lies on the device, at a fixed address, for CUDA graphs hold on to it. What else there is to
remember (the beginning that many prompts share, an answer that was interrupted) is copied aside.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pixelwright.model.config import TextConfig

Key = int | bytes
"""What a cached row belongs to: a token's id, or the digest of the visual that stood there."""

GRAIN = 1024  # tokens; lengths are multiples of it, so that a slightly longer prompt changes nothing


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A copy of the first rows of a cache. rows: [2 * layers, tokens, kv_heads, head_dim].

    keys: of the rows whose tokens are known; there can be more rows, of steps that nobody has read yet.
    """

    keys: tuple[Key, ...]
    rows: Tensor

    @property
    def size(self) -> int:
        return self.rows.numel() * self.rows.element_size()


class KVCache:
    """Static buffers: `keys[layer]` and `values[layer]` are [length, kv_heads, head_dim].

    `held` names what the first rows hold; a row behind them holds nothing of value.
    """

    def __init__(self, config: TextConfig, length: int, device: torch.device, dtype: torch.dtype) -> None:
        # A tensor for each, not views of one: the compiler would have to reckon that they overlap.
        def rows() -> Tensor:
            return torch.zeros(length, config.kv_heads, config.head_dim, device=device, dtype=dtype)

        self.keys = tuple(rows() for _ in range(config.layers))
        self.values = tuple(rows() for _ in range(config.layers))
        self.length = length
        self.held: list[Key] = []

    def common(self, keys: Sequence[Key]) -> int:
        """How many of the first rows are what `keys` begins with."""
        return common_prefix(self.held, keys)

    def snapshot(self, count: int) -> Snapshot:
        """A copy of the first `count` rows, in the machine's memory."""
        tensors = (*self.keys, *self.values)
        # Tensor by tensor: the device may have no room for a copy of all.
        rows = torch.empty((len(tensors), count, *tensors[0].shape[1:]), dtype=tensors[0].dtype)
        for kept, tensor in zip(rows, tensors, strict=True):
            kept.copy_(tensor[:count])
        return Snapshot(tuple(self.held[:count]), rows)

    def restore(self, snapshot: Snapshot, count: int | None = None) -> None:
        """Make the first rows those of a snapshot (the first `count` of it)."""
        count = snapshot.rows.shape[1] if count is None else count
        for tensor, kept in zip((*self.keys, *self.values), snapshot.rows, strict=True):
            tensor[:count].copy_(kept[:count])
        self.held = list(snapshot.keys[:count])


def bytes_per_token(config: TextConfig, dtype: torch.dtype) -> int:
    return config.layers * 2 * config.kv_heads * config.head_dim * dtype.itemsize


def rounded(length: int) -> int:
    """The cache length for so many tokens."""
    return -(-length // GRAIN) * GRAIN


def common_prefix(first: Sequence[Key], second: Sequence[Key]) -> int:
    count = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        count += 1
    return count


class Snapshots:
    """Copies of beginnings, the least recently used dropped first when they fill `limit` bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[tuple[Key, ...], Snapshot] = OrderedDict()

    def best(self, keys: Sequence[Key]) -> tuple[Snapshot | None, int]:
        """The snapshot that agrees longest with `keys`, and for how many rows."""
        found, longest = None, 0
        for snapshot in self._kept.values():
            count = common_prefix(snapshot.keys, keys)
            if count > longest:
                found, longest = snapshot, count
        if found:
            self._kept.move_to_end(found.keys)
        return found, longest

    def keep(self, snapshot: Snapshot) -> None:
        self._kept[snapshot.keys] = snapshot
        self._kept.move_to_end(snapshot.keys)
        while len(self._kept) > 1 and sum(kept.size for kept in self._kept.values()) > self._limit:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()
