"""Boxes of one fill: panels, cards, bars, buttons, fields; and the thin lines that part things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from pixelwright.progress import Progress
from pixelwright.read.fades import EVEN, Fade, fit_fade
from pixelwright.read.flat import DRIFT, FlatAreas
from pixelwright.read.ink import to_rgb
from pixelwright.read.reading import Border, Box, Region, Rule

_MAX_BORDER = 5
_LEAST_SIDE, _LEAST_AREA = 8, 100
_ICON = 96  # pixels; a box that is not larger and has a rim of no one colour is a part of an icon
_MAINLY = (
    0.6  # share of one colour from which on an area is flat, though a part of it drifts: a chart's ground
)


def find_rules(areas: FlatAreas, texts: Sequence[Box]) -> tuple[Rule, ...]:
    """Straight lines up to 3 pixels thick that are no part of a text."""
    x, y, w, h = areas.boxes.T
    thin, long = np.minimum(w, h), np.maximum(w, h)
    full = areas.sizes >= 0.95 * (w * h)
    rules = []
    for index in np.flatnonzero((thin <= 3) & (long >= 24) & full):
        box = Box(int(x[index]), int(y[index]), int(w[index]), int(h[index]))
        if not any(text.grown(3).overlap(box) > 0.5 * box.area and box.w <= text.w + 12 for text in texts):
            rules.append(Rule(box, to_rgb(areas.colors[index])))
    return tuple(rules)


def _outline(areas: FlatAreas, index: int) -> tuple[float, float, float, float]:
    """(share of the bounding box inside the area's outer edge, share of the four sides' middles on it,
    share of its own pixels, radius of its corners in pixels)."""
    x, y, w, h = (int(v) for v in areas.boxes[index])
    mask = (areas.labels[y : y + h, x : x + w] == index).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, contours, -1, 1, cv2.FILLED)
    # A circle touches its bounding box in a few pixels only: there it counts a little inside.
    radius = _radius(filled)
    inset = min(2, min(w, h) // 12) if radius >= 0.4 * min(w, h) else 0
    top, bottom, left, right = filled[inset], filled[-1 - inset], filled[:, inset], filled[:, -1 - inset]
    sides = []
    for line, length in ((top, w), (bottom, w), (left, h), (right, h)):
        cut = min(length // 3, min(w, h) // 2)
        sides.append(float(line[cut : length - cut].mean()))
    return float(filled.mean()), float(np.mean(sides)), float(mask.mean()), radius


def _radius(filled: NDArray[np.uint8]) -> float:
    """Corner radius of a box [h, w] of ones: the way along the diagonals of its corners that is not its own.

    A circle of radius r leaves r (1 - 1/sqrt 2) of each corner's diagonal free, measured along a side.
    """
    reach = min(filled.shape) // 2
    steps = np.arange(reach)
    free: list[int] = []
    for corner in (filled, filled[:, ::-1], filled[::-1], filled[::-1, ::-1]):
        diagonal = corner[steps, steps]
        free.append(int(np.argmax(diagonal)) if diagonal.any() else 0)
    # The second least: a badge or another box may hide a corner.
    way = sorted(free)[1]
    if not way:
        return 0.0
    # The outermost of these pixels is half covered.
    radius = (way - 0.1) / (1 - sqrt(0.5))
    height, width = int(filled.shape[0]), int(filled.shape[1])
    circle = abs(height - width) <= 2 and float(filled.mean()) < 0.83
    most: float = min(height, width) / 2
    return most if circle else min(radius, most)


def _profile(pixels: NDArray[np.uint8], box: Box, side: int, depth: int) -> NDArray[np.float64]:
    """Median colours [depth, 3] of the lines outside a side (top right bottom left), nearest first.

    Beyond the picture's edge the list ends.
    """
    height, width = pixels.shape[:2]
    x, y, right, bottom = int(box.x), int(box.y), int(box.right), int(box.bottom)
    cut_x, cut_y = int(box.w * 0.25), int(box.h * 0.25)
    colors = []
    for step in range(1, depth + 1):
        if side == 0 and y - step >= 0:
            line = pixels[y - step, x + cut_x : right - cut_x]
        elif side == 1 and right - 1 + step < width:
            line = pixels[y + cut_y : bottom - cut_y, right - 1 + step]
        elif side == 2 and bottom - 1 + step < height:
            line = pixels[bottom - 1 + step, x + cut_x : right - cut_x]
        elif side == 3 and x - step >= 0:
            line = pixels[y + cut_y : bottom - cut_y, x - step]
        else:
            break
        colors.append(np.median(line, axis=0))
    return np.array(colors).reshape(-1, 3)


def _edge(profile: NDArray[np.float64]) -> tuple[int, NDArray[np.float64] | None, bool]:
    """(border width, border colour, is there a shadow) from the colours outside a side."""
    if len(profile) < _MAX_BORDER + 3:
        return 0, None, False
    outside = profile[-1]
    first = profile[0]
    same = np.abs(profile - first).max(axis=1) <= 4
    if same.all():
        return 0, None, False
    width = int(np.argmin(same))
    if np.abs(first - outside).max() <= 2 and width > 2:
        return 0, None, False
    steps = np.abs(np.diff(profile, axis=0)).max(axis=1)
    soft = bool((steps > 0).sum() >= 4 and steps.max() <= 12)
    if width > _MAX_BORDER:
        return 0, None, False
    beyond = profile[width]
    # The line stands out from what follows it; else it is only the start of a shadow.
    if soft and np.abs(first - beyond).max() <= 6:
        return 0, None, True
    return width, first, bool(np.abs(beyond - outside).max() > 3)


def _dress(pixels: NDArray[np.uint8], box: Box, fill: NDArray[np.float64], radius: float) -> Region:
    """The region with the border and shadow that its surroundings show."""
    edges = [_edge(_profile(pixels, box, side, _MAX_BORDER + 5)) for side in range(4)]
    widths = [width for width, color, _ in edges if color is not None and width]
    colors = [color for width, color, _ in edges if color is not None and width]
    shadow = sum(soft for _, _, soft in edges) >= 2
    if not colors:
        return Region(box, to_rgb(fill), None, round(radius), shadow)
    color = np.median(colors, axis=0)
    sides = [bool(width and edge is not None and np.abs(edge - color).max() < 40) for width, edge, _ in edges]
    if np.abs(color - fill).max() < 3:
        return Region(box, to_rgb(fill), None, round(radius), shadow)
    thick = int(np.median(widths))
    top, right, bottom, left = (thick * flag for flag in sides)
    outer = Box(box.x - left, box.y - top, box.w + left + right, box.h + top + bottom)
    border = Border(to_rgb(color), thick, (sides[0], sides[1], sides[2], sides[3]))
    return Region(outer, to_rgb(fill), border, round(radius + thick if radius > 1 else radius), shadow)


def _is_icon_part(region: Region, texts: Sequence[Box]) -> bool:
    """Is a small empty box bounded on no side, though lines are near it, as within outlined icons?"""
    if region.border is None or any(region.border.sides) or max(region.box.w, region.box.h) > _ICON:
        return False
    return not any(region.box.overlap(text) > 0.5 * text.area for text in texts)


def find_regions(
    pixels: NDArray[np.uint8], areas: FlatAreas, texts: Sequence[Box], progress: Progress
) -> tuple[Region, ...]:
    """Boxes of one fill in a picture [H, W, 3], larger ones first."""
    height, width = pixels.shape[:2]
    x, y, w, h = areas.boxes.T
    wanted = (w >= _LEAST_SIDE) & (h >= _LEAST_SIDE) & (w * h >= _LEAST_AREA) & (areas.sizes >= 0.03 * w * h)
    wanted[0] = False
    order = [int(i) for i in np.flatnonzero(wanted)]
    order.sort(key=lambda i: (-int(w[i]) * int(h[i]), i))
    found: list[Region] = []
    for index in order:
        progress.check()
        box = Box(int(x[index]), int(y[index]), int(w[index]), int(h[index]))
        if box.w >= width and box.h >= height:
            continue
        if any(text.grown(2).covers(box) and box.h < 1.2 * text.h for text in texts if box.h <= 1.2 * text.h):
            continue
        share, sides, own, radius = _outline(areas, index)
        big = box.w >= 100 and box.h >= 40
        rounded = 1 - 0.8584 * radius**2 / box.area
        round_ = radius > 3 and sides >= 0.85 and abs(share - rounded) < (0.035 if big else 0.06)
        small = box.w <= 64 and box.h <= 64 and sides >= 0.9 and share >= 0.85
        if not (round_ or small) and (sides < (0.75 if big else 0.9) or share < (0.8 if big else 0.94)):
            continue
        thickness = own * box.area / (2 * (box.w + box.h))
        if thickness < _MAX_BORDER and min(box.w, box.h) > 4 * thickness + 6:
            continue
        fill, fade = areas.colors[index], _fade(pixels, areas, index)
        if fade is not None and fade.misfit > EVEN:
            usual, share = _usual_color(pixels, areas, index)
            if share < _MAINLY:
                continue  # a smooth part of a photo
            fill, fade = usual, None
        region = _dress(pixels, box, fill, radius if radius >= 2 else 0.0)
        if _is_icon_part(region, texts):
            continue
        if fade is not None:
            region = replace(region, fill=fade.start, fill_end=fade.end, fade_angle=fade.angle)
        if not any(
            abs(region.box.x - other.box.x) <= 2
            and abs(region.box.y - other.box.y) <= 2
            and abs(region.box.right - other.box.right) <= 2
            and abs(region.box.bottom - other.box.bottom) <= 2
            for other in found
        ):
            found.append(region)
    return tuple(_whole_cards(found))


def _fade(pixels: NDArray[np.uint8], areas: FlatAreas, index: int) -> Fade | None:
    """The fade that an area is, None where it is flat."""
    if areas.drifts[index] <= DRIFT:
        return None
    x, y, w, h = (int(v) for v in areas.boxes[index])
    return fit_fade(pixels[y : y + h, x : x + w], areas.labels[y : y + h, x : x + w] == index)


def _usual_color(
    pixels: NDArray[np.uint8], areas: FlatAreas, index: int
) -> tuple[NDArray[np.float64], float]:
    """The median colour of an area, and the share of its pixels that have it, give or take a little."""
    x, y, w, h = (int(v) for v in areas.boxes[index])
    own = pixels[y : y + h, x : x + w][areas.labels[y : y + h, x : x + w] == index][::7].astype(np.float64)
    usual = np.median(own, axis=0)
    return usual, float((np.abs(own - usual).max(axis=1) <= 6).mean())


def _whole_cards(regions: list[Region]) -> list[Region]:
    """The regions, and a box around each pile of slices that share one frame: a card with a head or foot."""
    piles: list[list[Region]] = []
    for region in sorted(regions, key=lambda r: (r.box.y, r.box.x)):
        for pile in piles:
            last = pile[-1]
            if _flush(last, region):
                pile.append(region)
                break
        else:
            piles.append([region])
    result = list(regions)
    for pile in piles:
        framed = [r for r in pile if r.border and r.border.sides[1] and r.border.sides[3]]
        if len(pile) < 2 or len(framed) < 2:
            continue
        first, last = pile[0], pile[-1]
        main = max(pile, key=lambda r: r.box.area)
        left, right = min(r.box.x for r in framed), max(r.box.right for r in framed)
        border = framed[0].border
        if border is None:
            continue
        outer = Box(left, first.box.y, right - left, last.box.bottom - first.box.y)
        radius = max(first.radius, last.radius)
        result.append(Region(outer, main.fill, Border(border.color, border.width), radius, main.shadow))
        for slice_ in pile:
            result[result.index(slice_)] = _bare(slice_, top=slice_ is first, bottom=slice_ is last)
    return sorted(result, key=lambda r: -r.box.area)


def _flush(upper: Region, lower: Region) -> bool:
    """Do two regions of equal width and frame follow upon each other without a gap?"""
    one, two = upper.border, lower.border
    if one is None or two is None or upper.box.w < 120:
        return False
    return (
        abs(upper.box.x - lower.box.x) <= 2
        and abs(upper.box.right - lower.box.right) <= 2
        and abs(upper.box.bottom - lower.box.y) <= 3
        and max(abs(a - b) for a, b in zip(one.color, two.color, strict=True)) <= 12
    )


def _bare(region: Region, *, top: bool, bottom: bool) -> Region:
    """A slice of a card without the parts of its frame that are the card's."""
    border, box = region.border, region.box
    if border is None:
        return region
    wide = border.width
    sides = (border.sides[0] and not top, False, border.sides[2] and not bottom, False)
    inner = Box(
        box.x + wide * border.sides[3],
        box.y + wide * (border.sides[0] and top),
        box.w - wide * (border.sides[1] + border.sides[3]),
        box.h - wide * ((border.sides[0] and top) + (border.sides[2] and bottom)),
    )
    kept = Border(border.color, wide, sides) if any(sides) else None
    return replace(region, box=inner, border=kept, radius=region.radius if top else 0, shadow=False)
