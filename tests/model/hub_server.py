"""A server that speaks the hub's protocol, as far as downloading a model needs it, and can misbehave.

As the real one does, it sends large files (`large`) by way of a redirect, and describes them in the answer
to HEAD: X-Repo-Commit, X-Linked-Etag (the SHA-256) and X-Linked-Size.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import unquote, urlsplit

NAME = "Qwen/Qwen3-VL-2B-Instruct"
COMMIT = hashlib.sha1(b"the commit").hexdigest()
PIECE = 64 << 10


@dataclass
class Hub:
    """What is served, how it goes wrong, and what was asked for.

    cut: the connection breaks after so many bytes of a large file, `cuts` times.
    wrong: these bytes are sent instead of a large file's own.
    endless: a large file's bytes come again and again, until the client has had enough.
    pause: seconds between two pieces of 64 KiB of a large file.
    status, error: what every request is answered with, and the hub's word for it.
    """

    files: dict[str, bytes]
    large: set[str] = field(default_factory=lambda: {"model.safetensors", "tokenizer.json"})
    config: dict[str, str] = field(default_factory=lambda: {"model_type": "qwen3_vl"})
    cut: int = 0
    cuts: int = 0
    wrong: bytes | None = None
    endless: bool = False
    knows_ranges: bool = True
    pause: float = 0.0
    status: int = 0
    error: str = ""
    token: str | None = None
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Hub:
        handler = type("Handler", (_Handler,), {"hub": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.elsewhere = self.url.replace("127.0.0.1", "localhost")  # another host, as far as HTTP goes
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def gets(self, name: str) -> list[str]:
        """The ranges of the bodies asked for of a large file, "all" for one without a range."""
        digest = hashlib.sha256(self.files[name]).hexdigest()
        return [line.split()[2] for line in self.asked if line.startswith(f"GET /cdn/{digest}")]

    def model(self) -> dict[str, object]:
        """The answer to a question for a model with `blobs`."""
        siblings: list[dict[str, object]] = []
        for name, data in self.files.items():
            row: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": _git_id(data)}
            if name in self.large:
                digest = hashlib.sha256(data).hexdigest()
                row["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
            siblings.append(row)
        return {
            "_id": "1",
            "id": NAME,
            "modelId": NAME,
            "sha": COMMIT,
            "tags": ["license:apache-2.0"],
            "cardData": {"license": "apache-2.0"},
            "config": self.config,
            "siblings": siblings,
        }

    def cut_now(self, size: int) -> bool:
        """Whether this answer of `size` bytes is to break off."""
        with self._lock:
            broken = self.cuts > 0 and size > self.cut
            self.cuts -= broken
            return broken


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        pass

    def _serve(self) -> None:
        hub = self.hub
        path = unquote(urlsplit(self.path).path)
        hub.asked.append(f"{self.command} {path} {self.headers.get('Range', 'all')}")
        hub.agents.add(self.headers.get("User-Agent", ""))
        secret = self.headers.get("Authorization")
        if path.startswith("/cdn/") and secret:
            self._refuse(400, "a secret went to a host that it was not for")
        elif hub.token is not None and not path.startswith("/cdn/") and secret != f"Bearer {hub.token}":
            self._refuse(401, "")
        elif hub.status:
            self._refuse(hub.status, hub.error)
        elif model := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(.+))?", path):
            self._model(model[1], model[2] or "main")
        elif file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._file(file[1], file[2], file[3])
        elif path.startswith("/cdn/"):
            self._large(path.removeprefix("/cdn/"))
        else:
            self._refuse(404, "")

    def _refuse(self, status: int, error: str) -> None:
        self._send(status, b"{}", {"X-Error-Code": error} if error else {})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _model(self, name: str, revision: str) -> None:
        if name != NAME:
            self._refuse(404, "RepoNotFound")
        elif revision not in ("main", "v1", COMMIT):
            self._refuse(404, "RevisionNotFound")
        else:
            body = json.dumps(self.hub.model()).encode()
            self._send(200, body, {"Content-Type": "application/json"})

    def _file(self, name: str, revision: str, file: str) -> None:
        data = self.hub.files.get(file)
        if name != NAME or revision not in ("main", COMMIT) or data is None:
            self._refuse(404, "EntryNotFound")
            return
        headers = {"X-Repo-Commit": COMMIT, "Accept-Ranges": "bytes"}
        if file in self.hub.large:
            digest = hashlib.sha256(data).hexdigest()
            linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(data))}
            self._send(302, b"", {**headers, **linked, "Location": f"{self.hub.elsewhere}/cdn/{digest}"})
        else:
            self._send(200, data, {**headers, "ETag": f'"{_git_id(data)}"'})

    def _large(self, digest: str) -> None:
        hub = self.hub
        data = next(d for d in hub.files.values() if hashlib.sha256(d).hexdigest() == digest)
        data = data if hub.wrong is None else hub.wrong
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked and hub.knows_ranges else 0
        if start >= len(data):
            self._refuse(416, "")
            return
        self.send_response(206 if start else 200)
        if hub.endless:
            self._repeat(data)
            return
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if self.command != "HEAD":
            self._body(data[start:])

    def _repeat(self, data: bytes) -> None:
        self.close_connection = True
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(data)

    def _body(self, data: bytes) -> None:
        if self.hub.cut_now(len(data)):
            data = data[: self.hub.cut]
            self.close_connection = True
        for at in range(0, len(data), PIECE):
            self.wfile.write(data[at : at + PIECE])
            time.sleep(self.hub.pause)
        if self.close_connection:
            self.wfile.flush()
            self.connection.close()


def _git_id(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
