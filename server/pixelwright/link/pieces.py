"""The pieces of a result, each passed on once, however often the job is begun."""

from __future__ import annotations

from collections import Counter

from pixelwright.link.connection import OnPartial


class Pieces:
    """Between a connection and who reads along.

    A job whose host died is asked for again and tells everything from its beginning. What was passed on
    before is swallowed: so many characters of each kind. Jobs say the same when they are asked again; one
    that does not (a model on another device may) is set right by its result, which is always whole.
    """

    def __init__(self, on_partial: OnPartial) -> None:
        self._on_partial = on_partial
        self._passed_on: Counter[str] = Counter()  # characters by kind
        self._heard: Counter[str] = Counter()  # of them in this attempt

    def begin(self) -> None:
        """The job is asked for (again)."""
        self._heard.clear()

    def take(self, kind: str, text: str) -> None:
        """A piece has come."""
        known = max(0, self._passed_on[kind] - self._heard[kind])
        self._heard[kind] += len(text)
        if text[known:]:
            self._passed_on[kind] += len(text) - known
            self._on_partial(kind, text[known:])
