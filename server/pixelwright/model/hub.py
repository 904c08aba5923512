"""Installing and removing checkpoints: the hub's own library, asked to only when the user said so.

What is installed lies in the cache that every Hugging Face library shares (`store`), so that nothing is
downloaded twice, and other programs find it too.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pixelwright import atomic
from pixelwright.errors import PixelwrightError
from pixelwright.model import store
from pixelwright.model.fetch import RemoteFile, fetch
from pixelwright.model.hub_errors import explained, explained_removal
from pixelwright.model.hub_library import IDENTITY, endpoint, library
from pixelwright.model.hub_plan import Plan, missing_bytes, places, present_bytes, unsupported
from pixelwright.progress import Progress

MARGIN = 512 << 20  # bytes that stay free on the disk
TELL_EVERY = 0.1  # seconds between two reports of progress
INSTALL_LOCK = "pixelwright-install.lock"


def install(plan: Plan, progress: Progress | None = None) -> Path:
    """Download what a plan lacks, check it, and return the checkpoint's folder.

    An interrupted installation goes on where it stopped. Raises `PixelwrightError` as `make_plan` does, and:
    noSpace, busy (another installation of it is under way), badInput (wrong checksum), target (the cache
    cannot be written to); `Cancelled` through `progress`.
    """
    progress = progress or Progress()
    with explained(plan.name):
        check_space(missing_bytes(plan))
    meter = _Meter(plan, progress)
    with explained(plan.name), _only_one(plan.name):
        for file in plan.files:
            progress.check()
            folder = _get(plan, file, progress, meter)
            if file.name == "config.json" and (family := store.family_of(folder)) not in store.FAMILIES:
                raise unsupported(plan.name, f"is of type {family}")  # before its weights come
        _note_revision(plan)
    problem = store.problem_of(folder)
    if problem is not None:
        raise problem
    progress.report(1.0, f"{plan.name} is installed")
    return folder


def remove(name: str) -> int:
    """Remove a checkpoint from the cache and return the bytes that this frees.

    Only what lies in the cache can be named. Raises `PixelwrightError`: noModel, usage (a folder of the
    user's own), busy.
    """
    name = store.full_name(name)
    if not store.is_hub_name(name):
        raise PixelwrightError(
            "usage", f"{name} is no installed model.", "Folders of your own are yours to remove."
        )
    folder = store.repository(name)
    if not folder.is_dir():
        raise PixelwrightError("noModel", f"{name} is not installed.", "See: pixelwright model list")
    with explained_removal(name), _only_one(name):
        cache = library().scan_cache_dir(store.cache_folder())
        commits = [
            revision.commit_hash
            for repository in cache.repos
            if repository.repo_path.resolve() == folder.resolve()  # the cache may be a symbolic link
            for revision in repository.revisions
        ]
        strategy = cache.delete_revisions(*commits)
        freed = int(strategy.expected_freed_size) + sum(file.stat().st_size for file in _interrupted(folder))
        strategy.execute()  # knows which files other checkpoints share
        shutil.rmtree(folder, ignore_errors=True)  # and what no revision names: interrupted downloads
    if folder.exists():
        raise PixelwrightError("target", f"{folder} could not be removed.", "Close the programs that use it.")
    return freed


def _interrupted(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.incomplete") if path.is_file()]


def _get(plan: Plan, file: RemoteFile, progress: Progress, meter: _Meter) -> Path:
    """Have one file of a plan in the cache. Returns the folder that it is in."""
    if file.sha256 is not None and not any(place.is_file() for place in places(plan, file)):
        url = library().hf_hub_url(plan.name, file.name, revision=plan.commit, endpoint=endpoint())
        fetch(file, url, _target(plan, file), progress, lambda size: meter.show(file, size))
    path = library().hf_hub_download(
        plan.name,
        file.name,
        revision=plan.commit,
        cache_dir=store.cache_folder(),
        endpoint=endpoint(),
        **IDENTITY,
    )
    meter.show(file, file.size)
    return Path(path).parent


def _target(plan: Plan, file: RemoteFile) -> Path:
    """Where a large file goes: among the blobs, or into the snapshot where there are no symbolic links."""
    from huggingface_hub.file_download import are_symlinks_supported

    in_snapshot, among_blobs = places(plan, file)
    return among_blobs if are_symlinks_supported(store.cache_folder()) else in_snapshot


def _note_revision(plan: Plan) -> None:
    """Write down which commit the revision is, as the library does when it downloads by a branch's name."""
    if plan.revision != plan.commit:
        reference = store.repository(plan.name) / "refs" / plan.revision
        reference.parent.mkdir(parents=True, exist_ok=True)
        atomic.replace_file(reference, plan.commit.encode())


def check_space(needed: int) -> None:
    """Raise `PixelwrightError` (noSpace) unless so many bytes, and some more, are free for models."""
    folder = store.cache_folder()
    free = store.free_bytes()
    if needed and free < needed + MARGIN:
        raise PixelwrightError(
            "noSpace",
            f"{_gigabytes(needed)} are to be downloaded to {folder}, where {_gigabytes(free)} are free.",
            f"Make room for {_gigabytes(needed + MARGIN)}, or name a folder elsewhere in HF_HUB_CACHE.",
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


def _part(size: int, total: int) -> str:
    """Both in the total's unit: 1.2 of 4.3 GB."""
    scale, unit = (1e9, "GB") if total >= 100e6 else (1e6, "MB")
    return f"{size / scale:.1f} of {total / scale:.1f} {unit}"


class _Meter:
    """How far all files together are; tells it a few times a second, and never goes back."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self._progress = progress
        self._total = max(1, plan.bytes)
        self._sizes = {file.name: present_bytes(plan, file) for file in plan.files}
        self._most = 0
        self._told = 0.0

    def show(self, file: RemoteFile, size: int) -> None:
        """`size` bytes of a file are there."""
        self._sizes[file.name] = size
        self._most = max(self._most, sum(self._sizes.values()))
        now = time.monotonic()
        if now - self._told >= TELL_EVERY:
            self._told = now
            text = f"Downloading {file.name}: {_part(self._most, self._total)} in all"
            self._progress.report(min(0.999, self._most / self._total), text)


@contextmanager
def _only_one(name: str) -> Iterator[None]:
    """Hold the checkpoint's installation; the system frees the lock when this process ends."""
    from filelock import FileLock, Timeout

    lock = store.cache_folder() / ".locks" / store.repository(name).name / INSTALL_LOCK
    lock.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock, timeout=0):
            yield
    except Timeout:
        raise PixelwrightError(
            "busy", f"{name} is being installed by another program.", "Wait until that is done."
        ) from None
