"""Running the language model: a piece of a prompt, or a step of a few tokens; eager or as a CUDA graph."""

from __future__ import annotations

import logging
from typing import NamedTuple

import torch
from torch import Tensor

from pixelwright.model.attention import (
    Span,
    StepAttention,
    attend_prompt,
    attend_step,
    choose_step_attention,
    eager_span,
    graph_span,
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
        self._rotary = Rotary(config, device, dtype)
        self._graphs: dict[tuple[int, int], _Captured] | None = {} if graphs else None
        self._halves = _compile(EAGER) if compiled else EAGER
        self._attend: StepAttention = attend_step
        if graphs:
            self._attend = choose_step_attention(
                device, dtype, config.heads, config.kv_heads, config.head_dim
            )
        self.cache = KVCache(config, 0, device, dtype)

    @property
    def captured(self) -> bool:
        """Whether steps are replayed: then each number of tokens costs a capture, once."""
        return self._graphs is not None

    @property
    def kind(self) -> str:
        """How steps run, for reports: `eager`, or `graphs, compiled, attend_step`."""
        if self._graphs is None:
            return "eager"
        return f"graphs{', compiled' if self._halves is not EAGER else ''}, {self._attend.__name__}"

    def resize(self, length: int) -> None:
        """Give the cache another length; what it holds is lost."""
        self.forget_graphs()
        self.cache = KVCache(self._config, 0, self._device, self._dtype)  # the old one is freed first
        self.cache = KVCache(self._config, length, self._device, self._dtype)

    def forget_graphs(self) -> None:
        if self._graphs:
            self._graphs = {}

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
        if self._graphs is None:
            slots = torch.arange(start, start + tokens.shape[0], device=self._device)
            return self._run(tokens, slots, slots + offset, eager_span(tokens.shape[0], start, self._device))
        key = (tokens.shape[0], self._window(start + tokens.shape[0]))
        captured = self._graphs.get(key)
        if captured is None:
            captured = _Captured(self, tokens, start, offset, key[1])
            self._graphs[key] = captured
        return captured.replay(tokens, start, offset)

    def _window(self, end: int) -> int:
        if self._attend is not attend_step:
            return self.cache.length  # these look at no more rows than count
        window = SMALLEST_WINDOW
        while window < end:
            window *= 2
        return min(window, self.cache.length)

    def _run(self, tokens: Tensor, slots: Tensor, positions: Tensor, span: Span) -> Tensor:
        x = rows(self._weights.embedding, tokens, self._dtype)
        cos, sin = self._rotary(positions)
        for layer, keys, values in zip(self._weights.layers, self.cache.keys, self.cache.values, strict=True):
            q = self._halves.before(x, layer, cos, sin, slots, keys, values, self._shape)
            x = self._halves.after(x, self._attend(q, keys, values, span), layer, self._shape)
        return self._halves.final(x, self._weights.norm, self._weights.head, self._shape)

    def run_captured(self, tokens: Tensor, start: Tensor, offset: Tensor, window: int) -> Tensor:
        """A step whose place only the device knows: what a graph holds. start, offset: [] int64."""
        slots = start + torch.arange(tokens.shape[0], device=self._device)
        return self._run(tokens, slots, slots + offset, graph_span(slots, window))


class _Captured:
    """One step as a CUDA graph, with the buffers that it reads and writes."""

    def __init__(self, decoder: Decoder, tokens: Tensor, start: int, offset: int, window: int) -> None:
        self._tokens = tokens.clone()
        self._start = torch.tensor(start, device=tokens.device)
        self._offset = torch.tensor(offset, device=tokens.device)
        # Running ahead of the capture compiles, chooses algorithms and allocates; it writes the very rows
        # of the cache that the step is going to write.
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(WARM_UPS):
                decoder.run_captured(self._tokens, self._start, self._offset, window)
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._logits = decoder.run_captured(self._tokens, self._start, self._offset, window)

    def replay(self, tokens: Tensor, start: int, offset: int) -> Tensor:
        self._tokens.copy_(tokens, non_blocking=True)
        self._start.fill_(start)  # a kernel's argument, not a copy: nothing waits
        self._offset.fill_(offset)
        self._graph.replay()
        return self._logits


def _compile(halves: Halves) -> Halves:
    """The halves of a layer fused by TorchInductor; one compilation serves all layers."""
    import torch._inductor.config as inductor

    inductor.coordinate_descent_tuning = True
    return Halves(*(torch.compile(half, fullgraph=True) for half in halves))
