"""The language server: requests and commands in, answers out. Everything slow happens in the host."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcRequestCancelled
from pygls.lsp.server import LanguageServer
from pygls.protocol import JsonRPCNotification, JsonRPCRequestMessage, default_converter

from pixelwright import __version__
from pixelwright.errors import PixelwrightError
from pixelwright.link import Link
from pixelwright.lsp import conversions, models
from pixelwright.lsp.feedback import Feedback, own_token
from pixelwright.lsp.parent import watch_parent
from pixelwright.protocol import messages, wire

log = logging.getLogger(__name__)

REQUEST_FAILED = types.LSPErrorCodes.RequestFailed.value

WORKING, RESTING = 1.0, 10.0  # seconds between looks at the host: while jobs run, while the model is loaded


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
        self._following: asyncio.Task[None] | None = None

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log; a request's error reaches its client as the answer."""
        log.error("%s: %s", getattr(source, "__name__", source), error)

    async def perform(self, work: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        """The answer to a job's request, counted while it runs; failures become LSP errors."""
        self.jobs += 1
        await self.tell_state()
        self._follow()
        try:
            answer = await _in_words(work)
            self.last_error = None
            return wire.encode(answer, text=True)
        except PixelwrightError as error:
            self.last_error = error.message
            raise _lsp_error(error) from error
        finally:
            self.jobs -= 1
            await self.tell_state()

    async def tell_state(self) -> messages.ServerState | None:
        with contextlib.suppress(PixelwrightError):
            state = await conversions.state(self.link, self.jobs, self.last_error)
            self.protocol.notify(messages.STATE_CHANGED, wire.encode(state, text=True))
            return state
        return None

    def _follow(self) -> None:
        """Tell what becomes of the model: it loads within a job, and goes when it was idle for long."""

        async def look() -> None:
            loaded = True
            while self.jobs or loaded:
                await asyncio.sleep(WORKING if self.jobs else RESTING)
                state = await self.tell_state()
                loaded = bool(state and state.host and state.host.engine)

        if self._following:
            self._following.cancel()  # it may be resting
        self._following = asyncio.create_task(look())


async def _in_words(work: Callable[[], Awaitable[Any]]) -> Any:
    """What `work` answers; whatever it raises comes as a `PixelwrightError`."""
    try:
        return await work()
    except PixelwrightError:
        raise
    except Exception as error:
        log.exception("a request failed")
        raise PixelwrightError(
            "internal", f"{type(error).__name__}: {error}.", "The log tells more."
        ) from error


def _converter() -> cattrs.Converter:
    """pygls' converter, but parameters of our own requests stay plain maps for `wire.decode`."""
    converter: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    for kind in (JsonRPCRequestMessage, JsonRPCNotification):
        converter.register_structure_hook(kind, lambda value, cls: cls(**{"params": None, **value}))
    return converter


def _lsp_error(error: PixelwrightError) -> JsonRpcException:
    data = wire.encode(messages.FailureData(code=error.code, hint=error.hint))  # type: ignore[arg-type]
    return JsonRpcException(message=str(error), code=REQUEST_FAILED, data=data)


@dataclass(frozen=True, slots=True)
class Job:
    """Something that takes a while, as a typed request and as a command for any client."""

    method: str
    command: str
    params: type[Any]
    title: str
    work: Callable[[LanguageServer, Link, Any, Feedback], Awaitable[Any]]


JOBS = (
    Job(
        messages.GENERATE_HTML,
        messages.SERVER_GENERATE_HTML,
        messages.GenerateHtmlParams,
        "Generating HTML",
        conversions.generate_html,
    ),
    Job(
        messages.COMPARE,
        messages.SERVER_COMPARE,
        messages.CompareParams,
        "Comparing",
        conversions.compare,
    ),
    Job(
        messages.ASK,
        messages.SERVER_ASK,
        messages.AskParams,
        "Asking",
        conversions.ask,
    ),
    Job(
        messages.INSTALL_MODEL,
        messages.SERVER_INSTALL_MODEL,
        messages.InstallModelParams,
        "Installing the model",
        models.install,
    ),
)


def create_server() -> PixelwrightServer:
    """The server with all that it answers to."""
    server = PixelwrightServer()
    for job in JOBS:
        _register(server, job)

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        watch_parent(params.process_id)

    @server.feature(messages.STATUS)
    async def status_request(_params: Any) -> dict[str, Any]:
        state = await conversions.state(server.link, server.jobs, server.last_error)
        return wire.encode(state, text=True)

    @server.feature(messages.MODELS)
    async def models_request(_params: Any) -> dict[str, Any]:
        try:
            return wire.encode(await _in_words(models.state), text=True)
        except PixelwrightError as error:
            raise _lsp_error(error) from error

    @server.feature(messages.SOURCE)
    def source_request(params: Any) -> dict[str, Any]:
        return wire.encode(conversions.source_of(wire.decode(messages.SourceParams, params)), text=True)

    @server.command(messages.SERVER_STOP_HOST)
    async def stop_host_command() -> dict[str, Any]:
        await server.link.stop_host()
        return await status_request(None)

    return server


def _register(server: PixelwrightServer, job: Job) -> None:
    async def run(value: Any, *, own_progress: bool) -> dict[str, Any]:
        async def work() -> Any:
            params = wire.decode(job.params, value)
            token = params.work_done_token
            if token is None and own_progress:
                token = await own_token(server)
            feedback = Feedback(server, token, getattr(params, "partial_result_token", None))
            with feedback.work(job.title):
                return await job.work(server, server.link, params, feedback)

        return await server.perform(work)

    @server.feature(job.method)
    async def request(params: Any) -> dict[str, Any]:
        return await run(params, own_progress=False)

    @server.command(job.command)
    async def command(params: dict[str, Any]) -> dict[str, Any]:
        try:
            return await run(params, own_progress=True)
        except asyncio.CancelledError:
            # pygls answers requests that are cancelled, but not commands.
            raise JsonRpcRequestCancelled("Cancelled.") from None
