"""The command line: `pixelwright VERB …`. Results on stdout, progress and errors on stderr.

Exit status: 0 done, 1 failed, 2 wrong usage, 130 cancelled.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pixelwright import __version__
from pixelwright.errors import Cancelled, PixelwrightError

FAILED, USAGE, CANCELLED = 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["lsp"]:  # before anything is imported that might print
        from pixelwright.lsp.stdio import serve

        return serve()
    for stream in (sys.stdout, sys.stderr):  # texts in any script, whatever the console's code page
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    options = _parser().parse_args(given)
    try:
        return int(options.run(options))
    except (KeyboardInterrupt, Cancelled):
        print("Cancelled.", file=sys.stderr)
        return CANCELLED
    except PixelwrightError as error:
        _complain(error, as_json=options.json is True)
        return USAGE if error.code == "usage" else FAILED
    except BrokenPipeError:
        return FAILED


def _complain(error: PixelwrightError, *, as_json: bool) -> None:
    if as_json:
        failure = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        print(json.dumps(failure, ensure_ascii=False))
    print(f"pixelwright: {error}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pixelwright", description="Makes code from pictures, on your own machine."
    )
    parser.add_argument("--version", action="version", version=f"pixelwright {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    html = _verb(verbs, "html", "make a page from a screenshot", _html)
    html.add_argument("images", nargs="+", metavar="IMAGE", help="a picture; - reads one from stdin")
    html.add_argument("-o", "--output", type=Path, metavar="OUT", help="the page, or a folder for several")
    html.add_argument("--inline-assets", action="store_true", help="put the pictures into the page")
    html.add_argument("--force", action="store_true", help="replace OUT even if it was edited")
    html.add_argument("--no-host", action="store_true", help="do the work in this process")

    compare = _verb(verbs, "compare", "hold a page against its picture", _compare)
    compare.add_argument("image", type=Path, metavar="IMAGE")
    compare.add_argument("page", type=Path, metavar="PAGE.html")
    compare.add_argument("-o", "--output", type=Path, metavar="OUT.png", help="the side-by-side picture")
    compare.add_argument("--no-host", action="store_true", help="do the work in this process")

    ask = _verb(verbs, "ask", "ask the model about a picture", _ask)
    ask.add_argument("file", metavar="FILE", help="a picture; - reads one from stdin")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--max-tokens", type=int, default=1024, metavar="N", help="at most so long an answer")
    ask.add_argument("--model", metavar="NAME", help="a model's name, or its folder (./FOLDER)")
    ask.add_argument("--no-host", action="store_true", help="load the model into this process")

    _verb(verbs, "lsp", "serve an editor on stdin and stdout", lambda _options: 0)

    host = _verb(verbs, "host", "ask the shared process, or end it", _host)
    host.add_argument("action", nargs="?", choices=("status", "stop"), default="status")

    bench = verbs.add_parser("bench", help="measure the engine beside transformers' generate")
    bench.add_argument("--model", metavar="NAME", help="a model's name, or its folder")
    bench.add_argument("--tiny", action="store_true", help="the tiny checkpoint, in under a minute")
    bench.add_argument("--quick", action="store_true", help="a text and a picture only")
    bench.add_argument("--device", help="cuda, mps or cpu; the best there is by default")
    bench.add_argument("--dtype", help="bf16, fp16 or fp32")
    bench.add_argument("--tokens", type=int, metavar="N", help="the length of the answers")
    bench.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file")
    bench.set_defaults(run=_bench)

    model = _verb(verbs, "model", "list, install or remove the models that can be used", _model)
    model.add_argument("action", nargs="?", choices=("list", "install", "remove"), default="list")
    model.add_argument("name", nargs="?", metavar="NAME", help="as on Hugging Face: ORG/NAME")
    model.add_argument("--yes", action="store_true", help="do not ask")
    model.add_argument("--revision", metavar="R", help="a branch, tag or commit of the model")

    _verb(verbs, "doctor", "tell what is installed, what is missing, and how to get it", _doctor)
    return parser


def _verb(verbs, name, text, run) -> argparse.ArgumentParser:  # type: ignore[no-untyped-def]
    parser: argparse.ArgumentParser = verbs.add_parser(name, help=text, description=text.capitalize() + ".")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)
    return parser


def _html(options: argparse.Namespace) -> int:
    from pixelwright.terminal import pages

    return pages.run(options)


def _compare(options: argparse.Namespace) -> int:
    from pixelwright.terminal import comparison

    return comparison.run(options)


def _ask(options: argparse.Namespace) -> int:
    from pixelwright.terminal import ask

    return ask.run(options)


def _host(options: argparse.Namespace) -> int:
    from pixelwright.terminal import host

    return host.run(options)


def _bench(options: argparse.Namespace) -> int:
    from pixelwright.terminal import bench

    return bench.run(options)


def _model(options: argparse.Namespace) -> int:
    from pixelwright.terminal import models

    return models.run(options)


def _doctor(options: argparse.Namespace) -> int:
    import dataclasses

    from pixelwright import doctor

    findings = doctor.examine()
    if options.json:
        print(json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        print(doctor.table(findings))
    return FAILED if any(finding.state == "missing" for finding in findings) else 0
