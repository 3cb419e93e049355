"""The metrics on an address of their own, for networks that the registry's clients do not reach.

Every worker listens there, and the kernel picks one for each connection; what they answer is the
same. As much HTTP as a scraper needs: one GET, one answer, the connection is closed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from moorage.web.metrics import CONTENT_TYPE, Metrics

REQUEST_SECONDS = 10
LINE_BYTES = 16 * 1024


@dataclass(slots=True)
class MetricsListener:
    metrics: Metrics
    host: str
    port: int
    _server: asyncio.Server | None = None

    async def open(self) -> None:
        try:
            self._server = await asyncio.start_server(
                self._answer, self.host, self.port, limit=LINE_BYTES, reuse_port=True
            )
        except OSError as error:
            raise OSError(
                f"METRICS_ADDRESS {self.host}:{self.port} cannot be listened on: {error.strerror}"
            ) from error

    def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(REQUEST_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                method, path = head.split(maxsplit=2)[:2]
                status, body = await self._content(method, path)
                writer.write(_head(status, body) + (b"" if method == b"HEAD" else body))
                await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return  # too slow, gone, or not HTTP
        finally:
            writer.close()

    async def _content(self, method: bytes, path: bytes) -> tuple[HTTPStatus, bytes]:
        if method not in (b"GET", b"HEAD"):
            return HTTPStatus.METHOD_NOT_ALLOWED, b"only GET\n"
        if path.partition(b"?")[0] != b"/metrics":
            return HTTPStatus.NOT_FOUND, b"the metrics are at /metrics\n"
        return HTTPStatus.OK, await self.metrics.text()


def _head(status: HTTPStatus, body: bytes) -> bytes:
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        f"Content-Type: {CONTENT_TYPE.decode()}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join([*lines, "", ""]).encode()
