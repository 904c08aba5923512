"""Sets vanishing weights of an ONNX model to zero, without the `onnx` package.

The text detector that rapidocr ships holds a quarter of a million weights below the smallest normal
float. A processor computes with such denormals many times slower, and they change no output bit.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

# Products with activations of ordinary size still underflow well above the smallest normal float (1e-38).
VANISHING = 1e-30

# Field numbers from onnx.proto, and the wire types of the Protocol Buffers encoding.
_MODEL_GRAPH, _GRAPH_NODE, _GRAPH_INITIALIZER = 7, 1, 5
_NODE_ATTRIBUTE, _ATTRIBUTE_TENSOR = 5, 5
_TENSOR_DATA_TYPE, _TENSOR_RAW_DATA = 2, 9
_FLOAT32 = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def flush_vanishing_weights(model: bytes) -> tuple[bytes, int]:
    """The model with every float32 weight under 1e-30 in size set to 0, and how many there were.

    Weights in `raw_data` of initialisers and of constant nodes are looked at; the bytes keep their
    length, so nothing else moves. Raises `ValueError` if `model` is not a protobuf message.
    """
    data = bytearray(model)
    flushed = 0
    for start, end in _tensors(data):
        data_type, raw = 0, (0, 0)
        for number, wire, first, last in _fields(data, start, end):
            if number == _TENSOR_DATA_TYPE and wire == _VARINT:
                data_type, _ = _varint(data, first)
            elif number == _TENSOR_RAW_DATA and wire == _BYTES:
                raw = (first, last)
        if data_type == _FLOAT32 and raw[1] > raw[0]:
            flushed += _flush(data, *raw)
    return bytes(data), flushed


def _flush(data: bytearray, start: int, end: int) -> int:
    weights = np.frombuffer(data, "<f4", count=(end - start) // 4, offset=start)
    vanishing = (np.abs(weights) < VANISHING) & (weights != 0)
    weights[vanishing] = 0
    return int(vanishing.sum())


def _tensors(data: bytearray) -> Iterator[tuple[int, int]]:
    for graph in _messages(data, 0, len(data), _MODEL_GRAPH):
        yield from _messages(data, *graph, _GRAPH_INITIALIZER)
        for node in _messages(data, *graph, _GRAPH_NODE):
            for attribute in _messages(data, *node, _NODE_ATTRIBUTE):
                yield from _messages(data, *attribute, _ATTRIBUTE_TENSOR)


def _messages(data: bytearray, start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    for number, wire, first, last in _fields(data, start, end):
        if number == wanted and wire == _BYTES:
            yield first, last


def _fields(data: bytearray, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Field number, wire type and the value's span [first, last) of each field of a message."""
    at = start
    while at < end:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        first = at
        if wire == _VARINT:
            _, last = _varint(data, at)
        elif wire == _BYTES:
            length, first = _varint(data, at)
            last = first + length
        elif wire in (_FIXED32, _FIXED64):
            last = at + (4 if wire == _FIXED32 else 8)
        else:
            raise ValueError(f"wire type {wire} at byte {at} is not protobuf")
        if last > end:
            raise ValueError(f"field {number} at byte {at} ends outside its message")
        yield number, wire, first, last
        at = last


def _varint(data: bytearray, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data):
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    raise ValueError("the message ends inside a number")
