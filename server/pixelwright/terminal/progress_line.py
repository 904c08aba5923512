"""Progress on stderr: one line that changes on a terminal, one line a step elsewhere."""

from __future__ import annotations

import shutil
import sys
import unicodedata


class ProgressLine:
    """Shows how far one thing is. Call `done` before anything else is printed."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._last = ""
        self._is_over = False
        self._is_terminal = sys.stderr.isatty()

    def show(self, fraction: float, message: str) -> None:
        """`fraction` is 0..1."""
        if self._is_over:
            return
        if self._is_terminal:
            line = _cut(f"{self._name}: {message} {fraction:4.0%}", shutil.get_terminal_size().columns - 1)
            sys.stderr.write(f"\r\x1b[K{line}")
        elif message != self._last:
            sys.stderr.write(f"{self._name}: {message}\n")
        self._last = message
        sys.stderr.flush()

    def done(self) -> None:
        """Leave the terminal's line as it was."""
        if self._is_terminal and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
        self._last = ""

    def end(self) -> None:
        """As `done`, and show nothing more where the result is on the same terminal."""
        self.done()
        self._is_over = self._is_terminal and sys.stdout.isatty()


def _cut(text: str, columns: int) -> str:
    """As much of a text as fits; wide characters (Unicode's East Asian Width) take two columns."""
    used = 0
    for position, character in enumerate(text):
        used += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if used > columns:
            return text[:position]
    return text
