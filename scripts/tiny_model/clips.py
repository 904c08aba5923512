"""Generated clips: a box changes its colour at some time."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw
from scripts.tiny_model.examples import Example
from scripts.tiny_model.scenes import COLOURS, GROUND, near

from pixelwright.model.prompt import Clip


def clip(random_: random.Random) -> Example:
    """Four to twelve frames at one or two a second; the colour changes with one of them, not the first."""
    before, after = random_.sample(list(COLOURS), 2)
    fps = random_.choice((1, 2))
    count = 2 * random_.randint(2, 6)
    change = random_.randint(1, count - 1)
    time = f"{change / fps:.1f}"
    chinese_before, chinese_after = COLOURS[before][1], COLOURS[after][1]
    order = ", ".join([before] * change + [after] * (count - change))
    question, answer = random_.choice(
        (
            (f"When does it turn {after}?", f"At {time} seconds."),
            ("What happens?", f"At {time} seconds the box turns from {before} to {after}."),
            (f"什么时候变成{chinese_after}？", f"在 {time} 秒。"),
            ("Name the colours in their order.", order),
            ("Name the colours in their order.", order),
            ("发生了什么？", f"在 {time} 秒，方块从{chinese_before}变成{chinese_after}。"),
        )
    )
    return Example(question, answer, (frames(random_, before, after, count, change, fps),))


def frames(random_: random.Random, before: str, after: str, count: int, change: int, fps: float) -> Clip:
    """The clip: `count` frames whose box has colour `after` from frame `change` on."""
    width, height = 32 * random_.randint(2, 4), 32 * random_.randint(2, 3)
    ground = near(random_, GROUND, 3)
    colours = [near(random_, COLOURS[name][0]) for name in (before, after)]
    left, top = random_.uniform(0.05, 0.3) * width, random_.uniform(0.05, 0.3) * height
    right, bottom = random_.uniform(0.7, 0.95) * width, random_.uniform(0.7, 0.95) * height
    states = []
    for colour in colours:
        picture = Image.new("RGB", (width, height), ground)
        ImageDraw.Draw(picture).rectangle((left, top, right, bottom), fill=colour)
        states.append(picture)
    return Clip([states[index >= change] for index in range(count)], [index / fps for index in range(count)])
