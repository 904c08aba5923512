"""Pages drawn by the real browser and held against pictures."""

from __future__ import annotations

import io
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.page.alignment import align_rows
from pixelwright.page.browser import find_browser, render
from pixelwright.page.compare import compare
from pixelwright.page.likeness import WEIGHTS, likeness
from pixelwright.progress import Progress

SHOP = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title><style>
body { margin: 0; font: 16px sans-serif; color: #222 }
header { background: #14532d; color: white; padding: 20px 40px }
main { padding: 40px; display: grid; grid-template-columns: 1fr 1fr; gap: 24px }
article { border: 1px solid #ddd; padding: 24px; height: 260px }
footer { background: #eee; padding: 30px 40px }
</style><header>Tea and coffee</header><main>
<article><h2>Green tea</h2><p>From the hills, picked in April.</p></article>
<article><h2>Oolong</h2><p>Half fermented, roasted over charcoal.</p></article>
<article><h2>绿茶</h2><p>四月采摘，清香回甘。</p></article>
<article><h2>Espresso</h2><p>Dark, with a note of cocoa.</p></article>
</main><footer>Free delivery from 49.90</footer></html>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        find_browser()
    except PixelwrightError as error:
        pytest.skip(str(error))
    return tmp_path_factory.mktemp("页 面 #1 & 'x'")


@pytest.fixture(scope="module")
def shop(folder: Path) -> tuple[Path, Path]:
    """A page, and the picture that the browser makes of it."""
    page, picture = folder / "shop é.html", folder / "商店.png"
    page.write_text(SHOP, "utf-8")
    Image.fromarray(render(page, 900, 600, Progress())).save(picture)
    return page, picture


def test_a_page_is_seen_to_its_end_and_no_further(shop: tuple[Path, Path]) -> None:
    pixels = np.array(Image.open(shop[1]))
    assert pixels.shape[1] == 900
    assert 840 < pixels.shape[0] < 880
    assert pixels[-1, 5].tolist() == [0xEE] * 3
    assert pixels[5, 5].tolist() == [0x14, 0x53, 0x2D]


def test_a_page_against_its_own_picture_is_alike_in_everything(shop: tuple[Path, Path]) -> None:
    found = compare(shop[1], shop[0], Progress())
    assert found.score >= 0.999
    assert min(found.parts.values()) >= 0.999
    assert found.parts.keys() == WEIGHTS.keys()
    assert Image.open(io.BytesIO(found.picture)).format == "PNG"


def test_other_pages_score_lower_the_less_they_are_alike(folder: Path, shop: tuple[Path, Path]) -> None:
    variants = {
        "colour": SHOP.replace("#14532d", "#7c2d12"),
        "moved": SHOP.replace("padding: 40px; display: grid", "padding: 90px 40px; display: grid"),
        "half": SHOP.replace(SHOP[SHOP.index("<article><h2>绿茶") : SHOP.index("</main>")], ""),
        "blank": "<!doctype html><title>x</title>",
    }
    scores = {}
    for name, html in variants.items():
        page = folder / f"{name}.html"
        page.write_text(html, "utf-8")
        scores[name] = compare(shop[1], page, Progress())
    assert scores["blank"].score < 0.45
    assert scores["blank"].score < scores["half"].score < 0.9
    assert scores["moved"].score < 0.95
    assert scores["colour"].parts["colour"] < 0.95
    assert scores["colour"].parts["edges"] > 0.95
    assert scores["half"].parts["edges"] < 0.9


def test_heights_taken_from_the_window_stay(folder: Path) -> None:
    page = folder / "window.html"
    page.write_text(
        "<!doctype html><body style='margin:0'><div style='height:50vh;background:teal'></div>"
        "<div style='height:1000px;background:navy'></div>",
        "utf-8",
    )
    pixels = render(page, 400, 500, Progress())
    assert pixels.shape == (1250, 400, 3)
    assert pixels[249, 10].tolist() == [0, 128, 128]
    assert pixels[250, 10].tolist() == [0, 0, 128]


def test_narrow_and_tiny_pictures(folder: Path, shop: tuple[Path, Path]) -> None:
    assert render(shop[0], 320, 500, Progress()).shape[1] == 320
    tiny = folder / "tiny.png"
    Image.new("RGB", (1, 1), "white").save(tiny)
    assert 0 <= compare(tiny, shop[0], Progress()).score <= 1


def test_nothing_is_asked_from_the_network(folder: Path) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        for host in ("127.0.0.1", "localhost"):
            address = f"http://{host}:{server.server_port}"
            page = folder / "outside.html"
            page.write_text(
                f"<!doctype html><p>x</p><img src='{address}/img'><script src='{address}/js'></script>"
                f"<script>fetch('{address}/fetch'); new EventSource('{address}/events')</script>",
                "utf-8",
            )
            assert render(page, 300, 200, Progress()).shape[1] == 300
    finally:
        server.shutdown()
    assert asked == []


def browsers_of(folder: Path) -> list[int]:
    """Processes that were started with a profile in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words and b"--user-data-dir" in words:
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_cancel_ends_the_browser_and_its_children(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixelwright.page.browser._scratch", lambda _browser: tmp_path)
    page = folder / "endless.html"
    page.write_text("<!doctype html><script>for (;;) {}</script>", "utf-8")
    seen: list[int] = []

    def cancelled() -> bool:
        seen[:] = browsers_of(tmp_path)
        return len(seen) > 2

    started = time.monotonic()
    with pytest.raises(Cancelled):
        render(page, 300, 200, Progress(is_cancelled=cancelled))
    assert time.monotonic() - started < 30
    for _ in range(50):
        if not browsers_of(tmp_path):
            break
        time.sleep(0.1)
    assert browsers_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_endless_page_is_given_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pixelwright.page.browser.TIMEOUT", 2.0)
    page = folder / "endless.html"
    page.write_text("<!doctype html><script>for (;;) {}</script>", "utf-8")
    with pytest.raises(PixelwrightError) as caught:
        render(page, 300, 200, Progress())
    assert caught.value.code == "crashed"
    assert "endless.html" in caught.value.message


def test_missing_things_are_told(
    folder: Path, shop: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [
        (folder / "none.png", shop[0], "notFound", "none.png"),
        (shop[1], folder / "none.html", "notFound", "none.html"),
        (shop[1], folder, "badInput", folder.name),
        (shop[0], shop[0], "badInput", shop[0].name),
    ]
    for image, page, code, name in cases:
        with pytest.raises(PixelwrightError) as caught:
            compare(image, page, Progress())
        assert caught.value.code == code
        assert name in caught.value.message
    monkeypatch.setenv("PIXELWRIGHT_BROWSER", str(folder / "no browser"))
    with pytest.raises(PixelwrightError) as caught:
        compare(shop[1], shop[0], Progress())
    assert caught.value.code == "missingTool"
    assert caught.value.hint


def test_a_browser_that_draws_nothing_is_told(
    shop: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELWRIGHT_BROWSER", sys.executable)
    with pytest.raises(PixelwrightError) as caught:
        render(shop[0], 300, 200, Progress())
    assert caught.value.code == "crashed"


def test_a_gap_too_wide_spoils_little_and_is_found() -> None:
    dice = np.random.default_rng(6)
    upper, lower = (
        np.repeat(np.repeat(dice.integers(0, 256, (15, 20, 3), np.uint8), 20, axis=0), 20, axis=1)
        for _ in range(2)
    )
    gap = np.full((80, 400, 3), 255, np.uint8)
    source, page = np.concatenate([upper, lower]), np.concatenate([upper, gap, lower])
    rows = align_rows(source, page)
    assert rows[:280].tolist() == list(range(280))
    assert rows[320:].tolist() == list(range(400, 680))
    score, parts = likeness(source, page)
    assert 0.85 < score < 0.99
    assert parts["position"] < 0.9
    assert likeness(page, source)[0] > 0.7
    assert align_rows(source, source).tolist() == list(range(600))


def test_likeness_of_pictures_without_a_browser() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (300, 200, 3), np.uint8)
    white = np.full((300, 200, 3), 255, np.uint8)
    assert likeness(noise, noise)[0] == pytest.approx(1, abs=1e-4)
    assert likeness(white, white)[0] == pytest.approx(1, abs=1e-4)
    assert likeness(noise, white)[0] < 0.5
    assert likeness(noise, noise[:100])[0] < 0.7
    score, parts = likeness(noise, noise[::-1].copy())
    assert score == pytest.approx(sum(WEIGHTS[name] * value for name, value in parts.items()))
    assert sum(WEIGHTS.values()) == pytest.approx(1, abs=1e-4)
