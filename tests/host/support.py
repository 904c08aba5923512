"""Looking at a host from outside."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from pixelwright.link import Link
from pixelwright.protocol import messages

NewLink = Callable[[], Link]


async def host_state(link: Link) -> messages.HostState:
    state = await link.state()
    assert state is not None
    return state


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)


async def until_running(link: Link) -> int:
    """Wait until the host runs a job; its pid."""

    async def runs() -> bool:
        state = await link.state()
        return state is not None and state.running == 1

    await until(runs)
    return (await host_state(link)).pid


def children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
