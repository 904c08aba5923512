"""The engine's parts, one by one."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from pixelwright.model.attention import attend_step, attend_step_split, eager_span, graph_span
from pixelwright.model.cache import KVCache, Snapshot, Snapshots, bytes_per_token, common_prefix, rounded
from pixelwright.model.config import read_config
from pixelwright.model.linear import UNPACK_ROWS, linear, quantize, rows
from pixelwright.model.lookup import Lookup
from pixelwright.model.plan import plan_prompt
from pixelwright.model.request import Prompt, Sampling
from pixelwright.model.sampling import Sampler
from pixelwright.model.stop import cut_at_stop, repeats
from pixelwright.model.store import TINY

CPU = torch.device("cpu")


# ---- look-up -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "said", "limit", "draft"),
    [
        ([[1, 2, 3, 4, 5, 6]], [9, 2, 3], 3, [4, 5, 6]),
        ([[1, 2, 3, 4], [7, 2, 3, 8, 8]], [2, 3], 2, [8, 8]),  # the latest place counts
        ([[5, 1, 2, 3, 4], [6, 1, 2, 3, 7]], [5, 1, 2, 3], 1, [4]),  # but a longer match before it
        ([[1, 2, 3]], [3], 5, []),  # one token is too little
        ([[1, 2, 3]], [8, 9], 5, []),
        ([], [1, 2, 3, 1, 2, 3, 1, 2], 7, [3, 1, 2, 3, 1, 2, 3]),  # goes on into itself
        ([[1, 2, 99, 4]], [1, 2], 5, []),  # 99 is special
        ([[1, 2, 3, 99, 4]], [1, 2], 5, [3]),
        ([[1, 2], [3, 4]], [9, 1, 2], 5, []),  # never from one text into the next
    ],
)
def test_look_up(texts: list[list[int]], said: list[int], limit: int, draft: list[int]) -> None:
    lookup = Lookup(texts, frozenset([99]))
    lookup.extend(said)
    assert lookup.draft(limit) == draft


def test_a_draft_goes_on_behind_what_was_another_token() -> None:
    lookup = Lookup([], frozenset())
    lookup.extend([1, 2, 3, 70, 4, 5, 6, 70, 7, 8, 9, 1, 2, 3])
    assert lookup.draft(5) == [70, 4, 5, 6, 70]
    lookup.extend([71])  # wrong from the start: no more of it
    assert lookup.draft(5) == []
    lookup.extend([4, 5, 6])
    assert lookup.draft(5) == [70, 7, 8, 9, 1]
    lookup.extend([70, 7, 88])
    assert lookup.draft(3) == [9, 1, 2]


# ---- stop --------------------------------------------------------------------------------------------


def test_stop_texts() -> None:
    assert cut_at_stop("<p></html>\n", 0, ("</html>",)) == 10
    assert cut_at_stop("<p></html>\n", 9, ("</html>",)) == 10  # the end came last
    assert cut_at_stop("a b", 0, ("c", "b", " ")) == 2  # the first that comes
    assert cut_at_stop("a b", 0, ()) is None


@pytest.mark.parametrize("block", [[7], [1, 2, 3], [*range(90)]])
def test_endless_repetition(block: list[int]) -> None:
    count = max(400, 4 * len(block)) // len(block) + 1
    assert repeats([500, 501, *(block * count)])
    assert not repeats([500, 501, *(block * count), 502])
    assert not repeats((block * count)[: max(400, 4 * len(block)) - 1])


def test_a_long_table_is_no_repetition() -> None:
    rows_ = [token for row in range(200) for token in (1, 2, 3, 1000 + row, 4, 5)]
    assert not any(repeats(rows_[:end]) for end in range(300, len(rows_), 7))


# ---- sampling ----------------------------------------------------------------------------------------


def test_sampling_draws_as_often_as_is_likely() -> None:
    chances = torch.tensor([0.5, 0.3, 0.15, 0.05])
    sampler = Sampler(Sampling(temperature=1.0, top_k=0, top_p=1.0), CPU)
    found = Counter(sampler(chances.log().expand(20_000, -1)).tolist())
    for token, chance in enumerate(chances.tolist()):
        assert found[token] / 20_000 == pytest.approx(chance, abs=0.015)


def test_top_k_and_top_p_leave_the_rest_out() -> None:
    logits = torch.tensor([0.4, 0.3, 0.2, 0.1]).log().expand(500, -1)
    assert {*Sampler(Sampling(1.0, top_k=2, top_p=1.0), CPU)(logits).tolist()} == {0, 1}
    assert {*Sampler(Sampling(1.0, top_k=0, top_p=0.65), CPU)(logits).tolist()} == {0, 1}
    assert {*Sampler(Sampling(1.0, top_k=0, top_p=0.71), CPU)(logits).tolist()} == {0, 1, 2}
    assert {*Sampler(Sampling(1.0, top_k=0, top_p=0.0), CPU)(logits).tolist()} == {0}
    assert {*Sampler(Sampling(0.0), CPU)(logits).tolist()} == {0}


# ---- attention ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tokens", [1, 5])
@pytest.mark.parametrize("start", [0, 127, 130, 500])
def test_fixed_windows_and_parts_see_what_eager_attention_sees(tokens: int, start: int) -> None:
    torch.manual_seed(0)
    keys, values = torch.randn(1024, 2, 16), torch.randn(1024, 2, 16)
    q = torch.randn(tokens, 6, 16)
    expected = attend_step(q, keys, values, eager_span(tokens, start, 3, CPU, torch.float32))
    naive = torch.stack(
        [
            torch.softmax(q[t, h] @ keys[: start + t + 1, h // 3].T / 4, dim=-1)
            @ values[: start + t + 1, h // 3]
            for t in range(tokens)
            for h in range(6)
        ]
    ).view(tokens, -1)
    assert torch.allclose(expected, naive, atol=1e-5)
    span = graph_span(start + torch.arange(tokens), 1024, 3, torch.float32)
    for attend in (attend_step, attend_step_split):
        assert torch.allclose(attend(q, keys, values, span), expected, atol=1e-5)
    assert span.bounds_k is not None
    assert span.bounds_k.tolist() == [0, start + tokens]


# ---- int8 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 7, UNPACK_ROWS, 100])
def test_int8_products_are_near(count: int) -> None:
    torch.manual_seed(0)
    weight = torch.randn(96, 64, dtype=torch.bfloat16)
    x = torch.randn(count, 64, dtype=torch.bfloat16)
    packed = quantize(weight)
    assert packed.values.dtype == torch.int8
    wanted = x.float() @ weight.float().T
    assert (linear(x, packed).float() - wanted).abs().max() < 0.03 * wanted.abs().max()
    some = torch.tensor([3, 0, 95])
    assert torch.allclose(rows(packed, some, torch.bfloat16).float(), weight[some].float(), atol=0.03)


def test_a_row_of_zeros_survives_int8() -> None:
    packed = quantize(torch.zeros(2, 32, dtype=torch.bfloat16))
    assert not linear(torch.ones(1, 32, dtype=torch.bfloat16), packed).any()


# ---- cache -------------------------------------------------------------------------------------------


def test_a_snapshot_brings_rows_back() -> None:
    config = read_config(TINY).text
    cache = KVCache(config, 64, CPU, torch.float32)
    for rows_ in (*cache.keys, *cache.values):
        rows_.normal_()
    cache.held = [*range(40)]
    before = [rows_[:30].clone() for rows_ in (*cache.keys, *cache.values)]
    kept = cache.snapshot(30)
    assert kept.size == 30 * bytes_per_token(config, torch.float32)
    other = KVCache(config, 128, CPU, torch.float32)
    other.restore(kept)
    assert other.held == [*range(30)]
    after = [rows_[:30] for rows_ in (*other.keys, *other.values)]
    assert all(torch.equal(one, two) for one, two in zip(before, after, strict=True))
    other.restore(kept, 5)
    assert other.common([0, 1, 2, 3, 4, 5]) == 5


def test_the_least_used_snapshot_goes_first() -> None:
    snapshots = Snapshots(limit=2 * 4 * 100)
    first, second, third = (
        Snapshot(tuple(range(start, start + 5)), torch.zeros(100, dtype=torch.float)) for start in (0, 10, 20)
    )
    snapshots.keep(first)
    snapshots.keep(second)
    assert snapshots.best([0, 1, 2, 9]) == (first, 3)  # used: the second is older now
    snapshots.keep(third)
    assert snapshots.best([10, 11]) == (None, 0)
    assert snapshots.best([0, 1])[0] is first


def test_lengths_and_prefixes() -> None:
    assert [rounded(n) for n in (1, 1024, 1025)] == [1024, 1024, 2048]
    assert common_prefix([1, b"a", b"a", 3], [1, b"a", b"a", 4]) == 3
    assert common_prefix([], [1]) == 0


def test_placeholders_have_to_fit_the_visuals() -> None:
    config = read_config(TINY)
    with pytest.raises(ValueError, match="without a visual"):
        plan_prompt(Prompt((1, config.image_token, 2)), config)
