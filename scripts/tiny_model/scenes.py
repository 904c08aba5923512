"""Generated pictures of coloured shapes, with questions whose answers follow from how they were drawn."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageDraw
from scripts.tiny_model.examples import Example, ask

from pixelwright.model.prompt import Picture

Colour = tuple[int, int, int]
COLOURS: dict[str, tuple[Colour, str]] = {
    "red": ((220, 30, 40), "红色"),
    "green": ((30, 150, 60), "绿色"),
    "blue": ((40, 80, 220), "蓝色"),
    "yellow": ((245, 215, 40), "黄色"),
    "orange": ((245, 135, 20), "橙色"),
    "purple": ((130, 50, 170), "紫色"),
    "pink": ((245, 150, 190), "粉色"),
    "black": ((20, 20, 20), "黑色"),
}
SHAPES = {"box": "方块", "circle": "圆", "triangle": "三角形"}
GROUND: Colour = (246, 246, 246)
NUMBERS = ("one", "two", "three", "four", "five")
CHINESE_NUMBERS = ("一", "两", "三", "四", "五")
PLACES = (
    (("top left", "左上"), ("top", "上方"), ("top right", "右上")),
    (("left", "左边"), ("centre", "中间"), ("right", "右边")),
    (("bottom left", "左下"), ("bottom", "下方"), ("bottom right", "右下")),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape of one colour, in a cell of the 3 x 3 grid that the picture is divided into."""

    kind: str
    colour: str
    row: int
    column: int


def scene(random_: random.Random, most: int = 4) -> Example:
    """A picture of one to five shapes and a question about it. most: of its sides, in blocks of 32 pixels."""
    [make] = random_.choices(
        (grid_question, colour_question, place_question, count_question, two_pictures), (4, 3, 3, 2, 1)
    )
    return make(random_, most)


def grid_question(random_: random.Random, most: int = 4) -> Example:
    """The colours in all nine places: more to learn from one picture than from any other question."""
    shapes = [
        Shape(random_.choice(list(SHAPES)), random_.choice(list(COLOURS)), *cell)
        for cell in cells(random_, random_.randint(1, 5))
    ]
    colours = {(shape.row, shape.column): shape.colour for shape in shapes}
    rows = [" ".join(colours.get((row, column), "-") for column in range(3)) for row in range(3)]
    return Example("Name the colours row by row.", " / ".join(rows), (Picture(draw(random_, shapes, most)),))


def colour_question(random_: random.Random, most: int = 4) -> Example:
    """What colour one of up to two different shapes has."""
    kinds = random_.sample(list(SHAPES), random_.randint(1, 2))
    colours = random_.sample(list(COLOURS), len(kinds))
    shapes = [
        Shape(kind, colour, *cell)
        for kind, colour, cell in zip(kinds, colours, cells(random_, 2), strict=False)
    ]
    kind, colour = kinds[0], colours[0]
    question, answer = random_.choice(
        (
            (f"What colour is the {kind}?", f"The {kind} is {colour}."),
            (f"{SHAPES[kind]}是什么颜色？", f"{SHAPES[kind]}是{COLOURS[colour][1]}的。"),
        )
    )
    return Example(question, answer, (Picture(draw(random_, shapes, most)),))


def place_question(random_: random.Random, most: int = 4) -> Example:
    """Where the only shape is, or what there is to be seen."""
    [(row, column)] = cells(random_, 1)
    kind, colour = random_.choice(list(SHAPES)), random_.choice(list(COLOURS))
    english, chinese = PLACES[row][column]
    question, answer = random_.choice(
        (
            (f"Where is the {kind}?", f"The {kind} is at the {english}."),
            (f"{SHAPES[kind]}在哪里？", f"{SHAPES[kind]}在{chinese}。"),
            (ask(random_, "describe", "en"), f"A {colour} {kind} at the {english}."),
            (ask(random_, "describe", "zh"), f"{chinese}有一个{COLOURS[colour][1]}的{SHAPES[kind]}。"),
        )
    )
    return Example(question, answer, (Picture(draw(random_, [Shape(kind, colour, row, column)], most)),))


def count_question(random_: random.Random, most: int = 4) -> Example:
    """How many shapes of one kind there are."""
    kind, colour = random_.choice(list(SHAPES)), random_.choice(list(COLOURS))
    count = random_.randint(1, 5)
    picture = draw(random_, [Shape(kind, colour, *cell) for cell in cells(random_, count)], most)
    is_are = f"is one {kind}" if count == 1 else f"are {NUMBERS[count - 1]} {plural(kind)}"
    question, answer = random_.choice(
        (
            (f"How many {plural(kind)} are there?", f"There {is_are}."),
            (f"有几个{SHAPES[kind]}？", f"有{CHINESE_NUMBERS[count - 1]}个{SHAPES[kind]}。"),
        )
    )
    return Example(question, answer, (Picture(picture),))


def two_pictures(random_: random.Random, most: int = 4) -> Example:
    """Two pictures, each of one colour all over."""
    first, second = random_.sample(list(COLOURS), 2)
    pictures = [
        Image.new("RGB", size(random_, most), near(random_, COLOURS[colour][0])) for colour in (first, second)
    ]
    question, answer = random_.choice(
        (
            ("What colours are the two pictures?", f"The first is {first}, the second is {second}."),
            (
                "两张图是什么颜色？",
                f"第一张是{COLOURS[first][1]}，第二张是{COLOURS[second][1]}。",
            ),
        )
    )
    return Example(question, answer, tuple(map(Picture, pictures)))


def plural(kind: str) -> str:
    """The English plural."""
    return "boxes" if kind == "box" else f"{kind}s"


def cells(random_: random.Random, count: int) -> list[tuple[int, int]]:
    """Different cells of the grid, (row, column)."""
    return random_.sample([(row, column) for row in range(3) for column in range(3)], count)


def size(random_: random.Random, most: int) -> tuple[int, int]:
    """(width, height) in pixels: multiples of 32, at most 32 * `most`, never smaller than 64."""
    return 32 * random_.randint(2, most), 32 * random_.randint(2, most)


def near(random_: random.Random, colour: Colour, by: int = 18) -> Colour:
    """A colour that anybody would call the same."""
    red, green, blue = (min(255, max(0, part + random_.randint(-by, by))) for part in colour)
    return red, green, blue


def draw(random_: random.Random, shapes: list[Shape], most: int) -> Image.Image:
    """The shapes on a light ground, each somewhere in its cell."""
    width, height = size(random_, most)
    picture = Image.new("RGB", (width, height), near(random_, GROUND, 3))
    pen = ImageDraw.Draw(picture)
    for shape in shapes:
        cell_width, cell_height = width / 3, height / 3
        across, down = (random_.uniform(0.7, 0.98) * part for part in (cell_width, cell_height))
        if shape.kind == "circle":
            across = down = min(across, down)
        left = shape.column * cell_width + random_.uniform(0, cell_width - across)
        top = shape.row * cell_height + random_.uniform(0, cell_height - down)
        place(
            pen, shape.kind, (left, top, left + across, top + down), near(random_, COLOURS[shape.colour][0])
        )
    return picture


def place(
    pen: ImageDraw.ImageDraw, kind: str, box: tuple[float, float, float, float], colour: Colour
) -> None:
    """Draw one shape into `box` (left, top, right, bottom)."""
    left, top, right, bottom = box
    if kind == "box":
        pen.rectangle(box, fill=colour)
    elif kind == "circle":
        pen.ellipse(box, fill=colour)
    else:
        pen.polygon([(left, bottom), (right, bottom), ((left + right) / 2, top)], fill=colour)
