"""What the server can be asked to do, apart from how the asking is done."""

from __future__ import annotations

import sys
from pathlib import PurePosixPath

from pygls.lsp.server import LanguageServer

from pixelwright import __version__, ledger
from pixelwright.files import Target
from pixelwright.link import Link
from pixelwright.link.surroundings import model_name
from pixelwright.lsp import edits
from pixelwright.lsp.feedback import Feedback, Pieces
from pixelwright.lsp.uris import is_file, name_of, path_of, uri_of
from pixelwright.protocol import messages, wire

ANSWER_TOKENS = 1024  # the most that an answer to a question takes


async def generate_html(
    server: LanguageServer, link: Link, params: messages.GenerateHtmlParams, feedback: Feedback
) -> messages.GenerateHtmlResult:
    """Make a page and put it where it was asked for; without a place on this disk, hand its files back."""
    on_disk = is_file(params.output or params.uri)
    if not on_disk:
        return await _files_of_page(link, params, feedback)
    source = path_of(params.uri) if is_file(params.uri) else None
    wanted = path_of(params.output) if params.output else path_of(params.uri).with_suffix(".html")
    target = edits.choose_target(server, wanted, source)
    outcome = await _convert(link, params, target.assets.name, feedback)
    await edits.put(server, target, outcome.document, _pairs(outcome), source)
    return _result(outcome, target)


async def _files_of_page(
    link: Link, params: messages.GenerateHtmlParams, feedback: Feedback
) -> messages.GenerateHtmlResult:
    stem = PurePosixPath(name_of(params.output or params.uri)).stem
    folder = f"{stem}.assets"
    outcome = await _convert(link, params, folder, feedback)
    made = [messages.GeneratedFile(path=f"{stem}.html", data=outcome.document.encode())]
    made += [messages.GeneratedFile(path=f"{folder}/{name}", data=data) for name, data in _pairs(outcome)]
    return _result(outcome, None, tuple(made))


async def _convert(
    link: Link, params: messages.GenerateHtmlParams, assets_dir: str, feedback: Feedback
) -> messages.HtmlOutcome:
    job = messages.HtmlJob(
        name=name_of(params.uri),
        path=str(path_of(params.uri)) if params.data is None else None,
        data=params.data,
        assets_dir=assets_dir,
        inline_assets=bool(params.inline_assets),
    )

    def partial(kind: str, text: str) -> None:
        feedback.partial(messages.GenerateHtmlPartial(kind=kind, text=text))  # type: ignore[arg-type]

    outcome = await link.run("html", job, on_progress=feedback.progress, on_partial=partial)
    return wire.decode(messages.HtmlOutcome, outcome)


def _pairs(outcome: messages.HtmlOutcome) -> list[tuple[str, bytes]]:
    return [(asset.name, asset.data) for asset in outcome.assets]


def _result(
    outcome: messages.HtmlOutcome, target: Target | None, files: tuple[messages.GeneratedFile, ...] = ()
) -> messages.GenerateHtmlResult:
    return messages.GenerateHtmlResult(
        uri=uri_of(target.page) if target else None,
        files=files,
        problems=outcome.problems,
        texts=outcome.texts,
        seconds=outcome.seconds,
        notice=target.notice if target else None,
    )


async def compare(
    _server: LanguageServer, link: Link, params: messages.CompareParams, feedback: Feedback
) -> messages.CompareResult:
    """Render a page and hold it against its picture."""
    job = messages.CompareJob(image=str(path_of(params.image)), page=str(path_of(params.page)))
    found = wire.decode(
        messages.CompareOutcome, await link.run("compare", job, on_progress=feedback.progress)
    )
    return messages.CompareResult(score=found.score, parts=found.parts, picture=found.picture)


async def ask(
    _server: LanguageServer, link: Link, params: messages.AskParams, feedback: Feedback
) -> messages.AskResult:
    """Ask the model about a picture; pieces of the answer go out as they come."""
    job = messages.AskJob(
        name=name_of(params.uri),
        path=str(path_of(params.uri)) if params.data is None else None,
        data=params.data,
        question=params.question,
        max_tokens=ANSWER_TOKENS,
        model=model_name(),  # the host has another environment, and another folder
    )
    pieces = Pieces(lambda text: feedback.partial(messages.AskPartial(text=text)))
    try:
        answer = await link.run(
            "ask", job, on_progress=feedback.progress, on_partial=lambda _kind, text: pieces.add(text)
        )
    finally:
        pieces.flush()
    found = wire.decode(messages.AskOutcome, answer)
    return messages.AskResult(
        text=found.text,
        finish=found.finish,
        tokens=found.tokens,
        seconds=found.seconds,
        model=found.model,
    )


def source_of(params: messages.SourceParams) -> messages.SourceResult:
    """The picture that a page was made from, when we made the page and the picture is still there."""
    entry = ledger.recall(path_of(params.uri)) if is_file(params.uri) else None
    source = path_of(entry.source) if entry and entry.source else None
    return messages.SourceResult(uri=uri_of(source) if source and source.is_file() else None)


async def state(link: Link, jobs: int, error: str | None) -> messages.ServerState:
    """What the status item shows; never starts a host."""
    return messages.ServerState(
        version=__version__,
        python=".".join(map(str, sys.version_info[:3])),
        host=await link.state(),
        jobs=jobs,
        error=error,
    )
