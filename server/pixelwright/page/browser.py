"""The user's own browser (Chromium, Chrome or Edge): found, and asked for a picture of a page."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pixelwright.errors import PixelwrightError
from pixelwright.media.image import MAX_PIXELS, load_image
from pixelwright.progress import Progress

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIMEOUT = 60.0
_VARIABLES = ("PIXELWRIGHT_BROWSER", "CHROME_PATH")
_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
_MAX_HEIGHT = 16_000  # the largest surface that software rendering draws in one piece
_VIEWPORT_HEIGHT = 900
# Stands round the page in the picture, so that the page's end is seen.
_OUTSIDE = (254, 1, 253)

_FLAGS = (
    "--headless=new",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-extensions",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--mute-audio",
    # Neither names nor addresses lead anywhere: the page is drawn from the disk alone.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>",
    # The frame round the page must measure it.
    "--allow-file-access-from-files",
    "--virtual-time-budget=5000",
)

# Shows the page in a frame, lets the frame grow to the page's end, and keeps heights that the page
# takes from its window as they were. Nothing moves in it, so that two pictures of a page are equal.
_FRAME = """<!doctype html><meta charset="utf-8"><style>
html, body {{ margin: 0; background: rgb{outside} }}
iframe {{ display: block; border: 0; background: #fff; width: {width}px; height: {height}px }}
</style><iframe src="{page}"></iframe><script>
const frame = document.querySelector("iframe");
const still = (text) => text.replace(/([\\d.]+)[dsl]?vh\\b/g, (_, n) => n * {height} / 100 + "px");
function hold(rules) {{
  for (const rule of rules) {{
    if (rule.style && /vh\\b/.test(rule.style.cssText)) rule.style.cssText = still(rule.style.cssText);
    if (rule.cssRules) hold(rule.cssRules);
  }}
}}
frame.onload = () => {{
  const page = frame.contentDocument;
  const end = page.documentElement.scrollHeight;
  for (const sheet of page.styleSheets) hold(sheet.cssRules);
  for (const node of page.querySelectorAll("[style*=vh]")) node.style.cssText = still(node.style.cssText);
  const calm = page.createElement("style");
  calm.textContent = "*, ::before, ::after {{ animation: none !important; transition: none !important }}";
  page.documentElement.append(calm);
  frame.style.height = end + "px";
}};
</script>"""


def find_browser() -> Path:
    """The browser: PIXELWRIGHT_BROWSER, CHROME_PATH, the PATH, the usual places.

    Raises `PixelwrightError` (`missingTool`) where there is none.
    """
    for variable in _VARIABLES:
        wish = os.environ.get(variable)
        if wish:
            found = shutil.which(wish)
            if found:
                return Path(found)
            raise PixelwrightError(
                "missingTool",
                f"{variable} names {wish}, which is no program.",
                "Set it to the path of Chromium, Chrome or Edge, or unset it.",
            )
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    for place in _usual_places():
        if place.is_file():
            return place
    raise PixelwrightError(
        "missingTool",
        "No browser was found to draw the page with.",
        "Install Chromium, Chrome or Edge, or set PIXELWRIGHT_BROWSER to the path of one.",
    )


def _usual_places() -> Iterator[Path]:
    if sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            for name in ("Google Chrome", "Chromium", "Microsoft Edge"):
                yield folder / f"{name}.app" / "Contents" / "MacOS" / name
    elif sys.platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            base = os.environ.get(variable)
            if base:
                for parts in (("Google", "Chrome"), ("Chromium",), ("Microsoft", "Edge")):
                    program = "msedge.exe" if parts[-1] == "Edge" else "chrome.exe"
                    yield Path(base, *parts, "Application", program)
    else:
        for text in ("/snap/bin/chromium", "/opt/google/chrome/chrome", "/usr/lib/chromium/chromium"):
            yield Path(text)


def render(page: Path, width: int, height: int, progress: Progress, *, density: int = 1) -> NDArray[np.uint8]:
    """Draw an HTML file `width` CSS pixels wide, from its top to its end: RGB, [H, width * density, 3].

    `height` is that of the picture it is to be like: a window of at most that height is assumed, and
    pages much longer than it are cut. `density` is the number of pixels to a CSS pixel. Nothing is loaded
    from the network. Raises `Cancelled`, and `PixelwrightError` (`missingTool`, `notFound`, `badInput`,
    `crashed`).
    """
    if page.is_dir():
        raise PixelwrightError("badInput", f"{page.name} is a folder, not a page.", "Choose an HTML file.")
    if not page.is_file():
        raise PixelwrightError("notFound", f"{page.name} does not exist.", "Check the path.")
    browser = find_browser()
    progress.report(0.0, "Drawing the page")
    most = min(_MAX_HEIGHT // density, MAX_PIXELS // (max(width, 500) * density**2) - 1)
    window = min(most, 2 * height + 1000)
    with tempfile.TemporaryDirectory(
        prefix="pixelwright-", dir=_scratch(browser), ignore_cleanup_errors=True
    ) as scratch:
        frame, shot = Path(scratch, "frame.html"), Path(scratch, "page.png")
        viewport = max(1, min(height, _VIEWPORT_HEIGHT))
        frame.write_text(
            _FRAME.format(
                outside=_OUTSIDE, width=width, height=viewport, page=escape(page.resolve().as_uri())
            ),
            "utf-8",
        )
        command = [
            str(browser),
            *_FLAGS,
            *(["--no-sandbox"] if _is_root() else []),
            f"--user-data-dir={Path(scratch, 'profile')}",
            f"--force-device-scale-factor={density}",
            f"--window-size={max(width, 500)},{window}",
            f"--screenshot={shot}",
            frame.as_uri(),
        ]
        words = _run(command, page.name, Path(scratch, "log"), progress)
        if not shot.is_file():
            raise PixelwrightError(
                "crashed",
                f"{browser.name} drew no picture of {page.name}: {words or 'it said nothing'}.",
                "Try the browser by hand, or name another in PIXELWRIGHT_BROWSER.",
            )
        pixels = load_image(shot, page.name)[:, : width * density]
    progress.report(1.0, "Drawing the page")
    inside = np.flatnonzero((pixels != np.array(_OUTSIDE, np.uint8)).any(axis=(1, 2)))
    return np.ascontiguousarray(pixels[: int(inside[-1]) + 1 if len(inside) else 1])


def _is_root() -> bool:
    # Chromium refuses to start as root with its sandbox on.
    return sys.platform == "linux" and os.geteuid() == 0


def _scratch(browser: Path) -> Path | None:
    """Chromium from a snap sees neither the system's temporary folder nor hidden ones."""
    place = Path.home() / "snap" / "chromium" / "common"
    return place if place.is_dir() and "chromium" in browser.name else None


def _run(command: list[str], name: str, log: Path, progress: Progress) -> str:
    """Run the browser to its end, and return the last line that it wrote; a cancelled one is killed."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        started = time.monotonic()
        try:
            while process.poll() is None:
                if time.monotonic() - started > TIMEOUT:
                    raise PixelwrightError(
                        "crashed",
                        f"The browser did not finish drawing {name} in {TIMEOUT:.0f} seconds.",
                        "Look at the page in a browser: a script in it may never end.",
                    )
                progress.check()
                time.sleep(0.05)
        finally:
            _kill_tree(process)
    lines = log.read_text("utf-8", errors="replace").strip().splitlines()
    return lines[-1].strip(" .") if lines else ""


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End the browser with its children; the ones it left behind too."""
    if sys.platform == "win32":
        if process.poll() is None:
            subprocess.run(
                ["taskkill", "/T", "/F", "/PID", str(process.pid)], capture_output=True, check=False
            )
    else:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
