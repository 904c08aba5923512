"""One large file from the hub: continued where an earlier download stopped, checked before it has its name.

`huggingface_hub` starts a file anew after every interruption (since 1.18 each download writes to a temporary
file of its own, and removes it when it fails). For gigabytes of weights that will not do, so these come
through here into the place where its own download looks first; everything else is left to it.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixelwright.errors import PixelwrightError
from pixelwright.model.hub_library import IDENTITY, library, transport_error
from pixelwright.progress import Progress

PARTIAL = ".pixelwright.incomplete"  # the ending by which cache tools know a download that was interrupted
ATTEMPTS = 5  # in a row without a single new byte
TRANSIENT = {408, 429, 500, 502, 503, 504}  # HTTP statuses that may be others in a moment
PIECE = 1 << 20  # bytes read at once of what is there already
OnSize = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a checkpoint as the hub describes it. sha256: None for small files, kept by git."""

    name: str
    size: int
    sha256: str | None = None


class Interrupted(Exception):
    """The connection broke, or the server is busy: worth another try."""


def partial_of(target: Path) -> Path:
    """Where a download of `target` lies while it is not whole."""
    return target.with_name(target.name + PARTIAL)


def fetch(file: RemoteFile, url: str, target: Path, progress: Progress, on_size: OnSize) -> None:
    """Download `file` to `target`. `on_size` is told how many bytes are there whenever there are more.

    What an earlier call left is kept: only the rest is asked for (an HTTP range, RFC 9110 section 14).
    Raises `PixelwrightError` (unreachable) when the connection breaks again and again, and (badInput) when
    the size or checksum is wrong, which removes the file; the hub's and the system's own errors pass
    through.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with _open(partial_of(target), progress) as partial:
        failures, most = 0, partial.size
        if partial.size > file.size:
            partial.restart()
        while partial.size < file.size:
            try:
                _receive(url, partial, file.size, progress, on_size)
                break
            except Interrupted as error:
                failures = 0 if partial.size > most else failures + 1
                most = max(most, partial.size)
                if failures >= ATTEMPTS:
                    raise PixelwrightError(
                        "unreachable",
                        f"The download of {file.name} broke off: {error}.",
                        "What has come is kept: run it again, and it goes on from there.",
                    ) from error
                _wait(2.0**failures / 2, progress)
        partial.sync()
    if partial.size != file.size or (file.sha256 and partial.digest != file.sha256):
        partial_of(target).unlink()
        raise PixelwrightError(
            "badInput",
            f"{file.name} did not arrive as it was published (another size or checksum), and was removed.",
            "Run it again. If it stays so, something on the way changes downloads: a proxy, a virus scanner.",
        )
    partial_of(target).replace(target)


class _Partial:
    """The part of a file that is there, open at its end, with its checksum so far."""

    def __init__(self, descriptor: int, progress: Progress) -> None:
        self._descriptor = descriptor
        self._hash = hashlib.sha256()
        self.size = 0
        while piece := os.read(descriptor, PIECE):
            progress.check()
            self._hash.update(piece)
            self.size += len(piece)

    @property
    def digest(self) -> str:
        """SHA-256 of what is there, in hexadecimal."""
        return self._hash.hexdigest()

    def append(self, piece: bytes) -> None:
        """Write all of a piece. Raises OSError, for instance on a full disk."""
        view = memoryview(piece)
        while view:
            written = os.write(self._descriptor, view)
            self._hash.update(view[:written])
            self.size += written
            view = view[written:]

    def restart(self) -> None:
        """Forget what is there."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self._hash = hashlib.sha256()
        self.size = 0

    def sync(self) -> None:
        """Have it on the disk: a file that has its name must be whole even after a power failure."""
        os.fsync(self._descriptor)


@contextmanager
def _open(path: Path, progress: Progress) -> Iterator[_Partial]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        yield _Partial(descriptor, progress)
    finally:
        os.close(descriptor)


def _receive(url: str, partial: _Partial, size: int, progress: Progress, on_size: OnSize) -> None:
    """Ask for what is missing and append it, until it is more than `size` bytes. Raises `Interrupted`."""
    hub = library()
    headers = {**hub.utils.build_hf_headers(**IDENTITY), "Accept-Encoding": "identity"}
    if partial.size:
        headers["Range"] = f"bytes={partial.size}-"
    patience = hub.constants.HF_HUB_DOWNLOAD_TIMEOUT
    try:
        with hub.utils.get_session().stream(
            "GET", url, headers=headers, timeout=patience, follow_redirects=True
        ) as response:
            if response.status_code in TRANSIENT:
                raise Interrupted(f"the server answers {response.status_code}")
            if response.status_code == 416:  # what is there does not fit the file that is there now
                partial.restart()
                raise Interrupted("the server does not have the rest")
            hub.utils.hf_raise_for_status(response)
            if partial.size and not _continues(response, partial.size):
                partial.restart()
            for piece in response.iter_bytes():
                progress.check()
                partial.append(piece)
                on_size(partial.size)
                if partial.size > size:  # it may never end
                    return
    except transport_error() as error:
        raise Interrupted(str(error) or type(error).__name__) from error
    if partial.size < size:
        raise Interrupted("the server ended too soon")


def _continues(response: Any, start: int) -> bool:
    """Whether an answer begins where it was asked to; a server may send everything instead."""
    wanted = f"bytes {start}-"
    return bool(response.status_code == 206) and str(response.headers.get("Content-Range")).startswith(wanted)


def _wait(seconds: float, progress: Progress) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        progress.check()
        time.sleep(0.05)
