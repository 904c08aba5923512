"""When an answer is complete, or no longer worth going on with."""

from __future__ import annotations

from collections.abc import Sequence

LONGEST_PERIOD = 200  # tokens
LEAST_REPEATED = 400  # tokens; many equal rows of a table are legitimate
LEAST_TIMES = 4


def cut_at_stop(text: str, checked: int, stops: Sequence[str]) -> int | None:
    """Where the first stop text ends, or None. The first `checked` characters are known to hold none."""
    ends = []
    for stop in stops:
        found = text.find(stop, max(0, checked - len(stop) + 1))
        if found >= 0:
            ends.append(found + len(stop))
    return min(ends, default=None)


def repeats(tokens: Sequence[int]) -> bool:
    """Whether the answer ends in one block of tokens over and over."""
    for period in range(1, LONGEST_PERIOD + 1):
        span = max(LEAST_REPEATED, LEAST_TIMES * period)
        if len(tokens) < span:
            return False
        if all(tokens[-i] == tokens[-i - period] for i in range(1, span - period + 1)):
            return True
    return False
