"""Cards with a photo for a head: the frame goes round both, though only the body below is flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pixelwright.read.reading import Border, Box, Region, union

_NEAR = 3  # pixels; a border may lie between a photo and what it belongs to


def with_photo_heads(regions: Sequence[Region], photos: Sequence[Box]) -> list[Region]:
    """The regions, those with a photo of their own width flush on top grown to hold it."""
    result = list(regions)
    for region in regions:
        photo = next((p for p in photos if _stands_on(p, region.box)), None)
        if photo is None:
            continue
        border = region.border
        frame = border.width if border and sum(border.sides) >= 2 else 0
        card = union([region.box, photo.grown(frame)])
        whole = next((r for r in result if r is not region and _same(r.box, card)), None)
        if whole is not None:
            # The frame was found by itself; what it encloses has the colour of the body.
            result[result.index(whole)] = replace(whole, fill=region.fill, fill_end=region.fill_end)
            if border is None:
                result.remove(region)
        else:
            around = Border(border.color, border.width) if border and frame else None
            result[result.index(region)] = replace(region, box=card, border=around or border)
    return sorted(result, key=lambda r: -r.box.area)


def _stands_on(photo: Box, body: Box) -> bool:
    return (
        abs(photo.bottom - body.y) <= _NEAR
        and abs(photo.x - body.x) <= _NEAR
        and abs(photo.right - body.right) <= _NEAR
    )


def _same(one: Box, other: Box) -> bool:
    near = zip(
        (one.x, one.y, one.right, one.bottom), (other.x, other.y, other.right, other.bottom), strict=True
    )
    return all(abs(a - b) <= _NEAR for a, b in near)
