"""The last outcomes, so that asking again for the same page costs nothing."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

MAX_BYTES = 128 << 20


class Outcomes:
    """Least recently used go first once their pictures and documents fill `limit` bytes."""

    def __init__(self, limit: int = MAX_BYTES) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def get(self, key: bytes) -> Any | None:
        """The outcome kept for a flight's key, or None."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def keep(self, key: bytes, outcome: dict[str, Any]) -> None:
        size = len(outcome["document"]) + sum(len(asset["data"]) for asset in outcome["assets"])
        if key in self._kept or size > self._limit:
            return
        self._kept[key] = (outcome, size)
        self._bytes += size
        while self._bytes > self._limit:
            _, (_, freed) = self._kept.popitem(last=False)
            self._bytes -= freed
