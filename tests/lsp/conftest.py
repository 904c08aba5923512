"""A server of its own for each test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities
from tests.lsp.client import COMMAND, Editor


@pytest.fixture
async def editor(
    private_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Editor]:
    monkeypatch.setenv("PIXELWRIGHT_IDLE_SECONDS", "60")
    client = Editor()
    await client.start_io(*COMMAND)
    await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            root_uri=tmp_path.as_uri(),
            process_id=os.getpid(),
        )
    )
    yield client
    await client.shutdown_session()
    await client.stop()  # type: ignore[no-untyped-call]
    subprocess.run([sys.executable, "-m", "pixelwright", "host", "stop"], check=True, capture_output=True)
