"""Weights in memory: from safetensors files, or made up where only speed is measured."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from pixelwright.errors import PixelwrightError
from pixelwright.model.config import ModelConfig, TextConfig, VisionConfig
from pixelwright.model.linear import Weight, quantize


class Norm(NamedTuple):
    """A layer norm's or an affine map's weight and bias."""

    weight: Tensor
    bias: Tensor


class VisionBlock(NamedTuple):
    norm1: Norm
    qkv: Norm
    output: Norm
    norm2: Norm
    up: Norm
    down: Norm


class Merger(NamedTuple):
    """Joins merge x merge patches into one token. `after`: the norm sees the joined patches."""

    norm: Norm
    up: Norm
    down: Norm
    after: bool


class Vision(NamedTuple):
    patches: Norm  # [hidden, 3 * temporal * patch * patch]
    positions: Tensor  # [positions, hidden]
    blocks: tuple[VisionBlock, ...]
    merger: Merger
    deepstack: tuple[Merger, ...]


class Mlp(NamedTuple):
    gate_up: Weight  # [2 * intermediate, hidden]
    down: Weight


class Mixture(NamedTuple):
    router: Tensor  # [experts, hidden]
    gate_up: Tensor  # [experts, 2 * intermediate, hidden]
    down: Tensor  # [experts, hidden, intermediate]


class Layer(NamedTuple):
    input_norm: Tensor
    qkv: Weight  # [(heads + 2 * kv_heads) * head_dim, hidden]
    q_norm: Tensor
    k_norm: Tensor
    output: Weight
    post_norm: Tensor
    mlp: Mlp | Mixture


class Text(NamedTuple):
    embedding: Weight  # [vocabulary, hidden]
    layers: tuple[Layer, ...]
    norm: Tensor
    head: Weight  # the embedding itself where they are tied


class Weights(NamedTuple):
    vision: Vision
    text: Text


class Source(Protocol):
    """Gives a tensor by its name in the checkpoint; raises `PixelwrightError` if it is not of that shape.

    either: its last two dimensions may be stored the other way round; they come as asked for.
    """

    def __call__(self, name: str, *shape: int, either: bool = False) -> Tensor: ...


def load_weights(
    folder: Path,
    config: ModelConfig,
    device: torch.device,
    dtype: torch.dtype,
    *,
    int8: bool = False,
    report: Callable[[float], None] = lambda _: None,
) -> Weights:
    """The checkpoint's weights on `device`; `report` hears the fraction that is there.

    Raises `PixelwrightError` when files or tensors are missing or of another shape.
    """
    from safetensors import SafetensorError, safe_open

    files = {}
    for path, names in _files(folder):
        files.update(dict.fromkeys(names, safe_open(path, "pt", str(device))))
    total, seen = len(files), 0

    def take(name: str, *shape: int, either: bool = False) -> Tensor:
        nonlocal seen
        if name not in files:
            raise _broken(folder, f"{name} is missing")
        try:
            tensor: Tensor = files[name].get_tensor(name)
        except SafetensorError as error:
            raise _broken(folder, str(error)) from error
        # First the stored order of transformers 4, which all published mixtures have, then that of 5.
        if either and tensor.mT.shape == torch.Size(shape):
            tensor = tensor.mT.contiguous()
        if tensor.shape != torch.Size(shape):
            raise _broken(folder, f"{name} is {tuple(tensor.shape)}, not {shape}")
        seen += 1
        report(seen / total)
        return tensor.to(dtype)

    return build(take, config, int8=int8)


def random_weights(
    config: ModelConfig, device: torch.device, dtype: torch.dtype, *, int8: bool = False
) -> Weights:
    """Weights of the right shapes that mean nothing, seeded: enough to measure speed."""
    generator = torch.Generator(device).manual_seed(0)

    def make(name: str, *shape: int, either: bool = False) -> Tensor:  # noqa: ARG001
        if "norm" in name and len(shape) == 1:
            return torch.full(shape, 1.0 if name.endswith("weight") else 0.0, device=device, dtype=dtype)
        tensor = torch.empty(shape, device=device, dtype=dtype)
        return tensor.normal_(0.0, 0.02, generator=generator)

    return build(make, config, int8=int8)


def build(take: Source, config: ModelConfig, *, int8: bool = False) -> Weights:
    """All weights from `take`, with the matrices that read the same input joined into one."""
    pack = quantize if int8 else _as_stored
    return Weights(_vision(take, config.vision), _text(take, config.text, pack))


def _as_stored(weight: Tensor) -> Weight:
    return weight


def _vision(take: Source, c: VisionConfig) -> Vision:
    root = "model.visual"

    def pair(name: str, out: int, *inner: int) -> Norm:
        return Norm(take(f"{root}.{name}.weight", out, *inner), take(f"{root}.{name}.bias", out))

    def merger(name: str, after: bool) -> Merger:
        joined = c.hidden * c.merge**2
        return Merger(
            pair(f"{name}.norm", joined if after else c.hidden),
            pair(f"{name}.linear_fc1", joined, joined),
            pair(f"{name}.linear_fc2", c.output, joined),
            after,
        )

    def block(name: str) -> VisionBlock:
        return VisionBlock(
            pair(f"{name}.norm1", c.hidden),
            pair(f"{name}.attn.qkv", 3 * c.hidden, c.hidden),
            pair(f"{name}.attn.proj", c.hidden, c.hidden),
            pair(f"{name}.norm2", c.hidden),
            pair(f"{name}.mlp.linear_fc1", c.intermediate, c.hidden),
            pair(f"{name}.mlp.linear_fc2", c.hidden, c.intermediate),
        )

    patches = pair("patch_embed.proj", c.hidden, 3, c.temporal, c.patch, c.patch)
    return Vision(
        Norm(patches.weight.reshape(c.hidden, c.patch_values), patches.bias),
        take(f"{root}.pos_embed.weight", c.positions, c.hidden),
        tuple(block(f"blocks.{i}") for i in range(c.depth)),
        merger("merger", after=False),
        tuple(merger(f"deepstack_merger_list.{i}", after=True) for i in range(len(c.deepstack))),
    )


def _text(take: Source, c: TextConfig, pack: Callable[[Tensor], Weight]) -> Text:
    root = "model.language_model"
    q_size, kv_size = c.heads * c.head_dim, c.kv_heads * c.head_dim

    def mlp(name: str, sparse: bool) -> Mlp | Mixture:
        if not sparse or c.experts is None:
            gate = take(f"{name}.gate_proj.weight", c.intermediate, c.hidden)
            up = take(f"{name}.up_proj.weight", c.intermediate, c.hidden)
            down = take(f"{name}.down_proj.weight", c.hidden, c.intermediate)
            return Mlp(pack(torch.cat([gate, up])), pack(down))
        e = c.experts
        return Mixture(
            take(f"{name}.gate.weight", e.count, c.hidden),
            take(f"{name}.experts.gate_up_proj", e.count, 2 * e.intermediate, c.hidden, either=True),
            take(f"{name}.experts.down_proj", e.count, c.hidden, e.intermediate, either=True),
        )

    def layer(index: int) -> Layer:
        name = f"{root}.layers.{index}"
        q = take(f"{name}.self_attn.q_proj.weight", q_size, c.hidden)
        k = take(f"{name}.self_attn.k_proj.weight", kv_size, c.hidden)
        v = take(f"{name}.self_attn.v_proj.weight", kv_size, c.hidden)
        return Layer(
            input_norm=take(f"{name}.input_layernorm.weight", c.hidden),
            qkv=pack(torch.cat([q, k, v])),
            q_norm=take(f"{name}.self_attn.q_norm.weight", c.head_dim),
            k_norm=take(f"{name}.self_attn.k_norm.weight", c.head_dim),
            output=pack(take(f"{name}.self_attn.o_proj.weight", c.hidden, q_size)),
            post_norm=take(f"{name}.post_attention_layernorm.weight", c.hidden),
            mlp=mlp(f"{name}.mlp", c.experts is not None and index in c.experts.layers),
        )

    embedding = pack(take(f"{root}.embed_tokens.weight", c.vocabulary, c.hidden))
    head = embedding if c.tied else pack(take("lm_head.weight", c.vocabulary, c.hidden))
    layers = tuple(layer(i) for i in range(c.layers))
    return Text(embedding, layers, take(f"{root}.norm.weight", c.hidden), head)


def _files(folder: Path) -> Iterator[tuple[Path, list[str]]]:
    from safetensors import SafetensorError, safe_open

    index = folder / "model.safetensors.index.json"
    try:
        if index.exists():
            shards: dict[str, list[str]] = {}
            for name, shard in json.loads(index.read_text(encoding="utf-8"))["weight_map"].items():
                shards.setdefault(shard, []).append(name)
            for shard, names in shards.items():
                yield _file(folder, shard), names
        else:
            path = _file(folder, "model.safetensors")
            with safe_open(path, "pt") as opened:
                yield path, list(opened.keys())
    except (SafetensorError, ValueError, KeyError) as error:
        raise _broken(folder, str(error)) from error


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.exists():
        raise _broken(folder, f"{name} is missing")
    return path


def _broken(folder: Path, why: str) -> PixelwrightError:
    return PixelwrightError(
        "unreadable",
        f"The weights in {folder} are not complete: {why}.",
        "Install the model again: `pixelwright model install`.",
    )


def count_bytes(weights: object) -> int:
    """Bytes of all distinct tensors in a tree of tuples."""
    seen: dict[int, int] = {}

    def walk(node: object) -> None:
        if isinstance(node, Tensor):
            seen[node.data_ptr()] = node.numel() * node.element_size()
        elif isinstance(node, tuple):
            for child in node:
                walk(child)

    walk(weights)
    return sum(seen.values())


def decode_bytes(config: TextConfig, weights: Text) -> float:
    """Bytes that have to be read to compute one token, without the cache.

    Of a mixture's experts only those that are chosen count; of the embedding only the head.
    """
    total = count_bytes(weights) - (0 if config.tied else count_bytes((weights.embedding,)))
    for layer in weights.layers:
        if isinstance(layer.mlp, Mixture) and config.experts:
            unused = 1 - config.experts.per_token / config.experts.count
            total -= math.floor(unused * count_bytes((layer.mlp.gate_up, layer.mlp.down)))
    return total
