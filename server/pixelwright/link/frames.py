"""Frames on a byte stream: four bytes of length (big-endian), then that many bytes of msgpack.

msgpack (https://msgpack.org) holds data only; nothing that arrives is ever executed.
"""

from __future__ import annotations

import asyncio
import struct
from typing import BinaryIO

import msgpack

from pixelwright.errors import PixelwrightError
from pixelwright.protocol import messages, wire

MAX_FRAME = 256 << 20  # bytes; a page with all its pictures stays far below
_LENGTH = struct.Struct(">I")


def pack(frame: messages.Frame) -> bytes:
    """A frame as bytes, its length before it. Raises `PixelwrightError` (tooLarge)."""
    body: bytes = msgpack.packb(wire.encode(frame), use_bin_type=True)
    if len(body) > MAX_FRAME:
        size = len(body) >> 20
        raise PixelwrightError("tooLarge", f"The message has {size} MiB; {MAX_FRAME >> 20} MiB is the limit.")
    return _LENGTH.pack(len(body)) + body


def unpack(body: bytes) -> messages.Frame:
    """A frame from its msgpack bytes. Raises `PixelwrightError` (usage)."""
    try:
        value = msgpack.unpackb(body, raw=False, strict_map_key=True, max_str_len=MAX_FRAME)
    except (ValueError, msgpack.UnpackException, RecursionError) as error:
        raise PixelwrightError("usage", f"A frame is not msgpack ({error}).") from error
    return wire.decode_frame(value)


def failure(error: PixelwrightError, number: int | None = None) -> messages.Error:
    """An error in words as a frame: the end of a job, or (without a number) of a connection."""
    return messages.Error(id=number, code=error.code, message=error.message, hint=error.hint)  # type: ignore[arg-type]


def _body_length(head: bytes, limit: int) -> int:
    length: int = _LENGTH.unpack(head)[0]
    if length > limit:
        raise PixelwrightError("tooLarge", f"A frame of {length >> 20} MiB was announced.")
    return length


async def receive(reader: asyncio.StreamReader, limit: int = MAX_FRAME) -> messages.Frame | None:
    """The next frame, of at most `limit` bytes, or None at the stream's end. Raises `PixelwrightError`."""
    try:
        head = await reader.readexactly(_LENGTH.size)
        return unpack(await reader.readexactly(_body_length(head, limit)))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


def receive_blocking(stream: BinaryIO) -> messages.Frame | None:
    """As `receive`, on a blocking stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    length = _body_length(head, MAX_FRAME)
    body = stream.read(length)
    return unpack(body) if len(body) == length else None
