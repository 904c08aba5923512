"""Installing and removing checkpoints: the real library, and a server of our own that speaks its protocol."""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pixelwright.errors import Cancelled, PixelwrightError
from pixelwright.model import hub as installer
from pixelwright.model import store
from pixelwright.model.fetch import fetch
from pixelwright.model.hub_plan import make_plan, missing_bytes
from pixelwright.progress import Progress
from tests.model.hub_server import COMMIT, NAME, Hub

pytestmark = pytest.mark.usefixtures("private_home")

WEIGHTS = "model.safetensors"
JUNK = {"pytorch_model.bin": b"x" * 9, "model.gguf": b"y" * 9, "onnx/model.onnx": b"z" * 9, "README.md": b"#"}


@pytest.fixture
def hub(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The tiny checkpoint on a hub, as if it were the one that people install, and an empty cache."""
    files = {path.name: path.read_bytes() for path in store.TINY.iterdir() if path.is_file()}
    with Hub({**files, **JUNK, "LICENSE": b"Apache License"}) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        monkeypatch.setenv("HF_HUB_CACHE", str(private_home / "cache" / "登录 hub"))
        for variable in (
            "HF_HOME",
            "HF_TOKEN",
            "HF_HUB_OFFLINE",
            "TRANSFORMERS_OFFLINE",
            "PIXELWRIGHT_MODEL",
        ):
            monkeypatch.delenv(variable, raising=False)
        yield served


def install(progress: Progress | None = None) -> Path:
    return installer.install(make_plan(NAME), progress)


def refusal(name: str = NAME, revision: str | None = None) -> PixelwrightError:
    with pytest.raises(PixelwrightError) as refused:
        installer.install(make_plan(name, revision))
    assert refused.value.hint, "it says what to do"
    return refused.value


def cached() -> list[str]:
    """The files in the cache of the checkpoint, without locks."""
    folder = store.repository(NAME)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def test_a_checkpoint_is_installed_and_found_again(hub: Hub) -> None:
    plan = make_plan("qwen3-vl-2b-instruct")
    assert (plan.name, plan.commit, plan.licence) == (NAME, COMMIT, "apache-2.0")
    assert {file.name for file in plan.files} & set(JUNK) == set()
    assert missing_bytes(plan) == plan.bytes == sum(len(hub.files[file.name]) for file in plan.files)
    told: list[float] = []
    messages: list[str] = []

    def tell(fraction: float, message: str) -> None:
        told.append(fraction)
        messages.append(message)

    folder = installer.install(plan, Progress(tell))
    assert folder == store.resolve() == store.resolve(NAME)
    assert (folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert (folder / "LICENSE").is_file()
    assert [found.name for found in store.installed()] == [NAME]
    assert store.installed()[0].bytes == plan.bytes
    assert missing_bytes(plan) == 0
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert re.fullmatch(r"Downloading [\w.]+: 0\.0 of 3\.\d MB in all", messages[0])
    assert not any("torch/" in agent for agent in hub.agents), "nothing is told that was not asked for"


def test_the_library_takes_it_for_its_own(hub: Hub) -> None:
    from huggingface_hub import snapshot_download

    folder = install()
    found = snapshot_download(NAME, cache_dir=store.cache_folder(), local_files_only=True)
    assert Path(found) == folder


def test_what_is_installed_is_not_downloaded_again(hub: Hub) -> None:
    install()
    hub.asked.clear()
    install()
    assert hub.gets(WEIGHTS) == []


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub: Hub) -> None:
    hub.cut, hub.cuts = 1_000_000, 2
    folder = install()
    first, second, third = hub.gets(WEIGHTS)
    assert first == "all"
    starts = [int(line.removeprefix("bytes=").rstrip("-")) for line in (second, third)]
    assert 0 < starts[0] <= 1_000_000 < starts[1] <= 2_000_000
    assert (folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_an_installation_that_was_given_up_goes_on_later(hub: Hub) -> None:
    hub.pause = 0.01
    given_up = threading.Event()
    progress = Progress(
        lambda fraction, _: given_up.set() if fraction > 0.5 else None, is_cancelled=given_up.is_set
    )
    with pytest.raises(Cancelled):
        install(progress)
    assert store.installed() == ()
    [partial] = [name for name in cached() if name.endswith(".incomplete")]
    size = (store.repository(NAME) / partial).stat().st_size
    assert size > len(hub.files[WEIGHTS]) / 3
    plan = make_plan(NAME)
    assert missing_bytes(plan) <= plan.bytes - size
    hub.asked.clear()
    told: list[float] = []
    folder = installer.install(plan, Progress(lambda fraction, _: told.append(fraction)))
    assert hub.gets(WEIGHTS) == [f"bytes={size}-"], "only the rest"
    assert told[0] > 0.4, "progress begins where it stopped"
    assert (folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert not any("incomplete" in name for name in cached())


def test_a_server_without_ranges_sends_everything_again(hub: Hub) -> None:
    hub.knows_ranges = False
    hub.cut, hub.cuts = 1_000_000, 1
    assert (install() / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_a_download_that_never_comes_through_ends_and_is_kept(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixelwright.model.fetch.ATTEMPTS", 2)
    hub.cut, hub.cuts = 1, 999
    hub.large = {WEIGHTS}
    monkeypatch.setattr("pixelwright.model.fetch._wait", lambda *_: setattr(hub, "status", 503))
    assert refusal().code == "unreachable"
    assert any(name.endswith(".incomplete") for name in cached())


@pytest.mark.parametrize(
    "change", [lambda data: b"!" + data[1:], lambda data: data[:-1]], ids=["other", "short"]
)
def test_wrong_bytes_are_refused_and_removed(
    hub: Hub, change: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pixelwright.model.fetch._wait", lambda *_: None)
    hub.large = {WEIGHTS}
    hub.wrong = change(hub.files[WEIGHTS])
    refused = refusal()
    assert refused.code in ("badInput", "unreachable")
    assert WEIGHTS in refused.message
    digest = hashlib.sha256(hub.files[WEIGHTS]).hexdigest()
    assert not (store.repository(NAME) / "blobs" / digest).exists()
    assert store.installed() == ()
    hub.wrong = None
    assert (install() / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_an_answer_without_an_end_is_left(hub: Hub, tmp_path: Path) -> None:
    hub.endless = True
    file = next(file for file in make_plan(NAME).files if file.name == WEIGHTS)
    target = tmp_path / WEIGHTS

    def watch(size: int) -> None:
        assert size < 2 * file.size, "the disk fills"

    with pytest.raises(PixelwrightError) as refused:
        fetch(file, f"{hub.url}/cdn/{file.sha256}", target, Progress(), watch)
    assert refused.value.code == "badInput"
    assert list(tmp_path.glob(f"{WEIGHTS}*")) == []


def test_a_full_disk_is_met_before_the_download(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**12, 10**12 - 5 * 10**6, 5 * 10**6))
    refused = refusal()
    assert refused.code == "noSpace"
    assert str(store.cache_folder()) in refused.message
    assert hub.gets(WEIGHTS) == []
    assert cached() == []


@pytest.mark.parametrize(
    ("name", "revision", "code"),
    [
        ("Qwen/No-Such-Model", None, "notFound"),
        (NAME, "no-such-branch", "notFound"),
        ("no name at all", None, "usage"),
        ("../../etc", None, "usage"),
        (NAME, "../../main", "usage"),
    ],
)
def test_names_that_are_not_there(hub: Hub, name: str, revision: str | None, code: str) -> None:
    assert refusal(name, revision).code == code
    assert cached() == []


@pytest.mark.parametrize(
    ("status", "error", "code"),
    [
        (403, "GatedRepo", "unreadable"),
        (403, "", "unreadable"),
        (401, "RepoNotFound", "notFound"),
        (401, "", "unreadable"),
        (503, "", "unreachable"),
        (200, "", "unreachable"),
    ],
)
def test_a_hub_that_refuses(hub: Hub, status: int, error: str, code: str) -> None:
    hub.status, hub.error = status, error
    assert refusal().code == code


def test_a_login_is_used(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.token = "hf_secret"
    assert refusal().code == "unreadable"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert install().is_dir()


def test_nobody_answers(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert refusal().code == "unreachable"


def test_offline_means_offline(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    from huggingface_hub import close_session

    close_session()
    refused = refusal()
    assert refused.code == "unreachable"
    assert "HF_HUB_OFFLINE" in refused.message
    assert hub.asked == []


@pytest.mark.parametrize("said_by", ["the hub", "config.json"])
def test_other_kinds_of_models_are_refused_before_their_weights(hub: Hub, said_by: str) -> None:
    hub.config = {"model_type": "llama"} if said_by == "the hub" else {}
    hub.files["config.json"] = b'{"model_type": "llama"}'
    refused = refusal()
    assert refused.code == "unsupported"
    assert "llama" in refused.message
    assert hub.gets(WEIGHTS) == []


def test_a_cache_that_cannot_be_written_to(hub: Hub) -> None:
    store.cache_folder().parent.mkdir(parents=True, exist_ok=True)
    store.cache_folder().write_bytes(b"a file, where the folder should be")
    refused = refusal()
    assert refused.code == "target"
    assert str(store.cache_folder()) in refused.message


def test_two_installations_do_not_meet(hub: Hub) -> None:
    hub.pause = 0.005
    second: list[PixelwrightError] = []

    def interfere(fraction: float, _message: str) -> None:
        if fraction > 0.3 and not second:
            second.append(refusal())

    install(Progress(interfere))
    assert second[0].code == "busy"


def test_without_symbolic_links_nothing_lies_there_twice(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.are_symlinks_supported", lambda *_: False)
    folder = install()
    assert not (folder / WEIGHTS).is_symlink()
    large = [name for name in cached() if (store.repository(NAME) / name).stat().st_size > 10**6]
    assert large == [f"snapshots/{COMMIT}/{WEIGHTS}"]


def test_removing_frees_what_it_says(hub: Hub) -> None:
    install()
    assert installer.remove("qwen3-vl-2b-instruct") >= sum(
        len(hub.files[n]) for n in (WEIGHTS, "tokenizer.json")
    )
    assert not store.repository(NAME).exists()
    assert store.installed() == ()
    with pytest.raises(PixelwrightError) as refused:
        installer.remove(NAME)
    assert refused.value.code == "noModel"


def test_removing_takes_interrupted_downloads_along(hub: Hub) -> None:
    hub.pause = 0.01
    done = threading.Event()
    with pytest.raises(Cancelled):
        install(Progress(lambda f, _: done.set() if f > 0.3 else None, is_cancelled=done.is_set))
    assert installer.remove(NAME) > 500_000
    assert not store.repository(NAME).exists()


def test_a_cache_elsewhere_is_freed_too(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "large disk", target_is_directory=True)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "link"))
    install()
    assert installer.remove(NAME) > len(hub.files[WEIGHTS])
    assert not store.repository(NAME).exists()


def test_what_cannot_be_removed_is_told_as_such(hub: Hub) -> None:
    store.repository(NAME).mkdir(parents=True)
    (store.cache_folder() / ".locks").write_bytes(b"a file, where the folder should be")
    with pytest.raises(PixelwrightError) as refused:
        installer.remove(NAME)
    assert refused.value.code == "target"
    assert "was not removed" in refused.value.message


def test_folders_of_ones_own_are_not_removed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    shutil.copytree(store.TINY, mine)
    for name in (str(mine), "tiny", "../mine"):
        with pytest.raises(PixelwrightError) as refused:
            installer.remove(name)
        assert refused.value.code == "usage"
    assert (mine / WEIGHTS).is_file()
