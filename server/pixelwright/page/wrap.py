"""Where a browser will break a paragraph: widths at which its lines come out as in the picture."""

from __future__ import annotations

from pixelwright.page.model import Node
from pixelwright.read import metrics
from pixelwright.read.reading import Box, Text


def line_box(text: Text, line_height: float) -> Box:
    """The box that a browser gives a line of text: `line_height` (pixels) around its baseline."""
    size = text.font.size
    above = line_height / 2 + (metrics.ASCENT - metrics.FULL_DESCENT) / 2 * size
    return Box(text.box.x, text.baseline - above, text.box.w, line_height)


def line_width(text: str, like: Text) -> float:
    """Width in pixels of a text set in the font of a line."""
    font = like.font
    return font.size * (metrics.width(text, font.family, font.weight) + font.spacing * len(text))


def wrap_range(node: Node) -> tuple[float, float]:
    """(least, most) width in pixels at which a text breaks into just these lines; most is exclusive."""
    widths = [line_width(line.text, line) for line in node.lines]
    least, most = max(widths), float("inf")
    for line, width, following in zip(node.lines, widths, node.lines[1:], strict=False):
        head = following.text.split()[0] if following.text.split() else ""
        if head and metrics.is_wide(head[0]):
            most = min(most, width + line_width(head[0], line))
        else:
            most = min(most, width + line_width(" " + head, line))
    return least, most
