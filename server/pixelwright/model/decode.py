"""Running the language model: a piece of a prompt, or a step of a few tokens; eager or as a CUDA graph."""

from __future__ import annotations

import logging
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from pixelwright.model.attention import (
    LENGTH_ON_DEVICE,
    Span,
    StepAttention,
    attend_prompt,
    attend_step,
    choose_step_attention,
    eager_span,
    graph_span,
    name_of,
)
from pixelwright.model.cache import KVCache
from pixelwright.model.config import TextConfig
from pixelwright.model.linear import rows
from pixelwright.model.rotary import Rotary
from pixelwright.model.text import EAGER, Halves, shape_of
from pixelwright.model.weights import Text

log = logging.getLogger(__name__)

SMALLEST_WINDOW = 1024  # cache rows that a captured step looks at, where it has to look at all of them
WARM_UPS = 3
LEAST_LIKENESS = 0.995  # cosine of a captured step's logits with the eager step's


class Features(NamedTuple):
    """A visual's tokens among a piece of a prompt: where they go, and [1 + deepstack, tokens, hidden]."""

    first: int
    values: Tensor


class Decoder:
    """The language model on its device, with the cache that it fills.

    graphs: replay steps as CUDA graphs. compiled: with their parts compiled by torch.compile.
    """

    def __init__(
        self,
        weights: Text,
        config: TextConfig,
        device: torch.device,
        dtype: torch.dtype,
        *,
        graphs: bool,
        compiled: bool,
    ) -> None:
        self._weights = weights
        self._config = config
        self._device, self._dtype = device, dtype
        self._shape = shape_of(config)
        self._group = config.heads // config.kv_heads
        self._rotary = Rotary(config, device, dtype)
        self.captured = graphs
        self._graphs: dict[tuple[int, int], _Captured] = {}
        self._halves = _compile(EAGER) if graphs and compiled else EAGER
        self._attend: StepAttention = attend_step
        if graphs:
            self._attend = choose_step_attention(
                device, dtype, config.heads, config.kv_heads, config.head_dim, compiled
            )
        self.notes: list[str] = []  # what was given up, and why
        self.resize(0)

    @property
    def kind(self) -> str:
        """How steps run, for reports: `eager`, or `graphs, compiled, attend_step`."""
        if not self.captured:
            return "eager"
        return f"graphs{', compiled' if self._halves is not EAGER else ''}, {name_of(self._attend)}"

    def resize(self, length: int) -> None:
        """Give the cache another length; what it holds is lost."""
        self._drop_graphs()
        self.cache = KVCache(self._config, 0, self._device, self._dtype)  # the old one is freed first
        self.cache = KVCache(self._config, length, self._device, self._dtype)
        if self._halves is not EAGER:
            for rows_ in (*self.cache.keys, *self.cache.values):
                torch._dynamo.mark_dynamic(rows_, 0)  # another length is no reason to compile anew

    def simplify(self, why: str) -> None:
        """Give up the compiler, else the special attention, else the graphs: slower, the same tokens."""
        if self._halves is not EAGER:
            what, self._halves = "torch.compile", EAGER
        elif self._attend is not attend_step:
            what, self._attend = name_of(self._attend), attend_step
        else:
            what, self.captured = "CUDA graphs", False
        self._drop_graphs()
        log.warning("%s is not used: %s", what, why)
        self.notes.append(f"{what} is not used: {why}")

    def _drop_graphs(self) -> None:
        if self._graphs and self._device.type == "cuda":
            torch.cuda.synchronize(self._device)  # the last of them may still run
        self._graphs.clear()

    def verify(self, tokens: Tensor) -> None:
        """Compile and capture the steps of so many tokens, and hold their logits against the eager step's.

        What fails or does not agree is given up: see `notes`. Overwrites rows of the cache.
        """
        end = 0
        while end < self.cache.length:
            end = self._window(end + 1)
            self._verify(tokens, end - tokens.shape[0])

    def _verify(self, tokens: Tensor, start: int) -> None:
        count = tokens.shape[0]
        slots = torch.arange(start, start + count, device=self._device)
        span = eager_span(count, start, self._group, self._device, self._dtype)
        wanted = self._run(tokens, slots, slots, span, EAGER, attend_step).float()
        while self.captured:
            try:
                found = self.step(tokens, start, 0).float()
                likeness = torch.cosine_similarity(found, wanted, dim=-1).min().item()
                if likeness > LEAST_LIKENESS:
                    return
                self.simplify(f"its logits differ from the eager step's (cosine {likeness:.4f})")
            except torch.OutOfMemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - compilers and drivers fail in their own ways
                self.simplify(f"{type(error).__name__}: {str(error)[:300]}")

    def prefill(self, ids: Tensor, positions: Tensor, start: int, features: list[Features]) -> Tensor:
        """Logits [1, vocabulary] behind the last of `ids` [tokens], which go to the cache from `start` on.

        positions: [3, tokens]. features: of the visuals that have tokens here.
        """
        x = rows(self._weights.embedding, ids, self._dtype)
        for first, values in features:
            x[first : first + values.shape[1]] = values[0]
        cos, sin = self._rotary(positions)
        end = start + ids.shape[0]
        slots = torch.arange(start, end, device=self._device)
        for index, layer in enumerate(self._weights.layers):
            keys, values_ = self.cache.keys[index], self.cache.values[index]
            q = EAGER.before(x, layer, cos, sin, slots, keys, values_, self._shape)
            x = EAGER.after(x, attend_prompt(q, keys[:end], values_[:end], start), layer, self._shape)
            for first, values in features:
                if index + 1 < values.shape[0]:
                    x[first : first + values.shape[1]] += values[index + 1]
        return EAGER.final(x[-1:], self._weights.norm, self._weights.head, self._shape)

    def step(self, tokens: Tensor, start: int, offset: int) -> Tensor:
        """Logits [tokens, vocabulary] behind each of `tokens` [tokens].

        They go to the cache from `start` on; their positions are their rows + `offset`. The result is valid
        until the next step.
        """
        if not self.captured:
            slots = torch.arange(start, start + tokens.shape[0], device=self._device)
            span = eager_span(tokens.shape[0], start, self._group, self._device, self._dtype)
            return self._run(tokens, slots, slots + offset, span, EAGER, attend_step)
        key = (tokens.shape[0], self._window(start + tokens.shape[0]))
        captured = self._graphs.get(key)
        if captured is None:
            captured = _Captured(self, tokens, start, offset, key[1])
            self._graphs[key] = captured
        return captured.replay(tokens, start, offset)

    def _window(self, end: int) -> int:
        if self._attend in LENGTH_ON_DEVICE:
            return self.cache.length
        window = SMALLEST_WINDOW
        while window < end:
            window *= 2
        return min(window, self.cache.length)

    def _run(
        self,
        tokens: Tensor,
        slots: Tensor,
        positions: Tensor,
        span: Span,
        halves: Halves,
        attend: StepAttention,
    ) -> Tensor:
        x = rows(self._weights.embedding, tokens, self._dtype)
        cos, sin = self._rotary(positions)
        for layer, keys, values in zip(self._weights.layers, self.cache.keys, self.cache.values, strict=True):
            q = halves.before(x, layer, cos, sin, slots, keys, values, self._shape)
            x = halves.after(x, attend(q, keys, values, span), layer, self._shape)
        return halves.final(x, self._weights.norm, self._weights.head, self._shape)

    def run_captured(self, tokens: Tensor, start: Tensor, offset: Tensor, window: int) -> Tensor:
        """A step whose place only the device knows: what a graph holds. start, offset: [] int64."""
        slots = start + torch.arange(tokens.shape[0], device=self._device)
        masked = self._attend not in LENGTH_ON_DEVICE
        span = graph_span(slots, window, self._group, self._dtype, masked=masked)
        return self._run(tokens, slots, slots + offset, span, self._halves, self._attend)


class _Captured:
    """One step of fixed shapes as a CUDA graph, with the buffers that it reads and writes.

    Where there are no CUDA graphs the same step is run anew each time.
    """

    def __init__(self, decoder: Decoder, tokens: Tensor, start: int, offset: int, window: int) -> None:
        self._tokens = tokens.clone()
        self._start = torch.tensor(start, device=tokens.device)
        self._offset = torch.tensor(offset, device=tokens.device)
        self._run = partial(decoder.run_captured, self._tokens, self._start, self._offset, window)
        self._graph: torch.cuda.CUDAGraph | None = None
        if tokens.device.type == "cuda":
            self._capture()

    def _capture(self) -> None:
        # Running ahead of the capture compiles, chooses algorithms and allocates; it writes the very rows
        # of the cache that the step is going to write.
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                self._run()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._logits = self._run()
        self._graph = graph

    def replay(self, tokens: Tensor, start: int, offset: int) -> Tensor:
        self._tokens.copy_(tokens, non_blocking=True)
        self._start.fill_(start)  # a kernel's argument, not a copy: nothing waits
        self._offset.fill_(offset)
        if self._graph is None:
            return self._run()
        self._graph.replay()
        return self._logits


def _compile(halves: Halves) -> Halves:
    """The halves of a layer fused by TorchInductor; one compilation serves all layers."""
    import torch._dynamo.config as dynamo
    import torch._inductor.config as inductor

    inductor.coordinate_descent_tuning = True  # without it products with one row are left to slower kernels
    dynamo.recompile_limit = 64  # for each kind of layer, number of tokens and number type
    return Halves(*(torch.compile(half, fullgraph=True) for half in halves))
