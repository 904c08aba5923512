"""CPU time of reading text: ours against rapidocr as it comes, on the same pictures in one run.

    python benchmarks/ocr.py [--repeat N] [--threads N] [--json FILE] [PICTURE ...]

Without pictures the samples are read. Both run in this process, turn by turn, each with its fastest of
N turns; CPU seconds are user and system time of all threads. `agree` is the likeness of both texts, so
that speed bought with wrong text would show.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pixelwright.media.image import load_image
from pixelwright.progress import Progress
from pixelwright.read.text import read_text

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def stock_reader(threads: int) -> Callable[[NDArray[np.uint8]], str]:
    logging.disable(logging.WARNING)
    from rapidocr import RapidOCR

    engine = RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": threads})

    def read(pixels: NDArray[np.uint8]) -> str:
        output: Any = engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        return "\n".join(output.txts or ())

    return read


def our_reader(threads: int) -> Callable[[NDArray[np.uint8]], str]:
    def read(pixels: NDArray[np.uint8]) -> str:
        return "\n".join(line.text for line in read_text(pixels, Progress(), threads=threads))

    return read


def cpu_seconds(read: Callable[[NDArray[np.uint8]], str], pixels: NDArray[np.uint8]) -> tuple[float, str]:
    start = time.process_time()
    text = read(pixels)
    return time.process_time() - start, text


def processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def likeness(a: str, b: str) -> float:
    """0..1 over the characters, order of lines and spaces left aside."""
    left, right = (Counter("".join(text.split())) for text in (a, b))
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("pictures", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=2)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    pictures = args.pictures or sorted(SAMPLES.glob("*.png"))
    if not pictures:
        sys.exit("No pictures to read: name some, or make the samples.")
    readers = {"stock": stock_reader(args.threads), "ours": our_reader(args.threads)}
    warm = np.full((100, 300, 3), 255, np.uint8)
    warm[40:60, 50:250] = 0
    for read in readers.values():
        read(warm)

    rows: list[dict[str, object]] = []
    totals = dict.fromkeys(readers, 0.0)
    print(f"{'picture':32} {'size':>11} {'stock':>7} {'ours':>7} {'ratio':>6} {'agree':>6}")
    for picture in pictures:
        pixels = load_image(picture, picture.name)
        best: dict[str, tuple[float, str]] = {}
        for _ in range(args.repeat):
            for name, read in readers.items():
                best[name] = min(best.get(name, (float("inf"), "")), cpu_seconds(read, pixels))
        stock, ours = best["stock"][0], best["ours"][0]
        for name in readers:
            totals[name] += best[name][0]
        agree = likeness(best["stock"][1], best["ours"][1])
        size = f"{pixels.shape[1]}x{pixels.shape[0]}"
        print(f"{picture.name:32} {size:>11} {stock:7.2f} {ours:7.2f} {ours / stock:6.2f} {agree:6.3f}")
        rows.append(
            {"picture": picture.name, "size": size, "stock": stock, "ours": ours, "agree": round(agree, 4)}
        )
    ratio = totals["ours"] / totals["stock"]
    print(f"{'all':32} {'':11} {totals['stock']:7.2f} {totals['ours']:7.2f} {ratio:6.2f}")
    report = {
        "unit": "CPU seconds, fastest of the repeats",
        "ratio": round(ratio, 4),
        "pictures": rows,
        "repeat": args.repeat,
        "threads": args.threads,
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("rapidocr", "onnxruntime", "numpy")},
    }
    text = json.dumps(report, ensure_ascii=False, indent=1)
    if args.json:
        args.json.write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
