"""Outputs are written whole or not at all, and never over what the user made."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from pixelwright import atomic, files, ledger
from pixelwright.errors import PixelwrightError

pytestmark = pytest.mark.usefixtures("private_home")


def write(page: Path, text: str, assets: dict[str, bytes] | None = None, source: Path | None = None) -> Path:
    target = files.page_target(page, source)
    files.write_page(target, text, (assets or {}).items(), source)
    return target.page


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_page_and_its_pictures(tmp_path: Path) -> None:
    page = write(tmp_path / "登录.html", "你好", {"logo.png": b"png"})
    assert page.read_text(encoding="utf-8") == "你好"
    assert names(tmp_path) == ["登录.assets", "登录.assets/logo.png", "登录.html"]


def test_what_is_ours_is_replaced_and_leaves_nothing_stale(tmp_path: Path) -> None:
    write(tmp_path / "a.html", "one", {"old.png": b"1", "both.png": b"1"})
    assert write(tmp_path / "a.html", "two", {"both.png": b"2"}).name == "a.html"
    assert names(tmp_path) == ["a.assets", "a.assets/both.png", "a.html"]
    assert (tmp_path / "a.assets" / "both.png").read_bytes() == b"2"


def test_an_edited_page_is_left_alone(tmp_path: Path) -> None:
    page = write(tmp_path / "a.html", "one", {"x.png": b"1"})
    page.write_text("mine", encoding="utf-8")
    assert write(page, "two", {"x.png": b"2"}).name == "a.new.html"
    assert page.read_text(encoding="utf-8") == "mine"
    assert (tmp_path / "a.assets" / "x.png").read_bytes() == b"1"
    assert (tmp_path / "a.new.assets" / "x.png").read_bytes() == b"2"
    assert write(page, "three").name == "a.new.html", "ours, so it is replaced"
    (tmp_path / "a.new.html").write_text("mine too", encoding="utf-8")
    assert write(page, "four").name == "a.new-2.html"


def test_a_page_that_was_never_ours_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("handmade", encoding="utf-8")
    target = files.page_target(page, None)
    assert target.page.name == "index.new.html"
    assert target.notice is not None
    assert "index.html" in target.notice
    assert files.page_target(page, None, force=True).page == page


def test_pictures_that_the_user_changed_are_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "a.html", "one", {"x.png": b"1"})
    (tmp_path / "a.assets" / "x.png").write_bytes(b"retouched")
    target = files.page_target(tmp_path / "a.html", None)
    assert target.page.name == "a.html"
    assert target.assets.name == "a.assets-2"


def test_two_pictures_of_one_name_do_not_fight(tmp_path: Path) -> None:
    png, jpg = tmp_path / "a.png", tmp_path / "a.jpg"
    assert write(tmp_path / "a.html", "png", source=png).name == "a.html"
    assert write(tmp_path / "a.html", "jpg", source=jpg).name == "a.new.html"
    assert write(tmp_path / "a.html", "png again", source=png).name == "a.html"


def test_an_edit_in_mid_job_is_left_alone(tmp_path: Path) -> None:
    page = write(tmp_path / "a.html", "one")
    target = files.page_target(page, None)
    page.write_text("quick edit", encoding="utf-8")
    with pytest.raises(PixelwrightError, match="left as it is"):
        files.write_page(target, "two", [], None)
    assert page.read_text(encoding="utf-8") == "quick edit"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.txt"
    elsewhere.write_text("precious", encoding="utf-8")
    (tmp_path / "a.html").symlink_to(elsewhere)
    (tmp_path / "b.html").symlink_to(tmp_path / "nowhere")
    (tmp_path / "b.assets").symlink_to(tmp_path)
    assert files.page_target(tmp_path / "a.html", None).page.name == "a.new.html"
    target = files.page_target(tmp_path / "b.html", None)
    assert target.page.name == "b.new.html"
    assert elsewhere.read_text(encoding="utf-8") == "precious"


def test_a_folder_as_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PixelwrightError, match="is a folder"):
        files.page_target(tmp_path, None)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = write(tmp_path / "a.html", "one", {"x.png": b"1"})
    before = names(tmp_path)
    real = os.fsync
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PixelwrightError, match="the disk is full") as caught:
        write(page, "two", {"x.png": b"2", "y.png": b"2"})
    assert caught.value.code == "target"
    assert names(tmp_path) == before
    assert page.read_text(encoding="utf-8") == "one"
    assert (tmp_path / "a.assets" / "x.png").read_bytes() == b"1"


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOENT, errno.EIO])
def test_every_failure_names_the_file(number: int) -> None:
    error = files.target_error(Path("out/page.html"), OSError(number, os.strerror(number)))
    assert "page.html was not written" in error.message
    assert error.code == "target"


def test_a_lost_ledger_only_makes_it_careful(tmp_path: Path, private_home: Path) -> None:
    page = write(tmp_path / "a.html", "one")
    for path in (private_home / "state").rglob("*.json"):
        path.write_text("{broken", encoding="utf-8")
    assert ledger.recall(page) is None
    assert write(page, "two").name == "a.new.html"


def test_permissions_stay(tmp_path: Path) -> None:
    page = write(tmp_path / "a.html", "one")
    assert page.stat().st_mode & 0o777 == 0o666 & ~atomic._umask()
    page.chmod(0o640)
    write(page, "two")
    assert page.stat().st_mode & 0o777 == 0o640
