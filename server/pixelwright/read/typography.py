"""Fonts of the texts of a page: family, size, weight and letter spacing, fitted to the ink.

Heights give a first size, rough because of the pixel grid; widths are exact but depend on the face. So the
page's own ratio of the two is taken for each family, and sizes that are nearly equal become equal.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt
from statistics import median

from pixelwright.read import metrics
from pixelwright.read.ink import InkedText
from pixelwright.read.reading import Font, Text

_FAMILIES = ("sans", "serif", "mono")
_BEARING = 0.1  # ems of white around the first and last letter that the ink does not show
_BOLD = 1.2  # darker than regular by so much (geometric mean of 1 and the usual 1.45 of bold)


@dataclass(frozen=True, slots=True)
class _Measured:
    text: InkedText
    content: str
    by_height: float


def _size_by_height(text: InkedText) -> float:
    reach = metrics.extent(text.text)
    # Antialiasing adds about half a pixel of ink at the top and the bottom together.
    return max(6.0, (text.box.h - 0.3) / max(0.2, reach.above + reach.below))


def _misfit(text: InkedText, family: str) -> float:
    """How badly the words' widths follow a family's, as a share of the line, 0 is best."""
    pairs = [(right - left, metrics.width(word, family)) for word, left, right in text.words]
    scale = sum(w for w, _ in pairs) / max(1e-6, sum(p for _, p in pairs))
    return sum(abs(w - scale * p) for w, p in pairs) / max(1.0, sum(w for w, _ in pairs))


def _families(items: list[_Measured]) -> list[str]:
    """Family of each text: its own vote where it has many words, else that of the texts of its size."""
    votes: dict[int, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_FAMILIES, 0.0))
    own: list[dict[str, float] | None] = []
    letters: Counter[int] = Counter()
    for item in items:
        words = item.text.words
        count = sum(len(word) for word, _, _ in words)
        latin = not any(metrics.is_wide(c) for c in item.content)
        if len(words) >= 3 and latin:
            misfits = {family: _misfit(item.text, family) for family in _FAMILIES}
            own.append(misfits)
            letters[round(item.by_height)] += count
            for key in (round(item.by_height), -1):
                for family in _FAMILIES:
                    votes[key][family] += misfits[family] * count
        else:
            own.append(None)
    chosen = []
    for item, found in zip(items, own, strict=True):
        counted = votes.get(round(item.by_height))
        if not counted or letters[round(item.by_height)] < 80:
            counted = votes.get(-1)
        usual = min(_FAMILIES, key=lambda f: counted[f]) if counted else "sans"
        if found and len(item.text.words) >= 6:
            best = min(_FAMILIES, key=found.__getitem__)
            if found[best] < 0.6 * found[usual]:
                usual = best
        chosen.append(usual)
    return chosen


def _snap(size: float) -> float:
    whole = round(size)
    return float(whole) if abs(size - whole) <= 0.03 * size else round(size * 2) / 2


def _common_sizes(sizes: Sequence[float]) -> list[float]:
    """Sizes with neighbours closer than 4 % drawn together to their median, on half pixels."""
    order = sorted(range(len(sizes)), key=lambda i: sizes[i])
    result = [0.0] * len(sizes)
    group: list[int] = []
    for index in [*order, -1]:
        if group and (index < 0 or sizes[index] > 1.05 * sizes[group[0]] + 0.1):
            common = _snap(median(sizes[i] for i in group))
            for member in group:
                result[member] = common
            group = []
        if index >= 0:
            group.append(index)
    return result


def _darkness(item: _Measured, family: str) -> float:
    """How dark a text is beside the regular weight of its family."""
    expected = metrics.ink(item.content, family, 400) * item.by_height**2
    return item.text.mass / expected if expected > 0 else 1.0


def _weights(items: list[_Measured], families: list[str]) -> list[int]:
    """Weight of each text: what is plainly darker than the page's usual text is bold."""
    darkness = [_darkness(item, family) for item, family in zip(items, families, strict=True)]
    letters = [d for item, d in zip(items, darkness, strict=True) for _ in item.content]
    # Faces differ in colour, and small type comes out lighter: the page's own measure, within reason.
    usual = min(1.25, max(0.75, median(letters))) if letters else 1.0
    return [
        700 if len(item.content) > 1 and d > _BOLD * usual else 400
        for item, d in zip(items, darkness, strict=True)
    ]


def _width_size(item: _Measured, family: str, weight: int) -> float:
    return item.text.box.w / max(0.2, metrics.width(item.content, family, weight) - _BEARING)


def _is_level(item: _Measured) -> bool:
    """Do height and width go together, as they do not for text that runs down or aslant?"""
    wide = item.text.box.w / max(0.3, metrics.width(item.content) - _BEARING)
    return len(item.content) < 3 or item.by_height < 2.2 * wide


def set_texts(texts: Sequence[InkedText]) -> tuple[Text, ...]:
    """The texts with their fonts and baselines."""
    measured = [_Measured(text, text.text, _size_by_height(text)) for text in texts]
    items = [item for item in measured if _is_level(item)]
    families = _families(items)
    weights = _weights(items, families)
    ratios: dict[tuple[str, int], list[float]] = defaultdict(list)
    by_width = []
    for item, family, weight in zip(items, families, weights, strict=True):
        size = _width_size(item, family, weight)
        by_width.append(size)
        if len(item.content) >= 6 and 0.6 < size / item.by_height < 1.6:
            ratios[(family, weight)].append(log(size / item.by_height))
    everything = [r for values in ratios.values() for r in values]
    overall = median(everything) if everything else 0.0
    sizes = []
    for item, family, weight, wide in zip(items, families, weights, by_width, strict=True):
        values = ratios.get((family, weight), [])
        factor = exp(median(values) if len(values) >= 4 else overall)
        fitted = wide / factor
        if len(item.content) >= 5 and 0.86 < fitted / item.by_height < 1.16:
            sizes.append(sqrt(fitted**3 * item.by_height) ** 0.5)
        else:
            sizes.append(item.by_height)
    common = _common_sizes(sizes)
    return _evenly_spaced(
        [
            _set(item, family, weight, size)
            for item, family, weight, size in zip(items, families, weights, common, strict=True)
        ]
    )


def _evenly_spaced(texts: list[Text]) -> tuple[Text, ...]:
    """The texts with one letter spacing for each font, but for those that are plainly spaced otherwise."""
    spacings: dict[tuple[str, float, int], list[float]] = defaultdict(list)
    for text in texts:
        font = text.font
        if len(text.text) > 2:
            spacings[(font.family, font.size, font.weight)].append(font.spacing)
    result = []
    for text in texts:
        font = text.font
        group = spacings.get((font.family, font.size, font.weight))
        usual = median(group) if group else 0.0
        spacing = usual if abs(font.spacing - usual) < 0.035 or len(text.text) < 4 else font.spacing
        result.append(replace(text, font=replace(font, spacing=round(spacing * 200) / 200)))
    return tuple(result)


def _set(item: _Measured, family: str, weight: int, size: float) -> Text:
    text, count = item.text, len(item.content)
    natural = (metrics.width(item.content, family, weight) - _BEARING) * size
    spacing = (text.box.w - natural) / size / (count - 1) if count > 2 else 0.0
    reach = metrics.extent(item.content)
    scale = text.box.h / max(0.2, reach.above + reach.below)
    baseline = text.box.bottom - reach.below * min(scale, 1.2 * size)
    font = Font(family, size, weight, round(max(-0.08, min(0.4, spacing)), 3))
    return Text(text.spans, text.box, baseline, font, text.background)
