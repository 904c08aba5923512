"""A host of the test's own, and links to it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pixelwright.errors import PixelwrightError
from pixelwright.link import Link
from tests.checkpoints import make_chatty
from tests.host.support import NewLink


@pytest.fixture
async def new_link(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NewLink]:
    monkeypatch.setenv("PIXELWRIGHT_IDLE_SECONDS", "60")
    links: list[Link] = []

    def make() -> Link:
        links.append(Link("test"))
        return links[-1]

    yield make
    with contextlib.suppress(PixelwrightError):
        await make().stop_host()
    for link in links:
        await link.close()


@pytest.fixture(scope="session")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a checkpoint whose answers are as long as they may be."""
    return make_chatty(tmp_path_factory.mktemp("models") / "chatty")
