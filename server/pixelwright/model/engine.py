"""The engine: one checkpoint on one device, and the answers that it computes.

One thread owns it. Answers can be advanced in any order: an answer whose turn comes gets the cache, the
other's rows are copied aside.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pixelwright.errors import PixelwrightError
from pixelwright.model.answer import DRAFT, DRAFT_INT8, PIECE, PIECE_CPU, Answer
from pixelwright.model.cache import Key, Snapshot, Snapshots, bytes_per_token, rounded
from pixelwright.model.config import ModelConfig, read_config
from pixelwright.model.decode import Decoder
from pixelwright.model.device import (
    choose_device,
    choose_dtype,
    device_name,
    dtype_name,
    free_bytes,
)
from pixelwright.model.linear import Int8
from pixelwright.model.request import EngineStatus, Request, Visual
from pixelwright.model.tokenizer import Tokenizer
from pixelwright.model.vision import encode_visuals
from pixelwright.model.weights import Weights, count_bytes, load_weights

log = logging.getLogger(__name__)

FEATURE_BYTES = 256 << 20  # of visuals' features kept
SNAPSHOT_BYTES = 512 << 20  # of prompts' beginnings kept
RESERVE = 512 << 20  # bytes of the device left to others, and to what was not measured
INT8_PERCENT = 65  # of the bytes are left: the vision tower stays as it is
WARM_ROWS = 4096  # of the cache from the start: a picture and a page fit
WARM_GRID = 72  # rows and columns of patches of the largest picture by default


class Engine:
    """A loaded checkpoint. `Engine.load` makes one; `start` begins an answer."""

    def __init__(
        self,
        name: str,
        config: ModelConfig,
        tokenizer: Tokenizer,
        weights: Weights,
        device: torch.device,
        dtype: torch.dtype,
        *,
        graphs: bool | None = None,
        compiled: bool | None = None,
        memory_limit: int | None = None,
    ) -> None:
        self.name, self.config, self.tokenizer = name, config, tokenizer
        self.device, self.dtype = device, dtype
        self._weights = weights
        self.piece = PIECE_CPU if device.type == "cpu" else PIECE
        self.is_int8 = isinstance(weights.text.head, Int8)
        self.draft = DRAFT_INT8 if device.type == "cpu" and self.is_int8 else DRAFT
        graphs = device.type == "cuda" if graphs is None else graphs
        compiled = graphs and importlib.util.find_spec("triton") is not None if compiled is None else compiled
        with _steady_kernels(device):
            self.decoder = Decoder(weights.text, config.text, device, dtype, graphs=graphs, compiled=compiled)
        self._features = _FeatureCache(FEATURE_BYTES)
        self._snapshots = Snapshots(SNAPSHOT_BYTES)
        self._active: Answer | None = None
        self._memory_limit = memory_limit
        self._peak = 0  # bytes that computing takes beside weights and cache
        self.tokens_per_second = 0.0
        if device.type == "cuda":
            with torch.inference_mode(), _steady_kernels(device):
                self._warm_up()

    @classmethod
    def load(
        cls,
        folder: Path,
        *,
        name: str | None = None,
        device: str | None = None,
        dtype: str | None = None,
        int8: bool = False,
        graphs: bool | None = None,
        compiled: bool | None = None,
        memory_limit: int | None = None,
        progress: Callable[[float, str], None] = lambda _fraction, _message: None,
    ) -> Engine:
        """The checkpoint in `folder`, ready to answer.

        device, dtype: what is best here unless named. int8: weight-only, halves the memory read for each
        token. graphs, compiled: False runs every operation by itself. memory_limit: bytes for the cache
        of keys and values.
        Raises `PixelwrightError`: notFound, unsupported, unreadable, outOfMemory, usage.
        """
        config = read_config(folder)
        target = choose_device(device)
        if target.type == "cuda":
            torch.cuda.set_device(target)
        number_type = choose_dtype(dtype, target)
        title = name or folder.name
        message = f"Loading {title} onto {target}"
        progress(0.0, message)
        tokenizer = Tokenizer.load(folder)
        _check_room(folder, title, target, number_type, int8)
        with torch.inference_mode(), _memory_errors(title, target):
            weights = load_weights(
                folder,
                config,
                target,
                number_type,
                int8=int8,
                report=lambda part: progress(part, message),
            )
            if target.type == "cuda":
                progress(1.0, f"Getting {title} ready on {target}; the first time takes a minute")
            return cls(
                title,
                config,
                tokenizer,
                weights,
                target,
                number_type,
                graphs=graphs,
                compiled=compiled,
                memory_limit=memory_limit,
            )

    def start(self, request: Request) -> Answer:
        """Begin an answer; nothing is computed before it is advanced.

        Raises `PixelwrightError` (tooLarge) when the prompt and the answer are longer than the model sees.
        """
        longest = self.config.text.max_positions
        if len(request.prompt.ids) + request.max_tokens > longest:
            raise PixelwrightError(
                "tooLarge",
                f"The question has {len(request.prompt.ids)} tokens; with an answer of {request.max_tokens} "
                f"that is more than the {longest} that {self.name} can see.",
                "Use fewer or smaller pictures, or a shorter clip.",
            )
        return Answer(self, request)

    def status(self) -> EngineStatus:
        return EngineStatus(
            model=self.name,
            device=device_name(self.device),
            dtype="int8" if self.is_int8 else dtype_name(self.dtype),
            memory=self.memory(),
            tokens_per_second=round(self.tokens_per_second, 1),
        )

    def memory(self) -> int:
        """Bytes held on the device: weights, cache, features."""
        if self.device.type == "cuda":
            return torch.cuda.memory_allocated(self.device)
        cache = self.decoder.cache.length * bytes_per_token(self.config.text, self.dtype)
        return count_bytes(self._weights) + cache + self._features.size

    def forget(self) -> None:
        """Drop everything that can be computed again: cached beginnings, features, graphs, the cache itself.

        An answer that is in the middle of it is lost.
        """
        self._features.clear()
        self._snapshots.clear()
        if self._active:
            self._active.lose()
            self._active = None
        self.decoder.resize(0)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def _warm_up(self) -> None:
        """Compile, choose kernels and capture before anybody waits, and measure what computing takes."""
        self._make_room(WARM_ROWS, 0)
        vision = self.config.vision
        patches = np.zeros((WARM_GRID**2, vision.patch_values), np.uint8)
        torch.cuda.reset_peak_memory_stats(self.device)
        before = torch.cuda.memory_allocated(self.device)
        visual = Visual(patches, WARM_GRID, WARM_GRID, b"")
        deque(encode_visuals([visual], self._weights.vision, vision), maxlen=0)
        ids = torch.arange(PIECE, device=self.device) % self.config.text.vocabulary
        self.decoder.prefill(ids, ids.expand(3, -1), 0, [])
        self._peak = torch.cuda.max_memory_allocated(self.device) - before
        for tokens in (1, 1 + self.draft):
            self.decoder.verify(ids[:tokens])
        torch.cuda.synchronize(self.device)

    # ---- for answers -------------------------------------------------------------------------------

    @contextlib.contextmanager
    def turn(self, answer: Answer) -> Iterator[None]:
        """Give the cache to `answer` while it computes. Out of memory drops all that can be spared."""
        try:
            with torch.inference_mode(), _steady_kernels(self.device), _memory_errors(self.name, self.device):
                if self._active is not answer:
                    if self._active and not self._active.finished:
                        self._active.saved = self.decoder.cache.snapshot(self._active.rows)
                    self._active = answer
                    if answer.saved:
                        self._make_room(answer.rows_needed, 0)
                        self.decoder.cache.restore(answer.saved)
                        answer.saved = None
                yield
        except PixelwrightError as error:
            if error.code == "outOfMemory":
                self.forget()
            raise

    def reuse(self, keys: Sequence[Key], needed: int) -> int:
        """How many of a new prompt's first rows the cache holds already, by itself or from a copy.

        The cache then has room for `needed` rows. Raises `PixelwrightError` (outOfMemory).
        """
        cache = self.decoder.cache
        limit = len(keys) - 1  # at least one token has to be computed: its logits are wanted
        common = min(cache.common(keys), limit)
        snapshot, count = self._snapshots.best(keys)
        if snapshot and min(count, limit) > common:
            self._make_room(needed, 0)
            self.decoder.cache.restore(snapshot, min(count, limit))
        else:
            self._make_room(needed, common)
        self.decoder.cache.held = self.decoder.cache.held[: min(max(common, count), limit)]
        return len(self.decoder.cache.held)

    def keep_prefix(self, prefix: int) -> None:
        """Copy the first rows of the cache aside, for other prompts that begin alike."""
        held = self.decoder.cache.held[:prefix]
        if len(held) == prefix > 0 and self._snapshots.best(held)[1] < prefix:
            self._snapshots.keep(self.decoder.cache.snapshot(prefix))

    def features(self, visuals: Sequence[Visual]) -> Generator[None, None, list[Tensor]]:
        """Features [1 + deepstack, tokens, hidden] of visuals of one grid, from the cache or computed.

        Yields in between, and returns them.
        """
        # Taken at once: what is kept now may be gone when the others are computed.
        found = {v.digest: self._features[v.digest] for v in visuals if v.digest in self._features}
        new = {v.digest: v for v in visuals if v.digest not in found}
        if new:
            values = yield from encode_visuals([*new.values()], self._weights.vision, self.config.vision)
            for digest, value in zip(new, values, strict=True):
                found[digest] = value.clone()  # not a view that keeps the whole batch alive
                self._features.keep(digest, found[digest])
        return [found[visual.digest] for visual in visuals]

    def _make_room(self, needed: int, keep: int) -> None:
        """Let the cache have `needed` rows, keeping the first `keep`."""
        cache = self.decoder.cache
        if cache.length >= needed:
            return
        length = rounded(needed)
        row = bytes_per_token(self.config.text, self.dtype)
        size = length * row
        spare = free_bytes(self.device) + cache.length * row - self._peak - RESERVE
        limit = max(0, spare) if self._memory_limit is None else self._memory_limit
        if size > limit:
            raise _out_of_memory(
                self.name, self.device, f"{size >> 20} MB are needed, {limit >> 20} MB are left"
            )
        saved: Snapshot | None = cache.snapshot(keep) if keep else None
        self.decoder.resize(length)
        if saved:
            self.decoder.cache.restore(saved)


class _FeatureCache:
    """Visuals' features by digest; the least recently used go first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[bytes, Tensor] = OrderedDict()
        self.size = 0

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._kept

    def __getitem__(self, digest: bytes) -> Tensor:
        self._kept.move_to_end(digest)
        return self._kept[digest]

    def keep(self, digest: bytes, value: Tensor) -> None:
        if digest in self._kept:
            return
        self._kept[digest] = value
        self.size += value.numel() * value.element_size()
        while self.size > self._limit and len(self._kept) > 1:
            _, dropped = self._kept.popitem(last=False)
            self.size -= dropped.numel() * dropped.element_size()

    def clear(self) -> None:
        self._kept.clear()
        self.size = 0


def _check_room(folder: Path, name: str, device: torch.device, dtype: torch.dtype, int8: bool) -> None:
    """Refuse weights that will not fit before they push everything else out of memory."""
    stored = sum(path.stat().st_size for path in folder.glob("*.safetensors"))  # two bytes a number
    needed = stored * dtype.itemsize // 2
    if int8:
        needed = needed * INT8_PERCENT // 100
    if needed > free_bytes(device):
        raise _out_of_memory(
            name, device, f"its weights take {needed >> 20} MB, {free_bytes(device) >> 20} MB are free"
        )


@contextlib.contextmanager
def _steady_kernels(device: torch.device) -> Iterator[None]:
    """Without cuDNN's attention: for every new length it plans anew, which takes tens of milliseconds."""
    before = torch.backends.cuda.cudnn_sdp_enabled()
    torch.backends.cuda.enable_cudnn_sdp(before and device.type != "cuda")
    try:
        yield
    finally:
        torch.backends.cuda.enable_cudnn_sdp(before)


@contextlib.contextmanager
def _memory_errors(name: str, device: torch.device) -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _out_of_memory(name, device, str(error).split(". ")[0]) from error
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, RuntimeError) and "allocate memory" not in str(error):
            raise
        raise _out_of_memory(name, device, str(error)[:200]) from error


def _out_of_memory(name: str, device: torch.device, why: str) -> PixelwrightError:
    return PixelwrightError(
        "outOfMemory",
        f"{name} has not enough memory on {device}: {why}.",
        "Use a smaller picture or a shorter clip, close other programs that use the device, "
        "or set PIXELWRIGHT_PRECISION=int8.",
    )
