"""The engine on an NVIDIA card: captured, compiled and interrupted steps. Skipped where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from pixelwright.errors import PixelwrightError
from pixelwright.model.attention import attend_step, eager_span
from pixelwright.model.engine import Engine
from pixelwright.model.pixels import Processing
from pixelwright.model.prompt import Message, Picture, build_prompt
from pixelwright.model.request import Finished, Prompt, Request
from pixelwright.model.store import TINY
from tests.checkpoints import make_chatty
from tests.model.drawing import drawing
from tests.model.generate import Reference

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no NVIDIA card")

TOKENS = 64


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_chatty(tmp_path_factory.mktemp("model") / "chatty")


def prompt(engine: Engine, words: str = "What is this?") -> Prompt:
    messages = [
        Message("system", ("You turn pictures into pages.",)),
        Message("user", (Picture(drawing(96, 160)), words)),
    ]
    return build_prompt(messages, engine.tokenizer, Processing.load(TINY))


def finish(engine: Engine, asked: Prompt, *, lookup: bool = False, tokens: int = TOKENS) -> Finished:
    answer = engine.start(Request(asked, max_tokens=tokens, lookup=lookup))
    while answer.advance() is not None:
        pass
    assert answer.finished is not None
    return answer.finished


@pytest.mark.parametrize("lookup", [False, True], ids=["plain", "look-up"])
@pytest.mark.parametrize(
    ("graphs", "compiled"), [(False, False), (True, False), (True, True)], ids=["eager", "graphs", "compiled"]
)
def test_tokens_are_those_of_generate(chatty: Path, graphs: bool, compiled: bool, lookup: bool) -> None:
    engine = Engine.load(chatty, device="cuda", dtype="fp32", graphs=graphs, compiled=compiled)
    assert engine.decoder.notes == []
    asked = prompt(engine)
    assert finish(engine, asked, lookup=lookup).tokens == tuple(Reference(chatty).tokens(asked, TOKENS))


def test_half_precision_runs_captured_with_the_kernels_of_the_card(chatty: Path) -> None:
    engine = Engine.load(chatty, device="cuda", dtype="bf16")
    assert engine.decoder.notes == []
    assert engine.decoder.kind.startswith("graphs")
    first = finish(engine, prompt(engine))
    assert finish(engine, prompt(engine)).tokens == first.tokens


def test_answers_take_turns_and_long_ones_make_the_cache_grow(chatty: Path) -> None:
    engine = Engine.load(chatty, device="cuda", dtype="fp32")
    alone = finish(engine, prompt(engine), tokens=200)
    paused = engine.start(Request(prompt(engine), max_tokens=200, lookup=False))
    for _ in range(40):
        paused.advance()
    length = engine.decoder.cache.length
    finish(engine, prompt(engine, "And this?"), tokens=length)
    assert engine.decoder.cache.length > length
    while paused.advance() is not None:
        pass
    assert paused.finished is not None
    assert paused.finished.tokens == alone.tokens


def test_memory_that_runs_out_costs_one_answer_and_comes_back(chatty: Path) -> None:
    engine = Engine.load(chatty, device="cuda", dtype="bf16", memory_limit=8 << 20)
    with pytest.raises(PixelwrightError, match="not enough memory"):
        finish(engine, prompt(engine), tokens=20_000)
    assert finish(engine, prompt(engine)).reason == "budget"
    before = torch.cuda.memory_allocated()
    engine.forget()
    assert torch.cuda.memory_allocated() < before


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32], ids=["bf16", "fp32"])
@pytest.mark.parametrize(("tokens", "end"), [(1, 3), (1, 1100), (5, 70), (16, 2048)])
def test_our_kernels_see_what_pytorchs_attention_sees(dtype: torch.dtype, tokens: int, end: int) -> None:
    pytest.importorskip("triton")
    from pixelwright.model.flash_decode import flash_decode

    torch.manual_seed(0)
    q = torch.randn(tokens, 16, 128, device="cuda", dtype=dtype)
    keys, values = (torch.randn(2048, 8, 128, device="cuda", dtype=dtype) for _ in "kv")
    wanted = attend_step(q, keys, values, eager_span(tokens, end - tokens, 2, q.device, dtype))
    keys[end:] = values[end:] = torch.nan  # what lies behind the end counts for nothing
    found = flash_decode(q, keys, values, torch.tensor([0, end], dtype=torch.int32, device="cuda"))
    assert torch.allclose(found, wanted, atol=2e-2 if dtype == torch.bfloat16 else 1e-5)
