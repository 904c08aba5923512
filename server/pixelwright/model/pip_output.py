"""What pip says, as progress and as errors. pip speaks English only, and its wording is old and stable."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field

from pixelwright.errors import PixelwrightError

KEPT_LINES = 200
INSTALLING = 0.9  # what part of the progress is downloading
UNITS = {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}

NETWORK = (
    "NewConnectionError|NameResolutionError|name resolution|Max retries|ConnectTimeout|ReadTimeout|"
    "ProxyError|Connection(?:Error| refused| reset| aborted| broken)|IncompleteRead|incomplete-download|"
    "HTTPError|HTTP error"
)
CERTIFICATE = "SSLError|CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError"


@dataclass
class PipOutput:
    """Reads pip's lines one by one. expected: bytes that will be downloaded, about."""

    expected: int
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))
    _finished: float = 0.0  # bytes of the files that are there
    _size: float = 0.0  # bytes of the file that is coming
    _most: float = 0.0  # bytes that were there at any time: progress never goes back
    _name: str = ""

    def read(self, line: str) -> tuple[float, str] | None:
        """How far pip is (0..1) and what it does, if the line tells."""
        if raw := re.fullmatch(r"Progress (\d+) of (\d+)", line):  # --progress-bar raw
            return self._course(int(raw[1])), f"Downloading {self._name}"
        self.lines.append(line)
        if wheel := re.match(r"\s*(Downloading|Using cached) (\S+?)-(\d\S*)(?: \(([\d.]+) (\w+)\))?", line):
            self._finished, self._size = self._finished + self._size, 0.0
            if wheel[3].endswith(".metadata"):
                return self._course(0), f"Looking at {wheel[2]}"
            self._size = float(wheel[4] or 0) * UNITS.get(wheel[5] or "", 0)
            self._name = f"{wheel[2]} ({wheel[4]} {wheel[5]})" if wheel[4] else wheel[2]
            return self._course(0), f"Downloading {self._name}"
        if collecting := re.match(r"\s*Collecting ([\w.-]+)", line):
            return self._course(0), f"Looking for {collecting[1]}"
        if line.startswith("Installing collected packages"):
            return INSTALLING, "Installing the packages"
        return None

    def _course(self, coming: int) -> float:
        self._most = max(self._most, self._finished + coming)
        return min(INSTALLING, INSTALLING * self._most / max(1, self.expected))


def failure(lines: deque[str]) -> PixelwrightError:
    """Why pip failed, from what it said last."""
    text = "\n".join(lines)
    if "externally-managed-environment" in text:
        return PixelwrightError(
            "target",
            "This Python belongs to the operating system, which lets nothing be installed into it.",
            "Make an environment of your own: python -m venv, and install pixelwright there.",
        )
    if re.search(r"No space left|Errno 28|not enough space", text):
        return PixelwrightError("noSpace", "The packages were not installed: the disk is full.", "Make room.")
    if re.search(r"Permission denied|Access is denied|Read-only file system|Errno 13", text):
        return PixelwrightError(
            "target",
            "The packages were not installed: the folder of this Python cannot be written to.",
            "Install pixelwright in an environment of your own: python -m venv",
        )
    if re.search(CERTIFICATE, text):
        return PixelwrightError(
            "unreachable",
            "The package index was not believed to be what it says: its certificate is unknown here.",
            "Behind a company's proxy, name its certificate to pip: pip config set global.cert FILE",
        )
    if re.search(NETWORK, text):
        return PixelwrightError(
            "unreachable",
            "The package index cannot be reached.",
            "Look at the network and at pip's settings (pip config list), then run it again.",
        )
    if missing := re.search(r"No matching distribution found for ([\w.-]+)", text):
        return PixelwrightError(
            "unsupported",
            f"The package index has no {missing[1]} for this version of Python and this system.",
            "Look at pip's settings (pip config list), or use another version of Python.",
        )
    last = next((line for line in reversed(lines) if line.lower().startswith("error")), "it did not say why")
    return PixelwrightError(
        "internal",
        f"pip could not install the packages: {last}",
        "Try it by hand: pip install pixelwright[model]",
    )
