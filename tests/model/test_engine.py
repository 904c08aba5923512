"""The engine's greedy tokens are those of transformers' generate, however they are computed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from pixelwright.model import answer as answer_module
from pixelwright.model.engine import Engine
from pixelwright.model.pixels import Processing
from pixelwright.model.plan import plan_prompt
from pixelwright.model.prompt import Clip, Message, Picture, build_prompt
from pixelwright.model.request import Finished, Prompt, Request
from pixelwright.model.store import TINY
from pixelwright.model.tokenizer import Tokenizer
from tests.checkpoints import make_chatty
from tests.model.generate import Reference

TOKENS = 48
Ask = Callable[..., Finished]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose answers are long and look like chance: any fault changes them."""
    return make_chatty(tmp_path_factory.mktemp("model") / "chatty")


@pytest.fixture(scope="module")
def reference(chatty: Path) -> Reference:
    return Reference(chatty)


@pytest.fixture(scope="module")
def engine(chatty: Path) -> Engine:
    return Engine.load(chatty, device="cpu", dtype="fp32")


def noise(width: int, height: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def clip(frames: int, seed: int) -> Clip:
    return Clip([noise(96, 64, seed + i) for i in range(frames)], [0.4 * i for i in range(frames)])


SYSTEM = Message("system", ("You turn pictures into pages. " * 3,))
CONVERSATIONS = {
    "text": [Message("user", ("Say hello, 你好, in <b>bold</b>. hello, hello, hello",))],
    "small picture": [Message("user", (Picture(noise(32, 32, 1)), "What is this?"))],
    "wide picture": [SYSTEM, Message("user", (Picture(noise(320, 64, 2)), "What is this?"))],
    "tall picture": [Message("user", (Picture(noise(50, 300, 3)), "What is this?"))],
    "several pictures": [
        SYSTEM,
        Message("user", ("A", Picture(noise(64, 96, 4)), "B", Picture(noise(128, 64, 5)))),
        Message("assistant", ("Both are noise.",)),
        Message("user", (Picture(noise(64, 96, 4)), "And this?")),
    ],
    "clip": [SYSTEM, Message("user", (clip(5, 6), "When?"))],
    "clip and picture": [Message("user", (clip(4, 20), Picture(noise(64, 64, 7)), "Is it in there?"))],
}


@pytest.fixture(scope="module")
def prompts() -> dict[str, Prompt]:
    tokenizer, processing = Tokenizer.load(TINY), Processing.load(TINY)
    return {name: build_prompt(messages, tokenizer, processing) for name, messages in CONVERSATIONS.items()}


@pytest.fixture(scope="module")
def expected(reference: Reference, prompts: dict[str, Prompt]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(reference.tokens(prompt, TOKENS)) for name, prompt in prompts.items()}


def finish(engine: Engine, prompt: Prompt, *, lookup: bool = False, tokens: int = TOKENS) -> Finished:
    answer = engine.start(Request(prompt, max_tokens=tokens, lookup=lookup))
    while answer.advance() is not None:
        pass
    assert answer.finished is not None
    return answer.finished


def test_the_references_answers_are_worth_comparing(expected: dict[str, tuple[int, ...]]) -> None:
    assert len({*expected.values()}) == len(expected)
    assert all(len({*tokens}) > TOKENS // 3 for tokens in expected.values())


@pytest.mark.parametrize("name", CONVERSATIONS)
@pytest.mark.parametrize("lookup", [False, True], ids=["plain", "look-up"])
@pytest.mark.parametrize("graphs", [False, True], ids=["eager", "fixed shapes"])
def test_tokens_are_those_of_generate(
    name: str,
    lookup: bool,
    graphs: bool,
    chatty: Path,
    prompts: dict[str, Prompt],
    expected: dict[str, tuple[int, ...]],
) -> None:
    engine = Engine.load(chatty, device="cpu", dtype="fp32", graphs=graphs, compiled=False)
    found = finish(engine, prompts[name], lookup=lookup)
    assert found.tokens == expected[name]
    assert found.reason == "budget"
    assert found.reused == 0


def test_prompts_that_begin_alike_share_what_was_computed(
    engine: Engine, prompts: dict[str, Prompt], expected: dict[str, tuple[int, ...]]
) -> None:
    names = ["wide picture", "text", "several pictures", "clip", "wide picture", "wide picture"]
    found = [finish(engine, prompts[name]) for name in names]
    assert [f.tokens for f in found] == [expected[name] for name in names]
    prefix = prompts["clip"].prefix
    # The third comes after another conversation: its beginning comes from a copy.
    assert found[2].reused >= prefix
    assert found[3].reused >= prefix
    # The last one was asked twice in a row: only its last token is computed again.
    assert found[5].reused == len(prompts["wide picture"].ids) - 1


def test_a_conversation_goes_on_from_what_the_cache_holds(engine: Engine, reference: Reference) -> None:
    tokenizer, processing = engine.tokenizer, Processing.load(TINY)
    messages = [SYSTEM, Message("user", (Picture(noise(96, 96, 8)), "What is this?"))]
    first = finish(engine, build_prompt(messages, tokenizer, processing))
    second = build_prompt(
        [*messages, Message("assistant", ("Noise.",)), Message("user", ("Sure?",))], tokenizer, processing
    )
    found = finish(engine, second)
    assert found.tokens == tuple(reference.tokens(second, TOKENS))
    assert found.reused >= first.prompt_tokens


def test_answers_take_turns(
    engine: Engine, prompts: dict[str, Prompt], expected: dict[str, tuple[int, ...]]
) -> None:
    names = ["several pictures", "clip", "text"]
    answers = [
        engine.start(Request(prompts[name], max_tokens=TOKENS, lookup=name == "clip")) for name in names
    ]
    turns = 0
    while not all(answer.finished for answer in answers):
        for number, answer in enumerate(answers):
            for _ in range(number + 1):  # in bursts of different lengths
                answer.advance()
        turns += 1
    assert turns > TOKENS // 4
    for name, answer in zip(names, answers, strict=True):
        assert answer.finished is not None
        assert answer.finished.tokens == expected[name]


def test_long_prompts_are_computed_in_pieces(
    chatty: Path,
    prompts: dict[str, Prompt],
    expected: dict[str, tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answer_module, "BATCH_PATCHES", 1)
    engine = Engine.load(chatty, device="cpu", dtype="fp32")
    engine.piece = 7  # cuts through texts and visuals
    for name in ("several pictures", "clip and picture"):
        assert finish(engine, prompts[name]).tokens == expected[name]


@pytest.mark.skipif(shutil.which("g++") is None, reason="the compiler of torch.compile is not installed")
def test_compiled_steps_give_the_same_tokens(
    chatty: Path, prompts: dict[str, Prompt], expected: dict[str, tuple[int, ...]]
) -> None:
    engine = Engine.load(chatty, device="cpu", dtype="fp32", graphs=True, compiled=True)
    ids = torch.tensor(prompts["text"].ids[:4])
    with torch.inference_mode():
        engine.decoder.resize(1024)
        engine.decoder.verify(ids)
    assert engine.decoder.notes == []
    for lookup in (False, True):
        for name in ("text", "clip"):
            assert finish(engine, prompts[name], lookup=lookup).tokens == expected[name]


def test_what_the_compiler_cannot_do_is_done_without_it(
    chatty: Path,
    prompts: dict[str, Prompt],
    expected: dict[str, tuple[int, ...]],
) -> None:
    engine = Engine.load(chatty, device="cpu", dtype="fp32", graphs=True, compiled=True)

    def broken(*_: object) -> torch.Tensor:
        raise RuntimeError("no compiler was found")

    def wrong(q: torch.Tensor, *_: object) -> torch.Tensor:
        return torch.zeros(q.shape[0], q.shape[1] * q.shape[2])

    engine.decoder._halves = engine.decoder._halves._replace(before=broken)
    engine.decoder._attend = wrong
    with torch.inference_mode():
        engine.decoder.resize(1024)
        engine.decoder.verify(torch.tensor([1, 2, 3]))
    assert engine.decoder.captured
    compiler, attention = engine.decoder.notes
    assert compiler == "torch.compile is not used: RuntimeError: no compiler was found"
    assert attention.startswith("wrong is not used: its logits differ")
    assert finish(engine, prompts["clip"]).tokens == expected["clip"]


def test_positions_are_those_of_transformers(
    engine: Engine, reference: Reference, prompts: dict[str, Prompt]
) -> None:
    for prompt in prompts.values():
        plan = plan_prompt(prompt, engine.config)
        positions, offset = reference.positions(prompt)
        assert plan.offset == offset
        assert np.array_equal(plan.positions, positions.numpy())


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_logits_in_half_precision_are_near_those_of_transformers(
    dtype: str, chatty: Path, prompts: dict[str, Prompt]
) -> None:
    engine = Engine.load(TINY, device="cpu", dtype=dtype)
    model = Reference(TINY, engine.dtype)
    for name in ("text", "several pictures", "clip"):
        wanted = model.logits(prompts[name])
        assert torch.cosine_similarity(logits(engine, prompts[name]), wanted, dim=0) > 0.999


def logits(engine: Engine, prompt: Prompt) -> torch.Tensor:
    """Logits [vocabulary] behind a prompt, as the sampler gets to see them."""
    seen: list[torch.Tensor] = []
    answer = engine.start(Request(prompt, max_tokens=1))
    sampler = answer._sampler
    answer._sampler = lambda values: (seen.append(values[-1].float()), sampler(values))[1]  # type: ignore[assignment,func-returns-value]
    while answer.advance() is not None:
        pass
    return seen[0]


def test_int8_stays_near_and_drafts_change_nothing(prompts: dict[str, Prompt]) -> None:
    whole = Engine.load(TINY, device="cpu", dtype="bf16")
    small = Engine.load(TINY, device="cpu", dtype="bf16", int8=True)
    for name in ("text", "wide picture"):
        near = torch.cosine_similarity(logits(small, prompts[name]), logits(whole, prompts[name]), dim=0)
        assert near > 0.99
    assert small.memory() < 0.8 * whole.memory()


def test_a_mixture_of_experts_in_shards(tmp_path: Path, prompts: dict[str, Prompt]) -> None:
    from transformers import AutoConfig, Qwen3VLMoeConfig, Qwen3VLMoeForConditionalGeneration

    shutil.copytree(TINY, tmp_path / "moe", ignore=shutil.ignore_patterns("*.safetensors"))
    dense = AutoConfig.from_pretrained(TINY).to_dict()
    text = {key: value for key, value in dense["text_config"].items() if key != "model_type"}
    text |= {"num_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 40, "mlp_only_layers": [1]}
    config = Qwen3VLMoeConfig(
        text_config=text,
        vision_config={k: v for k, v in dense["vision_config"].items() if k != "model_type"},
        image_token_id=dense["image_token_id"],
        video_token_id=dense["video_token_id"],
        vision_start_token_id=dense["vision_start_token_id"],
        vision_end_token_id=dense["vision_end_token_id"],
        tie_word_embeddings=False,
    )
    torch.manual_seed(0)
    model = Qwen3VLMoeForConditionalGeneration(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1:
                weight.normal_(std=1.5 / weight.shape[-1] ** 0.5)
            elif "norm" in name:
                weight.fill_(float(name.endswith("weight")))
    model.save_pretrained(tmp_path / "moe", max_shard_size="1MB")
    assert len([*(tmp_path / "moe").glob("*.safetensors")]) > 1
    reference = Reference(tmp_path / "moe")
    engine = Engine.load(tmp_path / "moe", device="cpu", dtype="fp32")
    for name in ("text", "several pictures"):
        for lookup in (False, True):
            assert finish(engine, prompts[name], lookup=lookup).tokens == tuple(
                reference.tokens(prompts[name], TOKENS)
            )
