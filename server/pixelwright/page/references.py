"""What a page would load: judged, and taken out where it leads outside or nowhere."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import unquote

from pixelwright.page.artifact import Problem


class Verdict(Enum):
    """What became of a reference: it may stay, leads outside, holds a script, or names no known file."""

    FINE = "fine"
    OUTSIDE = "outsideReference"
    SCRIPT = "scriptUrl"
    MISSING = "missingAsset"


_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_CONTROLS = "".join(map(chr, range(33)))

# A url that every use of url() accepts, and that loads nothing.
_NOTHING = 'url("data:,")'
_URL = re.compile(r"""url\(\s*(?:"([^"]*)"|'([^']*)'|([^)"']*))\s*(?:\)|$)""", re.IGNORECASE)
_IMPORT = re.compile(
    r"""@import(?:\s|/\*.*?\*/)*(?:url\(\s*)?(?:"([^"]*)"|'([^']*)'|([^)"'\s;]*))[^;]*(?:;|$)""",
    re.IGNORECASE | re.DOTALL,
)
_IMAGE_SET = re.compile(r"image-set\((?:[^()]|\([^()]*\))*\)", re.IGNORECASE)
_STRING = re.compile(r"""(["'])(.*?)\1""")
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|([^\n0-9a-fA-F]))")


@dataclass
class References:
    """Judges references against the page's assets, and remembers which were used and what was wrong.

    `assets` are file names, or paths as the page writes them; a bare name matches in any folder.
    """

    assets: Collection[str]
    used: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def judge(self, reference: str) -> Verdict:
        """Judge one URL as a browser would read it (WHATWG URL: controls dropped, `\\` is `/`)."""
        url = re.sub(r"[\t\n\r]", "", reference.strip(_CONTROLS)).replace("\\", "/")
        if not url or url.startswith("#"):
            return Verdict.FINE
        scheme = _SCHEME.match(url)
        if scheme:
            name = scheme[1].lower()
            if name in ("javascript", "vbscript"):
                return Verdict.SCRIPT
            return Verdict.FINE if name in ("data", "about") else Verdict.OUTSIDE
        if url.startswith("//"):
            return Verdict.OUTSIDE
        path = unquote(re.split(r"[?#]", url, maxsplit=1)[0]).removeprefix("./")
        for asset in (path, path.rpartition("/")[2]):
            if asset in self.assets:
                self.used.add(asset)
                return Verdict.FINE
        return Verdict.MISSING

    def refuse(self, verdict: Verdict, where: str, reference: str) -> None:
        """Note that a reference was taken out."""
        shown = " ".join(reference.split())
        shown = shown if len(shown) <= 80 else shown[:79] + "…"
        words = {
            Verdict.OUTSIDE: f"{where} led outside the page, to {shown}; it was taken out.",
            Verdict.SCRIPT: f"{where} held a script instead of an address; it was taken out.",
            Verdict.MISSING: f"{where} named {shown or 'nothing'}, no file of the page; it was taken out.",
        }
        if verdict in words:
            self.problems.append(Problem(verdict.value, words[verdict], repaired=True))

    def stays(self, reference: str, where: str) -> bool:
        """Judge, and note it where the answer is no."""
        verdict = self.judge(reference)
        self.refuse(verdict, where, reference)
        return verdict is Verdict.FINE

    def clean_css(self, css: str, where: str) -> str:
        """The CSS with every url() and @import that may not stay taken out; else the same string."""
        plain = _unescape(css)
        if plain != css and len(_URL.findall(plain)) + len(_IMPORT.findall(plain)) > len(
            _URL.findall(css)
        ) + len(_IMPORT.findall(css)):
            css = plain  # url( and @import spelled with escapes have nothing good in mind

        def imported(match: re.Match[str]) -> str:
            return match[0] if self.stays(_unescape(_first(match)), f"@import in {where}") else ""

        def url(match: re.Match[str]) -> str:
            return match[0] if self.stays(_unescape(_first(match)).strip(), f"url() in {where}") else _NOTHING

        def image_set(match: re.Match[str]) -> str:
            return _STRING.sub(
                lambda s: s[0] if self.stays(_unescape(s[2]), f"image-set() in {where}") else '"data:,"',
                match[0],
            )

        return _IMAGE_SET.sub(image_set, _URL.sub(url, _IMPORT.sub(imported, css)))

    def clean_srcset(self, srcset: str, where: str) -> bool:
        """Whether every candidate of a srcset may stay."""
        if "data:" in srcset.lower():
            candidates = re.findall(r"\S+", srcset)[::2]
        else:
            candidates = [part.split()[0] for part in srcset.split(",") if part.strip()]
        return all(self.stays(candidate, where) for candidate in candidates)


def _first(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group is not None), "")


def _unescape(css: str) -> str:
    """Resolve CSS escapes (CSS Syntax Module Level 3, 4.3.7)."""

    def character(match: re.Match[str]) -> str:
        if match[2] is not None:
            return match[2]
        code = int(match[1], 16)
        return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"

    return _ESCAPE.sub(character, css) if "\\" in css else css
