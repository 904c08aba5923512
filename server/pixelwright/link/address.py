"""Where the host of this user, this protocol and this build is found.

A folder that belongs to the user alone (0700) holds the socket, the lock and the token. On Windows the
socket is a named pipe whose name comes from the folder.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pixelwright import __version__
from pixelwright.errors import PixelwrightError
from pixelwright.protocol.messages import VERSION

MAX_SOCKET_PATH = 100  # bytes; sun_path has 104 on macOS and 108 on Linux, with its final zero


@dataclass(frozen=True, slots=True)
class Address:
    """The files of one host. `endpoint` is what clients connect to."""

    folder: Path
    endpoint: str
    lock: Path
    token: Path
    log: Path


def host_address() -> Address:
    """The address of the host that speaks this build's protocol; the folder is made if missing.

    Raises `PixelwrightError` (unreachable) when the folder belongs to someone else or is open to others.
    """
    folder = private_folder(_base())
    name = f"host-{VERSION}-{__version__}"
    if sys.platform == "win32":
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        endpoint = rf"\\.\pipe\pixelwright-{digest}-{name}"
    else:
        endpoint = str(folder / f"{name}.sock")
        if len(os.fsencode(endpoint)) > MAX_SOCKET_PATH:
            raise PixelwrightError(
                "unreachable",
                f"The path of the host's socket is too long: {endpoint}.",
                "Set PIXELWRIGHT_RUNTIME_DIR to a folder with a shorter path.",
            )
    return Address(
        folder, endpoint, folder / f"{name}.lock", folder / f"{name}.token", folder / f"{name}.log"
    )


def _base() -> Path:
    chosen = os.environ.get("PIXELWRIGHT_RUNTIME_DIR")
    if chosen:
        return Path(chosen).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or tempfile.gettempdir()) / "Pixelwright" / "run"
    # Editors start their extensions without XDG_RUNTIME_DIR; a terminal must find the same host.
    for runtime in (os.environ.get("XDG_RUNTIME_DIR"), f"/run/user/{os.getuid()}"):
        if runtime and Path(runtime).is_dir():
            return Path(runtime) / "pixelwright"
    return Path(tempfile.gettempdir()) / f"pixelwright-{os.getuid()}"


def private_folder(folder: Path) -> Path:
    """Make a folder for its owner alone, or verify that it is one."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise PixelwrightError(
            "unreachable",
            f"The folder {folder} for the host's socket cannot be made: {error.strerror}.",
            "Set PIXELWRIGHT_RUNTIME_DIR to a folder that you own.",
        ) from error
    if sys.platform == "win32":
        return folder  # %LOCALAPPDATA% is private by its access control list
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PixelwrightError(
            "unreachable",
            f"The folder {folder} belongs to another user, or others can open it.",
            "Remove it, or set PIXELWRIGHT_RUNTIME_DIR to a folder that only you can open (mode 0700).",
        )
    return folder
