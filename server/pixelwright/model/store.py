"""Which checkpoints lie on this machine, and where. Standard library only, so that anybody may ask.

Checkpoints are in the cache that every Hugging Face library shares, laid out as huggingface_hub documents
it ("Understand caching"): `models--ORG--NAME/` with `refs/REVISION` (a file that holds a commit),
`snapshots/COMMIT/` (the files by name) and `blobs/` (what the snapshots link to).
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixelwright.errors import PixelwrightError

TINY = Path(__file__).with_name("tiny")
"""The checkpoint of our own that the tests and `bench --tiny` use."""

MODEL_VARIABLE = "PIXELWRIGHT_MODEL"
FAMILIES = ("qwen3_vl", "qwen3_vl_moe")  # `model_type` of the checkpoints that the engine runs
NEEDED = ("config.json", "tokenizer.json")
INDEX, WHOLE = "model.safetensors.index.json", "model.safetensors"
INSTALL_HINT = "Run: pixelwright model install"


@dataclass(frozen=True, slots=True)
class Known:
    """A checkpoint that can be installed. bytes: what it downloads, to about one percent."""

    name: str
    bytes: int
    licence: str = "apache-2.0"


KNOWN = (
    Known("Qwen/Qwen3-VL-2B-Instruct", 4_270_000_000),
    Known("Qwen/Qwen3-VL-2B-Thinking", 4_270_000_000),
    Known("Qwen/Qwen3-VL-4B-Instruct", 8_890_000_000),
    Known("Qwen/Qwen3-VL-4B-Thinking", 8_890_000_000),
    Known("Qwen/Qwen3-VL-8B-Instruct", 17_550_000_000),
    Known("Qwen/Qwen3-VL-8B-Thinking", 17_550_000_000),
    Known("Qwen/Qwen3-VL-30B-A3B-Instruct", 62_160_000_000),
    Known("Qwen/Qwen3-VL-30B-A3B-Thinking", 62_160_000_000),
)
DEFAULT = KNOWN[0].name


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A complete checkpoint. folder: its snapshot in the cache, or the user's own; bytes: of its files."""

    name: str
    folder: Path
    bytes: int


def cache_folder() -> Path:
    """Where Hugging Face libraries keep what they download; need not exist."""
    given = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    home = os.environ.get("HF_HOME")
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return _expanded(given or (f"{home}/hub" if home else f"{cache}/huggingface/hub"))


def _expanded(text: str) -> Path:
    return Path(os.path.expandvars(text)).expanduser()


def full_name(name: str) -> str:
    """The name on the hub: `qwen3-vl-4b-instruct` is `Qwen/Qwen3-VL-4B-Instruct`; others stay as they are."""
    for known in KNOWN:
        if name.casefold() in (known.name.casefold(), known.name.split("/")[1].casefold()):
            return known.name
    return name


def is_hub_name(name: str) -> bool:
    """ORG/NAME of letters, digits, dots, dashes and underscores, as the hub allows."""
    return re.fullmatch(r"\w[\w.-]*/\w[\w.-]*", name, re.ASCII) is not None and "--" not in name


def free_bytes() -> int:
    """Free on the disk that the cache is on, or will be."""
    folder = cache_folder().absolute()
    there = next((place for place in (folder, *folder.parents) if place.exists()), Path.cwd())
    return shutil.disk_usage(there).free


def repository(name: str) -> Path:
    """The folder in the cache of a checkpoint named ORG/NAME; need not exist."""
    return cache_folder() / "--".join(("models", *name.split("/")))


def resolve(name: str | None = None) -> Path:
    """The folder of a checkpoint: named as on the hub, `tiny`, or given as a folder.

    Without a name it is what PIXELWRIGHT_MODEL names, else the first of `installed()`. Raises
    `PixelwrightError` (noModel) that says how to get it, or (unsupported) for another kind of model.
    """
    name = name or os.environ.get(MODEL_VARIABLE) or None
    if name is None:
        first = next(iter(installed()), None)
        if first is None:
            raise PixelwrightError("noModel", "No model is installed.", INSTALL_HINT)
        return first.folder
    if name == "tiny":
        return TINY
    snapshot = _snapshot(repository(full_name(name))) if is_hub_name(full_name(name)) else None
    if snapshot is not None:
        return snapshot
    folder = Path(name).expanduser().absolute()
    if folder.is_dir():
        return _checked(folder)
    if not is_hub_name(full_name(name)):
        raise PixelwrightError(
            "noModel", f"There is no model {name}.", "Name a folder, or a model as on Hugging Face: ORG/NAME."
        )
    half = " whole" if repository(full_name(name)).is_dir() else ""
    raise PixelwrightError(
        "noModel", f"{full_name(name)} is not{half} on this machine.", f"{INSTALL_HINT} {full_name(name)}"
    )


def installed() -> tuple[Checkpoint, ...]:
    """The complete checkpoints in the cache that the engine runs: the known ones first, in their order."""
    found = {}
    for folder in _repositories():
        snapshot = _snapshot(folder)
        if snapshot is not None:
            name = "/".join(folder.name.split("--")[1:])
            found[name] = checkpoint(name, snapshot)
    order = {known.name: place for place, known in enumerate(KNOWN)}
    return tuple(found[name] for name in sorted(found, key=lambda name: (order.get(name, len(order)), name)))


def checkpoint(name: str, folder: Path) -> Checkpoint:
    """What lies in a folder, as a checkpoint of that name."""
    return Checkpoint(name, folder, sum(path.stat().st_size for path in folder.iterdir() if path.is_file()))


def problem_of(folder: Path) -> PixelwrightError | None:
    """Why a folder is no whole checkpoint that the engine runs, or None when it is one."""
    family = family_of(folder)
    if family is None:
        return PixelwrightError("noModel", f"{folder} has no config.json: it is no model.", INSTALL_HINT)
    if family not in FAMILIES:
        return PixelwrightError(
            "unsupported", f"{folder} is a model of type {family}.", "Qwen3-VL checkpoints are supported."
        )
    missing = next((name for name in _files(folder) if not (folder / name).is_file()), None)
    if missing is not None:
        return PixelwrightError("noModel", f"{folder} lacks {missing}.", INSTALL_HINT)
    return None


def family_of(folder: Path) -> str | None:
    """The `model_type` in a folder's config.json, or None without a config.json that can be read."""
    config = _json(folder / "config.json")
    return None if config is None else str(config.get("model_type"))


def _checked(folder: Path) -> Path:
    problem = problem_of(folder)
    if problem is not None:
        raise problem
    return folder


def _files(folder: Path) -> Iterator[str]:
    """The files without which a checkpoint is not whole."""
    yield from NEEDED
    index = _json(folder / INDEX)
    shards = index.get("weight_map") if index else None
    if isinstance(shards, dict):
        yield from sorted(set(map(str, shards.values())))
    else:
        yield WHOLE


def _repositories() -> list[Path]:
    try:
        return sorted(cache_folder().glob("models--*--*"))
    except OSError:
        return []


def _snapshot(folder: Path) -> Path | None:
    """The complete snapshot that `main` names, else the newest complete one."""
    try:
        snapshots = sorted((folder / "snapshots").iterdir(), key=lambda path: path.stat().st_mtime)
    except OSError:
        return None
    main = _text(folder / "refs" / "main").strip()
    snapshots.sort(key=lambda path: path.name == main)  # stable: the newest stay last among the others
    return next((path for path in reversed(snapshots) if problem_of(path) is None), None)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
