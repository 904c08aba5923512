"""The last step of a page: whatever a writer wrote becomes valid, whole and self-contained."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from pixelwright.page.artifact import Problem
from pixelwright.page.coverage import missing_texts, visible_text
from pixelwright.page.language import language
from pixelwright.page.loading import remove_loading
from pixelwright.page.markup_events import says_the_same
from pixelwright.page.references import References

_FENCE = re.compile(r"```[ \t]*[A-Za-z]*[ \t]*\r?\n(.*?)(?:\r?\n[ \t]*```|\Z)", re.DOTALL)
_DOCTYPE = re.compile(r"\s*<!doctype\b[^>]*>", re.IGNORECASE)
_PAGE_START = re.compile(r"<!doctype\s+html|<html[\s>]", re.IGNORECASE)
_MISSING_NAMED = 20


@dataclass(frozen=True, slots=True)
class CheckedPage:
    """The document, repaired; what was found; the share (0..1) of the characters read that it shows."""

    document: str
    problems: tuple[Problem, ...]
    text_score: float


def check_page(document: str, texts: Sequence[str], assets: Collection[str]) -> CheckedPage:
    """Repair a page and hold it against the texts read from its picture.

    `assets` are the page's pictures, as file names or as the paths that the page links them with.
    A document without a fault comes back as it is, byte for byte; one with a fault is written anew
    from the tree that the HTML Standard's parser makes of it. Never raises.
    """
    problems: list[Problem] = []
    source = _without_fence(_encodable(document, problems), problems)
    tree = LexborHTMLParser(source)
    changed = source != document
    if not says_the_same(source, tree.html or ""):
        problems.append(
            _repaired("structure", "Tags were left open, crossed or broken; they were put right.")
        )
        changed = True
    references = References(frozenset(assets))
    changed |= remove_loading(tree, references)
    problems += references.problems
    page_text = visible_text(tree)
    found = len(problems)
    doctype_is_good = _good_doctype(source, problems)
    _complete_head(tree, texts, page_text, problems)
    _unique_ids(tree, problems)
    changed |= len(problems) > found
    if not page_text.strip() and not tree.css("img, svg, input, button"):
        problems.append(Problem("empty", "The page shows nothing.", repaired=False))
    problems += (
        Problem("unusedAsset", f"No part of the page shows {name}.", repaired=False)
        for name in sorted(set(assets) - references.used)
    )
    lost, score = missing_texts(texts, page_text)
    problems += _lost(lost)
    result = _serialise(tree, source if doctype_is_good else "") if changed else document
    return CheckedPage(result, tuple(problems), score)


def _repaired(code: str, message: str) -> Problem:
    return Problem(code, message, repaired=True)


def _encodable(document: str, problems: list[Problem]) -> str:
    """Lone surrogates and null characters cannot be written to a UTF-8 page."""
    clean = re.sub("[\0\ud800-\udfff]", "\ufffd", document)
    if clean != document:
        problems.append(_repaired("encoding", "Characters that no file can hold were replaced."))
    return clean


def _without_fence(document: str, problems: list[Problem]) -> str:
    """The page alone, where a writer put it into a Markdown fence or talked before it."""
    if _DOCTYPE.match(document) or document.lstrip().lower().startswith("<html"):
        return document
    fence = _FENCE.search(document)
    if fence and "<" in fence[1]:
        problems.append(_repaired("fence", "The page stood in a Markdown fence; the fence was taken off."))
        return fence[1]
    start = _PAGE_START.search(document)
    if start and "<" not in document[: start.start()]:
        problems.append(_repaired("fence", "Words stood before the page; they were taken off."))
        return document[start.start() :]
    return document


def _good_doctype(source: str, problems: list[Problem]) -> bool:
    doctype = _DOCTYPE.match(source)
    if doctype and re.fullmatch(r"\s*<!doctype\s+html\s*>", doctype[0], re.IGNORECASE):
        return True
    problems.append(_repaired("doctype", "The document type was missing or old; it is <!doctype html> now."))
    return False


def _complete_head(
    tree: LexborHTMLParser, texts: Sequence[str], page_text: str, problems: list[Problem]
) -> None:
    root, head = tree.root, tree.head
    if root is None or head is None:
        return
    if not (root.attributes.get("lang") or "").strip():
        tag = language(page_text or "\n".join(texts))
        root.attrs["lang"] = tag
        problems.append(_repaired("lang", f"The page's language was missing; it is {tag} now."))

    def add_meta(name: str, value: str, **more: str) -> None:
        meta = tree.create_node("meta")
        for key, text in ((name, value), *more.items()):
            meta.attrs[key] = text
        first = head.first_child
        if first is None:
            head.insert_child(meta)
        else:
            first.insert_before(meta)

    title = head.css_first("title")
    if title is None or not title.text().strip():
        if title is not None:
            title.decompose()
        title = tree.create_node("title")
        heading = tree.css_first("h1")
        name = (heading.text(separator=" ") if heading else "") or next(iter(texts), "")
        title.insert_child(" ".join(name.split())[:80] or "Page")
        head.insert_child(title)
        problems.append(_repaired("title", "The page had no title; it has one now."))
    if not head.css('meta[name="viewport" i]'):
        add_meta("name", "viewport", content="width=device-width, initial-scale=1")
        problems.append(
            _repaired("viewport", "The page did not fit itself to small screens; a viewport was added.")
        )
    charset = head.css_first("meta[charset]")
    if charset is None:
        add_meta("charset", "utf-8")
        problems.append(_repaired("charset", "The page did not name its encoding; it is UTF-8 now."))
    elif (charset.attributes.get("charset") or "").strip().lower() not in ("utf-8", "utf8"):
        charset.attrs["charset"] = "utf-8"
        problems.append(_repaired("charset", "The page named a wrong encoding; it is UTF-8 now."))


def _unique_ids(tree: LexborHTMLParser, problems: list[Problem]) -> None:
    nodes = tree.css("[id]")
    taken = {node.attributes.get("id") or "" for node in nodes}
    seen: set[str] = set()
    for node in nodes:
        name = node.attributes.get("id") or ""
        if name and name not in seen:
            seen.add(name)
            continue
        if not name.strip():
            del node.attrs["id"]
            problems.append(_repaired("duplicateId", f"<{node.tag}> had an empty id; it was taken out."))
            continue
        number = 2
        while f"{name}-{number}" in taken:
            number += 1
        fresh = f"{name}-{number}"
        taken.add(fresh)
        node.attrs["id"] = fresh
        problems.append(
            _repaired("duplicateId", f"The id {name[:80]} was used twice; the later one is {fresh[:80]}.")
        )


def _lost(texts: Sequence[str]) -> list[Problem]:
    named = [
        Problem("missingText", f"The picture says “{text[:80]}”, the page does not.", repaired=False)
        for text in texts[:_MISSING_NAMED]
    ]
    if len(texts) > _MISSING_NAMED:
        more = len(texts) - _MISSING_NAMED
        named.append(
            Problem("missingText", f"{more} more texts of the picture are not in the page.", repaired=False)
        )
    return named


def _serialise(tree: LexborHTMLParser, source: str) -> str:
    doctype = _DOCTYPE.match(source)
    body = _DOCTYPE.sub("", tree.html or "", count=1).lstrip()
    return f"{doctype[0].strip() if doctype else '<!doctype html>'}\n{body}\n"
