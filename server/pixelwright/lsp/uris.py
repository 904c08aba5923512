"""URIs of the editor and paths of the disk."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from pygls.uris import from_fs_path, to_fs_path

from pixelwright.errors import PixelwrightError


def is_file(uri: str) -> bool:
    """Does the URI name a file that this process can open?"""
    return urlsplit(uri).scheme == "file"


def path_of(uri: str) -> Path:
    """The path of a file URI (a plain path is taken as one). Raises `PixelwrightError` (usage)."""
    if "://" not in uri and not uri.startswith("file:"):
        return Path(uri).absolute()
    path = to_fs_path(uri) if is_file(uri) else None
    if not path:
        raise PixelwrightError("usage", f"{uri} is not a file on this machine.")
    return Path(path)


def uri_of(path: Path) -> str:
    """The file URI of a path."""
    return str(from_fs_path(str(path.absolute())))


def name_of(uri: str) -> str:
    """The last part of the URI's path, as a person reads it."""
    return PurePosixPath(unquote(urlsplit(uri).path)).name or uri
