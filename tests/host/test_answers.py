"""From a question to its outcome, in this process, with the tiny checkpoint."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.host import answers
from pixelwright.host.keeper import Keeper, Loaded, display_name
from pixelwright.media.image import load_image
from pixelwright.model.store import TINY
from pixelwright.progress import Progress
from pixelwright.protocol import messages
from tests.conftest import draw_picture

pytest.importorskip("torch", reason="the extra `model` is not installed")


@pytest.fixture
def job(tmp_path: Path) -> messages.AskJob:
    picture = draw_picture(tmp_path / "wide.png", ["Hello pictures"] * 20, width=1280)
    return messages.AskJob(
        name="wide.png", path=str(picture), question="What is this?", max_tokens=20, model="tiny"
    )


def test_what_is_asked_reaches_the_model_and_comes_back(job: messages.AskJob) -> None:
    pieces: list[str] = []
    outcome = answers.ask(job, Progress(on_partial=lambda _kind, text: pieces.append(text)))
    assert "".join(pieces) == outcome.text
    assert 1 <= outcome.tokens <= 20
    assert outcome.model == "tiny"
    longer = answers.ask(replace(job, question=job.question + " Say it in a word."), Progress())
    assert longer.prompt_tokens > outcome.prompt_tokens


def test_too_little_memory_means_a_smaller_picture(job: messages.AskJob) -> None:
    from pixelwright.model.cache import GRAIN, bytes_per_token
    from pixelwright.model.engine import Engine
    from pixelwright.model.pixels import Processing

    whole = answers.ask(job, Progress()).prompt_tokens
    probe = Engine.load(TINY, device="cpu")
    limit = GRAIN * bytes_per_token(probe.config.text, probe.dtype)
    engine = Engine.load(TINY, device="cpu", memory_limit=limit)
    loaded = Loaded("tiny", TINY, "tiny", engine, Processing.load(TINY), False)
    said: list[str] = []
    progress = Progress(lambda _fraction, text: said.append(text))
    picture = load_image(Path(job.path or ""), job.name)

    def answer(tokens: int) -> messages.AskOutcome:
        turn = answers.Turn(replace(job, max_tokens=tokens), picture, loaded, progress)
        while (outcome := turn.step()) is None:
            pass
        return outcome

    assert answer(20).prompt_tokens == whole
    assert not any("smaller picture" in text for text in said)
    assert answer(GRAIN - whole).prompt_tokens < whole - 20
    assert any("smaller picture" in text for text in said)
    with pytest.raises(PixelwrightError) as caught:
        answer(2 * GRAIN)
    assert caught.value.code == "outOfMemory"
    assert answer(20).prompt_tokens == whole


def test_giving_up_stops_the_loading_and_leaves_nothing_behind() -> None:
    keeper = Keeper()
    wanted = iter([False, False, True])
    with pytest.raises(Cancelled):
        keeper.model("tiny", Progress(is_cancelled=lambda: next(wanted)))
    assert keeper.state("ready") is None
    assert keeper.model("tiny", Progress()).name == "tiny"


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/cache/models--Qwen--Qwen3-VL-2B-Instruct/snapshots/0123abc", "Qwen3-VL-2B-Instruct"),
        ("/home/me/my-model", "my-model"),
    ],
)
def test_a_model_is_called_what_people_call_it(folder: str, name: str) -> None:
    assert display_name(Path(folder)) == name


def test_memory_that_is_short_means_int8(monkeypatch: pytest.MonkeyPatch) -> None:
    size = (TINY / "model.safetensors").stat().st_size
    monkeypatch.setattr("pixelwright.model.engine.free_bytes", lambda device: size * 4 // 5)
    said: list[str] = []
    keeper = Keeper()
    keeper.model("tiny", Progress(lambda _fraction, text: said.append(text)))
    state = keeper.state("ready")
    assert state is not None
    assert state.dtype == "int8"
    assert any("loading it as int8" in text for text in said)


@pytest.mark.parametrize(("numbers", "shown"), [("int8", "int8"), ("fp32", "fp32"), ("", "bf16")])
def test_the_numbers_can_be_chosen(numbers: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELWRIGHT_PRECISION", numbers)
    keeper = Keeper()
    keeper.model("tiny", Progress())
    state = keeper.state("ready")
    assert state is not None
    assert state.dtype == shown


def test_numbers_that_there_are_not_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELWRIGHT_PRECISION", "fp3")
    with pytest.raises(PixelwrightError, match="fp3"):
        Keeper().model("tiny", Progress())


def test_a_thought_without_an_answer_is_told(job: messages.AskJob) -> None:
    """The tiny checkpoint does not think; told that it does, all that it says is a thought without an end."""
    from pixelwright.model.engine import Engine
    from pixelwright.model.pixels import Processing

    loaded = Loaded("tiny", TINY, "tiny", Engine.load(TINY, device="cpu"), Processing.load(TINY), True)
    turn = answers.Turn(job, load_image(Path(job.path or ""), job.name), loaded, Progress())
    with pytest.raises(PixelwrightError, match="came to no answer"):
        _to_its_end(turn)


def _to_its_end(turn: answers.Turn) -> None:
    while turn.step() is None:
        pass
