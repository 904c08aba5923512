"""Drafts by look-up: what followed the last few tokens the last time they were seen.

Much of what is generated is copied with changes: the rows of a table differ in a number. So a draft that was
wrong in one token goes on behind it.
Source: prompt lookup decoding, A. Saxena, 2023; speculative decoding, arXiv 2211.17192.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

LONGEST, SURE, SHORTEST = 4, 3, 2  # tokens that agree: at most looked at, enough, and better than nothing


class Lookup:
    """A text of tokens that grows, indexed by its n-grams. Special tokens are never drafted."""

    def __init__(self, texts: Iterable[Iterable[int]], special: frozenset[int]) -> None:
        self._special = special
        self._tokens: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}  # n-gram -> where the latest one ends
        self._drafted: list[int] = []
        self._next: int | None = None  # where the text that is being copied goes on
        for text in texts:
            self._append(text)
            self._tokens.append(-1)  # no n-gram reaches from one text into the next

    def draft(self, limit: int) -> list[int]:
        """Up to `limit` tokens that may come next; empty when the last ones are new."""
        place = self._seen(LONGEST, SURE)
        if place is None:
            place = self._next if self._next is not None else self._seen(SURE - 1, SHORTEST)
        self._drafted = [] if place is None else self._copy(place, limit)
        self._next = place
        return [*self._drafted]

    def extend(self, tokens: Sequence[int]) -> None:
        """Add the tokens that came, the first of them as drafted or not."""
        if self._next is not None:
            agreed = 0
            while agreed < min(len(tokens), len(self._drafted)) and tokens[agreed] == self._drafted[agreed]:
                agreed += 1
            # The last token came instead of one of the text, which is behind it now.
            go_on = agreed > 0 or not self._drafted
            self._next = self._next + len(tokens) if go_on else None
        self._drafted = []
        self._append(tokens)

    def _append(self, tokens: Iterable[int]) -> None:
        for token in tokens:
            self._index()
            self._tokens.append(-1 if token in self._special else token)

    def _seen(self, longest: int, shortest: int) -> int | None:
        """Where the text went on after the last tokens, the more of them the better."""
        for length in range(longest, shortest - 1, -1):
            place = self._after.get(self._last(length))
            if place is not None:
                return place
        return None

    def _copy(self, begin: int, limit: int) -> list[int]:
        draft: list[int] = []
        for place in range(begin, begin + limit):
            # Where the text ends it goes on with the draft itself: what repeats is drafted in full.
            beyond = place - len(self._tokens)
            if beyond >= len(draft):
                break
            token = self._tokens[place] if beyond < 0 else draft[beyond]
            if token < 0:
                break
            draft.append(token)
        return draft

    def _index(self) -> None:
        # One token late: the n-gram at the very end has nothing behind it yet.
        for length in range(SHORTEST, LONGEST + 1):
            gram = self._last(length)
            if len(gram) == length and -1 not in gram:
                self._after[gram] = len(self._tokens)

    def _last(self, length: int) -> tuple[int, ...]:
        return tuple(self._tokens[-length:])
