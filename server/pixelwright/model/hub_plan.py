"""What an installation downloads: which files, how large, with which checksums, under which licence."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pixelwright.errors import PixelwrightError
from pixelwright.model import store
from pixelwright.model.fetch import RemoteFile, partial_of
from pixelwright.model.hub_errors import ENDPOINT_HINT, explained
from pixelwright.model.hub_library import IDENTITY, endpoint, library

# What a checkpoint needs, and its licence. No pickles, no copies in other formats, nothing in folders.
WANTED = (
    "model*.safetensors",
    "*.safetensors.index.json",
    "*.json",
    "*.txt",
    "*.jinja",
    "LICEN[CS]E*",
    "NOTICE*",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an installation downloads. revision: as asked for; commit: what it stands for now."""

    name: str
    revision: str
    commit: str
    licence: str
    files: tuple[RemoteFile, ...]

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(file.size for file in self.files)


def make_plan(name: str, revision: str | None = None) -> Plan:
    """Ask the hub what a checkpoint consists of. `name` as `store.full_name` takes it.

    Raises `PixelwrightError`: usage (no such name is possible), notFound, unreadable (needs a login),
    unreachable, unsupported (no Qwen3-VL, or no safetensors).
    """
    name = store.full_name(name)
    revision = revision or "main"
    check_name(name, revision)
    with explained(name):
        hub = library().HfApi(endpoint(), **IDENTITY)
        info = hub.model_info(name, revision=revision, files_metadata=True)
        files = tuple(sorted(_wanted(info.siblings or ()), key=lambda file: file.size))
        commit = str(info.sha)
        family = (info.config or {}).get("model_type")
        licence = _licence(info)
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise PixelwrightError("unreachable", f"The hub names no commit of {name}.", ENDPOINT_HINT)
    if family and family not in store.FAMILIES:
        raise unsupported(name, f"is of type {family}")
    if not any(file.name.endswith(".safetensors") for file in files):
        raise unsupported(name, "has no safetensors")
    return Plan(name, revision, commit, licence, files)


def check_name(name: str, revision: str | None) -> None:
    """Raise `PixelwrightError` (usage) for what can be no name and no revision of a model on the hub."""
    if not store.is_hub_name(name):
        raise PixelwrightError(
            "usage", f"{name} is no model's name.", "Name it as on Hugging Face: ORG/NAME."
        )
    if revision is not None and (not re.fullmatch(r"\w[\w./-]*", revision, re.ASCII) or ".." in revision):
        raise PixelwrightError("usage", f"{revision} is no revision.", "Name a branch, a tag or a commit.")


def missing_bytes(plan: Plan) -> int:
    """How much of a plan is not on this machine yet, as far as it was downloaded before."""
    return sum(file.size - present_bytes(plan, file) for file in plan.files)


def _wanted(siblings: Iterable[Any]) -> Iterator[RemoteFile]:
    for sibling in siblings:
        name = str(sibling.rfilename)
        if re.fullmatch(r"\w[\w.-]*", name) and any(fnmatch.fnmatchcase(name, w) for w in WANTED):
            sha256 = sibling.lfs.sha256 if sibling.lfs else None
            if sha256 is not None and not re.fullmatch(r"[0-9a-f]{64}", sha256):
                raise ValueError(f"{name} has no SHA-256 but {sha256!r}")
            yield RemoteFile(name, int(sibling.size or 0), sha256)


def _licence(info: Any) -> str:
    card = getattr(info.card_data, "license", None)
    tags = [tag.partition(":")[2] for tag in info.tags or () if tag.startswith("license:")]
    return str(card or next(iter(tags), "not stated"))


def places(plan: Plan, file: RemoteFile) -> tuple[Path, ...]:
    """Where a file of a plan lies when it is whole: in the snapshot, or (a large one) among the blobs."""
    folder = store.repository(plan.name)
    named = folder / "snapshots" / plan.commit / file.name
    return (named,) if file.sha256 is None else (named, folder / "blobs" / file.sha256)


def present_bytes(plan: Plan, file: RemoteFile) -> int:
    """How many bytes of a file are there, whole or as an interrupted download left it."""
    whole = places(plan, file)
    sizes = (path.stat().st_size for path in (*whole, *map(partial_of, whole)) if path.is_file())
    return min(file.size, next(sizes, 0))


def unsupported(name: str, why: str) -> PixelwrightError:
    """The engine does not run such a model."""
    return PixelwrightError("unsupported", f"{name} {why}.", "Qwen3-VL checkpoints are supported.")
