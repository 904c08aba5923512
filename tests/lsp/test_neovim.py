"""A second real client: Neovim, without a window."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
SCRIPT = Path(__file__).with_name("neovim.lua")


@pytest.fixture
def neovim() -> str:
    program = shutil.which("nvim")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Neovim is not installed; under CI=true nothing is skipped")
        pytest.skip("Neovim is not installed")
    return program


def _generate(neovim: str, picture: Path, folder: Path) -> dict[str, Any]:
    report = folder / "report.json"
    environment = {
        **os.environ,
        "PW_PYTHON": sys.executable,
        "PW_PICTURE": str(picture),
        "PW_REPORT": str(report),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    command = [neovim, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {SCRIPT}"]
    subprocess.run(command, cwd=folder, env=environment, timeout=180, check=True, capture_output=True)
    seen: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    assert "failure" not in seen, seen["failure"]
    return seen


@pytest.mark.usefixtures("private_home")
def test_neovim_generates_a_page_on_disk(neovim: str, tmp_path: Path) -> None:
    smallest = min(SAMPLES.glob("*.png"), key=lambda path: path.stat().st_size)
    picture = tmp_path / "网页 screenshot.png"
    shutil.copy(smallest, picture)

    seen = _generate(neovim, picture, tmp_path)

    page = picture.with_suffix(".html")
    assert "error" not in seen, seen
    assert seen["result"]["uri"] == page.as_uri()
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    kinds = [value["kind"] for value in seen["progress"]]
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert seen["ended"]


@pytest.mark.usefixtures("private_home")
def test_neovim_is_told_what_is_wrong_with_a_picture(neovim: str, tmp_path: Path) -> None:
    picture = tmp_path / "broken.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n and nothing else")

    seen = _generate(neovim, picture, tmp_path)

    assert "broken.png" in seen["error"]["message"]
    assert not picture.with_suffix(".html").exists()
