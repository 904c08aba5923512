"""The language server: requests and commands in, answers out. Everything slow happens in the host."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled
from pygls.lsp.server import LanguageServer
from pygls.protocol import JsonRPCNotification, JsonRPCRequestMessage, default_converter

from pixelwright import __version__
from pixelwright.errors import PixelwrightError
from pixelwright.link import Link
from pixelwright.lsp import conversions
from pixelwright.lsp.feedback import Feedback, own_token
from pixelwright.lsp.parent import watch_parent
from pixelwright.protocol import messages, wire

log = logging.getLogger(__name__)

REQUEST_FAILED = types.LSPErrorCodes.RequestFailed.value


class PixelwrightServer(LanguageServer):
    """Holds the line to the host, and what the status item shows."""

    def __init__(self) -> None:
        super().__init__(
            "pixelwright",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            converter_factory=_converter,
        )
        self.link = Link("lsp")
        self.jobs = 0
        self.last_error: str | None = None

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log; a request's error reaches its client as the answer."""
        log.error("%s: %s", getattr(source, "__name__", source), error)

    async def perform(self, work: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        """The answer to a job's request, counted while it runs; failures become LSP errors."""
        self.jobs += 1
        await self.tell_state()
        try:
            answer = await work()
            self.last_error = None
            return wire.encode(answer, text=True)
        except PixelwrightError as error:
            self.last_error = error.message
            raise _lsp_error(error) from error
        except Exception as error:
            log.exception("a request failed")
            self.last_error = str(error)
            raise _lsp_error(
                PixelwrightError("internal", f"{type(error).__name__}: {error}.", "The log tells more.")
            ) from error
        finally:
            self.jobs -= 1
            await self.tell_state()

    async def tell_state(self) -> None:
        with contextlib.suppress(PixelwrightError):
            state = await conversions.state(self.link, self.jobs, self.last_error)
            self.protocol.notify(messages.STATE_CHANGED, wire.encode(state, text=True))


def _converter() -> cattrs.Converter:
    """pygls' converter, but parameters of our own requests stay plain maps for `wire.decode`."""
    converter: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    for kind in (JsonRPCRequestMessage, JsonRPCNotification):
        converter.register_structure_hook(kind, lambda value, cls: cls(**{"params": None, **value}))
    return converter


def _lsp_error(error: PixelwrightError) -> JsonRpcException:
    data = wire.encode(messages.FailureData(code=error.code, hint=error.hint))  # type: ignore[arg-type]
    return JsonRpcException(message=str(error), code=REQUEST_FAILED, data=data)


async def cancellable(command: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """A command that is cancelled is answered; pygls itself answers only for requests that are."""
    try:
        return await command
    except asyncio.CancelledError:
        raise JsonRpcRequestCancelled("Cancelled.") from None


def create_server() -> PixelwrightServer:
    """The server with all that it answers to."""
    server = PixelwrightServer()

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        watch_parent(params.process_id)

    async def generate(value: Any, *, command: bool) -> dict[str, Any]:
        async def work() -> Any:
            params = wire.decode(messages.GenerateHtmlParams, value)
            token = params.work_done_token
            if token is None and command:
                token = await own_token(server)
            feedback = Feedback(server, token, params.partial_result_token)
            with feedback.work("Generating HTML"):
                return await conversions.generate_html(server, server.link, params, feedback)

        return await server.perform(work)

    async def compare(value: Any, *, command: bool) -> dict[str, Any]:
        async def work() -> Any:
            params = wire.decode(messages.CompareParams, value)
            token = params.work_done_token
            if token is None and command:
                token = await own_token(server)
            feedback = Feedback(server, token, None)
            with feedback.work("Comparing"):
                return await conversions.compare(server.link, params, feedback)

        return await server.perform(work)

    @server.feature(messages.GENERATE_HTML)
    async def generate_request(params: Any) -> dict[str, Any]:
        return await generate(params, command=False)

    @server.feature(messages.COMPARE)
    async def compare_request(params: Any) -> dict[str, Any]:
        return await compare(params, command=False)

    @server.feature(messages.STATUS)
    async def status_request(_params: Any) -> dict[str, Any]:
        state = await conversions.state(server.link, server.jobs, server.last_error)
        return wire.encode(state, text=True)

    @server.feature(messages.SOURCE)
    def source_request(params: Any) -> dict[str, Any]:
        return wire.encode(conversions.source_of(wire.decode(messages.SourceParams, params)), text=True)

    @server.command(messages.SERVER_GENERATE_HTML)
    async def generate_command(params: dict[str, Any]) -> dict[str, Any]:
        return await cancellable(generate(params, command=True))

    @server.command(messages.SERVER_COMPARE)
    async def compare_command(params: dict[str, Any]) -> dict[str, Any]:
        return await cancellable(compare(params, command=True))

    @server.command(messages.SERVER_STOP_HOST)
    async def stop_host_command() -> dict[str, Any]:
        await server.link.stop_host()
        await asyncio.sleep(0)
        return await status_request(None)

    return server
