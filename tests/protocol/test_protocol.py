"""Both sides of the protocol come from one schema, and read the same fixtures the same way."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pixelwright.errors import PixelwrightError
from pixelwright.link import frames
from pixelwright.protocol import messages, wire

ROOT = Path(__file__).parents[2]
FIXTURES: list[dict[str, Any]] = [
    fixture
    for path in sorted((ROOT / "protocol" / "fixtures").glob("*.json"))
    for fixture in json.loads(path.read_text(encoding="utf-8"))
]
GOOD = [fixture for fixture in FIXTURES if fixture["good"]]
BAD = [fixture for fixture in FIXTURES if not fixture["good"]]


def test_generated_files_are_what_the_schema_says() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "protocol" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_drift_is_noticed(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "protocol", tmp_path / "protocol")
    target = tmp_path / "server" / "pixelwright" / "protocol"
    target.mkdir(parents=True)
    (target / "messages.py").write_text(
        (ROOT / "server/pixelwright/protocol/messages.py").read_text(encoding="utf-8") + "\n# mine",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, tmp_path / "protocol" / "generate.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "messages.py" in done.stdout
    assert "messages.ts" in done.stdout


def test_every_frame_has_a_good_fixture() -> None:
    assert {f["value"]["type"] for f in GOOD if f["record"] in map(_capital, messages.FRAMES)} == set(
        messages.FRAMES
    )


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


@pytest.mark.parametrize("fixture", GOOD, ids=lambda f: f["record"])
def test_python_reads_and_writes_good_ones(fixture: dict[str, Any]) -> None:
    record: Any = wire.decode(messages.RECORDS[fixture["record"]], fixture["value"])
    assert wire.encode(record, text=True) == fixture["value"]


@pytest.mark.parametrize("fixture", BAD, ids=lambda f: f["record"])
def test_python_refuses_bad_ones(fixture: dict[str, Any]) -> None:
    with pytest.raises(PixelwrightError, match=fixture["record"]) as caught:
        wire.decode(messages.RECORDS[fixture["record"]], fixture["value"])
    assert caught.value.code == "usage"


@pytest.mark.parametrize("fixture", [f for f in GOOD if "type" in f["value"]], ids=lambda f: f["record"])
def test_frames_survive_the_socket(fixture: dict[str, Any]) -> None:
    frame = wire.decode_frame(fixture["value"])
    packed = frames.pack(frame)
    assert int.from_bytes(packed[:4], "big") == len(packed) - 4
    assert frames.unpack(packed[4:]) == frame


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"\x93\x01\x02", b"\x80", b"\x81\xa4type\xa4knit", b"\x81\xa4type\x93\x01\x02\x03"]
)
def test_what_is_no_frame_is_refused(body: bytes) -> None:
    with pytest.raises(PixelwrightError) as caught:
        frames.unpack(body)
    assert caught.value.code == "usage"


def test_typescript_reads_the_same_fixtures_the_same_way(tmp_path: Path) -> None:
    script = tmp_path / "read.mjs"
    bundle = tmp_path / "wire.mjs"
    source = ROOT / "extension" / "src" / "protocol" / "wire.ts"
    options = {"entryPoints": [str(source)], "outfile": str(bundle), "bundle": True, "format": "esm"}
    build = f"import {{ build }} from 'esbuild'; await build({json.dumps(options)});"
    subprocess.run(["node", "--input-type=module", "-e", build], check=True, cwd=ROOT)
    script.write_text(
        """
        import { readFileSync } from 'node:fs';
        import { decode, decodeFrame } from './wire.mjs';
        const out = JSON.parse(readFileSync(0, 'utf8')).map(({ record, value }) => {
          try { return { value: value.type ? decodeFrame(value) : decode(record, value) }; }
          catch (error) { return { error: String(error.message) }; }
        });
        console.log(JSON.stringify(out));
        """,
        encoding="utf-8",
    )
    done = subprocess.run(
        ["node", script], input=json.dumps(FIXTURES).encode(), capture_output=True, check=True
    )
    for fixture, answer in zip(FIXTURES, json.loads(done.stdout), strict=True):
        if fixture["good"]:
            assert answer.get("value") == fixture["value"]
        else:
            assert fixture["record"] in answer.get("error", "")
