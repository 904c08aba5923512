"""Messages to plain maps and back. Both hops use it: msgpack keeps bytes, JSON carries them as base64."""

from __future__ import annotations

import base64
import binascii
import re
from functools import cache
from typing import Any, TypeVar

from pixelwright.errors import PixelwrightError
from pixelwright.protocol import messages

T = TypeVar("T")

_PLAIN: dict[str, Any] = {
    "string": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
}


@cache
def attribute(field: str) -> str:
    """The Python name of a field: `assetsDir` -> `assets_dir`."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: "_" + m[1].lower(), field)


def encode(message: Any, *, text: bool = False) -> dict[str, Any]:
    """A record or frame as a map with the schema's names; with `text`, bytes become base64."""
    result: dict[str, Any] = {"type": message.TYPE} if hasattr(message, "TYPE") else {}
    for field in message.SHAPE:
        value = getattr(message, attribute(field))
        if value is not None:
            result[field] = _encode(value, text)
    return result


def _encode(value: Any, text: bool) -> Any:
    if hasattr(value, "SHAPE"):
        return encode(value, text=text)
    if isinstance(value, (list, tuple)):
        return [_encode(item, text) for item in value]
    if isinstance(value, dict):
        return {key: _encode(item, text) for key, item in value.items()}
    if text and isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode("ascii")
    return value


def decode(record: type[T], value: Any, where: str = "") -> T:
    """A record from a map. Unknown fields are passed over, so that a newer peer may add some.

    Raises `PixelwrightError` with code `usage` that names the field that is wrong; `where` is the path of
    the record in what is decoded.
    """
    name = where or record.__name__
    if not isinstance(value, dict):
        raise PixelwrightError("usage", f"{name} is not a map but {type(value).__name__}.")
    shape: dict[str, str] = record.SHAPE  # type: ignore[attr-defined]
    return record(**{attribute(f): _decode(kind, value.get(f), f"{name}.{f}") for f, kind in shape.items()})


def _decode(kind: str, value: Any, where: str) -> Any:
    if kind.endswith("?"):
        return None if value is None else _decode(kind[:-1], value, where)
    if kind == "json":
        return value
    if kind == "bytes":
        return _bytes(value, where)
    if kind.startswith("[]"):
        if isinstance(value, (list, tuple)):
            return tuple(_decode(kind[2:], item, f"{where}[{i}]") for i, item in enumerate(value))
    elif kind.startswith("{}"):
        if isinstance(value, dict):
            return {str(key): _decode(kind[2:], item, f"{where}.{key}") for key, item in value.items()}
    elif kind in messages.ENUMS:
        if value in messages.ENUMS[kind]:
            return value
    elif kind in messages.RECORDS:
        return decode(messages.RECORDS[kind], value, where)
    elif isinstance(value, _PLAIN[kind]) and (kind == "bool" or not isinstance(value, bool)):
        return float(value) if kind == "float" else value
    raise PixelwrightError("usage", f"{where} is not of type {kind}.")


def _bytes(value: Any, where: str) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        try:
            return base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            pass
    raise PixelwrightError("usage", f"{where} is neither bytes nor base64.")


def decode_frame(value: Any) -> messages.Frame:
    """A frame of the host's hop from its map; raises `PixelwrightError` with code `usage`."""
    kind = value.get("type") if isinstance(value, dict) else None
    frame = messages.FRAMES.get(kind) if isinstance(kind, str) else None
    if frame is None:
        raise PixelwrightError("usage", f"There is no frame of type {kind!r}.")
    return decode(frame, value)
