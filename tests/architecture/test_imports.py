"""Arrows point one way, and the editor's process stays light."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = {"cv2", "onnxruntime", "numpy", "PIL", "torch", "rapidocr", "selectolax"}


def test_import_rules_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports.exe" if os.name == "nt" else "lint-imports")
    checked = subprocess.run([program, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.usefixtures("private_home")
def test_the_language_server_imports_nothing_heavy() -> None:
    messages: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    served = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pixelwright", "lsp"],
        input=b"".join(_framed(message) for message in messages),
        capture_output=True,
        timeout=30,
    )
    assert b'"capabilities"' in served.stdout
    imported = {
        name.split(".")[0]
        for name in re.findall(rb"^import time:.*\| +([\w.]+)$", served.stderr, re.M)
        for name in [name.decode()]
    }
    assert "pygls" in imported
    assert imported & HEAVY == set()


def _framed(message: dict[str, object]) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
