"""A question about a picture, from the job's parameters to its outcome."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from pixelwright.errors import PixelwrightError
from pixelwright.host.keeper import Keeper, Loaded
from pixelwright.host.stream import Stream, spoken
from pixelwright.progress import Progress
from pixelwright.protocol import messages

if TYPE_CHECKING:
    from pixelwright.model.answer import Answer
    from pixelwright.model.pixels import Pixels
    from pixelwright.model.request import Finished, Request

MAX_QUESTION = 20_000  # characters
MAX_TOKENS = 32_768
THOUGHT_TOKENS = 8192  # that a model which thinks first may spend on that, beside its answer
PIXELS = 1280 * 1280  # of the picture that the model is shown, at most: 1600 tokens
FEWER = 4  # times fewer pixels where the memory does not suffice

SYSTEM_PROMPT = Path(__file__).with_name("ask.txt")


class Turn:
    """One question that is being answered, a step at a time.

    prepared: seconds spent on the picture already; the outcome's times count them, too.
    """

    def __init__(
        self,
        job: messages.AskJob,
        picture: Pixels,
        loaded: Loaded,
        progress: Progress,
        prepared: float = 0.0,
    ) -> None:
        self._job = job
        self._picture = picture
        self._loaded = loaded
        self._progress = progress
        self._prepared = prepared
        self._is_smaller = False  # the picture, than it would be with enough memory
        self._answer = self._start()
        self._stream = self._new_stream()

    def step(self) -> messages.AskOutcome | None:
        """Compute a part of the prompt, or the next tokens; the outcome when the answer is complete.

        Where the memory does not suffice, a smaller picture is tried once. Raises `PixelwrightError` as the
        engine does, and `Cancelled`.
        """
        try:
            delta = self._answer.advance()
        except PixelwrightError as error:
            if error.code != "outOfMemory" or self._is_smaller or self._stream.has_begun:
                raise
            self._is_smaller = True
            self._progress.report(0.8, "Too little memory; trying once more with a smaller picture")
            self._answer, self._stream = self._start(), self._new_stream()
            return None
        finished = self._answer.finished
        if finished is not None:
            self._stream.end(finished.text)
            if self._loaded.thinks and not self._stream.has_begun:
                raise _only_thought(self._loaded.name, len(finished.tokens))
            return self._outcome(finished)
        if delta is not None and delta.tokens:
            self._stream.add(delta.text)
        if not self._stream.has_begun:
            doing = "Looking at the picture" if self._answer.prefilled < 1 else "Thinking"
            self._progress.report(0.8 + 0.2 * self._answer.prefilled, doing)
        return None

    def cancel(self) -> None:
        """Give the answer up: nothing more of it is computed."""
        self._answer.cancel()

    def _new_stream(self) -> Stream:
        return Stream(lambda text: self._progress.partial("answer", text), thinks=self._loaded.thinks)

    def _start(self) -> Answer:
        began = time.monotonic()
        pixels = min(PIXELS, self._loaded.processing.picture.most)
        if self._is_smaller:
            pixels //= FEWER
        request = _request(self._job, self._picture, self._loaded, pixels)
        self._prepared += time.monotonic() - began
        return self._loaded.engine.start(request)

    def _outcome(self, finished: Finished) -> messages.AskOutcome:
        return messages.AskOutcome(
            text=spoken(finished.text, thinks=self._loaded.thinks),
            finish=finished.reason,
            prompt_tokens=finished.prompt_tokens,
            tokens=len(finished.tokens),
            first_token=round(self._prepared + finished.first_token, 4),
            seconds=round(self._prepared + finished.seconds, 4),
            model=self._loaded.name,
        )


def begin(job: messages.AskJob, keeper: Keeper, progress: Progress) -> Turn:
    """Load the model if need be, look at the picture, and start the answer.

    Its pieces go to `progress` as partial results. Raises `PixelwrightError`, `Cancelled` among it.
    """
    from pixelwright.media.image import load_image

    _check(job)
    began = time.monotonic()
    picture = load_image(job.data if job.data is not None else Path(job.path or ""), job.name)
    prepared = time.monotonic() - began
    loaded = keeper.model(job.model, progress.part(0.0, 0.8))
    progress.report(0.8, "Looking at the picture")
    return Turn(job, picture, loaded, progress, prepared)


def ask(job: messages.AskJob, progress: Progress) -> messages.AskOutcome:
    """Answer one question in this process. Raises `PixelwrightError`, `Cancelled` among it."""
    keeper = Keeper()
    try:
        turn = begin(job, keeper, progress)
        while (outcome := turn.step()) is None:
            progress.check()
        return outcome
    finally:
        keeper.close()


def _check(job: messages.AskJob) -> None:
    """Refuse what needs no model to be refused."""
    if not job.question.strip():
        raise PixelwrightError("usage", f"The question about {job.name} is empty.", "Ask something.")
    if len(job.question) > MAX_QUESTION:
        raise PixelwrightError(
            "tooLarge",
            f"The question has {len(job.question):,} characters; {MAX_QUESTION:,} is the limit.",
            "Shorten it.",
        )
    if not 1 <= job.max_tokens <= MAX_TOKENS:
        raise PixelwrightError("usage", f"An answer may have 1 to {MAX_TOKENS} tokens, not {job.max_tokens}.")
    if job.data is None and job.path is None:
        raise PixelwrightError("usage", f"{job.name}: neither a path nor bytes were given.")


def _request(job: messages.AskJob, picture: Pixels, loaded: Loaded, pixels: int) -> Request:
    from pixelwright.model.prompt import Message, Picture, build_prompt
    from pixelwright.model.request import Request

    conversation = (
        Message("system", (SYSTEM_PROMPT.read_text(encoding="utf-8").strip(),)),
        Message("user", (Picture(picture), job.question)),
    )
    processing = loaded.processing.within(picture=pixels)
    prompt = build_prompt(conversation, loaded.engine.tokenizer, processing, thinking=loaded.thinks)
    return Request(prompt, max_tokens=job.max_tokens + (THOUGHT_TOKENS if loaded.thinks else 0))


def _only_thought(name: str, tokens: int) -> PixelwrightError:
    return PixelwrightError(
        "tooLarge",
        f"{name} thought for {tokens:,} tokens and came to no answer.",
        "Ask something simpler, or use an Instruct model, which answers at once.",
    )
