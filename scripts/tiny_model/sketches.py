"""Generated pictures of small user interfaces, and the pages they become."""

from __future__ import annotations

import random

from PIL import Image, ImageDraw, ImageFont
from scripts.tiny_model.examples import Example, ask, fenced
from scripts.tiny_model.scenes import COLOURS, GROUND, Colour, near

from pixelwright.model.prompt import Picture

HEADINGS = ("Welcome", "Our shop", "News", "Contact", "Gallery", "Tickets", "Weather", "Recipes")
BUTTONS = ("Start", "Buy", "Send", "More", "Next", "Save")
INK: Colour = (30, 30, 40)
LIGHT_INK: Colour = (255, 255, 255)
DARK_GROUNDS = ("red", "green", "blue", "purple", "black")


def sketch(random_: random.Random) -> Example:
    """A heading, up to three fields, and perhaps a coloured button."""
    heading = random_.choice(HEADINGS)
    fields = random_.randint(0, 3)
    button = random_.choice(BUTTONS) if random_.random() < 0.8 else ""
    colour = random_.choice(list(COLOURS))
    picture = draw(random_, heading, fields, button, colour)
    kinds = ["page", "page", "page", "heading"]
    kind = random_.choice(kinds)
    answer = heading if kind == "heading" else fenced(page(heading, fields, button, colour))
    return Example(ask(random_, kind), answer, (Picture(picture),))


def page(heading: str, fields: int, button: str, colour: str) -> str:
    """The page that a sketch stands for; it needs no more than was drawn."""
    style = f"\n<style>button {{ background: {colour}; }}</style>" if button else ""
    parts = [
        f"<h1>{heading}</h1>",
        *["<input>"] * fields,
        *([f"<button>{button}</button>"] if button else []),
    ]
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{heading}</title>{style}\n</head>\n<body>\n" + "\n".join(parts) + "\n</body>\n</html>"
    )


def draw(random_: random.Random, heading: str, fields: int, button: str, colour: str) -> Image.Image:
    """The picture: 128 to 192 pixels wide, as high as its parts need."""
    width = 32 * random_.randint(4, 6)
    height = -(-(44 + 24 * fields + (34 if button else 0)) // 32) * 32
    picture = Image.new("RGB", (width, height), near(random_, GROUND, 3))
    pen = ImageDraw.Draw(picture)
    left, top = random_.randint(6, 14), random_.randint(6, 12)
    pen.text((left, top), heading, fill=INK, font=ImageFont.load_default(random_.choice((22, 23, 24))))
    top += 32
    for _ in range(fields):
        pen.rectangle((left, top, width - 14, top + 16), fill=(255, 255, 255), outline=(130, 130, 140))
        top += 24
    if button:
        words = LIGHT_INK if colour in DARK_GROUNDS else INK
        pen.rounded_rectangle((left, top, left + 66, top + 25), 5, fill=near(random_, COLOURS[colour][0], 10))
        pen.text((left + 33, top + 12), button, fill=words, font=ImageFont.load_default(17), anchor="mm")
    return picture
