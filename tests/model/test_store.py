"""Which checkpoints are found: in caches as the hub's library leaves them, and in folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pixelwright.errors import PixelwrightError
from pixelwright.model import store

NAME = "Qwen/Qwen3-VL-2B-Instruct"
VARIABLES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "PIXELWRIGHT_MODEL")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "cache"
    monkeypatch.setenv("HF_HUB_CACHE", str(folder))
    return folder


def put(name: str = NAME, commit: str = "a" * 40, *, main: bool = True, **config: object) -> Path:
    """A complete checkpoint in the cache, its weights a link into the blobs."""
    folder = store.repository(name)
    snapshot = folder / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (folder / "blobs").mkdir(exist_ok=True)
    (folder / "refs").mkdir(exist_ok=True)
    if main:
        (folder / "refs" / "main").write_text(commit)
    (snapshot / "config.json").write_text(json.dumps({"model_type": "qwen3_vl", **config}))
    (snapshot / "tokenizer.json").write_text("{}")
    blob = folder / "blobs" / f"weights-{commit}"
    blob.write_bytes(b"w" * 1000)
    (snapshot / "model.safetensors").symlink_to(blob)
    return snapshot


def refusal(name: str | None = None) -> PixelwrightError:
    with pytest.raises(PixelwrightError) as refused:
        store.resolve(name)
    assert refused.value.hint
    return refused.value


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({"HOME": "/home/ß"}, "/home/ß/.cache/huggingface/hub"),
        ({"HOME": "/home/x", "HF_HOME": "~/$EXTRA", "EXTRA": "models"}, "/home/x/models/hub"),
    ],
)
def test_the_cache_is_where_the_library_has_it(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HF_HUB_CACHE")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert store.cache_folder() == Path(expected)
    asked = [sys.executable, "-c", "from huggingface_hub import constants as c; print(c.HF_HUB_CACHE)"]
    told = subprocess.run(asked, capture_output=True, encoding="utf-8", check=True)
    assert Path(told.stdout.strip()) == Path(expected)


def test_nothing_installed_says_how_to_install() -> None:
    assert store.installed() == ()
    refused = refusal()
    assert refused.code == "noModel"
    assert "pixelwright model install" in str(refused.hint)


def test_names_lead_to_folders() -> None:
    folder = put()
    assert store.resolve(NAME) == store.resolve("qwen3-vl-2b-instruct") == store.resolve() == folder
    assert store.resolve("tiny") == store.TINY


def test_the_tiny_checkpoint_is_complete() -> None:
    assert store.problem_of(store.TINY) is None


def test_the_known_ones_come_first() -> None:
    put("Aaa/Fine-Tuned")
    put("Qwen/Qwen3-VL-8B-Instruct")
    put("Qwen/Qwen3-VL-30B-A3B-Instruct", model_type="qwen3_vl_moe")
    put("Qwen/Qwen2.5-VL-3B-Instruct", model_type="qwen2_5_vl")
    names = [checkpoint.name for checkpoint in store.installed()]
    assert names == ["Qwen/Qwen3-VL-8B-Instruct", "Qwen/Qwen3-VL-30B-A3B-Instruct", "Aaa/Fine-Tuned"]


def test_the_variable_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put()
    mine = shutil.copytree(store.TINY, tmp_path / "我的 model")
    monkeypatch.setenv("PIXELWRIGHT_MODEL", str(mine))
    assert store.resolve() == mine
    assert store.resolve(NAME) != mine


def test_the_size_is_that_of_the_files() -> None:
    folder = put()
    expected = sum(path.stat().st_size for path in folder.iterdir())
    assert store.installed()[0].bytes == expected > 1000


@pytest.mark.parametrize("what", ["config.json", "tokenizer.json", "model.safetensors", "the blob"])
def test_a_checkpoint_that_lacks_a_file_is_not_there(what: str) -> None:
    folder = put()
    (folder / what if what != "the blob" else (folder / "model.safetensors").resolve()).unlink()
    assert store.installed() == ()
    refused = refusal(NAME)
    assert refused.code == "noModel"
    assert NAME in str(refused.hint)


def test_every_shard_of_the_index_is_needed() -> None:
    folder = put()
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    assert store.installed() == ()
    (folder / shards["b"]).write_bytes(b"w")
    assert [checkpoint.folder for checkpoint in store.installed()] == [folder]


def test_the_revision_that_main_names_is_taken_and_a_whole_one_before_it() -> None:
    old = put(commit="a" * 40)
    put(commit="c" * 40, main=False)
    assert store.resolve(NAME) == old
    half = put(commit="b" * 40)
    (half / "tokenizer.json").unlink()
    assert store.resolve(NAME) != half
    (half / "tokenizer.json").write_text("{}")
    assert store.resolve(NAME) == half


def test_folders_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = shutil.copytree(store.TINY, tmp_path / "модель 模型")
    assert store.resolve(str(mine)) == mine
    monkeypatch.chdir(tmp_path)
    assert store.resolve("модель 模型") == mine


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: None, "noModel"),
        (lambda folder: (folder / "config.json").write_text("[]"), "noModel"),
        (lambda folder: (folder / "config.json").write_bytes(b"\xff{"), "noModel"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "llama"}'), "unsupported"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "qwen3_vl"}'), "noModel"),
    ],
)
def test_a_folder_that_is_no_checkpoint_is_named(tmp_path: Path, make: object, code: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert callable(make)
    make(folder)
    refused = refusal(str(folder))
    assert refused.code == code
    assert str(folder) in refused.message


@pytest.mark.parametrize(
    "name", ["no such thing", "/no/such/folder", "../up/../up", "Org/Name/Other", "a--b/c"]
)
def test_what_is_neither_a_folder_nor_a_name(name: str) -> None:
    assert refusal(name).code == "noModel"


def test_nothing_heavy_is_imported() -> None:
    probe = (
        "import sys; from pixelwright.model import store, hub, hub_plan, runtime; store.installed();"
        "print(*sorted({'torch','huggingface_hub','numpy','transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
