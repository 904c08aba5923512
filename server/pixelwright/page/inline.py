"""The words of a text as inline content: spans of one ink joined over the lines, links marked."""

from __future__ import annotations

from collections.abc import Sequence

from pixelwright.page.element import Element
from pixelwright.page.page_style import PageStyle, is_link_ink
from pixelwright.page.palette import Palette
from pixelwright.read.reading import Rgb, Text, joined


def _pieces(lines: Sequence[Text], style: PageStyle, own: Rgb) -> list[tuple[str, str, Rgb]]:
    """(kind, text, ink) of each stretch: kind is `link`, `ink` (another colour) or nothing."""
    pieces: list[tuple[str, str, Rgb]] = []
    for line in lines:
        for span in line.spans:
            distance = max(abs(a - b) for a, b in zip(span.color, own, strict=True))
            linked = span.underlined or (
                is_link_ink(span.color, style) and distance > 60 and len(span.text) > 1
            )
            kind = "link" if linked else "ink" if distance > 60 and len(span.text) > 2 else ""
            if pieces and pieces[-1][0] == kind:
                pieces[-1] = (kind, joined(pieces[-1][1], span.text), pieces[-1][2])
            else:
                pieces.append((kind, span.text, span.color))
    return pieces


def _own_ink(lines: Sequence[Text], style: PageStyle) -> Rgb:
    """The ink that a text has apart from the links in it."""
    spans = [span for line in lines for span in line.spans]
    plain = [s for s in spans if not s.underlined and not is_link_ink(s.color, style)]
    return max(plain or spans, key=lambda s: len(s.text)).color


def content(
    lines: Sequence[Text], style: PageStyle, palette: Palette, *, plain: bool, item: bool = False
) -> tuple[Element | str, ...]:
    """Inline content of lines; `plain` where links cannot stand (within links and
    buttons), `item` where a link may be all that there is (in a list)."""
    if not lines:
        return ()
    own = _own_ink(lines, style)
    if plain:
        text = ""
        for line in lines:
            for span in line.spans:
                text = joined(text, span.text)
        return (text,)
    pieces = _pieces(lines, style, own)
    # A colour that the whole text has is the text's own, not a link in it.
    if len(pieces) == 1 and not (item and pieces[0][0] == "link"):
        return (pieces[0][1],)
    result: list[Element | str] = []
    for index, (kind, text, color) in enumerate(pieces):
        glue = (
            index > 0 and joined(pieces[index - 1][1][-1:], text[:1]) != pieces[index - 1][1][-1:] + text[:1]
        )
        if glue:
            result.append(" ")
        if kind == "link":
            look = (("color", palette.css(color)),)
            result.append(Element("a", "inline-link", look, attributes=(("href", "#"),), children=(text,)))
        elif kind == "ink":
            result.append(Element("span", "tone", (("color", palette.css(color)),), children=(text,)))
        else:
            result.append(text)
    return tuple(result)
