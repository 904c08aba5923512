"""How much of the text read from the picture stands in the page."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

from selectolax.lexbor import LexborHTMLParser

_UNSEEN = frozenset(["script", "style", "template", "noscript", "title", "head"])
_SPOKEN_ATTRIBUTES = ("placeholder", "alt", "value", "aria-label", "title", "label")
# Marks that OCR and writers use for one another.
_ALIKE = str.maketrans("‘’‛`´“”„«»–—―−‐•·∙", "'''''\"\"\"\"\"-----···")
_FOUND = 0.7
_TAKEN = "\0"


def visible_text(tree: LexborHTMLParser) -> str:
    """The text a reader meets in a page, with that of form fields and descriptions of pictures."""
    parts: list[str] = []
    for node in tree.root.traverse(include_text=True) if tree.root else ():
        if node.is_text_node:
            parent = node.parent
            if parent is None or (parent.tag or "") not in _UNSEEN:
                parts.append(node.text_content or "")
        elif node.is_element_node:
            hidden = node.tag == "input" and node.attributes.get("type") == "hidden"
            parts.extend(node.attributes.get(name) or "" for name in _SPOKEN_ATTRIBUTES if not hidden)
    return "\n".join(part for part in parts if part.strip())


def missing_texts(texts: Sequence[str], page_text: str) -> tuple[list[str], float]:
    """The texts that the page lacks, and the share (0..1) of all their characters that it has.

    White space, letter case, width and the shape of quotes and dashes do not count. Each place of the
    page answers for one text only; a text that is found at less than 70 % is called missing.
    """
    rest = _plain(page_text)
    wanted = sorted(((text, _plain(text)) for text in texts), key=lambda pair: -len(pair[1]))
    total = sum(len(plain) for _, plain in wanted)
    # Whole texts first, so that a near miss never takes the place of an exact match.
    open_texts: list[tuple[str, str]] = []
    found = 0.0
    for text, plain in wanted:
        at = rest.find(plain) if plain else 0
        if at < 0:
            open_texts.append((text, plain))
        else:
            found += len(plain)
            rest = rest[:at] + _TAKEN * len(plain) + rest[at + len(plain) :]
    missing: set[str] = set()
    for text, plain in open_texts:
        matched, start, end = _near(plain, rest)
        found += matched
        if matched >= _FOUND * len(plain):
            rest = rest[:start] + _TAKEN * (end - start) + rest[end:]
        else:
            missing.add(text)
    return [text for text in dict.fromkeys(texts) if text in missing], found / total if total else 1.0


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_ALIKE)
    return "".join(folded.replace(_TAKEN, "").split())


def _near(plain: str, rest: str) -> tuple[int, int, int]:
    """Characters of `plain` found together in `rest`, and the span they stand in."""
    anchor, length = _longest_piece(plain, rest)
    if length < min(2, len(plain)):
        return 0, 0, 0
    at = rest.index(plain[anchor : anchor + length])
    slack = 2 + len(plain) // 5
    start = max(0, at - anchor - slack)
    window = rest[start : at + len(plain) - anchor + slack]
    blocks = SequenceMatcher(None, plain, window, autojunk=False).get_matching_blocks()
    blocks = [block for block in blocks if block.size]
    if not blocks:
        return 0, 0, 0
    return (
        sum(block.size for block in blocks),
        start + blocks[0].b,
        start + blocks[-1].b + blocks[-1].size,
    )


def _longest_piece(plain: str, rest: str) -> tuple[int, int]:
    """Start and length of the longest piece of `plain` that stands in `rest`."""
    best, length = 0, 0
    for start in range(len(plain)):
        while start + length < len(plain) and plain[start : start + length + 1] in rest:
            best, length = start, length + 1
    return best, length
