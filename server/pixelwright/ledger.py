"""What Pixelwright wrote where, so that it can tell its own files from a user's edits.

One small file an output, in the user's state folder, named by the hash of the output's path: no lock is
needed, and losing it only makes Pixelwright more careful.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from pixelwright.atomic import replace_file


@dataclass(frozen=True, slots=True)
class Entry:
    """An output as it was written: SHA-256 of its bytes, and the picture that it came from."""

    digest: str
    source: str | None


def state_folder() -> Path:
    """Where Pixelwright keeps what it has to remember."""
    chosen = os.environ.get("PIXELWRIGHT_STATE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home()) / "Pixelwright" / "state"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Pixelwright"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "pixelwright"


def _entry_path(output: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(output.absolute())).hexdigest()
    return state_folder() / "outputs" / f"{digest[:40]}.json"


def remember(output: Path, data: bytes, source: Path | None) -> None:
    """Note what was written. A state folder that cannot be written to is no reason to fail."""
    entry = {
        "output": str(output.absolute()),
        "digest": hashlib.sha256(data).hexdigest(),
        "source": str(source.absolute()) if source else None,
    }
    path = _entry_path(output)
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogateescape"))


def recall(output: Path) -> Entry | None:
    """The entry of an output, None when it is not one of ours."""
    try:
        entry = json.loads(_entry_path(output).read_text(encoding="utf-8", errors="surrogateescape"))
        return Entry(str(entry["digest"]), entry["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_free(output: Path, source: Path | None = None) -> bool:
    """May the output be written: is nothing there, or exactly what we wrote (and from the same source)?"""
    try:
        data = output.read_bytes()
    except FileNotFoundError:
        return not output.is_symlink()
    except OSError:
        return False
    return is_unedited(output, data, source)


def is_unedited(output: Path, data: bytes, source: Path | None = None) -> bool:
    """Are these bytes what we wrote there last (and from the same source, if one is given)?"""
    entry = recall(output)
    if entry is None or entry.digest != hashlib.sha256(data).hexdigest():
        return False
    return source is None or entry.source in (None, str(source.absolute()))
