"""`pixelwright host [status|stop]`"""

from __future__ import annotations

import argparse
import asyncio
import json

from pixelwright.link import Link, host_state
from pixelwright.protocol import messages, wire


def run(options: argparse.Namespace) -> int:
    """Print the host's state, or end it. Not running is an answer, not a failure."""
    if options.action == "stop":
        stopped = asyncio.run(_stop())
        text = "The host has ended." if stopped else "No host is running."
        print(json.dumps({"stopped": stopped}) if options.json else text)
        return 0
    state = asyncio.run(host_state("terminal"))
    if options.json:
        print(json.dumps({"running": state is not None, "host": wire.encode(state) if state else None}))
    else:
        print(_sentence(state))
    return 0


async def _stop() -> bool:
    link = Link("terminal")
    try:
        return await link.stop_host()
    finally:
        await link.close()


def _sentence(state: messages.HostState | None) -> str:
    if state is None:
        return "No host is running; the next request starts one."
    lines = [
        f"Host {state.build}, pid {state.pid}, {state.phase}, up {state.uptime:.0f} s",
        f"clients {state.clients}   running {state.running}   waiting {state.waiting}   "
        f"finished {state.finished}   memory {state.memory / 2**20:.0f} MiB",
    ]
    if state.engine:
        lines.append(_engine(state.engine))
    return "\n".join(lines)


def _engine(engine: messages.EngineState) -> str:
    if engine.phase == "loading":
        return f"loading {engine.model}"
    return (
        f"{engine.model} on {engine.device} ({engine.dtype}), {engine.phase}   "
        f"{engine.memory / 2**20:.0f} MiB   {engine.tokens_per_second:.1f} tokens/s"
    )
