"""Every element and attribute that loads something, gone through once."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pixelwright.page.artifact import Problem
from pixelwright.page.references import References, Verdict

_EMBEDDING = frozenset(["iframe", "frame", "object", "embed", "applet", "portal", "fencedframe"])
_LINKS = frozenset(["a", "area"])
_SVG_LOADING = frozenset(
    [
        "image",
        "use",
        "feimage",
        "mpath",
        "textpath",
        "pattern",
        "lineargradient",
        "radialgradient",
    ]
)
_ANIMATING = frozenset(["animate", "set", "animatemotion", "animatetransform"])
_LOADING_ATTRIBUTES = ("src", "poster", "background", "lowsrc", "dynsrc", "manifest", "data", "codebase")
_SENDING_ATTRIBUTES = ("action", "formaction", "ping")
# One transparent pixel: an image without a source would be invalid, without an image its text is lost.
PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
_LOADING_CALL = re.compile(
    r"\bimport\b|\bfetch\b|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|\.src\b|\.href\b|\bopen\("
)
_OUTSIDE_LITERAL = re.compile(r"""["'`]\s*(?:(?:https?|wss?|ftp):)?//[^\s"'`]+""", re.IGNORECASE)


def remove_loading(tree: LexborHTMLParser, references: References) -> bool:
    """Take out of the tree what loads from outside or names no asset; links that a person follows stay.

    What was found is in `references.problems`, in document order. Returns whether the tree changed.
    """
    if tree.root is None:
        return False
    before = len(references.problems)
    # From the end on, so that a removed element never holds one that is still to come.
    for node in reversed(list(tree.root.traverse())):
        _look_at(node, references)
    references.problems[before:] = reversed(references.problems[before:])
    return any(problem.repaired for problem in references.problems[before:])


def _look_at(node: LexborNode, references: References) -> None:
    tag = (node.tag or "").lower()
    if tag in _EMBEDDING:
        address = node.attributes.get("src") or node.attributes.get("data") or ""
        _remove(
            node,
            references,
            "embedded",
            f"<{tag}> shows another document ({address[:80]}); it was taken out.",
        )
    elif tag == "base":
        _remove(node, references, "base", "<base> turned every reference elsewhere; it was taken out.")
    elif tag == "meta" and (node.attributes.get("http-equiv") or "").strip().lower() == "refresh":
        _remove(node, references, "refresh", "<meta http-equiv=refresh> left the page; it was taken out.")
    elif tag == "template" and _OUTSIDE_LITERAL.search(node.html or ""):
        _remove(node, references, "outsideReference", "<template> led outside the page; it was taken out.")
    elif tag == "link":
        if not references.stays(node.attributes.get("href") or "", "<link>"):
            node.decompose()
    elif tag == "script":
        _script(node, references)
    elif (tag in _ANIMATING and _leads_out(node, references)) or (
        tag in _SVG_LOADING and not _svg_stays(node, references)
    ):
        node.decompose()
    else:
        _attributes(node, tag, references)
        if tag == "style":
            css = node.text()
            clean = references.clean_css(css, "<style>")
            if clean != css:
                node.inner_html = clean


def _remove(node: LexborNode, references: References, code: str, message: str) -> None:
    references.problems.append(Problem(code, message, repaired=True))
    node.decompose()


def _script(node: LexborNode, references: References) -> None:
    source = node.attributes.get("src")
    if source is not None:
        if not references.stays(source, "<script>"):
            node.decompose()
        return
    text = node.text()
    literal = _OUTSIDE_LITERAL.search(text)
    if literal and _LOADING_CALL.search(text):
        references.refuse(Verdict.OUTSIDE, "<script>", literal[0][1:])
        node.decompose()


def _leads_out(node: LexborNode, references: References) -> bool:
    for name in ("to", "from", "values", "by", "href", "xlink:href"):
        for value in (node.attributes.get(name) or "").split(";"):
            verdict = references.judge(value)
            if verdict in (Verdict.OUTSIDE, Verdict.SCRIPT):
                references.refuse(verdict, f"<{node.tag}>", value)
                return True
    return False


def _svg_stays(node: LexborNode, references: References) -> bool:
    return all(
        references.stays(node.attributes.get(name) or "", f"<{node.tag}>") for name in ("href", "xlink:href")
    )


def _attributes(node: LexborNode, tag: str, references: References) -> None:
    for name, value in list(node.attributes.items()):
        value = value or ""
        lower, where = name.lower(), f"{name} of <{tag}>"
        if lower in _LOADING_ATTRIBUTES:
            if tag == "img" and lower == "src":
                if not value.strip():
                    references.refuse(Verdict.MISSING, where, value)
                    node.attrs[name] = PLACEHOLDER
                elif not references.stays(value, where):
                    node.attrs[name] = PLACEHOLDER
            elif not references.stays(value, where):
                del node.attrs[name]
        elif lower in ("srcset", "imagesrcset"):
            if not references.clean_srcset(value, where):
                del node.attrs[name]
        elif lower in _SENDING_ATTRIBUTES:
            verdict = references.judge(value)
            if verdict in (Verdict.OUTSIDE, Verdict.SCRIPT):
                references.refuse(verdict, where, value)
                del node.attrs[name]
        elif lower in ("href", "xlink:href"):
            verdict = references.judge(value)
            if verdict is Verdict.SCRIPT or (verdict is Verdict.OUTSIDE and tag not in _LINKS):
                references.refuse(verdict, where, value)
                node.attrs[name] = "#"
        elif lower == "style" or "url(" in value.lower():
            clean = references.clean_css(value, where)
            if clean != value:
                node.attrs[name] = clean
