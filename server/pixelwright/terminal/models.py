"""`pixelwright model [list|install|remove]`"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.model import hub, hub_plan, runtime, store
from pixelwright.progress import Progress
from pixelwright.protocol import messages, wire
from pixelwright.terminal.progress_line import ProgressLine

UNKNOWN_LICENCE = "see its page"


def run(options: argparse.Namespace) -> int:
    """List what is there and what can be had, install a checkpoint, or remove one."""
    actions: dict[str, Callable[[argparse.Namespace], int]] = {"install": _install, "remove": _remove}
    with _ended_gently():
        return actions.get(options.action, _list)(options)


def state() -> messages.ModelsState:
    """What the model needs on this machine."""
    there = {checkpoint.name: checkpoint for checkpoint in (*_chosen(), *store.installed())}
    known = {known.name: known for known in store.KNOWN}
    return messages.ModelsState(
        runtime=not runtime.missing(),
        runtime_bytes=runtime.download_bytes(),
        models=tuple(
            messages.ModelInfo(
                name=name,
                bytes=there[name].bytes if name in there else known[name].bytes,
                licence=known[name].licence if name in known else UNKNOWN_LICENCE,
                installed=name in there,
            )
            for name in dict.fromkeys((*known, *there))
        ),
        free=store.free_bytes(),
    )


def _chosen() -> Iterator[store.Checkpoint]:
    """The checkpoint that the environment names, when it is a folder: whoever has one needs no other."""
    name = os.environ.get(store.MODEL_VARIABLE)
    if name and not store.is_hub_name(store.full_name(name)):
        with contextlib.suppress(PixelwrightError):
            yield store.checkpoint(name, store.resolve(name))


def _list(options: argparse.Namespace) -> int:
    now = state()
    if options.json:
        print(json.dumps(wire.encode(now), ensure_ascii=False))
        return 0
    width = max(len(model.name) for model in now.models)
    folders = {checkpoint.name: checkpoint.folder for checkpoint in (*_chosen(), *store.installed())}
    for model in now.models:
        where = folders.get(model.name, "")
        mark = "installed" if model.installed else "         "
        print(f"{mark}  {model.name:{width}}  {_size(model.bytes):>8}  {model.licence}  {where}".rstrip())
    print()
    if now.runtime:
        print("PyTorch and the other packages that run a model are installed.")
    else:
        print(f"The packages that run a model are not installed ({_size(now.runtime_bytes)} to download).")
    print(f"{_size(now.free)} free for models in {store.cache_folder()}")
    return 0


def _install(options: argparse.Namespace) -> int:
    name = store.full_name(options.name or store.DEFAULT)
    hub_plan.check_name(name, options.revision)
    _check_somebody_agrees(options)
    progress, pause = _progress(options, name)
    try:
        plan = None if runtime.missing() else hub_plan.make_plan(name, options.revision)
        known = next((known for known in store.KNOWN if known.name == name), None)
        if plan is None and known is not None:
            hub.check_space(known.bytes)  # before the packages come, not after
        _agree(_description(name, known, plan), options)
        share = 0.0
        if plan is None:
            coming = runtime.download_bytes()
            share = coming / (coming + known.bytes) if known else 0.5
            runtime.install(progress.part(0, share))
            plan = hub_plan.make_plan(name, options.revision)
            if known is None:  # neither its size nor its licence could be told before
                pause()
                _agree(_description(name, None, plan), options)
        folder = hub.install(plan, progress.part(share, 1))
    finally:
        pause()
    print(json.dumps(wire.encode(state()), ensure_ascii=False) if options.json else folder)
    return 0


def _agree(description: str, options: argparse.Namespace) -> None:
    """Show what is to be installed, and ask. A program that has agreed reads progress alone."""
    if not (options.json and options.yes):
        _tell(description)
    _confirm("Install it?", options)


def _description(name: str, known: store.Known | None, plan: hub_plan.Plan | None) -> str:
    """What is about to be installed, how large it is, and where it goes: before anything is downloaded."""
    if plan is not None:
        licence, missing = plan.licence, hub_plan.missing_bytes(plan)
        size = f"{_size(plan.bytes)}, of which {_size(missing)} are to be downloaded"
    else:
        licence = known.licence if known else UNKNOWN_LICENCE
        size = (
            f"about {_size(known.bytes)}"
            if known
            else "its size can be told when the packages are there: you are asked again"
        )
    lines = [
        f"{name}: {size}",
        f"licence: {licence}",
        f"goes to: {store.cache_folder()}, where {_size(store.free_bytes())} are free",
    ]
    if plan is None:
        lines.append(
            f"packages: about {_size(runtime.download_bytes())} (PyTorch and others), into {sys.prefix}"
        )
    return "\n".join(lines)


def _remove(options: argparse.Namespace) -> int:
    if not options.name:
        raise PixelwrightError("usage", "Which model is to be removed?", "See: pixelwright model list")
    name = store.full_name(options.name)
    if store.is_hub_name(name):
        _check_somebody_agrees(options)
        if not (options.json and options.yes):
            _tell(f"{name} is removed from {store.cache_folder()}; other programs may use it too.")
        _confirm("Remove it?", options)
    freed = hub.remove(name)
    print(json.dumps(wire.encode(state()), ensure_ascii=False) if options.json else f"{_size(freed)} freed.")
    return 0


def _check_somebody_agrees(options: argparse.Namespace) -> None:
    if not (options.yes or (sys.stdin.isatty() and sys.stderr.isatty())):
        raise PixelwrightError("usage", "Nobody is there to be asked.", "Say --yes if it is agreed.")


def _confirm(question: str, options: argparse.Namespace) -> None:
    """Go on only if the user said so, on the command line or now. Raises `Cancelled`."""
    if options.yes:
        return
    _tell(f"{question} [y/N] ", end="")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled


def _tell(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


def _progress(options: argparse.Namespace, name: str) -> tuple[Progress, Callable[[], None]]:
    """How progress is shown, and what clears it: a line for people, JSON by the line for programs."""
    if options.json:
        return Progress(_tell_program), lambda: None
    line = ProgressLine(name)
    return Progress(line.show), line.done


def _tell_program(fraction: float, message: str) -> None:
    _tell(json.dumps({"fraction": round(fraction, 4), "message": message}, ensure_ascii=False))


@contextlib.contextmanager
def _ended_gently() -> Iterator[None]:
    """Let a request to end (SIGTERM) stop the work as Ctrl-C does, with everything cleaned up."""

    def stop(_signal: int, _frame: Any) -> None:
        raise KeyboardInterrupt  # which nobody in between takes for an error of theirs

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 100e6 else f"{count / 1e6:.1f} MB"
