"""Drafts by look-up: what followed the last few tokens the last time they were seen.

Source: prompt lookup decoding, A. Saxena, 2023; speculative decoding, arXiv 2211.17192.
"""

from __future__ import annotations

from collections.abc import Iterable

LONGEST, SHORTEST = 4, 2  # tokens that have to agree before a draft is worth its step


class Lookup:
    """A text of tokens that grows, indexed by its n-grams. Special tokens are never drafted."""

    def __init__(self, texts: Iterable[Iterable[int]], special: frozenset[int]) -> None:
        self._special = special
        self._tokens: list[int] = []
        self._after: dict[tuple[int, ...], int] = {}  # n-gram -> where the latest one ends
        for text in texts:
            self.extend(text)
            self._tokens.append(-1)  # no n-gram reaches from one text into the next

    def extend(self, tokens: Iterable[int]) -> None:
        """Add tokens behind the last ones."""
        for token in tokens:
            self._index()
            self._tokens.append(-1 if token in self._special else token)

    def draft(self, limit: int) -> list[int]:
        """Up to `limit` tokens that may come next; empty when the last ones are new."""
        for length in range(LONGEST, SHORTEST - 1, -1):
            end = self._after.get(self._last(length))
            if end is not None:
                return self._copy(end, limit)
        return []

    def _copy(self, begin: int, limit: int) -> list[int]:
        draft: list[int] = []
        for place in range(begin, begin + limit):
            # Where the text ends it goes on with the draft itself: what repeats is drafted in full.
            beyond = place - len(self._tokens)
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
