"""The tiny checkpoint, and pictures drawn by arithmetic."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from pixelwright.model.store import TINY
from pixelwright.model.tokenizer import Tokenizer

# torch.compile's C++ builder imports setuptools, which refuses to come after somebody else's distutils.
with contextlib.suppress(ImportError):
    import setuptools  # type: ignore[import-untyped]  # noqa: F401


@pytest.fixture(scope="session")
def tiny() -> Path:
    """The folder of the tiny checkpoint."""
    return TINY


@pytest.fixture(scope="session")
def tokenizer(tiny: Path) -> Tokenizer:
    return Tokenizer.load(tiny)
