"""Serving on stdin and stdout, with stdout kept for the protocol alone."""

from __future__ import annotations

import logging
import os
import sys


def serve() -> int:
    """Serve until the client says goodbye or is gone."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # from here on a print of anyone goes to stderr
    sys.stdout = sys.stderr
    level = os.environ.get("PIXELWRIGHT_LOG", "INFO").upper()
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("pygls").setLevel(logging.WARNING)  # at INFO it logs the body of every message
    logging.getLogger("pygls.protocol.json_rpc").setLevel(logging.CRITICAL)  # ours are logged by us

    from pixelwright.lsp.server import create_server

    create_server().start_io(stdout=output)
    return 0
