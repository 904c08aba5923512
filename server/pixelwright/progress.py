"""How a job tells where it is, and learns that it is no longer wanted."""

from __future__ import annotations

from collections.abc import Callable

from pixelwright.errors import Cancelled


class Progress:
    """Handed to every job; the default one is silent and never cancels.

    `report` and `partial` raise `Cancelled` once the job is given up, so a job that reports often
    stops soon. `check` does only that.
    """

    def __init__(
        self,
        on_report: Callable[[float, str], None] = lambda _fraction, _message: None,
        on_partial: Callable[[str, str], None] = lambda _kind, _text: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._on_report = on_report
        self._on_partial = on_partial
        self._is_cancelled = is_cancelled

    def check(self) -> None:
        """Raise `Cancelled` if the job was given up."""
        if self._is_cancelled():
            raise Cancelled

    def report(self, fraction: float, message: str) -> None:
        """Say how far the job is (0..1) and what it does now."""
        self.check()
        self._on_report(min(1.0, max(0.0, fraction)), message)

    def partial(self, kind: str, text: str) -> None:
        """Hand out a piece of the result.

        kind: `reading` (a text found), or `document` or `answer` (the next piece of it).
        """
        self.check()
        self._on_partial(kind, text)

    def part(self, start: float, end: float) -> Progress:
        """A progress whose 0..1 is start..end of this one."""
        return Progress(
            lambda fraction, message: self._on_report(start + (end - start) * fraction, message),
            self._on_partial,
            self._is_cancelled,
        )
