"""One answer under way: prefill in pieces, then step by step, with drafts where the text repeats itself."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from pixelwright.errors import PixelwrightError
from pixelwright.model.cache import Snapshot
from pixelwright.model.decode import Features
from pixelwright.model.lookup import Lookup
from pixelwright.model.plan import Place, plan_prompt
from pixelwright.model.request import Delta, Finished, FinishReason, Request, Visual
from pixelwright.model.sampling import Sampler
from pixelwright.model.stop import cut_at_stop, repeats
from pixelwright.model.tokenizer import Detokenizer

if TYPE_CHECKING:
    from pixelwright.model.engine import Engine

PIECE = 4096  # tokens of a prompt computed at once: between two pieces an answer can be given up
PIECE_CPU = 512
BATCH_PATCHES = 8192  # of a clip's frames that go through the vision tower together

DRAFT = 15  # tokens verified in one step, beside the one that is certain
DRAFT_INT8 = 3  # on a CPU: its int8 product grows with the tokens, where the bf16 one only waits for memory
LONGEST_PAUSE = 8  # tokens without a draft after several that were wrong from the start
CHECK_REPEATS = 16  # tokens between two looks for endless repetition


@dataclass(frozen=True, slots=True)
class _Pending:
    """A step that the device has been given. tokens: on their way to the host."""

    tokens: Tensor
    ready: torch.cuda.Event | None
    draft: tuple[int, ...]

    def read(self) -> list[int]:
        if self.ready:
            self.ready.synchronize()
        return self.tokens.tolist()


class Answer:
    """Made by `Engine.start`. `advance` until it gives None, then read `finished`."""

    def __init__(self, engine: Engine, request: Request) -> None:
        self._engine, self._request = engine, request
        self._plan = plan_prompt(request.prompt, engine.config)
        self._values: dict[bytes, Tensor] = {}  # this prompt's features, until it is computed
        self._batch: list[Visual] = []  # the visuals being encoded
        self._encoding: Iterator[None] | None = None
        self._sampler = Sampler(request.sampling, engine.device)
        self._detokenizer = Detokenizer(engine.tokenizer)
        self._lookup = _lookup(request, engine.tokenizer.special_ids) if request.lookup else None
        # With drafts the next step depends on what this one says; without, one can run ahead of the reading.
        self._ahead = 1 if engine.device.type == "cuda" and self._lookup is None else 0
        self.saved: Snapshot | None = None
        self.finished: Finished | None = None
        self._row: int | None = None  # where the next token goes; None before the cache was looked at
        self._reused = self._steps = self._launched = self._checked = 0
        self._refused = self._pause = 0  # drafts in a row that were wrong; tokens to wait for the next one
        self._pending: deque[_Pending] = deque()
        self._last: Tensor | None = None  # the token that the next step is given, on the device
        self._tokens: list[int] = []
        self._text = ""
        self._lost = False
        self._began = time.monotonic()
        self._first_token = 0.0

    @property
    def rows(self) -> int:
        """Rows of the cache that are this answer's by now."""
        return self._row or 0

    @property
    def rows_needed(self) -> int:
        """Rows of the cache that the prompt, the longest answer and a draft behind it take."""
        return len(self._plan.keys) + self._request.max_tokens + self._engine.draft

    @property
    def prefilled(self) -> float:
        """How much of the prompt is computed, 0..1."""
        return min(1.0, self.rows / len(self._plan.keys))

    def cancel(self) -> None:
        """Give the answer up: no step is begun any more."""
        if not self.finished:
            self._finish("cancelled")

    def lose(self) -> None:
        """The engine dropped what this answer has computed: it cannot go on, and says so when it is to."""
        self._lost = not self.finished

    def advance(self) -> Delta | None:
        """Compute a piece: of the prompt (an empty delta), or the next tokens. None when finished.

        Raises `PixelwrightError` (outOfMemory); the answer is lost then, the engine is not.
        """
        if self.finished:
            return None
        if self._lost:
            self._finish("cancelled")
            raise PixelwrightError(
                "outOfMemory",
                "The answer was given up: another one needed its memory.",
                "Ask again.",
            )
        try:
            with self._engine.turn(self):
                return self._compute()
        except PixelwrightError:
            self._finish("cancelled")
            raise

    def _compute(self) -> Delta | None:
        if self._row is None:
            self._row = self._reused = self._engine.reuse(self._plan.keys, self.rows_needed)
        if self._row < len(self._plan.keys):
            self._compute_prompt()
            return Delta("", ())
        while len(self._pending) <= self._ahead and self._launched < self._request.max_tokens:
            self._launch()
        return self._accept(self._pending.popleft())

    # ---- the prompt --------------------------------------------------------------------------------

    def _compute_prompt(self) -> None:
        """Encode some visuals that are still wanted, or run the next piece of the prompt."""
        assert self._row is not None
        end = min(self._row + self._engine.piece, len(self._plan.keys))
        places = [place for place in self._plan.places if place.first < end and place.end > self._row]
        wanted = [place.visual for place in places if place.visual.digest not in self._values]
        if wanted:
            self._encode(wanted)
            return
        features = [self._features(place, self._row, end) for place in places]
        device = self._engine.device
        ids = torch.tensor(self._request.prompt.ids[self._row : end], device=device)
        positions = torch.from_numpy(np.ascontiguousarray(self._plan.positions[:, self._row : end])).to(
            device
        )
        logits = self._engine.decoder.prefill(ids, positions, self._row, features)
        self._engine.decoder.cache.held.extend(self._plan.keys[self._row : end])
        self._row = end
        if end == len(self._plan.keys):
            self._values.clear()
            self._sample(logits, ())

    def _encode(self, wanted: list[Visual]) -> None:
        """Go on with encoding, from the first of the visuals that are wanted and those of its grid."""
        if self._encoding is None:
            first = wanted[0]
            alike = [v for v in wanted if (v.rows, v.columns) == (first.rows, first.columns)]
            self._batch = alike[: max(1, BATCH_PATCHES // (first.rows * first.columns))]
            self._encoding = self._engine.features(self._batch)
        try:
            next(self._encoding)
        except StopIteration as done:
            self._encoding = None
            self._values.update(zip((v.digest for v in self._batch), done.value, strict=True))

    def _features(self, place: Place, begin: int, end: int) -> Features:
        """What a visual gives to the tokens `begin` to `end` of the prompt."""
        first, last = max(place.first, begin), min(place.end, end)
        values = self._values[place.visual.digest][:, first - place.first : last - place.first]
        return Features(first - begin, values)

    # ---- steps -------------------------------------------------------------------------------------

    def _launch(self) -> None:
        """Give the device the next step."""
        assert self._row is not None
        assert self._last is not None
        inputs, draft = self._last, self._draft()
        if draft:
            inputs = torch.cat((inputs, torch.tensor(draft, device=inputs.device)))
        logits = self._engine.decoder.step(inputs, self._row, self._plan.offset)
        self._steps += 1
        self._sample(logits, draft)
        self._row += 1

    def _draft(self) -> tuple[int, ...]:
        """What may come next, or nothing."""
        self._pause -= 1
        if self._lookup is None or self._pause >= 0:
            return ()
        most = min(self._engine.draft, self._request.max_tokens - self._launched - 1)
        draft = self._lookup.draft(most)
        if draft and self._engine.decoder.captured:
            # Captured steps have one size. What fills it up is refused, or happens to be right.
            draft += [0] * (self._engine.draft - len(draft))
        return tuple(draft)

    def _sample(self, logits: Tensor, draft: tuple[int, ...]) -> None:
        tokens = self._sampler(logits)
        self._last = tokens[:1]
        self._launched += 1
        if tokens.device.type == "cuda":
            host = torch.empty(tokens.shape, dtype=tokens.dtype, pin_memory=True)
            host.copy_(tokens, non_blocking=True)
            # Who has a step in reserve can sleep until this one is there; else every microsecond counts.
            ready = torch.cuda.Event(blocking=self._ahead > 0)
            ready.record()
            self._pending.append(_Pending(host, ready, draft))
        else:
            self._pending.append(_Pending(tokens, None, draft))

    def _accept(self, step: _Pending) -> Delta | None:
        """Take over what a step says: its first token, and more as long as the draft foresaw them."""
        assert self._row is not None
        found = step.read()
        agreed = 0
        while agreed < len(step.draft) and step.draft[agreed] == found[agreed]:
            agreed += 1
        held = self._engine.decoder.cache.held
        if self._tokens:
            held.append(self._tokens[-1])
        else:
            self._first_token = time.monotonic() - self._began
        held.extend(step.draft[:agreed])
        if step.draft:
            self._refused = 0 if agreed else self._refused + 1
            self._pause = min(2**self._refused - 1, LONGEST_PAUSE)
            self._row += agreed
            self._launched += agreed
            self._last = torch.tensor([found[agreed]], device=self._engine.device)
        return self._take(found[: agreed + 1])

    def _take(self, tokens: list[int]) -> Delta | None:
        new: list[int] = []
        reason: FinishReason | None = None
        for token in tokens[: self._request.max_tokens - len(self._tokens)]:
            new.append(token)
            self._tokens.append(token)
            if token in self._engine.config.end_tokens:
                reason = "end"
                break
        text = self._detokenizer.feed(new)
        if self._lookup:
            self._lookup.extend(new)
        begin = len(self._text)
        self._text += text
        cut = cut_at_stop(self._text, begin, self._request.stop)
        if cut is not None:
            self._text, reason = self._text[:cut], "stop"
        elif reason is None and len(self._tokens) >= self._request.max_tokens:
            reason = "budget"
        elif reason is None and len(self._tokens) - self._checked >= CHECK_REPEATS:
            self._checked = len(self._tokens)
            reason = "repetition" if repeats(self._tokens) else None
        if reason:
            self._finish(reason)
        return Delta(self._text[begin:], tuple(new))

    def _finish(self, reason: FinishReason) -> None:
        if reason != "stop":
            self._text += self._detokenizer.flush()
        self._pending.clear()
        self._values.clear()
        self._encoding = self.saved = None
        seconds = time.monotonic() - self._began
        if reason != "cancelled":
            with contextlib.suppress(MemoryError, torch.OutOfMemoryError):  # it only saves time
                self._engine.keep_prefix(self._request.prompt.prefix)
            if len(self._tokens) > 1:
                rate = (len(self._tokens) - 1) / max(seconds - self._first_token, 1e-9)
                self._engine.tokens_per_second = rate
        self.finished = Finished(
            reason=reason,
            text=self._text,
            tokens=tuple(self._tokens),
            prompt_tokens=len(self._plan.keys),
            reused=self._reused,
            steps=self._steps,
            first_token=self._first_token,
            seconds=seconds,
        )


def _lookup(request: Request, special: frozenset[int]) -> Lookup:
    return Lookup([*request.hints, request.prompt.ids], special)
