"""The tiny checkpoint, and pictures drawn by arithmetic."""

from __future__ import annotations

from pathlib import Path

import pytest

from pixelwright.model.store import TINY
from pixelwright.model.tokenizer import Tokenizer


@pytest.fixture(scope="session")
def tiny() -> Path:
    """The folder of the tiny checkpoint."""
    return TINY


@pytest.fixture(scope="session")
def tokenizer(tiny: Path) -> Tokenizer:
    return Tokenizer.load(tiny)
