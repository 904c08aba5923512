"""Fonts of the texts of a page: family, size, weight and letter spacing, fitted to the ink.

Heights give a first size, rough because of the pixel grid; widths are exact but depend on the face. So lines
that stand together are measured together, and the page's own ratio of width to height is taken for Latin
letters (Chinese, Japanese and Korean ones are an em wide in every face).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from statistics import median

from pixelwright.read import metrics
from pixelwright.read.ink import InkedText
from pixelwright.read.reading import Font, Text

_FAMILIES = ("sans", "serif", "mono")
_WIDE = 1.09  # Verdana and DejaVu Sans are 1.15 times as wide as Arial at the same height
_BEARING = 0.1  # ems of white around the first and last letter that the ink does not show
_BOLD = 1.22  # darker than the usual by so much (near the geometric mean of 1 and the 1.45 of bold)
_SPACING = (-0.06, 0.4)


@dataclass(frozen=True, slots=True)
class _Measured:
    text: InkedText
    content: str
    by_height: float
    wide: int  # characters a full em wide


def _measured(text: InkedText) -> _Measured:
    reach = metrics.extent(text.text)
    # Antialiasing adds about half a pixel of ink at the top and the bottom together.
    size = max(6.0, (text.box.h - 0.3) / max(0.2, reach.above + reach.below))
    return _Measured(text, text.text, size, sum(metrics.is_wide(c) for c in text.text))


def _is_level(item: _Measured) -> bool:
    """Do height and width go together, as they do not for text that runs down or aslant?"""
    wide = item.text.box.w / max(0.3, metrics.width(item.content) - _BEARING)
    return len(item.content) < 3 or item.by_height < 2.2 * wide


def _misfit(text: InkedText, family: str) -> float:
    """How badly the words' widths follow a family's, as a share of the line, 0 is best."""
    pairs = [(right - left, metrics.width(word, family)) for word, left, right in text.words]
    scale = sum(w for w, _ in pairs) / max(1e-6, sum(p for _, p in pairs))
    return sum(abs(w - scale * p) for w, p in pairs) / max(1.0, sum(w for w, _ in pairs))


def _families(items: list[_Measured], sizes: list[float]) -> list[str]:
    """Family of each text: its own vote where it has many words, else that of the texts of its size."""
    votes: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_FAMILIES, 0.0))
    own: list[dict[str, float] | None] = []
    letters: Counter[int] = Counter()
    for item, size in zip(items, sizes, strict=True):
        words = item.text.words
        count = sum(len(word) for word, _, _ in words)
        if len(words) >= 3 and not item.wide:
            misfits = {family: _misfit(item.text, family) for family in _FAMILIES}
            own.append(misfits)
            letters[round(size)] += count
            for key in (round(size), -1):
                for family in _FAMILIES:
                    votes[key][family] += misfits[family] * count
        else:
            own.append(None)
    chosen = []
    for item, size, found in zip(items, sizes, own, strict=True):
        counted = votes.get(round(size)) if letters[round(size)] >= 80 else None
        counted = counted or votes.get(-1)
        usual = min(_FAMILIES, key=counted.__getitem__) if counted else "sans"
        if usual == "mono" and found is None:
            # All of its letters are equally wide: that shows in the width of any text.
            ratio = item.text.box.w / size / max(0.3, 0.6 * len(item.content) - _BEARING)
            usual = "mono" if 0.93 < ratio < 1.07 and len(item.content) > 3 else "sans"
        if found and len(item.text.words) >= 6:
            best = min(_FAMILIES, key=found.__getitem__)
            if found[best] < 0.6 * found[usual]:
                usual = best
        chosen.append(usual)
    return chosen


def _widened(items: list[_Measured], families: list[str], sizes: list[float]) -> list[str]:
    """The families, `sans` being `wide` on a page whose letters are plainly wider than Arial's."""
    ratios = [
        item.text.box.w / _advance(item, "sans", 400, 1.0) / size
        for item, family, size in zip(items, families, sizes, strict=True)
        if family == "sans" and len(item.content) >= 6 and not item.wide
    ]
    if len(ratios) < 3 or median(ratios) < _WIDE:
        return families
    return ["wide" if family == "sans" else family for family in families]


def _by_width(item: _Measured) -> float:
    """Size in pixels that the width speaks for in plain type."""
    if len(item.content) < 4:
        return item.by_height
    return item.text.box.w / _advance(item, "sans", 400, 1.0)


def _together(one: _Measured, two: _Measured) -> bool:
    """Are they lines of one text, by place, height and ink?"""
    a, b = one.text.box, two.text.box
    height = max(a.h, b.h)
    near = 0 < b.centre[1] - a.centre[1] < 2.3 * height
    beside = min(abs(a.x - b.x), abs(a.centre[0] - b.centre[0])) <= 3
    alike = 0.66 < one.by_height / two.by_height < 1.5 and 0.83 < _by_width(one) / _by_width(two) < 1.2
    ink = zip(one.text.spans[0].color, two.text.spans[0].color, strict=True)
    return near and beside and alike and max(abs(x - y) for x, y in ink) < 60


def _blocks(items: list[_Measured]) -> list[int]:
    """For each line the number of its block: lines standing together have the same."""
    parent = list(range(len(items)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    order = sorted(range(len(items)), key=lambda i: items[i].text.box.y)
    for place, i in enumerate(order):
        box = items[i].text.box
        for j in order[place + 1 :]:
            if items[j].text.box.y > box.bottom + 2.5 * box.h:
                break
            if _together(items[i], items[j]):
                parent[root(j)] = root(i)
    return [root(i) for i in range(len(items))]


def _block_sizes(items: list[_Measured], blocks: list[int]) -> list[float]:
    """Sizes by height, that of a block its median by letters."""
    groups: dict[int, list[float]] = defaultdict(list)
    for item, block in zip(items, blocks, strict=True):
        groups[block] += [item.by_height] * max(1, len(item.content))
    return [median(groups[block]) for block in blocks]


def _of_one_face(items: list[_Measured], families: list[str], blocks: list[int]) -> list[str]:
    """The families, that of most letters for all lines of a block."""
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for item, family, block in zip(items, families, blocks, strict=True):
        votes[block][family] += len(item.content)
    return [votes[block].most_common(1)[0][0] for block in blocks]


def _snap(size: float) -> float:
    # Halves and thirds of a pixel come of sizes in points and in ems.
    steps = [math.floor(size) + part for part in (0, 1 / 3, 0.5, 2 / 3, 1)]
    nearest = min(steps, key=lambda step: abs(step - size) + (0.12 if step % 1 else 0))
    return round(nearest, 2)


def _common_sizes(sizes: Sequence[float]) -> list[float]:
    """Sizes whose neighbours are within 3.5 % drawn together to their median, on round ones."""
    order = sorted(range(len(sizes)), key=lambda i: sizes[i])
    result = [0.0] * len(sizes)
    group: list[int] = []
    for index in [*order, -1]:
        apart = group and (
            index < 0
            or sizes[index] > 1.035 * sizes[group[-1]] + 0.1
            or sizes[index] > 1.09 * sizes[group[0]]
        )
        if apart:
            common = _snap(median(sizes[i] for i in group))
            for member in group:
                result[member] = common
            group = []
        if index >= 0:
            group.append(index)
    return result


def _bold_from(content: str) -> float:
    """How much darker than usual bold type is; a few letters must be plainly so."""
    return _BOLD + 0.08 * max(0.0, 1 - len(content) / 20)


def _weights(items: list[_Measured], families: list[str], sizes: list[float]) -> list[int]:
    """Weight of each text: what is plainly darker than the page's usual text is bold."""
    darkness = []
    for item, family, size in zip(items, families, sizes, strict=True):
        expected = metrics.ink(item.content, family, 400) * size**2
        darkness.append(item.text.mass / expected if expected > 0 else 1.0)
    # Faces differ in colour, and small type comes out lighter: the page's own measure, within reason.
    kinds = [
        "wide" if item.wide > 0.4 * len(item.content) else family
        for item, family in zip(items, families, strict=True)
    ]
    letters: dict[str, list[float]] = defaultdict(list)
    for item, kind, dark in zip(items, kinds, darkness, strict=True):
        letters[kind] += [dark] * len(item.content)
    usual = {kind: min(1.35, max(0.75, median(found))) for kind, found in letters.items() if found}
    return [
        700 if len(item.content) > 1 and dark > _bold_from(item.content) * usual[kind] else 400
        for item, kind, dark in zip(items, kinds, darkness, strict=True)
    ]


def _advance(item: _Measured, family: str, weight: int, factor: float) -> float:
    """Width of a text's ink in ems, its Latin letters `factor` as wide as the tables say."""
    latin = metrics.width(item.content, family, weight) - item.wide
    return max(0.2, item.wide + factor * latin - _BEARING)


def set_texts(texts: Sequence[InkedText]) -> tuple[Text, ...]:
    """The texts with their fonts and baselines; those that do not run level are left out."""
    items = [item for item in map(_measured, texts) if _is_level(item)]
    blocks = _blocks(items)
    rough = _block_sizes(items, blocks)
    families = _of_one_face(items, _families(items, rough), blocks)
    families = _widened(items, families, rough)
    weights = _weights(items, families, rough)
    ratios: dict[tuple[str, int], list[float]] = defaultdict(list)
    for item, family, weight, size in zip(items, families, weights, rough, strict=True):
        ratio = item.text.box.w / _advance(item, family, weight, 1.0) / size
        if len(item.content) >= 6 and not item.wide and 0.6 < ratio < 1.6:
            ratios[(family, weight)].append(log(ratio))
    everything = [r for values in ratios.values() for r in values]
    overall = median(everything) if everything else 0.0
    sizes = []
    for item, family, weight, size in zip(items, families, weights, rough, strict=True):
        values = ratios.get((family, weight), [])
        factor = exp(median(values) if len(values) >= 4 else overall)
        fitted = item.text.box.w / _advance(item, family, weight, factor)
        count = len(item.content) + item.wide
        if count >= 5 and 0.85 < fitted / size < 1.18:
            share = min(0.85, 0.5 + 0.02 * count) if item.wide < 4 else 0.95
            sizes.append(exp(share * log(fitted) + (1 - share) * log(size)))
        else:
            sizes.append(size)
    placed = [
        _set(item, family, weight, size)
        for item, family, weight, size in zip(items, families, weights, _common_sizes(sizes), strict=True)
    ]
    return _evenly_spaced(placed)


def _evenly_spaced(texts: list[Text]) -> tuple[Text, ...]:
    """The texts with one letter spacing for each font, but for those that are plainly spaced otherwise."""
    spacings: dict[tuple[str, float, int, bool], list[float]] = defaultdict(list)
    for text in texts:
        font, wide = text.font, any(map(metrics.is_wide, text.text))
        if len(text.text) > (12 if wide else 3):
            spacings[(font.family, font.size, font.weight, wide)] += [font.spacing] * len(text.text)
    result = []
    for text in texts:
        font, wide = text.font, any(map(metrics.is_wide, text.text))
        group = spacings.get((font.family, font.size, font.weight, wide))
        usual = median(group) if group else 0.0
        if wide:
            usual = max(-0.03, min(0.03, usual))
        # Only capitals are spaced out; elsewhere a wide line holds something that was not read.
        plain = not text.text.isupper() or len(text.text) < 4
        spacing = usual if plain or abs(font.spacing - usual) < 0.04 else font.spacing
        result.append(replace(text, font=replace(font, spacing=round(spacing * 200) / 200)))
    return tuple(result)


def _set(item: _Measured, family: str, weight: int, size: float) -> Text:
    text, count = item.text, len(item.content)
    ems = metrics.width(item.content, family, weight) - _BEARING
    low, high = _SPACING
    if count > 2 and text.box.w < size * (ems + low * count):
        size = max(6.0, _snap(text.box.w / (ems + low * count)))
    spacing = (text.box.w / size - ems) / (count - 1) if count > 2 else 0.0
    reach = metrics.extent(item.content)
    scale = text.box.h / max(0.2, reach.above + reach.below)
    baseline = text.box.bottom - reach.below * min(scale, 1.2 * size)
    font = Font(family, size, weight, round(max(low, min(high, spacing)), 3))
    return Text(text.spans, text.box, baseline, font, text.background)
