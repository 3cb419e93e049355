"""A proxy that notes every request and refuses each one a few times first.

`python fault_proxy.py ADDRESS CERTIFICATE KEY UPSTREAM STATUS TIMES` speaks HTTPS on ADDRESS:443
and plain HTTP to UPSTREAM. A request of a repository, that is a method and a path, gets STATUS for
its first TIMES times; a login is let through. Each answer is a line `METHOD PATH STATUS` on stdout.
"""

from __future__ import annotations

import re
import ssl
import sys
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import ClassVar

REPOSITORY = re.compile("/v2/.+/(blobs|manifests|tags)/")
OF_THE_CONNECTION = {"connection", "transfer-encoding", "content-length"}
REFUSAL = b'{"errors":[{"code":"TOOMANYREQUESTS","message":"come back later"}]}'


class Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: str
    status: int
    times: int
    seen: ClassVar[Counter[str]] = Counter()
    lock = Lock()

    def handle_request(self) -> None:
        body = self._body()
        wanted = f"{self.command} {self.path}"
        with self.lock:
            self.seen[wanted] += 1
            is_refused = bool(REPOSITORY.match(self.path)) and self.seen[wanted] <= self.times
        status = self._refuse() if is_refused else self._forward(body)
        with self.lock:
            print(wanted, status, flush=True)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_request

    def log_message(self, *_: object) -> None:
        """Only our own lines are wanted."""

    def _refuse(self) -> int:
        headers = {"Content-Type": "application/json", "Retry-After": "1"}
        self._answer(self.status, headers, len(REFUSAL), REFUSAL)
        return self.status

    def _forward(self, body: bytes) -> int:
        """Send it on with its own Host; the answer is not kept back."""
        upstream = HTTPConnection(self.upstream)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in OF_THE_CONNECTION
        }
        upstream.request(self.command, self.path, body, headers)
        answer = upstream.getresponse()
        content = answer.read()
        kept = {
            name: value
            for name, value in answer.getheaders()
            if name.lower() not in OF_THE_CONNECTION
        }
        size = answer.headers.get("Content-Length") if self.command == "HEAD" else len(content)
        self._answer(answer.status, kept, size, content)
        upstream.close()
        return answer.status

    def _answer(
        self, status: int, headers: dict[str, str], size: int | str | None, content: bytes
    ) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _chunk(self) -> bytes:
        chunk = self.rfile.read(int(self.rfile.readline(), 16))
        self.rfile.readline()
        return chunk


def main(address: str, certificate: str, key: str, upstream: str, status: str, times: str) -> None:
    Proxy.upstream, Proxy.status, Proxy.times = upstream, int(status), int(times)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = ThreadingHTTPServer((address, 443), Proxy)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
