"""One exception for everything that a user can be told."""

from __future__ import annotations


class PixelwrightError(Exception):
    """A failure in words: what is wrong (naming the file), and what to do about it.

    `code` is one of the protocol's `ErrorCode` values. It crosses the socket and the editor unchanged.
    """

    def __init__(self, code: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class Cancelled(PixelwrightError):
    """The user gave the job up."""

    def __init__(self) -> None:
        super().__init__("cancelled", "Cancelled.")
