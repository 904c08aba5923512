"""How answers end, and what the engine survives."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from pixelwright.errors import PixelwrightError
from pixelwright.model.config import read_config
from pixelwright.model.engine import Engine
from pixelwright.model.pixels import Processing
from pixelwright.model.prompt import Message, Picture, build_prompt
from pixelwright.model.request import Delta, Finished, Prompt, Request, Sampling
from pixelwright.model.store import TINY
from tests.checkpoints import make_chatty


@pytest.fixture(scope="module")
def chatty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return make_chatty(tmp_path_factory.mktemp("model") / "chatty")


@pytest.fixture(scope="module")
def engine(chatty: Path) -> Engine:
    return Engine.load(chatty, device="cpu", dtype="fp32")


@pytest.fixture
def prompt(engine: Engine) -> Prompt:
    picture = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    messages = [Message("user", (Picture(picture), "What is this?"))]
    return build_prompt(messages, engine.tokenizer, Processing.load(TINY))


def run(engine: Engine, request: Request) -> tuple[list[Delta], Finished]:
    answer = engine.start(request)
    deltas = []
    while (delta := answer.advance()) is not None:
        deltas.append(delta)
    assert answer.finished is not None
    return deltas, answer.finished


def test_the_deltas_are_the_answer(engine: Engine, prompt: Prompt) -> None:
    deltas, finished = run(engine, Request(prompt, max_tokens=60))
    assert (
        "".join(delta.text for delta in deltas) == finished.text == engine.tokenizer.decode(finished.tokens)
    )
    assert sum((delta.tokens for delta in deltas), ()) == finished.tokens
    assert (finished.reason, len(finished.tokens)) == ("budget", 60)
    assert finished.prompt_tokens == len(prompt.ids)
    assert 0 < finished.first_token <= finished.seconds


def test_an_answer_ends_with_the_first_stop_text(engine: Engine, prompt: Prompt) -> None:
    _, whole = run(engine, Request(prompt, max_tokens=60))
    stop = whole.text[40:45]  # somewhere, most likely across tokens
    for lookup in (False, True):
        deltas, finished = run(engine, Request(prompt, max_tokens=60, stop=("never", stop), lookup=lookup))
        assert finished.reason == "stop"
        assert finished.text == whole.text[: whole.text.index(stop) + len(stop)]
        assert "".join(delta.text for delta in deltas) == finished.text


def test_an_answer_ends_with_the_models_end_token(
    chatty: Path, engine: Engine, prompt: Prompt, tmp_path: Path
) -> None:
    _, whole = run(engine, Request(prompt, max_tokens=60))
    end = whole.tokens[20]
    shutil.copytree(chatty, tmp_path / "ends")
    (tmp_path / "ends" / "generation_config.json").write_text(json.dumps({"eos_token_id": [1, end]}))
    for lookup in (False, True):
        _, finished = run(
            Engine.load(tmp_path / "ends", device="cpu", dtype="fp32"),
            Request(prompt, max_tokens=60, lookup=lookup),
        )
        assert finished.reason == "end"
        assert finished.tokens == whole.tokens[: whole.tokens.index(end) + 1]


def test_endless_repetition_is_given_up(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # The sampler is made to say one thing over and over: what is tested is who notices.
    answer = engine.start(Request(Prompt((5, 6, 7)), max_tokens=2000, lookup=False))
    said = iter([11, 12, 13] * 700)
    monkeypatch.setattr(answer, "_sampler", lambda logits: torch.tensor([next(said)] * len(logits)))
    while answer.advance() is not None:
        pass
    assert answer.finished is not None
    assert answer.finished.reason == "repetition"
    assert 400 <= len(answer.finished.tokens) < 430


def test_a_cancelled_answer_computes_nothing_more(
    engine: Engine, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[int] = []
    step = engine.decoder.step

    def counted(tokens: torch.Tensor, start: int, offset: int) -> torch.Tensor:
        steps.append(start)
        return step(tokens, start, offset)

    monkeypatch.setattr(engine.decoder, "step", counted)
    answer = engine.start(Request(prompt, max_tokens=60, lookup=False))
    for _ in range(12):
        answer.advance()
    before = len(steps)
    answer.cancel()
    assert answer.advance() is None
    assert answer.advance() is None
    assert len(steps) == before
    assert answer.finished is not None
    assert answer.finished.reason == "cancelled"
    assert 0 < len(answer.finished.tokens) <= before + 1


def test_an_answer_can_be_cancelled_before_its_first_token(engine: Engine, prompt: Prompt) -> None:
    answer = engine.start(Request(prompt))
    answer.advance()  # the picture
    answer.cancel()
    assert answer.advance() is None
    assert answer.finished is not None
    assert (answer.finished.reason, answer.finished.tokens) == ("cancelled", ())
    _, after = run(engine, Request(prompt, max_tokens=30))
    assert after.tokens == run(engine, Request(prompt, max_tokens=30))[1].tokens


def test_sampling_repeats_itself_by_its_seed(engine: Engine, prompt: Prompt) -> None:
    def sample(seed: int, temperature: float = 1.0) -> tuple[int, ...]:
        sampling = Sampling(temperature=temperature, seed=seed)
        return run(engine, Request(prompt, max_tokens=30, sampling=sampling, lookup=False))[1].tokens

    greedy = run(engine, Request(prompt, max_tokens=30))[1].tokens
    assert sample(1) == sample(1) != sample(2)
    assert sample(1) != greedy == sample(3, temperature=1e-4)


def test_hints_save_steps(engine: Engine, prompt: Prompt) -> None:
    _, plain = run(engine, Request(prompt, max_tokens=60, lookup=False))
    assert plain.steps == 59
    _, hinted = run(engine, Request(prompt, max_tokens=60, hints=(plain.tokens,)))
    assert hinted.tokens == plain.tokens
    assert hinted.steps < 12


def test_too_little_memory_is_said_and_survived(chatty: Path, prompt: Prompt) -> None:
    engine = Engine.load(chatty, device="cpu", dtype="fp32", memory_limit=8 << 20)
    answer = engine.start(Request(prompt, max_tokens=100_000))
    with pytest.raises(PixelwrightError, match="not enough memory") as caught:
        answer.advance()
    assert caught.value.code == "outOfMemory"
    assert "smaller picture" in (caught.value.hint or "")
    assert run(engine, Request(prompt, max_tokens=20))[1].reason == "budget"


def test_weights_that_do_not_fit_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelwright.model.engine.free_bytes", lambda device: 1 << 20)
    with pytest.raises(PixelwrightError, match="MB are free") as caught:
        Engine.load(TINY, device="cpu")
    assert caught.value.code == "outOfMemory"
    assert "PIXELWRIGHT_PRECISION=int8" in (caught.value.hint or "")


def test_memory_that_runs_out_in_the_middle_is_survived(
    engine: Engine, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, expected = run(engine, Request(prompt, max_tokens=40))
    paused = engine.start(Request(prompt, max_tokens=40))
    for _ in range(10):
        paused.advance()
    other = engine.start(Request(prompt, max_tokens=40, lookup=False))
    for _ in range(10):
        other.advance()

    def full(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1.00 GiB. GPU 0 has …")

    with monkeypatch.context() as patch:
        patch.setattr(engine.decoder, "step", full)
        with pytest.raises(PixelwrightError, match="CUDA out of memory") as caught:
            other.advance()
    assert caught.value.code == "outOfMemory"
    assert other.advance() is None
    while paused.advance() is not None:  # its rows were copied aside
        pass
    assert paused.finished is not None
    assert paused.finished.tokens == expected.tokens


def test_an_answer_whose_rows_could_not_be_put_aside_says_so(
    engine: Engine, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken = engine.start(Request(prompt, max_tokens=40))
    for _ in range(10):
        overtaken.advance()

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("no room for a copy")

    other = engine.start(Request(prompt, max_tokens=40))
    with monkeypatch.context() as patch:
        patch.setattr(engine.decoder.cache, "snapshot", full)
        with pytest.raises(PixelwrightError, match="no room for a copy"):
            other.advance()
    with pytest.raises(PixelwrightError, match="given up") as caught:
        overtaken.advance()
    assert caught.value.code == "outOfMemory"
    assert overtaken.advance() is None
    assert run(engine, Request(prompt, max_tokens=20))[1].reason == "budget"


def test_more_than_the_model_can_see_is_refused(engine: Engine) -> None:
    with pytest.raises(PixelwrightError, match="tokens") as caught:
        engine.start(Request(Prompt(tuple([5] * 262_000)), max_tokens=1000))
    assert caught.value.code == "tooLarge"


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (lambda folder: (folder / "config.json").unlink(), "notFound", "no checkpoint"),
        (lambda folder: _edit(folder, model_type="llama"), "unsupported", "llama"),
        (lambda folder: _edit(folder, quantization_config={"bits": 4}), "unsupported", "quantized"),
        (lambda folder: _edit(folder, text_config={}), "badInput", "not a Qwen3-VL configuration"),
        (lambda folder: (folder / "config.json").write_text("{"), "unreadable", "could not be read"),
        (lambda folder: (folder / "model.safetensors").unlink(), "unreadable", "missing"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"no"), "unreadable", "not complete"),
        (lambda folder: _edit_text(folder, hidden_size=64), "unreadable", "not complete"),
    ],
)
def test_a_damaged_checkpoint_is_named(tmp_path: Path, change: object, code: str, words: str) -> None:
    shutil.copytree(TINY, tmp_path / "检查点")
    assert callable(change)
    change(tmp_path / "检查点")
    with pytest.raises(PixelwrightError, match=words) as caught:
        Engine.load(tmp_path / "检查点", device="cpu")
    assert caught.value.code == code


def _edit(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | changes))


def _edit_text(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text())
    _edit(folder, text_config=config["text_config"] | changes)


def test_the_published_configuration_is_understood(tmp_path: Path) -> None:
    # As transformers 4 wrote it: rope_scaling, rope_theta beside it, bos and eos in the text's part.
    text = {
        "attention_bias": False,
        "bos_token_id": 151643,
        "eos_token_id": 151645,
        "head_dim": 128,
        "hidden_act": "silu",
        "hidden_size": 2048,
        "intermediate_size": 6144,
        "max_position_embeddings": 262144,
        "num_attention_heads": 16,
        "num_hidden_layers": 28,
        "num_key_value_heads": 8,
        "rms_norm_eps": 1e-06,
        "rope_scaling": {"mrope_interleaved": True, "mrope_section": [24, 20, 20], "rope_type": "default"},
        "rope_theta": 5000000,
        "tie_word_embeddings": True,
        "vocab_size": 151936,
    }
    vision = {
        "deepstack_visual_indexes": [5, 11, 17],
        "depth": 24,
        "hidden_size": 1024,
        "intermediate_size": 4096,
        "num_heads": 16,
        "num_position_embeddings": 2304,
        "out_hidden_size": 2048,
        "patch_size": 16,
        "spatial_merge_size": 2,
        "temporal_patch_size": 2,
    }
    (tmp_path / "config.json").write_text(
        json.dumps(
            {
                "model_type": "qwen3_vl",
                "image_token_id": 151655,
                "video_token_id": 151656,
                "text_config": text,
                "vision_config": vision,
                "tie_word_embeddings": True,
            }
        )
    )
    config = read_config(tmp_path)
    assert (config.text.rope_theta, config.text.mrope_section) == (5e6, (24, 20, 20))
    assert config.end_tokens == {151645}
    assert config.text.experts is None
    assert config.vision.deepstack == (5, 11, 17)
