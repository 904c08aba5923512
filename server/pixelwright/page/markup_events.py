"""Whether a document says the same as the tree that an HTML parser makes of it."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)
# Tags that HTML lets an author leave out (HTML Standard, 13.1.2.4).
_OPTIONAL_START = frozenset(["html", "head", "body", "tbody", "colgroup"])
_OPTIONAL_END = frozenset(
    [
        "html",
        "head",
        "body",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "p",
        "li",
        "dt",
        "dd",
        "option",
        "optgroup",
        "colgroup",
        "caption",
        "rt",
        "rp",
    ]
)

Event = tuple[str, object]


class _Events(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.events: list[Event] = []
        self._text: list[str] = []

    def _add(self, kind: str, value: object) -> None:
        self.flush_text()
        self.events.append((kind, value))

    def flush_text(self) -> None:
        text = "".join("".join(self._text).split())
        self._text.clear()
        if text:
            self.events.append(("text", text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _OPTIONAL_START:
            self._add("start", (tag, sorted((name, value or "") for name, value in attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID and tag not in _OPTIONAL_END:
            self._add("end", tag)

    def handle_data(self, data: str) -> None:
        self._text.append(data)

    def handle_comment(self, data: str) -> None:
        self._add("comment", data)

    def handle_pi(self, data: str) -> None:
        self._add("instruction", data)

    def unknown_decl(self, data: str) -> None:
        self._add("declaration", data)


def says_the_same(document: str, serialised: str) -> bool:
    """True where the parser had nothing to repair: same tags, attributes and text in the same order.

    White space between words and tags that may be left out do not count.
    """
    # Cut off inside a tag or a comment. The standard parser would search such an end again and again.
    if document.rfind("<") > document.rfind(">"):
        return False
    left, right = _events(document), _events(serialised)
    return left is not None and left == right


def _events(document: str) -> list[Event] | None:
    parser = _Events()
    try:
        parser.feed(document)
        parser.close()
    except (AssertionError, ValueError):  # the standard parser gives up on some broken declarations
        return None
    parser.flush_text()
    return parser.events
