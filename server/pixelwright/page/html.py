"""Elements to a document, laid out as a formatter would: two spaces, an element a line, words inline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

from pixelwright.page.element import Element
from pixelwright.page.stylesheet import Stylesheet

_VOID = frozenset({"img", "input", "hr", "br", "meta", "link", "col"})
_INLINE = frozenset({"a", "span", "strong", "em", "b", "i", "code", "small", "s"})
_WIDTH = 100


def _open_tag(element: Element, classes: str) -> str:
    attributes = [*((("class", classes),) if classes else ()), *element.attributes]
    written = "".join(
        f' {name}="{escape(value)}"' if value or name == "alt" else f" {name}" for name, value in attributes
    )
    return f"<{element.tag}{written}{' /' if element.tag in _VOID else ''}>"


def _is_text(element: Element) -> bool:
    """Does it hold words and inline elements only?"""
    return any(isinstance(child, str) for child in element.children) and all(
        isinstance(child, str) or child.tag in _INLINE | {"img"} for child in element.children
    )


def _lines(element: Element, sheet: Stylesheet, depth: int) -> Iterator[str]:
    indent = "  " * depth
    opening = _open_tag(element, sheet.class_names(element))
    if element.tag in _VOID:
        yield indent + opening
        return
    closing = f"</{element.tag}>"
    if element.tag == "pre":
        # The browser takes one line break after the tag away; the rest is as it stands.
        written = "".join(_inline(child, sheet) for child in element.children)
        yield f"{indent}{opening}{written}{closing}"
        return
    if _is_text(element) or not element.children:
        yield from _text_lines(element, sheet, depth, opening, closing)
        return
    yield indent + opening
    for child in element.children:
        if isinstance(child, str):
            yield "  " * (depth + 1) + escape(child, quote=False)
        else:
            yield from _lines(child, sheet, depth + 1)
    yield indent + closing


def _text_lines(element: Element, sheet: Stylesheet, depth: int, opening: str, closing: str) -> Iterator[str]:
    indent = "  " * depth
    inside = "".join(_inline(child, sheet) for child in element.children)
    whole = f"{indent}{opening}{inside}{closing}"
    if len(whole) <= _WIDTH or element.tag in ("textarea", "option", "button", "a"):
        yield whole
        return
    yield indent + opening
    line = ""
    for word in _words(inside):
        if line and len(indent) + 2 + len(line) + 1 + len(word) > _WIDTH:
            yield f"{indent}  {line}"
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        yield f"{indent}  {line}"
    yield indent + closing


def _words(markup: str) -> Iterator[str]:
    """Words of inline markup, tags with their attributes kept in one piece."""
    word, in_tag = "", False
    for letter in markup:
        if letter == " " and not in_tag:
            if word:
                yield word
            word = ""
            continue
        in_tag = letter == "<" or (in_tag and letter != ">")
        word += letter
    if word:
        yield word


def _inline(child: Element | str, sheet: Stylesheet) -> str:
    if isinstance(child, str):
        return escape(child, quote=False)
    opening = _open_tag(child, sheet.class_names(child))
    if child.tag in _VOID:
        return opening
    return f"{opening}{''.join(_inline(inner, sheet) for inner in child.children)}</{child.tag}>"


def document(
    body: Element,
    *,
    title: str,
    lang: str,
    direction: str,
    root: str,
    base: str,
    reset: str,
    tell: Callable[[str], None],
) -> str:
    """The whole document. `root` holds the custom properties, `base` the rules of body, `reset` the
    browser's defaults undone. `tell` gets the document's pieces as they are written."""
    sheet = Stylesheet()
    lines = [f"  {line}" for line in _lines(body, sheet, 0)]
    styles = "\n\n".join(filter(None, [root, reset.strip(), base, sheet.text()]))
    styled = "\n".join(f"      {line}" if line else "" for line in styles.split("\n"))
    way = f' dir="{direction}"' if direction == "rtl" else ""
    head = (
        "<!doctype html>\n"
        f'<html lang="{escape(lang)}"{way}>\n'
        "  <head>\n"
        '    <meta charset="utf-8" />\n'
        '    <meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f"    <title>{escape(title, quote=False)}</title>\n"
        f"    <style>\n{styled}\n    </style>\n"
        "  </head>\n"
    )
    pieces = [head]
    tell(head)
    for start in range(0, len(lines), 40):
        piece = "\n".join(lines[start : start + 40]) + "\n"
        pieces.append(piece)
        tell(piece)
    pieces.append("</html>\n")
    tell(pieces[-1])
    return "".join(pieces)
