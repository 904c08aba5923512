"""Which models there are, and installing one, over the language server: from a hub on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pixelwright.lsp import models as server_models
from pixelwright.model import store
from pixelwright.protocol import messages, wire
from tests.lsp.client import Editor, start_editor
from tests.model.hub_server import NAME, Hub


@pytest.fixture(autouse=True)
def hub(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The tiny checkpoint under a known model's name, and an empty cache."""
    files = {path.name: path.read_bytes() for path in store.TINY.iterdir() if path.is_file()}
    with Hub(files) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.url)
        monkeypatch.setenv("HF_HOME", str(private_home / "cache" / "hub"))
        for variable in ("HF_HUB_CACHE", "HF_TOKEN", "HF_HUB_OFFLINE", "PIXELWRIGHT_MODEL"):
            monkeypatch.delenv(variable, raising=False)
        yield served


async def models(editor: Editor) -> messages.ModelsState:
    return wire.decode(messages.ModelsState, await editor.ask(messages.MODELS))


def start_install(editor: Editor, **params: Any) -> Any:
    return editor.protocol.send_request(messages.INSTALL_MODEL, {"model": NAME, **params})


async def until_told(editor: Editor, token: str, percentage: int) -> None:
    """Wait until the progress has come so far."""
    for _ in range(400):
        if any(value.get("percentage", 0) >= percentage for value in editor.told.get(token, ())):
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"never at {percentage} %: {editor.told.get(token)}")


def children(part: str) -> list[int]:
    """The processes of this user whose command line has a part."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if part in command:
            found.append(int(folder.name))
    return found


async def until_gone(part: str, seconds: float) -> None:
    for _ in range(round(seconds / 0.05)):
        if not children(part):
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"still there: {part}")


async def test_the_models_are_named_with_sizes_and_licence(editor: Editor, hub: Hub) -> None:
    state = await models(editor)
    first = state.models[0]
    assert (first.name, first.licence, first.installed) == (NAME, "apache-2.0", False)
    assert first.bytes > 4e9
    assert state.free > 0
    assert hub.asked == [], "looking is no reason to go to the network"


async def test_a_model_is_installed_with_progress(editor: Editor, hub: Hub) -> None:
    state = await editor.ask(messages.INSTALL_MODEL, model=NAME, workDoneToken="w")
    assert wire.decode(messages.ModelsState, state).models[0].installed
    assert store.resolve(NAME).is_dir()
    kinds = editor.kinds("w")
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    reached = [value["percentage"] for value in editor.told["w"] if "percentage" in value]
    assert reached == sorted(reached)
    assert reached[-1] == 100
    assert (await models(editor)).models[0].installed


async def test_the_command_installs_for_any_client(editor: Editor) -> None:
    answer: Any = await editor.workspace_execute_command_async(
        types.ExecuteCommandParams(command=messages.SERVER_INSTALL_MODEL, arguments=[{"model": NAME}])
    )
    assert wire.decode(messages.ModelsState, answer).models[0].installed
    assert editor.kinds(editor.created[0])[-1] == "end"


async def test_cancelling_ends_the_download_at_once(editor: Editor, hub: Hub) -> None:
    hub.pause = 0.2
    future = start_install(editor, workDoneToken="w")
    await until_told(editor, "w", 5)
    (number,) = [key for key, value in editor.protocol._request_futures.items() if value is future]
    editor.cancel_request(types.CancelParams(id=number))
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(asyncio.wrap_future(future), 5)
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled.value
    await until_gone(f"install -- {NAME}", 3)
    assert not (await models(editor)).models[0].installed
    hub.pause = 0.0
    state = await editor.ask(messages.INSTALL_MODEL, model=NAME)
    assert wire.decode(messages.ModelsState, state).models[0].installed
    assert [range_ for range_ in hub.gets("model.safetensors") if range_ != "all"], "it went on where it was"


async def test_the_error_is_the_installers_own(editor: Editor, hub: Hub) -> None:
    hub.status, hub.error = 404, "RepoNotFound"
    with pytest.raises(JsonRpcException) as caught:
        await editor.ask(messages.INSTALL_MODEL, model=NAME)
    assert caught.value.data is not None
    assert caught.value.data["code"] == "notFound"
    assert caught.value.data["hint"]
    assert (await editor.ask(messages.STATUS))["jobs"] == 0
    with pytest.raises(JsonRpcException) as caught:
        await editor.ask(messages.INSTALL_MODEL, model="not/a--model")
    assert caught.value.data is not None
    assert caught.value.data["code"] == "usage"
    with pytest.raises(JsonRpcException) as caught:
        await editor.ask(messages.INSTALL_MODEL, model="--help")
    assert caught.value.data is not None
    assert caught.value.data["code"] == "usage", "it is a name, whatever it looks like"


async def test_a_folder_with_modules_of_its_own_is_not_run(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pixelwright").mkdir()
    (tmp_path / "pixelwright" / "__init__.py").touch()
    (tmp_path / "pixelwright" / "__main__.py").write_text("open('was-run', 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    state = await server_models.state()
    assert state.models[0].name == NAME
    assert not (tmp_path / "was-run").exists()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
async def test_a_download_ends_with_its_server(hub: Hub, tmp_path: Path) -> None:
    hub.pause = 0.2
    editor = await start_editor(tmp_path)
    start_install(editor, workDoneToken="w")
    await until_told(editor, "w", 5)
    (server,) = [pid for pid in children("pixelwright lsp") if _parent(pid) == os.getpid()]
    (child,) = [pid for pid in children(f"install -- {NAME}") if _parent(pid) == server]
    os.kill(server, signal.SIGKILL)
    await until_gone(f"install -- {NAME}", 5)
    assert child not in children(f"install -- {NAME}")
    await editor.stop()  # type: ignore[no-untyped-call]


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
