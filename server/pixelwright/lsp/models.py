"""Which models there are, and installing one: by the command line's own verb, in a process of its own.

So this process stays light, what is downloaded and installed never runs in it, and giving up is at once:
the child is ended.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

from pygls.lsp.server import LanguageServer

from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.link import Link
from pixelwright.link.surroundings import environment, neutral_folder
from pixelwright.lsp.feedback import Feedback
from pixelwright.protocol import messages, wire

CANCELLED = 130  # exit status
END_GRACE = 2.0  # seconds that the child has to end by itself
MAX_LINE = 1 << 20  # bytes

log = logging.getLogger(__name__)

_installing = asyncio.Lock()  # two package installers at once would spoil each other's work


async def state() -> messages.ModelsState:
    """What the model needs on this machine. Raises `PixelwrightError`."""
    return wire.decode(messages.ModelsState, await _run("list"))


async def install(
    _server: LanguageServer, _link: Link, params: messages.InstallModelParams, feedback: Feedback
) -> messages.ModelsState:
    """Install a model, and what runs it. The user has agreed. Cancelling this coroutine ends the download.

    Raises `PixelwrightError`.
    """
    if _installing.locked():
        feedback.progress(0.0, "Waiting for another installation")
    async with _installing:
        answer = await _run("--yes", "install", "--", params.model, on_progress=feedback.progress)
    return wire.decode(messages.ModelsState, answer)


async def _run(*words: str, on_progress: Callable[[float, str], None] | None = None) -> Any:
    """What `pixelwright model --json WORDS` prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pixelwright", "model", "--json", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=MAX_LINE,
        cwd=neutral_folder(),
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        output, last = await asyncio.gather(process.stdout.read(), _follow(process.stderr, on_progress))
        code = await process.wait()
    finally:
        await _end(process)
    return _answer(output, code, last)


async def _follow(stream: asyncio.StreamReader, on_progress: Callable[[float, str], None] | None) -> str:
    """Hand on progress, log every other line, and return the last of these."""
    last = ""
    async for line in stream:
        text = line.decode("utf-8", "replace").strip()
        told = _progress(text)
        if told is None:
            last = text or last
            log.info("model: %s", text)
        elif on_progress:
            on_progress(*told)
    return last


def _progress(line: str) -> tuple[float, str] | None:
    try:
        told = json.loads(line)
        return min(1.0, max(0.0, float(told["fraction"]))), str(told["message"])
    except (ValueError, TypeError, KeyError):
        return None


def _answer(output: bytes, code: int, last: str) -> Any:
    if code == CANCELLED:
        raise Cancelled
    try:
        answer = json.loads(output)
    except ValueError:
        raise PixelwrightError(
            "internal", f"pixelwright model failed: {last or f'exit status {code}'}", "The log tells more."
        ) from None
    error = answer.get("error") if isinstance(answer, dict) else None
    if error:
        raise PixelwrightError(error["code"], error["message"], error.get("hint"))
    return answer


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a child that still runs: given up, or its output could not be read."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), END_GRACE)
    except asyncio.TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
