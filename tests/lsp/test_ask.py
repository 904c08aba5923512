"""Questions about pictures over the language server: a real host, a real engine, the tiny checkpoint."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pixelwright.lsp import conversions
from pixelwright.lsp import server as language_server
from pixelwright.lsp.feedback import PIECES_INTERVAL, Feedback, Pieces
from pixelwright.protocol import messages, wire
from tests.lsp.client import Editor, until_idle, until_working

QUESTION = "What does the picture show?"


@pytest.fixture(autouse=True)
def no_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.delenv("PIXELWRIGHT_MODEL", raising=False)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIXELWRIGHT_MODEL", "tiny")


async def ask(editor: Editor, **params: Any) -> messages.AskResult:
    answer = await editor.ask(messages.ASK, question=QUESTION, **params)
    return wire.decode(messages.AskResult, answer)


async def test_the_answer_streams_and_the_state_tells_of_the_model(
    tiny: None, editor: Editor, small_picture: Path
) -> None:
    result = await ask(editor, uri=small_picture.as_uri(), workDoneToken="w", partialResultToken="p")
    assert result.model == "tiny"
    assert result.tokens > 0
    assert result.text
    assert "".join(piece["text"] for piece in editor.told["p"]) == result.text
    kinds = editor.kinds("w")
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    told = [value.get("message", "") for value in editor.told["w"]]
    assert any("Loading tiny" in message for message in told), told
    await asyncio.sleep(0.2)
    engine = editor.states[-1]["host"]["engine"]
    assert engine["phase"] == "ready"
    assert engine["model"] == "tiny"
    assert engine["memory"] > 0
    assert engine["tokensPerSecond"] > 0


async def test_bytes_and_paths_give_the_same_answer(tiny: None, editor: Editor, small_picture: Path) -> None:
    data = base64.b64encode(small_picture.read_bytes()).decode()
    by_bytes = await ask(editor, uri="memfs:/pictures/one.png", data=data)
    by_path = await ask(editor, uri=small_picture.as_uri())
    assert by_bytes.text == by_path.text


async def test_the_command_answers_any_client(tiny: None, editor: Editor, small_picture: Path) -> None:
    question = {"uri": small_picture.as_uri(), "question": QUESTION}
    answer: Any = await editor.workspace_execute_command_async(
        types.ExecuteCommandParams(command=messages.SERVER_ASK, arguments=[question])
    )
    assert wire.decode(messages.AskResult, answer).tokens > 0
    assert editor.kinds(editor.created[0])[-1] == "end"


async def test_cancelling_ends_the_answer(tiny: None, editor: Editor, small_picture: Path) -> None:
    question = {"uri": small_picture.as_uri(), "question": QUESTION, "partialResultToken": "p"}
    future = editor.protocol.send_request(messages.ASK, question)
    await until_working(editor)
    (number,) = [key for key, value in editor.protocol._request_futures.items() if value is future]
    editor.cancel_request(types.CancelParams(id=number))
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(asyncio.wrap_future(future), 5)
    assert caught.value.code == types.LSPErrorCodes.RequestCancelled.value
    await until_idle(editor)
    told = len(editor.told.get("p", ()))
    assert (await ask(editor, uri=small_picture.as_uri())).text, "the next question is answered"
    assert len(editor.told.get("p", ())) == told, "and the first is not"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
async def test_a_host_that_is_killed_costs_no_answer(tiny: None, editor: Editor, small_picture: Path) -> None:
    expected = await ask(editor, uri=small_picture.as_uri())
    host = (await editor.ask(messages.STATUS))["host"]["pid"]
    question = {"uri": small_picture.as_uri(), "question": QUESTION, "workDoneToken": "w"}
    answer: Any = editor.protocol.send_request_async(messages.ASK, question)  # type: ignore[no-untyped-call]
    os.kill(host, signal.SIGKILL)
    assert wire.decode(messages.AskResult, await answer).text == expected.text
    assert (await editor.ask(messages.STATUS))["host"]["pid"] != host


async def test_without_a_model_the_error_says_how_to_get_one(editor: Editor, small_picture: Path) -> None:
    with pytest.raises(JsonRpcException, match="install") as caught:
        await ask(editor, uri=small_picture.as_uri())
    assert caught.value.data is not None
    assert caught.value.data["code"] == "noModel"


async def test_what_cannot_be_asked_is_refused_in_words(tiny: None, editor: Editor, tmp_path: Path) -> None:
    for uri, code in (
        ((tmp_path / "missing.png").as_uri(), "notFound"),
        ("https://example.org/a.png", "usage"),
    ):
        with pytest.raises(JsonRpcException) as caught:
            await ask(editor, uri=uri)
        assert caught.value.data is not None
        assert caught.value.data["code"] == code


async def test_a_model_that_goes_by_itself_is_told_of(
    tiny: None, private_home: Path, small_picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELWRIGHT_MODEL_IDLE_SECONDS", "1")
    monkeypatch.setattr(language_server, "RESTING", 0.2)
    server = language_server.create_server()
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(server.protocol, "notify", lambda _method, params: told.append(params))

    params = messages.AskParams(uri=small_picture.as_uri(), question=QUESTION)
    await server.perform(lambda: conversions.ask(server, server.link, params, Feedback(server, None, None)))
    assert told[-1]["host"]["engine"]["phase"] == "ready"
    for _ in range(100):
        if "engine" not in told[-1]["host"]:
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("the model stays, or nobody says that it has gone")
    before = len(told)
    await asyncio.sleep(0.6)
    assert len(told) == before, "nothing is asked of a host without a model"
    await server.link.stop_host()


async def test_pieces_in_quick_succession_are_joined() -> None:
    sent: list[str] = []
    pieces = Pieces(sent.append)
    for number in range(100):
        pieces.add(f"{number} ")
    assert sent == ["0 "], "the first goes out at once"
    await asyncio.sleep(3 * PIECES_INTERVAL)
    assert len(sent) == 2
    pieces.add("late ")
    pieces.add("last")
    pieces.flush()
    assert "".join(sent) == "".join(f"{number} " for number in range(100)) + "late last"
    await asyncio.sleep(2 * PIECES_INTERVAL)
    assert sent[-1] == "last"
