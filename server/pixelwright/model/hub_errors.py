"""What goes wrong between here and the hub, in words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from pixelwright.errors import PixelwrightError
from pixelwright.model import store
from pixelwright.model.hub_library import transport_error

NETWORK_HINT = "Look at the network and at its proxy settings, then run it again: what has come is kept."
ENDPOINT_HINT = "HF_ENDPOINT names the hub to ask; unset, it is Hugging Face."
LOGIN_HINT = "Accept its terms on its page, log in with: hf auth login, and run it again."
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn the errors of the hub's library, and the system's, into `PixelwrightError`s about a checkpoint."""
    try:
        yield
    except PixelwrightError:
        raise
    except Exception as error:  # the library has some 40 kinds, of three unrelated families
        known = _known(name, error)
        if known is None:
            raise
        raise known from error


@contextmanager
def explained_removal(name: str) -> Iterator[None]:
    """The same for what is removed: nobody is asked for it, and only the system can refuse."""
    try:
        yield
    except OSError as error:
        raise _system(f"{name} was not removed", error) from error


def _known(name: str, error: Exception) -> PixelwrightError | None:
    from huggingface_hub import errors

    cause = error.__cause__ if isinstance(error, errors.LocalEntryNotFoundError) else None
    if isinstance(cause, Exception):
        return _known(name, cause)
    if isinstance(error, errors.OfflineModeIsEnabled):
        return PixelwrightError(
            "unreachable",
            f"{name} was not downloaded: HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids it.",
            "Unset it, and run it again.",
        )
    if isinstance(error, (errors.GatedRepoError, errors.DisabledRepoError)):
        return PixelwrightError("unreadable", f"{name} is not open to everybody.", LOGIN_HINT)
    if isinstance(error, errors.RevisionNotFoundError):
        return PixelwrightError(
            "notFound", f"{name} has no such revision.", "Name a branch, a tag or a commit."
        )
    if isinstance(error, (errors.RepositoryNotFoundError, errors.EntryNotFoundError)):
        return PixelwrightError(
            "notFound",
            f"The hub has no model {name}, or it is not public.",
            "Look at its spelling. If it is private: hf auth login.",
        )
    if isinstance(error, errors.HfHubHTTPError):
        return _http(name, error.response.status_code)
    if isinstance(error, OSError) and error.errno is not None:
        return _system(f"{name} was not downloaded", error)
    if isinstance(error, (ValueError, KeyError, TypeError, errors.FileMetadataError)):
        return PixelwrightError(
            "unreachable", f"{name} was not downloaded: what answers is no hub ({error}).", ENDPOINT_HINT
        )
    if isinstance(error, transport_error()):
        return PixelwrightError(
            "unreachable", f"{name} was not downloaded: the hub cannot be reached ({error}).", NETWORK_HINT
        )
    return None


def _http(name: str, status: int) -> PixelwrightError:
    if status in (401, 403):
        return PixelwrightError("unreadable", f"The hub does not let you have {name} ({status}).", LOGIN_HINT)
    return PixelwrightError(
        "unreachable", f"{name} was not downloaded: the hub answers {status}.", "Run it again in a while."
    )


def _system(what: str, error: OSError) -> PixelwrightError:
    folder = store.cache_folder()
    if error.errno in FULL:
        return PixelwrightError(
            "noSpace",
            f"{what}: the disk that holds {folder} is full.",
            "Make room, or name a folder elsewhere in HF_HUB_CACHE. What has come is kept.",
        )
    where, why = error.filename or folder, error.strerror or error
    return PixelwrightError(
        "target",
        f"{what}: {where} cannot be written to ({why}).",
        "Change its permissions, or name another folder in HF_HUB_CACHE.",
    )
