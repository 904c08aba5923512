"""A server of its own for each test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.lsp.client import Editor, start_editor


@pytest.fixture
async def editor(
    private_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Editor]:
    monkeypatch.setenv("PIXELWRIGHT_IDLE_SECONDS", "60")
    client = await start_editor(tmp_path)
    yield client
    await client.shutdown_session()
    await client.stop()  # type: ignore[no-untyped-call]
    subprocess.run([sys.executable, "-m", "pixelwright", "host", "stop"], check=True, capture_output=True)
