"""An answer's text on its way to those who read along."""

from __future__ import annotations

import time
from collections.abc import Callable

INTERVAL = 1 / 30  # seconds between pieces; nobody reads faster, and each costs every client a message
THOUGHT_ENDS = "</think>"


def spoken(text: str, *, thinks: bool) -> str:
    """What an answer says, without the thought that some checkpoints open it with."""
    return text.partition(THOUGHT_ENDS)[2].lstrip() if thinks else text


class Stream:
    """Hands out what an answer says in pieces: the first at once, later ones gathered."""

    def __init__(self, send: Callable[[str], None], *, thinks: bool) -> None:
        self._send = send
        self._thinks = thinks
        self._text = ""
        self._sent = 0  # characters of what is said
        self._last = 0.0

    @property
    def has_begun(self) -> bool:
        """Whether anything was handed out."""
        return self._sent > 0

    def add(self, text: str) -> None:
        """The next text of the model."""
        self._text += text
        if time.monotonic() - self._last >= INTERVAL:
            self._flush()

    def end(self, text: str) -> None:
        """The answer is complete; `text` is all of it."""
        self._text = text
        self._flush()

    def _flush(self) -> None:
        said = spoken(self._text, thinks=self._thinks)
        if len(said) > self._sent:
            self._send(said[self._sent :])
            self._sent = len(said)
            self._last = time.monotonic()
