"""The language server as an editor meets it: a process, spoken to by the protocol alone."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any, cast

import pytest
from lsprotocol import types
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    default_converter,
)
from pytest_lsp import LanguageClient, client_capabilities

from pixelwright.protocol import messages, wire

COMMAND = [sys.executable, "-m", "pixelwright", "lsp"]


def plain_converter() -> Any:
    """Messages of our own as plain maps, as they are on the wire."""
    converter: Any = default_converter()  # type: ignore[no-untyped-call]
    for kind in (JsonRPCNotification, JsonRPCRequestMessage, JsonRPCResponseMessage):
        missing = {"result": None} if kind is JsonRPCResponseMessage else {}
        converter.register_structure_hook(
            kind, lambda value, cls, missing=missing: cls(**{**missing, **value})
        )
    return converter


class Editor(LanguageClient):
    """A client that keeps what it is told, and answers edits as a test says."""

    def __init__(self) -> None:
        super().__init__(converter_factory=plain_converter)
        self.told: dict[Any, list[dict[str, Any]]] = {}
        self.states: list[dict[str, Any]] = []
        self.created: list[Any] = []
        self.edits: list[types.ApplyWorkspaceEditParams] = []
        self.applies_edits = True
        self.feature(types.PROGRESS)(lambda params: self._on_progress(params))
        self.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(lambda params: self._on_create(params))
        self.feature(messages.STATE_CHANGED)(lambda params: self._on_state(params))
        self.feature(types.WORKSPACE_APPLY_EDIT)(lambda params: self._on_edit(params))

    def _on_progress(self, params: types.ProgressParams) -> None:
        self.told.setdefault(params.token, []).append(cast(Any, params.value))

    def _on_create(self, params: types.WorkDoneProgressCreateParams) -> None:
        self.created.append(params.token)

    def _on_state(self, params: Any) -> None:
        self.states.append(params)

    def _on_edit(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        self.edits.append(params)
        return types.ApplyWorkspaceEditResult(applied=self.applies_edits)

    def kinds(self, token: Any) -> list[str]:
        return [str(value["kind"]) for value in self.told[token]]

    async def ask(self, method: str, **params: Any) -> Any:
        answer: Any = self.protocol.send_request_async(method, params)  # type: ignore[no-untyped-call]
        return await answer

    async def generate(self, **params: Any) -> messages.GenerateHtmlResult:
        return wire.decode(messages.GenerateHtmlResult, await self.ask(messages.GENERATE_HTML, **params))


async def start_editor(folder: Path) -> Editor:
    """An editor that has a folder open and a server of its own."""
    client = Editor()
    await client.start_io(*COMMAND)
    await client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities("visual-studio-code"),
            root_uri=folder.as_uri(),
            process_id=os.getpid(),
        )
    )
    return client


async def until_working(editor: Editor) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        status = await editor.ask(messages.STATUS)
        if status.get("host", {}).get("phase") == "working":
            return
        await asyncio.sleep(0.02)
    pytest.fail("the host never worked")


async def until_idle(editor: Editor) -> None:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        status = await editor.ask(messages.STATUS)
        if status["host"]["phase"] == "idle" and status["jobs"] == 0:
            return
        await asyncio.sleep(0.02)
    pytest.fail("the host works on")
