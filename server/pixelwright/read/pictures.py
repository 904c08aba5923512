"""Pictures in the picture: photos, charts, logos and icons are what flat boxes and text do not explain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pixelwright.read.fades import paint_fade
from pixelwright.read.reading import Box, Picture, Region, Rgb, Rule, union

_JOIN = 9  # pieces nearer than this belong to one picture
_ICON = 96  # pixels; what lies within a picture that is not larger is a part of it
_VISIBLE = 24  # least difference (0..255) of something from its ground


@dataclass(frozen=True, slots=True)
class Residue:
    """What is left: pictures, and the regions that are not parts of pictures."""

    pictures: tuple[Picture, ...]
    regions: tuple[Region, ...]


def _slice(box: Box, grow: float = 0) -> tuple[slice, slice]:
    return (
        slice(max(0, int(box.y - grow)), max(0, int(box.bottom + grow))),
        slice(max(0, int(box.x - grow)), max(0, int(box.right + grow))),
    )


def paint(width: int, height: int, ground: Rgb, regions: Sequence[Region]) -> NDArray[np.uint8]:
    """The regions alone, as a picture [H, W, 3]."""
    canvas = np.empty((height, width, 3), np.uint8)
    canvas[:] = ground
    for region in sorted(regions, key=lambda r: -r.box.area):
        canvas[_slice(region.box)] = region.border.color if region.border else region.fill
        if region.border:
            top, right, bottom, left = (region.border.width * side for side in region.border.sides)
            inner = Box(
                region.box.x + left,
                region.box.y + top,
                region.box.w - left - right,
                region.box.h - top - bottom,
            )
            canvas[_slice(inner)] = region.fill
        paint_fade(canvas, region, region.box)
    return canvas


def _difference(
    pixels: NDArray[np.uint8],
    ground: Rgb,
    regions: Sequence[Region],
    texts: Sequence[Box],
    rules: Sequence[Rule],
) -> NDArray[np.uint8]:
    """Mask [H, W] of pixels that neither the regions nor their edges nor texts nor rules explain."""
    height, width = pixels.shape[:2]
    canvas = paint(width, height, ground, regions)
    mask = (cv2.absdiff(pixels, canvas).max(axis=2) > _VISIBLE).astype(np.uint8)
    for text in texts:
        mask[_slice(text, 2)] = 0
    for rule in rules:
        mask[_slice(rule.box, 1)] = 0
    for region in regions:
        box, inset = region.box, max(2, min(8, int(region.radius * 0.35) + 1))
        x, y, right, bottom = int(box.x), int(box.y), int(box.right), int(box.bottom)
        mask[_slice(Box(x - 2, y - 2, box.w + 4, 2 + inset))] = 0
        mask[_slice(Box(x - 2, bottom - inset, box.w + 4, inset + 2))] = 0
        mask[_slice(Box(x - 2, y - 2, 2 + inset, box.h + 4))] = 0
        mask[_slice(Box(right - inset, y - 2, inset + 2, box.h + 4))] = 0
    return np.asarray(mask, np.uint8)


def _pieces(mask: NDArray[np.uint8], join: int = _JOIN) -> list[Picture]:
    """Boxes of the pieces of a mask, those closer than `join` pixels together."""
    kernel = np.ones((join, join), np.uint8)
    padded = cv2.copyMakeBorder(mask, join, join, join, join, cv2.BORDER_CONSTANT, value=0)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[join:-join, join:-join]
    _, _, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(closed), connectivity=8)
    found = []
    for x, y, w, h, _area in stats[1:]:
        box = Box(int(x), int(y), int(w), int(h))
        if min(w, h) >= 2 and w * h >= 16:
            found.append(Picture(box, float(mask[_slice(box)].mean())))
    return found


def _merge(pictures: list[Picture], panels: Sequence[Box]) -> list[Picture]:
    """Pictures without those that lie within others; overlapping ones become one."""
    while True:
        merged: list[Picture] = []
        for picture in sorted(pictures, key=lambda p: -p.box.area):
            for index, other in enumerate(merged):
                if other.box.overlap(picture.box) > 0.25 * picture.box.area and not _parted(
                    picture.box, other.box, panels
                ):
                    whole = union([other.box, picture.box])
                    ink = other.density * other.box.area + picture.density * picture.box.area
                    merged[index] = Picture(whole, min(1.0, ink / whole.area))
                    break
            else:
                merged.append(picture)
        if len(merged) == len(pictures):
            return merged
        pictures = merged


def _parted(inner: Box, outer: Box, panels: Sequence[Box]) -> bool:
    """Does a panel that lies on the outer picture hold the inner one?"""
    return any(panel.covers(inner, 2) and outer.covers(panel, 2) for panel in panels)


def find_pictures(
    pixels: NDArray[np.uint8],
    ground: Rgb,
    regions: Sequence[Region],
    texts: Sequence[Box],
    rules: Sequence[Rule],
    photos: Sequence[Box] = (),
) -> Residue:
    """Pictures in `pixels` [H, W, 3], and the regions that stay once the parts of pictures are taken out.

    `photos` are boxes known to be pictures.
    """
    known = [Picture(box, 1.0) for box in photos]
    mask = _difference(pixels, ground, regions, texts, rules)
    panels = [r.box for r in regions if r.box.h >= 80 and any(r.box.covers(text, 2) for text in texts)]
    found = _merge([*_pieces(mask), *known], panels)
    large = [p for p in found if min(p.box.w, p.box.h) >= 32 and p.density > 0.35]
    icons = [p for p in found if max(p.box.w, p.box.h) <= _ICON]
    kept: list[Region] = []
    swallowed: list[Region] = []
    for region in regions:
        holds_text = any(region.box.covers(text, 2) for text in texts)
        inside = any(
            picture.box.overlap(region.box) > 0.9 * region.box.area
            and (not holds_text or region.box.h < 28)
            and region.box.area < 0.7 * picture.box.area
            for picture in large
        ) or any(
            icon.box.covers(region.box) and not holds_text and region.box.area < 0.7 * icon.box.area
            for icon in icons
        )
        (swallowed if inside else kept).append(region)
    if swallowed:
        mask = _difference(pixels, ground, kept, texts, rules)
        found = _merge([*_pieces(mask), *known], panels)
    found, kept = _without_glows(found, kept)
    kept, charts = _bars(kept, texts)
    found = _merge([*found, *charts], panels)
    return Residue(tuple(p for p in found if p.box.w * p.box.h >= 25), tuple(kept))


def _without_glows(pictures: list[Picture], regions: list[Region]) -> tuple[list[Picture], list[Region]]:
    """Pictures without the soft shadows of regions, which get one instead."""
    left: list[Picture] = []
    shadowed: set[int] = set()
    for picture in pictures:
        for region in regions:
            outside = picture.box.area - picture.box.overlap(region.box)
            around = region.box.grown(28).covers(picture.box) and not region.box.covers(picture.box, -3)
            thin = min(picture.box.w, picture.box.h) <= 28 and outside > 0.3 * picture.box.area
            frame = picture.box.covers(region.box, 4) and picture.box.area < 2.5 * region.box.area
            if around and (frame or thin) and max(region.box.w, region.box.h) > 60:
                shadowed.add(id(region))
                break
        else:
            left.append(picture)
    return left, [replace(r, shadow=True) if id(r) in shadowed else r for r in regions]


def _bars(regions: list[Region], texts: Sequence[Box]) -> tuple[list[Region], list[Picture]]:
    """Regions without the bars of charts, and the charts: rows of empty boxes standing on one line."""
    empty = [
        r
        for r in regions
        if r.box.w <= 60
        and r.border is None
        and not any(r.box.overlap(t) > 0.2 * t.area for t in texts)
        and not any(o is not r and r.box.covers(o.box) for o in regions)
    ]
    charts, used = [], set[int]()
    for first in empty:
        if id(first) in used:
            continue
        row = [
            r for r in empty if abs(r.box.bottom - first.box.bottom) <= 2 and abs(r.box.w - first.box.w) <= 2
        ]
        row.sort(key=lambda r: r.box.x)
        run = [row[0]]
        for region in row[1:]:
            if region.box.x - run[-1].box.right < 1.2 * region.box.w + 4:
                run.append(region)
            elif first in run:
                break
            else:
                run = [region]
        heights = {round(r.box.h) for r in run}
        if len(run) >= 4 and len(heights) >= 3:
            used |= {id(r) for r in run}
            top = min(r.box.y for r in run)
            left = run[0].box.x
            box = Box(left, top, run[-1].box.right - left, run[0].box.bottom - top)
            charts.append(Picture(box, 0.6))
    return [r for r in regions if id(r) not in used], charts
