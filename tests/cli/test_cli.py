"""The command line as a person or a script uses it: a process, its output, its exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.conftest import draw_picture

COMMAND = [sys.executable, "-m", "pixelwright"]


def run(*arguments: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **more)


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture
def host(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PIXELWRIGHT_IDLE_SECONDS", "60")
    yield private_home
    run("host", "stop")


@pytest.mark.parametrize("how", [[], ["--no-host"]], ids=["host", "no host"])
def test_a_page_beside_its_picture(host: Path, tmp_path: Path, how: list[str]) -> None:
    picture = draw_picture(tmp_path / "登录 页.png", ["Hello pictures"])
    done = run("html", picture, *how)
    assert done.returncode == 0, done.stderr
    page = tmp_path / "登录 页.html"
    assert done.stdout.strip() == str(page)
    assert "Hello pictures" in page.read_text(encoding="utf-8")
    assert "登录 页.png" in done.stderr, "progress is told on stderr"


def test_json_is_all_that_is_on_stdout(host: Path, small_picture: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    done = run("html", small_picture, bad, "-o", tmp_path / "out", "--json")
    assert done.returncode == 1
    good, failed = json.loads(done.stdout)["results"]
    assert good["page"] == str(tmp_path / "out" / "hello.html")
    assert good["texts"] >= 1
    assert failed["error"]["code"] == "badInput"
    assert "bad.png" in failed["error"]["message"]


def test_a_picture_from_stdin(host: Path, small_picture: Path, tmp_path: Path) -> None:
    with small_picture.open("rb") as file:
        done = run("html", "-", "-o", tmp_path / "piped.html", stdin=file)
    assert done.returncode == 0, done.stderr
    assert "Hello" in (tmp_path / "piped.html").read_text(encoding="utf-8")


def test_inline_assets_need_no_folder(host: Path, tmp_path: Path) -> None:
    noise = Image.effect_noise((300, 200), 90).convert("RGB")
    page = Image.new("RGB", (800, 500), "white")
    page.paste(noise, (200, 100))
    page.save(tmp_path / "photo.png")
    assert run("html", tmp_path / "photo.png", "--inline-assets").returncode == 0
    assert names(tmp_path) == ["photo.html", "photo.png"]
    assert "data:image/" in (tmp_path / "photo.html").read_text(encoding="utf-8")
    assert run("html", tmp_path / "photo.png", "-o", tmp_path / "linked.html").returncode == 0
    assert any(name.startswith("linked.assets/") for name in names(tmp_path))


def _bad_inputs(folder: Path) -> dict[str, Path]:
    whole = draw_picture(folder / "whole.png", ["Hello"]).read_bytes()
    (folder / "empty.png").write_bytes(b"")
    (folder / "truncated.png").write_bytes(whole[: len(whole) // 2])
    (folder / "text.png").write_text("just some words", encoding="utf-8")
    Image.new("1", (20000, 20000)).save(folder / "huge.png")
    (folder / "folder.png").mkdir()
    (folder / "drawing.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    os.mkfifo(folder / "pipe.png")
    return {
        what: folder / name
        for what, name in {
            "empty": "empty.png",
            "truncated": "truncated.png",
            "text named png": "text.png",
            "20000x20000": "huge.png",
            "folder": "folder.png",
            "pipe": "pipe.png",
            "svg": "drawing.svg",
            "missing": "missing.png",
        }.items()
    }


def test_bad_pictures_give_a_sentence_and_nothing_else(host: Path, tmp_path: Path) -> None:
    run("host", "status")
    for what, picture in _bad_inputs(tmp_path).items():
        before = names(tmp_path)
        done = run("html", picture)
        assert done.returncode == 1, what
        last = done.stderr.strip().splitlines()[-1]
        assert picture.name in last, what
        assert last.endswith((".", "?", "!")), what
        assert "Traceback" not in done.stderr, what
        assert done.stdout == "", what
        assert names(tmp_path) == before, what
    assert run("host", "status").stdout.startswith("Host"), "it is still alive"


def test_one_pixel_is_a_page(host: Path, tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), "red").save(tmp_path / "dot.png")
    assert run("html", tmp_path / "dot.png").returncode == 0
    assert (tmp_path / "dot.html").is_file()


def test_a_wrong_extension_is_no_obstacle(host: Path, tmp_path: Path) -> None:
    picture = draw_picture(tmp_path / "really.png", ["Hello"])
    picture.rename(tmp_path / "really.jpg")
    assert run("html", tmp_path / "really.jpg").returncode == 0


def without_privileges(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run in one process; root, to whom no file is closed, without that privilege (capabilities(7))."""
    command = [*COMMAND, *map(str, arguments), "--no-host"]
    if os.getuid() == 0:
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_an_unreadable_picture_and_a_read_only_target(private_home: Path, small_picture: Path) -> None:
    folder = small_picture.parent
    folder.chmod(0o555)
    try:
        done = without_privileges("html", small_picture)
        assert done.returncode == 1
        assert "hello.html was not written: its folder cannot be written to" in done.stderr
        small_picture.chmod(0)
        done = without_privileges("html", small_picture)
        assert done.returncode == 1
        assert "hello.png" in done.stderr.splitlines()[-1]
        assert names(folder) == ["hello.png"]
    finally:
        folder.chmod(0o755)


def test_a_disk_that_is_really_full(host: Path, small_picture: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = (
        os.getuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", disk], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("mounting a small disk takes rights that this user has not")
    try:
        (disk / "filler").write_bytes(b"x" * 16384)
        done = run("html", small_picture, "-o", disk / "page.html")
        assert done.returncode == 1
        assert "page.html was not written: the disk is full" in done.stderr
        assert names(disk) == ["filler"]
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_edited_page_is_kept_and_said_so(host: Path, small_picture: Path) -> None:
    page = small_picture.with_suffix(".html")
    assert run("html", small_picture).returncode == 0
    page.write_text("mine", encoding="utf-8")
    done = run("html", small_picture)
    assert done.returncode == 0
    assert "hello.new.html" in done.stderr
    assert page.read_text(encoding="utf-8") == "mine"
    assert run("html", small_picture, "--force").returncode == 0
    assert "Hello" in page.read_text(encoding="utf-8")


def test_ctrl_c_stops_it_with_130(host: Path, long_picture: Path) -> None:
    for how in ([], ["--no-host"]):
        process = subprocess.Popen(
            [*COMMAND, "html", str(long_picture), *how], stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        process.stderr.readline()  # the first line of progress: it is at work
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert process.wait(30) == 130
        assert time.monotonic() - began < 5
        process.stderr.close()
        assert not long_picture.with_suffix(".html").exists()


def test_wrong_usage_exits_with_2(private_home: Path) -> None:
    for arguments in ([], ["knit"], ["html"], ["html", "--no-such-option", "a.png"], ["host", "dance"]):
        assert run(*arguments).returncode == 2


def test_host_status_and_stop(host: Path) -> None:
    assert run("host").stdout.startswith("No host")
    assert json.loads(run("host", "status", "--json").stdout) == {"running": False, "host": None}
    assert run("host", "stop").stdout.startswith("No host")


def test_compare_writes_a_picture(host: Path, small_picture: Path) -> None:
    assert run("html", small_picture).returncode == 0
    page = small_picture.with_suffix(".html")
    done = run("compare", small_picture, page, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert 0.5 < found["score"] <= 1
    with Image.open(found["picture"]) as picture:
        assert picture.format == "PNG"
        assert picture.width > 640
    again = run("compare", small_picture, page)
    assert again.stdout.splitlines()[1] == found["picture"], "our own picture is replaced"
    assert run("compare", small_picture, page.with_name("none.html")).returncode == 1


def test_importing_the_command_line_is_quick_and_light(private_home: Path) -> None:
    script = (
        "import sys, pixelwright.cli; print([m for m in ('cv2','numpy','PIL','asyncio') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
