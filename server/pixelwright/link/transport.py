"""Byte streams to and from the host: a Unix socket, or a named pipe on Windows."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

LIMIT = 1 << 20  # bytes that a stream buffers before it stops reading

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

if sys.platform == "win32":

    async def connect(endpoint: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection. Raises OSError when nobody listens."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, asyncio.ProactorEventLoop)
        reader = asyncio.StreamReader(limit=LIMIT)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await loop.create_pipe_connection(lambda: protocol, endpoint)
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def listen(endpoint: str, serve: Serve) -> Callable[[], None]:
        """Serve every connection until the returned function is called."""
        loop = asyncio.get_running_loop()
        assert isinstance(loop, asyncio.ProactorEventLoop)

        def protocol() -> asyncio.StreamReaderProtocol:
            return asyncio.StreamReaderProtocol(asyncio.StreamReader(limit=LIMIT), serve)

        servers = await loop.start_serving_pipe(protocol, endpoint)
        return servers[0].close

else:

    async def connect(endpoint: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection. Raises OSError when nobody listens."""
        return await asyncio.open_unix_connection(endpoint, limit=LIMIT)

    async def listen(endpoint: str, serve: Serve) -> Callable[[], None]:
        """Serve every connection until the returned function is called.

        Only the holder of the lock calls this, so a socket file that is there belongs to a dead host.
        """
        Path(endpoint).unlink(missing_ok=True)
        previous = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(serve, endpoint, limit=LIMIT)
        finally:
            os.umask(previous)

        def close() -> None:
            server.close()
            Path(endpoint).unlink(missing_ok=True)

        return close
