"""Converts the pictures in samples/ through the real language server, compares each page with its picture.

    python -m scripts.demo [--fresh] [PICTURE…]

Pages, their pictures and the side-by-side pictures go to out/demo/. A sample is not converted again while
neither it nor the code has changed; `--fresh` converts all. Exit code 1 if any sample failed.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from scripts.editor_client import EditorClient, RequestFailedError
from scripts.own_host import own_host

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"
OUT = ROOT / "out" / "demo"
PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic"}


@dataclass(frozen=True, slots=True)
class Row:
    """One sample: seconds from request to answer, likeness 0..1, or what went wrong.

    Paths are relative to the project. `digest` is of everything that the result came from.
    """

    picture: str
    page: str
    beside: str
    seconds: float
    compare_seconds: float
    score: float | None
    failure: str
    digest: str


def main() -> int:
    """Run the demo; the exit code."""
    parser = argparse.ArgumentParser(prog="demo", description="Converts pictures through the real server.")
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE", help="default: all in samples/")
    parser.add_argument("--fresh", action="store_true", help="convert what has not changed, too")
    options = parser.parse_args()
    pictures = options.pictures or sorted(
        path for path in SAMPLES.iterdir() if path.suffix.lower() in PICTURES
    )
    OUT.mkdir(parents=True, exist_ok=True)
    with own_host(OUT / ".state") as environment:
        rows = asyncio.run(convert_all([path.resolve() for path in pictures], options.fresh, environment))
    print(table(rows))
    return 1 if any(row.failure for row in rows) else 0


async def convert_all(pictures: list[Path], fresh: bool, environment: dict[str, str]) -> list[Row]:
    """A row for each picture, in order; the server is started only if something has to be made."""
    code = digest_of_code()
    kept = {} if fresh else {row.picture: row for row in _kept_rows()}
    rows = {}
    for picture in pictures:
        digest = hashlib.sha256(code + picture.read_bytes()).hexdigest()
        row = kept.get(_relative(picture))
        if row and row.digest == digest and all((ROOT / path).is_file() for path in (row.page, row.beside)):
            rows[picture] = row
    reused, wanted = len(rows), [picture for picture in pictures if picture not in rows]
    if reused:
        print(f"{reused} unchanged since they were made here; --fresh makes them again.", file=sys.stderr)
    if wanted:
        async with EditorClient(environment, log=OUT / "server.log") as editor:
            for picture in wanted:
                digest = hashlib.sha256(code + picture.read_bytes()).hexdigest()
                rows[picture] = await convert(editor, picture, digest)
            await editor.request(
                "workspace/executeCommand", {"command": "pixelwright.server.stopHost", "arguments": []}
            )
    ordered = [rows[picture] for picture in pictures]
    others = [row for name, row in kept.items() if name not in {row.picture for row in ordered}]
    _keep([*ordered, *others])
    return ordered


async def convert(editor: EditorClient, picture: Path, digest: str) -> Row:
    """Make the page of one picture and hold it against the picture."""
    page = OUT / f"{picture.stem}.html"
    beside = OUT / f"{picture.stem}.compare.png"
    _discard(page)
    started = time.monotonic()
    made = compared = started
    score, failure = None, ""
    with progress_line(picture.name) as report:
        try:
            answer = await editor.request(
                "pixelwright/generateHtml", {"uri": picture.as_uri(), "output": page.as_uri()}, report
            )
            made = compared = time.monotonic()
            found = await editor.request(
                "pixelwright/compare", {"image": picture.as_uri(), "page": answer["uri"]}, report
            )
            compared = time.monotonic()
            score = found["score"]
            beside.write_bytes(base64.b64decode(found["picture"]))
        except RequestFailedError as error:
            failure = str(error)
            made, compared = (time.monotonic(),) * 2 if made == started else (made, time.monotonic())
    return Row(
        picture=_relative(picture),
        page=_relative(page),
        beside=_relative(beside),
        seconds=made - started,
        compare_seconds=compared - made,
        score=score,
        failure=failure,
        digest=digest,
    )


def digest_of_code() -> bytes:
    """Of everything that decides what a page looks like: our code and the versions of what it uses."""
    digest = hashlib.sha256()
    for module in sorted((ROOT / "server").rglob("*")):
        if module.is_file() and "__pycache__" not in module.parts:
            digest.update(module.read_bytes())
    for package in ("numpy", "onnxruntime", "opencv-python-headless", "pillow", "rapidocr", "selectolax"):
        digest.update(f"{package} {metadata.version(package)}\n".encode())
    return digest.digest()


@contextmanager
def progress_line(name: str) -> Iterator[Callable[[float | None, str], None]]:
    """Progress on one line of a terminal; elsewhere one line when a picture is begun."""
    terminal = sys.stderr.isatty()
    columns = shutil.get_terminal_size().columns - 1

    def report(fraction: float | None, message: str) -> None:
        if terminal:
            done = f"{round(100 * fraction):3}%" if fraction is not None else "    "
            print(f"\r\x1b[K{f'{done} {name}: {message}'[:columns]}", end="", file=sys.stderr, flush=True)

    if not terminal:
        print(f"{name} …", file=sys.stderr, flush=True)
    yield report
    if terminal:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def table(rows: list[Row]) -> str:
    """The rows for people, with the mean score; failures below."""
    cells = [("picture", "seconds", "compare", "score", "page", "side by side")]
    for row in rows:
        score = "failed" if row.score is None else f"{row.score:.3f}"
        cells.append(
            (row.picture, f"{row.seconds:.1f}", f"{row.compare_seconds:.1f}", score, row.page, row.beside)
        )
    widths = [max(map(_columns, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(cell + " " * (width - _columns(cell)) for cell, width in zip(line, widths, strict=True))
        for line in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    scores = [row.score for row in rows if row.score is not None]
    if scores:
        lines.append(f"mean score {sum(scores) / len(scores):.3f} of {len(scores)}")
    lines += [f"{row.picture}: {row.failure}" for row in rows if row.failure]
    return "\n".join(line.rstrip() for line in lines)


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _relative(path: Path) -> str:
    return Path(os.path.relpath(path, ROOT)).as_posix()


def _discard(page: Path) -> None:
    # The server keeps pages that were edited and writes beside them; the demo shows what it makes now.
    page.unlink(missing_ok=True)
    shutil.rmtree(page.with_suffix(".assets"), ignore_errors=True)


def _kept_rows() -> list[Row]:
    try:
        return [Row(**row) for row in json.loads((OUT / "results.json").read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _keep(rows: list[Row]) -> None:
    text = json.dumps([asdict(row) for row in rows if not row.failure], ensure_ascii=False, indent=1)
    (OUT / "results.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
