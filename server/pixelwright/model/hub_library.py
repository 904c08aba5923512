"""The hub's own library, loaded when it is needed and never before: it takes half a second."""

from __future__ import annotations

import importlib
import os
from typing import Any

from pixelwright import __version__

IDENTITY = {"library_name": "pixelwright", "library_version": __version__}  # what servers are told
SWITCHED_OFF = ("TELEMETRY", "XET", "PROGRESS_BARS", "SYMLINKS_WARNING")


def library() -> Any:
    """huggingface_hub, told to be silent and to send nothing but what was asked for.

    Its other transport (Xet) is left out: it knows no endpoint but its own, and what it has downloaded of a
    file when it is ended is lost.
    """
    for switch in SWITCHED_OFF:
        os.environ[f"HF_HUB_DISABLE_{switch}"] = "1"
    import huggingface_hub.constants
    import huggingface_hub.utils

    for switch in SWITCHED_OFF:  # it read the environment earlier if somebody else imported it
        setattr(huggingface_hub.constants, f"HF_HUB_DISABLE_{switch}", True)
    return huggingface_hub


def endpoint() -> str | None:
    """The hub that the user named, or None for Hugging Face."""
    return os.environ.get("HF_ENDPOINT") or None


def transport_error() -> type[Exception]:
    """What a failed connection raises: `TransportError` of httpx, or of httpx2 in newer versions."""
    client = type(library().utils.get_session())
    error: type[Exception] = importlib.import_module(client.__module__.partition(".")[0]).TransportError
    return error
