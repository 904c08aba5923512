"""Putting a result where the user wants it: on the disk, or into the editor that has it open.

A page that is open in the editor belongs to the editor: it gets a versioned edit, so that it can be undone
and nothing typed meanwhile is lost. Any other page is written to the disk in one step; an edit that
creates a file would leave an empty one there until it is saved.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.workspace import TextDocument

from pixelwright import files, ledger
from pixelwright.files import Target
from pixelwright.lsp.uris import path_of, uri_of


def choose_target(server: LanguageServer, wanted: Path, source: Path | None) -> Target:
    """Where the page may go. What the user has typed and not saved counts as an edit."""

    def is_free(page: Path, source: Path | None) -> bool:
        opened = open_document(server, page)
        return ledger.is_free(page, source) and (opened is None or _is_untouched(opened, page))

    return files.page_target(wanted, source, is_free=is_free)


def _is_untouched(opened: TextDocument, page: Path) -> bool:
    """Does the editor show what we wrote, with nothing typed since?"""
    return ledger.is_unedited(page, opened.source.encode("utf-8", "surrogatepass"))


def open_document(server: LanguageServer, path: Path) -> TextDocument | None:
    """The document that the editor has open on a path."""
    documents: dict[str, TextDocument] = dict(server.workspace.text_documents)
    for uri, document in documents.items():
        if uri.startswith("file:") and path_of(uri) == path:
            return document
    return None


async def put(
    server: LanguageServer,
    target: Target,
    document: str,
    assets: Iterable[tuple[str, bytes]],
    source: Path | None,
) -> None:
    """Write a page and its pictures. Raises `PixelwrightError` (target)."""
    opened = open_document(server, target.page)
    capabilities = server.client_capabilities.workspace
    if opened is None or not (capabilities and capabilities.apply_edit):
        files.write_page(target, document, assets, source)
        return
    if not _is_untouched(opened, target.page):
        raise files.changed_meanwhile(target.page)
    files.write_page(target, None, assets, source)
    edit = types.WorkspaceEdit(document_changes=[_replacement(opened, target.page, document)])
    answer = await server.workspace_apply_edit_async(
        types.ApplyWorkspaceEditParams(edit=edit, label=f"Pixelwright: {target.page.name}")
    )
    if not answer.applied:
        raise files.changed_meanwhile(target.page)
    ledger.remember(target.page, document.encode("utf-8", "surrogatepass"), source)


def _replacement(opened: TextDocument, page: Path, document: str) -> types.TextDocumentEdit:
    whole = types.Range(
        start=types.Position(line=0, character=0),
        end=types.Position(line=len(opened.lines) + 1, character=0),
    )
    return types.TextDocumentEdit(
        text_document=types.OptionalVersionedTextDocumentIdentifier(
            uri=opened.uri or uri_of(page), version=opened.version
        ),
        edits=[types.TextEdit(range=whole, new_text=document)],
    )
