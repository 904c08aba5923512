"""The ink of a line of text: where it is, its colour, its words, its underline."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from pixelwright.read import metrics
from pixelwright.read.reading import Box, Rgb, Span, TextLine, joined

_WIDE_MARKS = set("，。、；：！？（）《》〈〉「」『』【】〔〕“”‘’…")
_NARROW_MARKS = set(",.;:!?()")  # what the recogniser may make of them
_SIGNS = "√✓✔☑•●○◦∙·×✕✖★☆▪►→》»›>"  # what icons and bullets are read as
_DIFFERENT = 60  # colours of two words that differ by more are two inks


@dataclass(frozen=True, slots=True)
class InkedText:
    """A text and its ink: spans, box, darkness (inked area in square pixels), and what it stands on."""

    spans: tuple[Span, ...]
    box: Box
    mass: float
    background: Rgb
    words: tuple[tuple[str, float, float], ...]

    @property
    def text(self) -> str:
        return reduce(joined, (span.text for span in self.spans), "")


def to_rgb(color: NDArray[np.floating] | NDArray[np.integer]) -> Rgb:
    """Three channel values as whole numbers."""
    r, g, b = (round(float(v)) for v in color)
    return r, g, b


def commonest(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The commonest colour [3] of pixels [..., 3]: median of the fullest bin of a coarse histogram."""
    flat = pixels.reshape(-1, 3)
    coarse = (flat >> 3).astype(np.int32)
    keys = (coarse[:, 0] << 10) | (coarse[:, 1] << 5) | coarse[:, 2]
    fullest = int(np.bincount(keys).argmax())
    return np.asarray(np.median(flat[keys == fullest], axis=0), np.float64)


def _runs(flags: NDArray[np.bool_] | np.bool_) -> list[tuple[int, int]]:
    """Start and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(flags).view(np.int8), [0]))))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _break_places(text: str, runs: list[tuple[int, int]], em: float) -> list[tuple[int, int, int]]:
    """(index of a break in the text, end of the ink before it, start of the ink after it), left to right.

    Characters are laid along the ink with wide gaps squeezed to a space, so that a break in the text and
    a gap in the ink can be told to belong together.
    """
    squeezed, gaps, place = 0.0, [], 0.0
    for (start, end), following in zip(runs, [*runs[1:], None], strict=True):
        place += end - start
        if following is not None:
            gap = following[0] - end
            kept = min(gap, 0.32 * em)
            gaps.append((place + kept / 2, end, following[0]))
            place += kept
    squeezed = place
    whole = metrics.width(text)
    if not gaps or whole <= 0:
        return []
    scale = squeezed / whole
    gaps = [gap for gap in gaps if not _is_of_mark(text, gap[0] / scale, (gap[2] - gap[1]) / em)]
    places, advance = [], 0.0
    for index, letter in enumerate(text):
        step = metrics.width(letter) * scale
        wide = metrics.is_wide(letter) or (index > 0 and metrics.is_wide(text[index - 1]))
        if letter == " " or (wide and index > 0):
            places.append((index, advance + (step / 2 if letter == " " else 0), letter == " "))
        advance += step
    found: list[tuple[int, int, int]] = []
    last = -1
    for index, expected, is_space in places:
        best, cost = -1, 0.9 * em if is_space else 0.45 * em
        for number, (middle, end, start) in enumerate(gaps):
            if number <= last or (start - end) < (0.12 * em if is_space else 0.5 * em):
                continue
            distance = abs(middle - expected) - 0.35 * min(start - end, em)
            if distance < cost:
                best, cost = number, distance
        if best >= 0:
            found.append((index, gaps[best][1], gaps[best][2]))
            last = best
    taken = {end for _, end, _ in found}
    for middle, end, start in gaps:
        if start - end >= 0.8 * em and end not in taken:
            # The recogniser left a space out.
            index = _nearest_boundary(text, middle / scale)
            if 0 < index < len(text) and all(abs(index - other) > 1 for other, _, _ in found):
                found.append((index, end, start))
    return sorted(found)


def _is_of_mark(text: str, place: float, gap: float) -> bool:
    """Is a gap (in ems, as its place is) the white part of a full-width comma, stop or bracket?"""
    index = _nearest_boundary(text, place)
    near = text[max(0, index - 2) : index + 2]  # places are right to a character
    narrow = any(letter in _NARROW_MARKS for letter in near) and any(map(metrics.is_wide, near))
    return gap < 1.4 and (narrow or any(letter in _WIDE_MARKS for letter in near))


def _nearest_boundary(text: str, place: float) -> int:
    """Index of the character that starts nearest to a place, in ems from the text's start."""
    advance, best, least = 0.0, 0, place
    for index, letter in enumerate(text):
        if abs(advance - place) < least:
            best, least = index, abs(advance - place)
        advance += metrics.width(letter)
    return best


def _without_mark(
    patch: NDArray[np.uint8],
    distance: NDArray[np.float64],
    columns: list[tuple[int, int]],
    text: str,
    em: float,
) -> tuple[list[tuple[int, int]], str]:
    """(ink columns, text) without an icon, bullet or coloured dot before the text."""
    for count in range(1, min(4, len(columns))):
        start, end, following = columns[0][0], columns[count - 1][1], columns[count][0]
        if end - start > 1.5 * em or following - end < 0.3 * em:
            continue
        rest = (following, columns[-1][1])
        mark = _color(patch[:, start:end], distance[:, start:end])
        own = _color(patch[:, rest[0] : rest[1]], distance[:, rest[0] : rest[1]])
        bare = text.lstrip(_SIGNS + " ")
        signed = bare != text and bool(bare)
        # The letters that are left need all of the ink that is left.
        fits = (rest[1] - rest[0]) / max(0.3, metrics.width(bare)) > 0.8 * (
            (columns[-1][1] - start) / max(0.3, metrics.width(text))
        )
        other = float(np.abs(mark - own).max()) > 70 and following - end > 0.4 * em
        small = end - start < 0.45 * em
        if (signed and fits) or (other and (small or signed) and not text[:1].isdigit()):
            return columns[count:], bare if signed else text
        break
    return columns, text


def _ground_and_distance(
    patch: NDArray[np.uint8],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Colour of the ground [3], and how far each pixel [H, W] is from it, 0..255.

    On a photo no colour is common; there the ink is the even one of the lightest and darkest colours.
    """
    ground = commonest(patch)
    distance = np.abs(patch.astype(np.float64) - ground).max(axis=2)
    like = distance < 16
    rim = np.concatenate([like[0], like[-1], like[:, 0], like[:, -1]])
    # The rim is the ground's, but for a badge, which ends within the patch: that is plain by its mass.
    if like.mean() > 0.55 or (like.mean() > 0.4 and rim.mean() > 0.4):
        return ground, distance
    luma = patch.astype(np.float64) @ np.array([0.299, 0.587, 0.114])
    ends = [patch[luma >= np.percentile(luma, 93)], patch[luma <= np.percentile(luma, 7)]]
    ink = np.median(min(ends, key=lambda pixels: float(pixels.std(axis=0).mean())), axis=0)
    off = np.abs(patch.astype(np.float64) - ink).max(axis=2)
    ground = np.asarray(np.median(patch[off >= np.median(off)], axis=0), np.float64)
    reach = max(1.0, float(np.abs(ink - ground).max()))
    # Only what is near the ink counts as ink: the photo has every other colour.
    return ground, np.clip(1 - off / (0.75 * reach), 0, 1) * reach


def _trimmed(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Rows of a line [H, W] without what its neighbours above and below leave at the edges."""
    filled = mask.sum(axis=1)
    rows = np.flatnonzero(filled)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    height = bottom - top
    heaviest = top + int(np.argmax(filled[top:bottom]))
    if height < 8:
        return top, bottom
    bands = _runs(mask.any(axis=1))
    kept = [band for band in bands if band[0] <= heaviest < band[1]] or bands[:1]
    start, end = kept[0]
    # Dots, accents and underlines stand apart from the letters, but not at the rim of the patch.
    for a, b in bands:
        if b <= start and start - b <= 0.25 * height and a > 0:
            start = a
        if a >= end and a - end <= 0.25 * height and b < mask.shape[0]:
            end = b
    return start, end


def _color(patch: NDArray[np.uint8], distance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colour of the ink in a patch: that of its pixels farthest from the ground."""
    inked = distance > 0.3 * distance.max()
    strong = distance >= np.percentile(distance[inked], 82)
    return np.asarray(np.median(patch[strong & inked], axis=0), np.float64)


def _underline(mask: NDArray[np.bool_], word: str) -> int:
    """First row of the line under a whole word (mask [H, W] of its ink); the height where there is none."""
    height, width = int(mask.shape[0]), int(mask.shape[1])
    if height < 6 or width <= 10:
        return height
    # Browsers leave the line out around the tails of g, p and y.
    least = 0.78 if any(letter in "gjpqy" for letter in word) else 0.93
    start = int(height * 0.62)
    filled = np.flatnonzero(mask[start:].mean(axis=1) > least) + start
    if not len(filled) or filled[-1] - filled[0] >= max(3, 0.2 * height):
        return height
    above = mask[filled[0] - 2 : filled[0]].mean()
    return int(filled[0]) if above < 0.75 and mask[:start].mean() < 0.6 else height


def _least_parting(
    gaps: list[int], text: str, columns: list[tuple[int, int]], mask: NDArray[np.bool_]
) -> float:
    """From which width in pixels on a gap between words parts two texts, as between the items of a menu."""
    top, bottom = _trimmed(mask[:, columns[0][0] : columns[-1][1]])
    reach = metrics.extent(text)
    em = (bottom - top) / max(0.5, reach.above + reach.below)
    # A space is a quarter of an em to a third; set in a block, twice that in a long line.
    least = 0.66 * em
    if any(map(metrics.is_wide, text)):
        least = 1.3 * em  # the comma of CJK type has a space of its own within its em
    pitch = (columns[-1][1] - columns[0][0]) / max(1, len(text))
    if 0.56 * em < pitch < 0.64 * em and len(text) > 6:
        least = 0.95 * em  # all characters may be as wide as each other, the space as well
    if len(gaps) >= 4 and len(text) > 50:
        least = max(least, min(1.6 * em, 1.9 * sorted(gaps)[len(gaps) // 2]))
    return least


def _beyond(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """What of the ink [H, W] reaches into a corner: the surroundings of a button or badge that ends there."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    corners = {int(labels[y, x]) for y in (0, -1) for x in (0, -1)} - {0}
    return np.isin(labels, list(corners))


def inked_texts(pixels: NDArray[np.uint8], line: TextLine) -> list[InkedText]:
    """The texts of a line: it is parted where the ink leaves wide gaps, as between the items of a menu."""
    height, width = pixels.shape[:2]
    x0, y0 = max(0, int(line.box.x) - 1), max(0, int(line.box.y) - 1)
    x1, y1 = min(width, int(line.box.right) + 2), min(height, int(line.box.bottom) + 2)
    patch = pixels[y0:y1, x0:x1]
    text = " ".join(line.text.split())
    if patch.size == 0 or not text:
        return []
    ground, distance = _ground_and_distance(patch)
    strongest = float(np.percentile(distance, 99.5))
    if strongest < 12:
        return []
    mask = distance > max(10.0, 0.28 * strongest)
    beyond = _beyond(mask)
    mask &= ~beyond
    distance = np.where(beyond, 0.0, distance)
    if not mask.any():
        return []
    columns = _runs(mask.any(axis=0))
    em = 0.8 * (y1 - y0)
    columns, text = _without_mark(patch, distance, columns, text, em)
    breaks = _break_places(text, columns, em)
    apart = _least_parting([after - before for _, before, after in breaks], text, columns, mask)
    words: list[tuple[str, int, int, bool]] = []
    first, start = 0, columns[0][0]
    for index, end, following in breaks:
        words.append((text[first:index].strip(), start, end, following - end > apart))
        first, start = index, following
    words.append((text[first:].strip(), start, columns[-1][1], True))
    words = [word for word in words if word[0] and word[2] > word[1]]
    texts: list[InkedText] = []
    run: list[tuple[str, int, int]] = []
    for word, left, right, ends in words:
        run.append((word, left, right))
        if ends:
            texts.append(_inked(patch, distance, mask, run, (x0, y0), ground))
            run = []
    return texts


def _inked(
    patch: NDArray[np.uint8],
    distance: NDArray[np.float64],
    mask: NDArray[np.bool_],
    words: list[tuple[str, int, int]],
    origin: tuple[int, int],
    ground: NDArray[np.float64],
) -> InkedText:
    left, right = words[0][1], words[-1][2]
    top, bottom = _trimmed(mask[:, left:right])
    spans: list[tuple[list[str], int, int, NDArray[np.float64], bool]] = []
    lines = 0
    for word, start, end in words:
        line = top + _underline(mask[top:bottom, start:end], word)
        underlined = line < bottom
        color = _color(patch[top:line, start:end], distance[top:line, start:end])
        same = (
            bool(spans) and np.abs(spans[-1][3] - color).max() < _DIFFERENT and (spans[-1][4] == underlined)
        )
        if same:
            spans[-1] = (
                [*spans[-1][0], word],
                spans[-1][1],
                end,
                spans[-1][3] if spans[-1][2] - spans[-1][1] > end - start else color,
                underlined,
            )
        else:
            spans.append(([word], start, end, color, underlined))
        lines += underlined
    x, y = origin
    height = bottom - top
    part = distance[top:bottom, left:right]
    mass = float(np.clip(part / max(1.0, float(np.percentile(part, 99))), 0, 1).sum())
    if lines > 0.5 * len(words):
        # An underline is no part of the letters: their height ends above it.
        wide = mask[top:bottom, left:right].mean(axis=1) > 0.85
        low = [int(r) for r in np.flatnonzero(wide) if r > 0.55 * height]
        if low:
            mass -= sum(float(mask[top + r, left:right].sum()) for r in low)
            below = mask[top + low[-1] + 1 : bottom, left:right]
            bottom = bottom if below.any() else top + low[0]
    return InkedText(
        tuple(
            Span(reduce(joined, said), Box(x + a, y + top, b - a, bottom - top), to_rgb(color), lined)
            for said, a, b, color, lined in spans
        ),
        Box(x + left, y + top, right - left, bottom - top),
        mass,
        to_rgb(ground),
        tuple((word, float(x + a), float(x + b)) for word, a, b in words),
    )
