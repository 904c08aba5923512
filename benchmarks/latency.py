"""How soon the language server answers: after its start, and while a conversion runs.

    python -m benchmarks.latency [--json] [--starts N] [--requests N] [PICTURE…]

`start`: from starting a fresh process to the answer of `initialize`. `busy`: a request that asks the host,
as often as a person moves the mouse, while pictures are converted without a pause. `idle`: the same with
nothing to convert, which is what the machine and its other programs cost. Milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import Any

from scripts.editor_client import EditorClient
from scripts.own_host import own_host

ROOT = Path(__file__).resolve().parents[1]
PAUSE = 0.03  # seconds between two requests
VERSIONS = ("pixelwright", "pygls", "onnxruntime", "numpy")


def main() -> int:
    """Measure and print; the exit code."""
    parser = argparse.ArgumentParser(prog="latency", description="How soon the language server answers.")
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE", help="default: all in samples/")
    parser.add_argument("--starts", type=int, default=10, help="fresh processes (default 10)")
    parser.add_argument("--requests", type=int, default=500, help="requests while converting (default 500)")
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    pictures = [path.resolve() for path in options.pictures or sorted((ROOT / "samples").glob("*.png"))]
    found = asyncio.run(measure(pictures, options.starts, options.requests))
    print(json.dumps(found, indent=1) if options.json else table(found))
    return 0


async def measure(pictures: list[Path], starts: int, requests: int) -> dict[str, Any]:
    """All figures, with the machine and the versions that they were measured on."""
    with tempfile.TemporaryDirectory() as folder, own_host(Path(folder, "state")) as environment:
        began = [await start_seconds(environment) for _ in range(starts)]
        idle, busy, conversions = await request_seconds(
            pictures, requests, environment, Path(folder, "page.html")
        )
    return {
        "machine": {
            "system": platform.platform(),
            "processor": processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {name: metadata.version(name) for name in VERSIONS},
        "start": summary(began),
        "idle": summary(idle),
        "busy": summary(busy),
        "conversions": conversions,
    }


async def start_seconds(environment: dict[str, str]) -> float:
    """From starting a server to its answer of `initialize`."""
    started = time.perf_counter()
    async with EditorClient(environment):
        return time.perf_counter() - started


async def request_seconds(
    pictures: list[Path], requests: int, environment: dict[str, str], page: Path
) -> tuple[list[float], list[float], int]:
    """How long each `pixelwright/status` took before and while pictures were converted, and how many were."""
    conversions = 0

    async def convert_on(editor: EditorClient) -> None:
        nonlocal conversions
        while True:
            for original in pictures:
                # The host remembers what it has made: other bytes at the end are another picture to it.
                picture = page.with_name(f"again{original.suffix}")
                picture.write_bytes(original.read_bytes() + os.urandom(16))
                params = {"uri": picture.as_uri(), "output": page.as_uri()}
                await editor.request("pixelwright/generateHtml", params, lambda _fraction, _message: None)
                conversions += 1

    async def ask(editor: EditorClient) -> list[float]:
        answers = []
        for _ in range(requests):
            started = time.perf_counter()
            await editor.request("pixelwright/status", {})
            answers.append(time.perf_counter() - started)
            await asyncio.sleep(PAUSE)
        return answers

    async with EditorClient(environment) as editor:
        converting = asyncio.create_task(convert_on(editor))
        await until_working(editor, converting)
        busy = await ask(editor)
        if converting.done():
            converting.result()  # raises what went wrong
        converting.cancel()
        while (await editor.request("pixelwright/status", {}))["jobs"]:
            await asyncio.sleep(PAUSE)
        return await ask(editor), busy, conversions


async def until_working(editor: EditorClient, converting: asyncio.Task[None]) -> None:
    """Wait for the host: its start is no part of what is measured."""
    while not converting.done():
        state = await editor.request("pixelwright/status", {})
        if state.get("host") and state["host"]["running"]:
            return
        await asyncio.sleep(PAUSE)
    converting.result()


def summary(seconds: list[float]) -> dict[str, float]:
    """Count, median, 99th percentile and greatest, in milliseconds."""
    ordered = sorted(seconds)
    return {
        "count": len(ordered),
        "median": round(1000 * statistics.median(ordered), 2),
        "p99": round(1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 2),
        "max": round(1000 * ordered[-1], 2),
    }


def processor() -> str:
    """The processor's name, as the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"{'ms':28}{'count':>7}{'median':>9}{'p99':>9}{'max':>9}"]
    for name, title in (
        ("start", "start to initialize answered"),
        ("busy", "status while converting"),
        ("idle", "status while idle"),
    ):
        row = found[name]
        lines.append(f"{title:28}{row['count']:7}{row['median']:9}{row['p99']:9}{row['max']:9}")
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    lines.append(f"{found['conversions']} conversions ended meanwhile")
    lines.append(f"{machine['processor']}, {machine['cores']} cores, {machine['system']}")
    lines.append(f"Python {machine['python']}, {versions}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
