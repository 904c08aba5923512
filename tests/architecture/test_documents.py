"""What the documents say exists, does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pixelwright import __version__

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"]


def _json(name: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((ROOT / name).read_text(encoding="utf-8"))
    return value


@pytest.fixture(params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return (ROOT / name).read_text(encoding="utf-8")


def test_npm_commands_exist(document: str) -> None:
    named = set(re.findall(r"npm run ([\w:-]+)", document))
    assert named - set(_json("package.json")["scripts"]) == set()


def test_files_exist(document: str) -> None:
    linked = re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", document)
    modules = [name.replace(".", "/") + ".py" for name in re.findall(r"python -m (\w+\.\w+)", document)]
    programs = re.findall(r"(?:python|node) ([\w/-]+\.(?:py|mjs))", document)
    missing = [name for name in (*linked, *modules, *programs) if not (ROOT / name).exists()]
    assert missing == []


def test_commands_and_settings_exist(document: str) -> None:
    contributed = _json("package.json")["contributes"]
    known = {command["command"] for command in contributed["commands"]}
    known |= set(contributed["configuration"]["properties"])
    known |= set(_json("protocol/schema.json")["editor"]["commands"])
    named = set(re.findall(r"pixelwright\.(?:server\.\w+|[a-z]+[A-Z]\w+)", document))
    assert named - known == set()


def test_one_version_everywhere() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r'^version = "(.+)"$', project, re.M)[1] == __version__  # type: ignore[index]
    assert _json("package.json")["version"] == __version__
    assert re.search(r"^## ([\d.]+)", changes, re.M)[1] == __version__  # type: ignore[index]
