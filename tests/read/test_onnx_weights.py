"""Zeroing vanishing weights: the walk over the protobuf, and that no output bit changes."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path

import numpy as np
import pytest

from pixelwright.read.onnx_weights import flush_vanishing_weights
from pixelwright.read.text_models import text_models


def varint(value: int) -> bytes:
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(number: int, body: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def tensor(values: list[float], data_type: int = 1) -> bytes:
    kind = "<f4" if data_type == 1 else "<f8"
    return varint(2 << 3) + varint(data_type) + field(9, np.array(values, kind).tobytes()) + field(8, b"w")


def test_only_vanishing_floats_change() -> None:
    values = [1.0, 1e-31, -1e-40, 0.0, -2e-30, 5e-324]
    model = field(7, field(5, tensor(values)) + field(1, field(5, field(5, tensor([1e-35])))))
    flushed, count = flush_vanishing_weights(model)
    assert count == 3
    assert len(flushed) == len(model)
    wanted = field(
        7, field(5, tensor([1.0, 0, 0, 0, -2e-30, 0])) + field(1, field(5, field(5, tensor([0.0]))))
    )
    assert flushed == wanted


def test_doubles_and_other_fields_stay() -> None:
    model = field(2, b"producer") + field(7, field(5, tensor([1e-40], data_type=11))) + b"\x0d\1\2\3\4"
    assert flush_vanishing_weights(model) == (model, 0)


@pytest.mark.parametrize("damaged", [b"\x3a\x7f", b"\x3a", b"\x0b\x0c", b"\xff" * 4])
def test_what_is_no_protobuf_is_told(damaged: bytes) -> None:
    with pytest.raises(ValueError, match=r"protobuf|ends"):
        flush_vanishing_weights(damaged)


def test_the_detector_gives_the_same_bits_in_less_time() -> None:
    import onnxruntime

    spec = importlib.util.find_spec("rapidocr")
    assert spec is not None
    assert spec.origin is not None
    stock_file = Path(spec.origin).parent / "models" / "PP-OCRv6_det_small.onnx"
    _, count = flush_vanishing_weights(stock_file.read_bytes())
    assert count > 100_000
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    stock = onnxruntime.InferenceSession(str(stock_file), options, providers=["CPUExecutionProvider"])
    batch = np.random.default_rng(7).uniform(-1, 1, (1, 3, 256, 256)).astype(np.float32)
    models = text_models(1)

    def seconds(use_stock: bool) -> tuple[float, object]:
        start = time.process_time()
        result = (
            stock.run(None, {stock.get_inputs()[0].name: batch})[0][0, 0]
            if use_stock
            else models.detect(batch)
        )
        return time.process_time() - start, result

    pairs = [(seconds(True), seconds(False)) for _ in range(3)]
    assert np.array_equal(np.asarray(pairs[0][0][1]), np.asarray(pairs[0][1][1]))
    assert min(ours for _, (ours, _) in pairs) < 0.8 * min(theirs for (theirs, _), _ in pairs)
