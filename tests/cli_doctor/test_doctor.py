"""What `pixelwright doctor` finds, on this machine and on machines that lack something."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from pixelwright import doctor, packages
from pixelwright.doctor import Finding, examine, table
from pixelwright.model import store
from pixelwright.packages import Requirement

pytestmark = pytest.mark.usefixtures("private_home")


def _named(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_a_working_installation_lacks_nothing() -> None:
    found = _named(examine())
    assert [finding for finding in found.values() if finding.state == "missing"] == []
    assert found["rapidocr"].detail == metadata.version("rapidocr")
    assert "det" in found["Text recognition models"].detail
    assert found["Host"].detail.startswith("not running")


def test_nothing_heavy_is_imported() -> None:
    probe = (
        "import sys; from pixelwright.doctor import examine; examine();"
        "print(*sorted({'cv2','onnxruntime','rapidocr','torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    ("version", "specifier", "allowed"),
    [
        ("2.1", ">=2.1,<3", True),
        ("2.1.4", "<3,>=2.1", True),
        ("3.0.0", ">=2.1,<3", False),
        ("2.0.9", ">=2.1,<3", False),
        ("11.10", ">=11.3", True),
        ("1.32.0rc1", ">=1.20", True),
        ("0.1", "", True),
    ],
)
def test_versions_are_compared_as_numbers(version: str, specifier: str, allowed: bool) -> None:
    assert packages.allows(specifier, version) is allowed


def test_a_missing_and_an_old_package_come_with_a_remedy() -> None:
    missing = doctor._package(Requirement("no-such-package-anywhere", ">=1.0"))
    old = doctor._package(Requirement("pygls", ">=99"))
    assert missing.state == old.state == "missing"
    assert 'pip install "no-such-package-anywhere>=1.0"' in missing.remedy
    assert metadata.version("pygls") in old.detail


@pytest.mark.skipif(os.name == "nt", reason="Windows guards folders by access control lists")
def test_a_runtime_folder_open_to_others_is_reported(private_home: Path) -> None:
    (private_home / "run" / "pixelwright").mkdir(mode=0o755)
    found = _named(examine())["Runtime folder"]
    assert found.state == "missing"
    assert str(private_home) in found.detail
    assert "0700" in found.remedy


def test_a_missing_browser_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PIXELWRIGHT_BROWSER", str(tmp_path / "gone"))
    found = _named(examine())["Browser"]
    assert found.state == "warning"
    assert str(tmp_path / "gone") in found.detail
    assert "Chromium" in found.remedy


def test_the_model_is_optional(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("HF_HOME", "HF_HUB_CACHE", "PIXELWRIGHT_MODEL"):
        monkeypatch.delenv(variable, raising=False)
    found = _named(examine())
    assert found["PyTorch"].detail == metadata.version("torch")
    assert found["Model"].state == "ok"
    assert "pixelwright model install" in found["Model"].detail
    snapshot = private_home / "cache/huggingface/hub/models--Qwen--Qwen3-VL-2B-Instruct/snapshots/abc"
    shutil.copytree(store.TINY, snapshot)
    assert "Qwen/Qwen3-VL-2B-Instruct (0.0 GB)" in _named(examine())["Model"].detail


def test_a_model_that_was_named_and_is_not_there_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELWRIGHT_MODEL", "/no/such/folder")
    found = _named(examine())["Model"]
    assert found.state == "warning"
    assert "/no/such/folder" in found.detail
    assert found.remedy


def test_packages_too_old_for_the_model_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelwright.model.runtime.missing", lambda: (Requirement("transformers", ">=99"),))
    found = _named(examine())["PyTorch"]
    assert found.state == "warning"
    assert "transformers>=99" in found.detail
    assert found.remedy == "pixelwright model install"


def test_the_table_has_a_line_for_each_finding_and_each_remedy() -> None:
    text = table((Finding("Python", "ok", "3.12"), Finding("Host", "missing", "gone", "Start it.")))
    assert text.splitlines() == [
        "ok       Python  3.12",
        "MISSING  Host    gone",
        "                 Start it.",
    ]
