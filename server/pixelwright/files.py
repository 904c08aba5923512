"""The one module that writes users' files. Every write is atomic, and none goes over a user's edit."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pixelwright import atomic, ledger
from pixelwright.errors import PixelwrightError

MAX_VARIANTS = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """Where a page and its pictures go; `notice` says why not where it was asked for."""

    page: Path
    assets: Path
    notice: str | None = None
    forced: bool = False


IsFree = Callable[[Path, "Path | None"], bool]


def page_target(
    wanted: Path, source: Path | None, *, force: bool = False, is_free: IsFree = ledger.is_free
) -> Target:
    """The files that a page made from the picture `source` may be written to, nearest to `wanted`.

    What the user made or changed stays as it is, and so does the page of another picture: the page then
    goes to NAME.new.html, and its pictures to a folder of their own. With `force` the page replaces
    whatever is there.
    """
    if wanted.is_dir():
        raise PixelwrightError("target", f"{wanted} is a folder.", "Name a file for the page.")
    if force or is_free(wanted, source):
        return Target(wanted, _free_assets(wanted), forced=force)
    for number in range(1, MAX_VARIANTS):
        suffix = ".new" if number == 1 else f".new-{number}"
        page = wanted.with_name(f"{wanted.stem}{suffix}{wanted.suffix}")
        if is_free(page, source):
            notice = f"{wanted.name} was edited, or is not of this picture: the new page is {page.name}."
            return Target(page, _free_assets(page), notice)
    raise PixelwrightError("target", f"There are too many versions of {wanted.name}.", "Remove some of them.")


def _free_assets(page: Path) -> Path:
    for number in range(1, MAX_VARIANTS):
        folder = page.with_name(f"{page.stem}.assets" + ("" if number == 1 else f"-{number}"))
        if not folder.exists() and not folder.is_symlink():
            return folder
        if folder.is_dir() and not folder.is_symlink() and all(ledger.is_free(f) for f in _files(folder)):
            return folder
    raise PixelwrightError(
        "target", f"There are too many asset folders of {page.name}.", "Remove some of them."
    )


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def write_page(
    target: Target, document: str | None, assets: Iterable[tuple[str, bytes]], source: Path | None
) -> None:
    """Write a page and its pictures: all of it, or nothing. Without a document, the pictures alone.

    Everything is staged first, so that a full disk is met before anything is replaced; the page comes
    last, so that it never links to what is not there. Pictures of the page's last version that it no
    longer has are removed. Raises `PixelwrightError` (target) that says which file and why; so it does
    when somebody has written to the target since it was chosen.
    """
    if not target.forced and document is not None and not ledger.is_free(target.page, source):
        raise changed_meanwhile(target.page)
    files = {target.assets / name: data for name, data in assets}
    old = [path for path in _files(target.assets) if path not in files and ledger.recall(path)]
    made_folder = bool(files) and not target.assets.exists()
    if document is not None:
        files[target.page] = document.encode("utf-8", "surrogatepass")
    staged: dict[Path, Path] = {}
    where = target.page
    try:
        if made_folder:
            target.assets.mkdir()
        for path, data in files.items():
            where = path
            staged[path] = atomic.stage_file(path, data)
        for path in files:
            where = path
            staged.pop(path).replace(path)
            ledger.remember(path, files[path], source)
    except OSError as error:
        for leftover in staged.values():
            atomic.discard(leftover)
        if made_folder:
            with contextlib.suppress(OSError):
                target.assets.rmdir()
        raise target_error(where, error) from error
    for path in old:
        atomic.discard(path)


def write_picture(wanted: Path, data: bytes, source: Path, *, force: bool) -> Path:
    """Write one picture and return its path, another than `wanted` if something of the user's is there."""
    target = page_target(wanted, source, force=force)
    try:
        atomic.replace_file(target.page, data)
    except OSError as error:
        raise target_error(target.page, error) from error
    ledger.remember(target.page, data, source)
    return target.page


def changed_meanwhile(path: Path) -> PixelwrightError:
    """Someone was faster than us, and keeps what they wrote."""
    return PixelwrightError(
        "target",
        f"{path} changed while its page was made, and was left as it is.",
        "Run the command again.",
    )


def target_error(path: Path, error: OSError) -> PixelwrightError:
    """What an OSError on writing means, in words."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return PixelwrightError(
            "target", f"{path} was not written: the disk is full.", "Make room, or choose another place."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return PixelwrightError(
            "target",
            f"{path} was not written: its folder cannot be written to.",
            "Choose another place with -o, or change the folder's permissions.",
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return PixelwrightError(
            "target", f"{path} was not written: its folder does not exist.", "Make the folder first."
        )
    return PixelwrightError("target", f"{path} was not written: {error.strerror or error}.")
