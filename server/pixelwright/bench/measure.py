"""The order in which everything is measured, and the report that comes of it."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch

from pixelwright.bench.bandwidth import measure_bandwidth
from pixelwright.bench.cases import repetitive, text_case, visual_cases
from pixelwright.bench.effects import compare_logits, drafting, verifying
from pixelwright.bench.equality import Comparison, compare, expected_answers
from pixelwright.bench.generate import Generate
from pixelwright.bench.machine import hardware, versions
from pixelwright.bench.memory import Memory
from pixelwright.bench.ours import Ours, Parts, collect, load_parts, prompt_logits
from pixelwright.bench.rounds import Bench
from pixelwright.bench.settings import Settings, choose_scale
from pixelwright.bench.subject import open_subject
from pixelwright.bench.timing import Run
from pixelwright.model.device import choose_device, choose_dtype, dtype_name
from pixelwright.model.prompt import build_prompt

Report = dict[str, Any]

TRIAL = 1000  # the number of a round that is not measured
LOOKUP_TOKENS = 384  # at most: an answer that only repeats itself is ended soon after


def measure(settings: Settings, progress: Callable[[float, str], None]) -> Report:
    """Everything that the settings ask for. What fails is named in `errors`, and the rest goes on.

    Raises `PixelwrightError` where there is nothing to measure: no such model, no such device.
    """
    began = time.monotonic()
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    if device.type == "cpu":
        torch.set_num_threads(1)  # seconds of one core can be compared, even on a busy machine
    scale = choose_scale(settings, device.type)
    with open_subject(settings) as subject:
        progress(0.0, "Measuring the memory's bandwidth")
        bandwidth = measure_bandwidth(device, scale.ceiling_bytes)
        bench = Bench(settings, scale, subject, device, dtype, bandwidth, progress)
        report: Report = {
            "model": subject.name,
            "weights": subject.weights,
            "hardware": hardware(device),
            "versions": versions(),
            "settings": {
                **dataclasses.asdict(scale),
                "tokens": bench.tokens,
                "dtype": dtype_name(dtype),
                "batch": 1,
                "greedy": True,
            },
            "bandwidth": bandwidth,
        }
        if settings.tiny:
            report |= equality(bench)
        report |= speed(bench)
        return report | {
            "runs": [dataclasses.asdict(row) for row in bench.rows],
            "errors": bench.errors,
            "seconds": time.monotonic() - began,
        }


def equality(bench: Bench) -> Report:
    """Whether our greedy tokens are those of `generate`, in fp32, however they are computed."""
    found: list[Comparison] = []
    notes: list[str] = []
    bench.progress(0.05, "Comparing the answers with those of generate")
    with bench.noted("equality"):
        parts = load_parts(bench.subject, bench.device, torch.float32)
        theirs = Generate(parts, Memory(bench.device))
        prompts, expected = expected_answers(parts, theirs)
        # What graphs replay can be run without them too, so that a CPU checks it as well.
        for way, graphs in (("eager", False), ("fixed shapes", True)):
            with bench.noted(f"equality, {way}"):
                engine = parts.engine(graphs, compiled=False)
                found += compare(way, engine, prompts, expected)
                notes += engine.decoder.notes
    equal = not bench.errors and all(comparison.equal for comparison in found)
    bench.errors.extend(notes)  # what the engine has given up by itself makes no token wrong
    return {
        "equal_to_generate": equal,
        "equality": [dataclasses.asdict(comparison) for comparison in found],
    }


def speed(bench: Bench) -> Report:
    """Both sides in every case, then what drafts gain, then int8.

    `against_generate` has the medians of the ratios in each round: above 1 ours is the higher figure.
    """
    collect()
    report: Report = {"speedup_over_generate": None, "fastest": None, "against_generate": {}}
    ratios: Report = report["against_generate"]
    bench.progress(0.2, f"Loading {bench.subject.name}")
    memory = Memory(bench.device)
    with memory.counted():
        parts = load_parts(bench.subject, bench.device, bench.dtype)
    engines = list(_engines(bench, parts, memory.held))
    theirs = _generate(bench, parts)

    bench.progress(0.4, "Decoding")
    text = text_case(bench.scale)
    runs = bench.take_turns([*engines, *theirs], text, bench.scale.rounds)
    best = max(engines, key=lambda engine: _speed(runs[engine.configuration]), default=None)
    del engines
    collect()
    if best is None:
        return report
    report["fastest"] = best.configuration
    ratios[text.name] = _against(runs, best, theirs)
    report["speedup_over_generate"] = ratios[text.name].get("tokens_per_second")

    for place, case in enumerate(visual_cases(bench.scale)[: 1 if bench.settings.quick else None]):
        bench.progress(0.5 + place / 10, f"Looking at a {case.name}")
        ratios[case.name] = _against(
            bench.take_turns([best, *theirs], case, bench.scale.other_rounds), best, theirs
        )
    if theirs:
        report["generate"] = {"processor": theirs[0].processor, "cache": "dynamic"}
    if bench.settings.quick:
        return report

    bench.progress(0.8, "Drafting by look-up")
    with bench.noted("look-up"):
        report["lookup"] = {}
        if bench.subject.weights != "random":  # these write nothing that a page holds
            asked = repetitive(bench.subject.weights, min(4 * bench.tokens, LOOKUP_TOKENS))
            drafted = drafting(best, *asked, bench.scale.other_rounds)
            report["lookup"] |= dataclasses.asdict(drafted)
        report["lookup"] |= dataclasses.asdict(verifying(best))

    bench.progress(0.85, f"Loading {bench.subject.name} as int8")
    with bench.noted("int8"):
        prompt = build_prompt(text.make(0), parts.tokenizer, parts.processing)
        stored = prompt_logits(parts, prompt)
        graphs, compiled = best.graphs, best.compiled
        del parts, best
        collect()
        memory = Memory(bench.device)
        with memory.counted():
            packed = load_parts(bench.subject, bench.device, bench.dtype, int8=True)
        report["int8"] = dataclasses.asdict(compare_logits(stored, prompt_logits(packed, prompt)))
        ours = Ours(packed, memory.held, graphs=graphs, compiled=compiled)
        runs = bench.take_turns([ours, *theirs], text, bench.scale.rounds, "text, beside int8")
        ratios["text, int8"] = _against(runs, ours, theirs)
    return report


def _engines(bench: Bench, parts: Parts, held: int) -> Iterator[Ours]:
    """An engine for every way it can run here. One that does not run, or runs as another does, is noted."""
    known = set()
    for graphs, compiled in bench.ways():
        bench.progress(0.25, f"Getting {bench.subject.name} ready")
        with bench.noted(f"engine, graphs={graphs}, compiled={compiled}"):
            engine = Ours(parts, held, graphs=graphs, compiled=compiled)
            with engine.memory.counted():
                engine.ask(text_case(bench.scale).make(TRIAL), 4)
            bench.errors.extend(engine.notes)
            if engine.configuration not in known:
                known.add(engine.configuration)
                yield engine


def _generate(bench: Bench, parts: Parts) -> list[Generate]:
    """transformers' side; none when it cannot be loaded, which is noted."""
    bench.progress(0.3, f"Loading {bench.subject.name} into transformers")
    with bench.noted("generate"):
        memory = Memory(bench.device)
        with memory.counted():
            theirs = Generate(parts, memory)
        return [theirs]
    return []


def _speed(runs: Sequence[Run]) -> float:
    return statistics.median(run.tokens_per_second for run in runs) if runs else 0.0


def _against(runs: dict[str, list[Run]], ours: Ours, theirs: Sequence[Generate]) -> dict[str, float]:
    """Medians of our figure divided by theirs, round by round; empty where a side gave none."""
    pairs = [
        (mine, other)
        for side in theirs
        for mine, other in zip(runs[ours.configuration], runs[side.configuration], strict=False)
    ]
    if not pairs:
        return {}

    def ratio(name: str) -> float:
        return float(statistics.median(getattr(mine, name) / getattr(other, name) for mine, other in pairs))

    return {name: ratio(name) for name in ("tokens_per_second", "cpu_seconds_per_token", "first_token")}
