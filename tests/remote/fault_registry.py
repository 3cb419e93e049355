"""A small registry in this process that misbehaves as it is told, for clients in others.

It keeps blobs and manifests in memory. `faults` are taken one a request that fits.
"""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

USER, PASSWORD = "alice", "se:cret/+&= ü"
BASIC = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass(slots=True)
class Fault:
    """What happens to the next request whose method and path fit."""

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    """Send this much of the body that is promised, then hang up."""
    corrupt: bool = False
    message: str = "injected"


@dataclass(slots=True)
class Seen:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class FaultRegistry:
    host: str
    scheme: str = ""
    """How it wants to be asked: nothing, "basic" or "bearer"."""
    refuses_get: bool = False
    """Whether the token endpoint knows POST only."""
    gives_refresh_token: bool = False
    challenge_style: str = 'Bearer realm="{realm}",service="faults",scope="{scope}"'
    page_size: int = 0
    faults: list[Fault] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    keeps_partial_uploads: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    """Paths outside of /v2/, as a classic repository has them."""

    def requests(self, method: str, part: str) -> list[Seen]:
        return [one for one in self.seen if one.method == method and part in one.path]


@contextmanager
def fault_registry(tls: Any = None, **options: Any) -> Iterator[FaultRegistry]:
    """Runs on 127.0.0.1; with an ssl.SSLContext over TLS."""

    class Handler(_Handler):
        registry: FaultRegistry

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    Handler.registry = FaultRegistry(f"127.0.0.1:{server.server_port}", **options)
    Handler.url_scheme = "https" if tls is not None else "http"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Handler.registry
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    registry: FaultRegistry
    url_scheme = "http"

    def log_message(self, *_: Any) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        fault = self.fault
        if fault is not None and fault.corrupt:
            body = body[:-1] + b"?"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault is not None and fault.cut_after is not None:
            self.wfile.write(body[: fault.cut_after])
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(2)
            return
        if self.command != "HEAD":
            self.wfile.write(body)

    def handle_one(self) -> None:
        found = next((f for f in self.registry.faults if self._fits(f)), None)
        self.fault = found
        if found is not None:
            self.registry.faults.remove(found)
        length = int(self.headers.get("Content-Length") or 0)
        cut = found.cut_after if found is not None and self.command in ("PUT", "PATCH") else None
        if cut is not None:
            self._swallow(cut)
            return
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.registry.seen.append(Seen(self.command, self.path, headers, body))
        if found is not None and found.status:
            return self.answer(found.status, _error(found.message), **found.headers)
        parts = urlsplit(self.path)
        if parts.path == "/token":
            return self._token(parse_qs(parts.query), parse_qs(body.decode()))
        if parts.path in self.registry.files:
            return self.answer(200, self.registry.files[parts.path])
        if not parts.path.startswith("/v2/"):
            return self.answer(404)
        if not self._is_known():
            return self.answer(401, _error("authentication required"), **self._challenge())
        self._serve(parts.path, parse_qs(parts.query), body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = handle_one

    def _fits(self, fault: Fault) -> bool:
        length = int(self.headers.get("Content-Length") or 0)
        is_cut_upload = self.command in ("PUT", "PATCH") and fault.cut_after is not None
        if is_cut_upload and length <= (fault.cut_after or 0):
            return False  # too small to be cut there
        return fault.method == self.command and fault.path in self.path

    def _swallow(self, count: int) -> None:
        """Read a part of an upload and hang up."""
        upload = self.registry.uploads.setdefault(urlsplit(self.path).path, bytearray())
        piece = self.rfile.read(count)
        if self.registry.keeps_partial_uploads:
            upload += piece
        self.close_connection = True
        self.connection.shutdown(2)

    def _is_known(self) -> bool:
        given = self.headers.get("Authorization")
        match self.registry.scheme:
            case "basic":
                return given == BASIC
            case "bearer":
                return given == "Bearer good"
        return True

    def _challenge(self) -> dict[str, str]:
        if self.registry.scheme == "basic":
            return {"WWW_Authenticate": 'Basic realm="faults"'}
        realm = f"{self.url_scheme}://{self.registry.host}/token"
        scope = "repository:a/demo:pull"
        style = self.registry.challenge_style
        return {"WWW_Authenticate": style.format(realm=realm, scope=scope)}

    def _token(self, query: dict[str, list[str]], form: dict[str, list[str]]) -> None:
        is_post = self.command == "POST"
        if not is_post and self.registry.refuses_get:
            return self.answer(405)
        grant = form.get("grant_type", [""])[0]
        by_password = form.get("username") == [USER] and form.get("password") == [PASSWORD]
        by_refresh = form.get("refresh_token") == ["refresh"]
        by_basic = self.headers.get("Authorization") == BASIC
        is_good = (by_refresh if grant == "refresh_token" else by_password) if is_post else by_basic
        if not is_good:
            return self.answer(401, _error("bad credentials"))
        document = {"token": "good"}
        if self.registry.gives_refresh_token and "offline_token" in query:
            document["refresh_token"] = "refresh"
        return self.answer(200, json.dumps(document).encode())

    def _serve(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        kind, _, last = path.removeprefix("/v2/").rpartition("/")
        if path == "/v2/":
            self.answer(200, b"{}")
        elif kind.endswith("/manifests"):
            self._manifest(last, body)
        elif path.endswith("/tags/list"):
            self._tags(path, query)
        elif "/blobs/uploads" in path:
            self._upload(path, query, body)
        elif last in self.registry.blobs:
            self._blob(self.registry.blobs[last])
        else:
            self.answer(404, _error("blob unknown"))

    def _manifest(self, reference: str, body: bytes) -> None:
        if self.command == "PUT":
            digest = f"sha256:{sha256(body).hexdigest()}"
            kind = self.headers.get("Content-Type") or ""
            self.registry.manifests[reference] = self.registry.manifests[digest] = (kind, body)
            return self.answer(201, Docker_Content_Digest=digest)
        if reference not in self.registry.manifests:
            return self.answer(404, _error("manifest unknown"))
        kind, raw = self.registry.manifests[reference]
        digest = f"sha256:{sha256(raw).hexdigest()}"
        self.answer(200, raw, Content_Type=kind, Docker_Content_Digest=digest)

    def _tags(self, path: str, query: dict[str, list[str]]) -> None:
        tags = sorted(tag for tag in self.registry.manifests if ":" not in tag)
        last = query.get("last", [""])[0]
        left = [tag for tag in tags if tag > last]
        page = left[: self.registry.page_size or len(left)]
        raw = json.dumps({"name": "a/demo", "tags": page}).encode()
        if len(page) == len(left):
            return self.answer(200, raw)
        self.answer(200, raw, Link=f'<{path}?n={len(page)}&last={page[-1]}>; rel="next"')

    def _upload(self, path: str, query: dict[str, list[str]], body: bytes) -> None:
        uploads = self.registry.uploads
        if self.command == "POST":
            place = f"{path.rstrip('/')}/{len(uploads)}"
            uploads[place] = bytearray()
            return self.answer(202, Location=place)
        upload = uploads[path]
        upload += body
        if self.command in ("GET", "PATCH"):
            status = 204 if self.command == "GET" else 202
            span = f"0-{max(len(upload) - 1, 0)}"
            return self.answer(status, b"", Location=path, Range=span)
        digest = query["digest"][0]
        if f"sha256:{sha256(upload).hexdigest()}" != digest:
            return self.answer(400, _error("digest invalid"))
        self.registry.blobs[digest] = bytes(upload)
        self.answer(201, Docker_Content_Digest=digest)

    def _blob(self, content: bytes) -> None:
        start = self.headers.get("Range", "").removeprefix("bytes=").rstrip("-")
        if start:
            self.answer(206, content[int(start) :], Content_Range=f"bytes {start}-")
        else:
            self.answer(200, content)


def _error(message: str) -> bytes:
    return json.dumps({"errors": [{"code": "UNAUTHORIZED", "message": message}]}).encode()
