"""A package index of our own, and packages for it that are made on the spot: as small as the test wants."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from types import TracebackType
from urllib.parse import quote, unquote

PIECE = 64 << 10


def wheel(name: str, version: str, size: int, *requires: str) -> tuple[str, bytes]:
    """The file name and the bytes of a package with one module and `size` bytes of data."""
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {other}" for other in requires)]
    module = name.replace("-", "_")
    information = f"{module}-{version}.dist-info"
    files = {
        f"{module}/__init__.py": b"",
        f"{module}/data": os.urandom(size),
        f"{information}/METADATA": "\n".join(["Metadata-Version: 2.1", *lines, ""]).encode(),
        f"{information}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_hash(data)},{len(data)}" for path, data in files.items()]
    files[f"{information}/RECORD"] = "\n".join([*record, f"{information}/RECORD,,\n"]).encode()
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return f"{module}-{version}-py3-none-any.whl", packed.getvalue()


def _hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


class PackageIndex:
    """Serves wheels as PEP 503 says. pause: seconds between two pieces of 64 KiB."""

    def __init__(self, *wheels: tuple[str, bytes]) -> None:
        self.wheels = dict(wheels)
        self.pause = 0.0
        self.sending = threading.Event()  # the first piece of a wheel has gone

    def __enter__(self) -> PackageIndex:
        handler = type("Handler", (_Handler,), {"index": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/simple"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    index: PackageIndex

    def do_GET(self) -> None:
        file = unquote(self.path.rsplit("/", 1)[-1])
        if file in self.index.wheels:
            self._send(self.index.wheels[file], "application/octet-stream")
        else:
            package = self.path.strip("/").split("/")[-1].replace("-", "_")
            names = [name for name in self.index.wheels if name.startswith(f"{package}-")]
            links = "".join(f'<a href="/files/{quote(name)}">{name}</a>' for name in names)
            self._send(f"<!DOCTYPE html><html><body>{links}</body></html>".encode(), "text/html")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for at in range(0, len(body), PIECE):
            self.wfile.write(body[at : at + PIECE])
            if kind != "text/html":
                self.index.sending.set()
                time.sleep(self.index.pause)

    def log_message(self, *_: object) -> None:
        pass
