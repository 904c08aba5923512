"""The language server as an editor meets it: a process, spoken to by the protocol alone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pixelwright.protocol import messages
from tests.conftest import draw_picture
from tests.lsp.client import COMMAND, Editor, until_idle, until_working


async def test_a_typed_request_writes_the_page(editor: Editor, tmp_path: Path) -> None:
    picture = draw_picture(tmp_path / "登录 页.png", ["Hello pictures"])
    result = await editor.generate(uri=picture.as_uri(), workDoneToken="w", partialResultToken="p")
    page = tmp_path / "登录 页.html"
    assert result.uri is not None
    assert result.uri.casefold() == page.as_uri().casefold()
    assert "Hello pictures" in page.read_text(encoding="utf-8")
    kinds = editor.kinds("w")
    assert kinds[0] == "begin"
    assert kinds[-1] == "end"
    assert kinds.count("report") >= 2
    partials = editor.told["p"]
    read = " ".join(p["text"] for p in partials if p["kind"] == "reading")
    assert "Hello" in read
    assert "<html" in "".join(p["text"] for p in partials if p["kind"] == "document")


async def test_a_command_works_for_any_client(editor: Editor, small_picture: Path) -> None:
    await editor.workspace_execute_command_async(
        types.ExecuteCommandParams(
            command=messages.SERVER_GENERATE_HTML, arguments=[{"uri": small_picture.as_uri()}]
        )
    )
    assert "Hello" in small_picture.with_suffix(".html").read_text(encoding="utf-8")
    assert len(editor.created) == 1, "the server made a progress token of its own"
    assert editor.kinds(editor.created[0])[-1] == "end"


async def test_output_goes_where_it_is_wanted(editor: Editor, small_picture: Path, tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    output = tmp_path / "pages" / "start.html"
    await editor.generate(uri=small_picture.as_uri(), output=output.as_uri())
    assert output.is_file()


async def test_bytes_come_back_as_files(editor: Editor, small_picture: Path) -> None:
    import base64

    data = base64.b64encode(small_picture.read_bytes()).decode()
    result = await editor.generate(uri="memfs:/pictures/%E5%9B%BE%20one.png", data=data)
    assert result.uri is None
    assert result.files[0].path == "图 one.html"
    assert b"Hello" in result.files[0].data
    assert not small_picture.with_suffix(".html").exists()


async def test_an_open_page_is_edited_in_the_editor_not_on_the_disk(
    editor: Editor, small_picture: Path
) -> None:
    await editor.generate(uri=small_picture.as_uri())
    page = small_picture.with_suffix(".html")
    first = page.read_text(encoding="utf-8")
    draw_picture(small_picture, ["Other words"])
    open_in(editor, page, first, version=7)
    await editor.generate(uri=small_picture.as_uri())
    (edit,) = editor.edits
    assert edit.edit.document_changes is not None
    (change,) = edit.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    assert change.text_document.version == 7
    (replacement,) = change.edits
    assert isinstance(replacement, types.TextEdit)
    assert "Other words" in replacement.new_text
    assert replacement.range.end.line >= first.count("\n")
    assert page.read_text(encoding="utf-8") == first, "the editor saves, not we"


async def test_what_was_typed_and_not_saved_is_kept(editor: Editor, small_picture: Path) -> None:
    await editor.generate(uri=small_picture.as_uri())
    page = small_picture.with_suffix(".html")
    first = page.read_text(encoding="utf-8")
    open_in(editor, page, first.replace("Hello", "Unsaved"), version=2)
    result = await editor.generate(uri=small_picture.as_uri())
    assert result.uri is not None
    assert result.uri.endswith("hello.new.html")
    assert result.notice
    assert page.read_text(encoding="utf-8") == first


async def test_an_edit_that_the_editor_refuses_is_an_error(editor: Editor, small_picture: Path) -> None:
    await editor.generate(uri=small_picture.as_uri())
    page = small_picture.with_suffix(".html")
    open_in(editor, page, page.read_text(encoding="utf-8"), version=1)
    editor.applies_edits = False

    with pytest.raises(JsonRpcException, match="left as it is"):
        await editor.generate(uri=small_picture.as_uri())


def open_in(editor: Editor, page: Path, text: str, version: int) -> None:
    editor.text_document_did_open(
        types.DidOpenTextDocumentParams(
            text_document=types.TextDocumentItem(
                uri=page.as_uri(), language_id="html", version=version, text=text
            )
        )
    )


async def test_errors_are_sentences_with_a_code(editor: Editor, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG but not really")
    for uri, code in (
        (broken.as_uri(), "badInput"),
        ((tmp_path / "missing.png").as_uri(), "notFound"),
        ("https://example.org/a.png", "usage"),
        (tmp_path.as_uri(), "badInput"),
    ):
        with pytest.raises(JsonRpcException) as caught:
            await editor.generate(uri=uri)
        assert caught.value.data is not None
        assert caught.value.data["code"] == code, uri
        assert caught.value.message.rstrip().endswith("."), uri
    with pytest.raises(JsonRpcException, match=r"GenerateHtmlParams\.uri"):
        await editor.generate()
    status = await editor.ask(messages.STATUS)
    assert status["jobs"] == 0, "the server is alive"


async def test_cancelling_a_request_stops_the_work(editor: Editor, long_picture: Path) -> None:
    future = editor.protocol.send_request(
        messages.GENERATE_HTML, {"uri": long_picture.as_uri(), "workDoneToken": "w"}
    )
    await until_working(editor)
    (number,) = [key for key, value in editor.protocol._request_futures.items() if value is future]
    editor.cancel_request(types.CancelParams(id=number))
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(asyncio.wrap_future(future), 5)
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled.value
    await until_idle(editor)
    assert editor.kinds("w")[-1] == "end"
    assert not long_picture.with_suffix(".html").exists()


async def test_cancelling_the_progress_stops_a_command(editor: Editor, long_picture: Path) -> None:
    command = types.ExecuteCommandParams(
        command=messages.SERVER_GENERATE_HTML, arguments=[{"uri": long_picture.as_uri()}]
    )
    future = asyncio.ensure_future(editor.workspace_execute_command_async(command))
    await until_working(editor)
    editor.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=editor.created[0]))
    with pytest.raises(JsonRpcException):
        await asyncio.wait_for(future, 5)
    await until_idle(editor)
    assert not long_picture.with_suffix(".html").exists()


async def test_the_source_of_a_page_is_known(editor: Editor, small_picture: Path) -> None:
    await editor.generate(uri=small_picture.as_uri())
    page = small_picture.with_suffix(".html")
    found = await editor.ask(messages.SOURCE, uri=page.as_uri())
    assert found["uri"] == small_picture.as_uri()
    assert await editor.ask(messages.SOURCE, uri=small_picture.as_uri()) == {}


async def test_compare_gives_a_score_and_a_picture(editor: Editor, small_picture: Path) -> None:
    await editor.generate(uri=small_picture.as_uri())
    found = await editor.ask(
        messages.COMPARE, image=small_picture.as_uri(), page=small_picture.with_suffix(".html").as_uri()
    )
    assert 0.5 < found["score"] <= 1
    assert found["picture"].startswith("iVBORw0KGgo"), "a PNG in base64"


async def test_the_state_is_told_as_it_changes(editor: Editor, small_picture: Path) -> None:
    await editor.generate(uri=small_picture.as_uri())
    await asyncio.sleep(0.2)
    assert [state["jobs"] for state in editor.states][:1] == [1]
    assert editor.states[-1]["jobs"] == 0
    assert editor.states[-1]["host"]["finished"] == 1


async def test_stopping_the_host_from_the_editor(editor: Editor, small_picture: Path) -> None:
    await editor.generate(uri=small_picture.as_uri())
    answer = await editor.workspace_execute_command_async(
        types.ExecuteCommandParams(command=messages.SERVER_STOP_HOST, arguments=[])
    )
    assert not (answer or {}).get("host")
    await editor.generate(uri=small_picture.as_uri())


# ---- the process ------------------------------------------------------------------------------------


def message(method: str, number: int | None = None, **params: Any) -> bytes:
    body: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
    if number is not None:
        body["id"] = number
    text = json.dumps(body).encode()
    return b"Content-Length: %d\r\n\r\n" % len(text) + text


def read_message(process: subprocess.Popen[bytes]) -> Any:
    assert process.stdout is not None
    length = 0
    while (line := process.stdout.readline().strip()) != b"":
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return json.loads(process.stdout.read(length))


def start(**more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **more
    )


def say(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin is not None
    process.stdin.write(data)
    process.stdin.flush()


def test_a_print_does_not_break_the_protocol(private_home: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import threading, time, os\n"
        "def shout():\n"
        "    while True:\n"
        "        time.sleep(0.01); print('NOISE', flush=True); os.write(1, b'NOISE')\n"
        "threading.Timer(0.5, shout).start()\n",
        encoding="utf-8",
    )
    process = start(env={**os.environ, "PYTHONPATH": str(tmp_path)})
    try:
        say(process, message("initialize", 1, capabilities={}, processId=None, rootUri=None))
        assert read_message(process)["id"] == 1
        time.sleep(1.0)
        for number in range(2, 6):
            say(process, message(messages.STATUS, number))
            assert read_message(process)["result"]["jobs"] == 0
    finally:
        process.kill()
        process.communicate()


def test_it_ends_with_its_client(private_home: Path) -> None:
    process = start()
    say(process, message("initialize", 1, capabilities={}, processId=None, rootUri=None))
    read_message(process)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(5) is not None
    process.stdout.close()  # type: ignore[union-attr]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_ends_when_the_editor_dies_with_the_pipe_still_open(private_home: Path) -> None:
    editor = subprocess.Popen(["sleep", "600"])
    process = start()
    try:
        say(process, message("initialize", 1, capabilities={}, processId=editor.pid, rootUri=None))
        read_message(process)
        time.sleep(1.5)
        assert process.poll() is None
        editor.send_signal(signal.SIGKILL)
        editor.wait()
        assert process.wait(5) == 1
    finally:
        process.kill()
        process.communicate()
