"""A request and its answers, as thin as ASGI allows: this is every pull's path."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from itertools import chain
from typing import Any
from urllib.parse import parse_qs

import msgspec

from moorage.oci.errors import (
    ClientGone,
    HeaderTooLarge,
    RequestInvalid,
    RequestTimeout,
    UriTooLong,
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

API_VERSION = (b"docker-distribution-api-version", b"registry/2.0")
HEADER_BYTES = 64 * 1024
QUERY_BYTES = 16 * 1024
PATH_BYTES = 4 * 1024
QUERY_FIELDS = 200
DRAINED_BYTES = 8 * 1024 * 1024
BODY_BYTES_PER_SECOND = 1024
"""A body must come in at this rate on average, or a byte now and then could hold it for ever."""

# A second one of these is how a proxy and we are made to see two different requests.
ONCE = frozenset(
    (b"host", b"authorization", b"content-length", b"content-range", b"content-type", b"range")
)


# Names and digests are str subclasses, which msgspec leaves to the hook.
_JSON = msgspec.json.Encoder(enc_hook=str)


class Request:
    __slots__ = (
        *("_next", "_query", "body_idle_seconds", "has_started", "headers", "id", "method"),
        *("path", "receive", "received_bytes", "route", "scope", "send", "sent_bytes", "status"),
        "was_read",
    )

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        request_id: bytes,
        body_idle_seconds: float,
    ) -> None:
        self.scope = scope
        self.receive = receive
        self.send = send
        self.id = request_id
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.body_idle_seconds = body_idle_seconds
        self._next: Awaitable[Message] | None = None
        self._query: dict[str, list[str]] | None = None
        self.was_read = self.method in ("GET", "HEAD")
        """Whether the body has come to its end, or there is none."""
        self.has_started = False
        """Whether the answer's status is on its way, so that it cannot be changed any more."""
        self.route = "other"
        """The endpoint's name: what requests are counted by."""
        self.status = 0
        self.sent_bytes = 0
        self.received_bytes = 0

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return value.decode("latin-1") if value is not None else None

    def values(self, name: bytes) -> list[bytes]:
        """All values of a header that may stand several times."""
        return [value for other, value in self.scope["headers"] if other == name]

    @property
    def query(self) -> dict[str, list[str]]:
        """All query fields with their values. Raises RequestInvalid: too many, or a NUL in one."""
        if self._query is None:
            text = self.scope["query_string"].decode("latin-1")
            if "%00" in text:
                raise RequestInvalid("a query may not hold %00: no name or digest has it")
            try:
                self._query = parse_qs(text, keep_blank_values=True, max_num_fields=QUERY_FIELDS)
            except ValueError:
                raise RequestInvalid(f"a query may have at most {QUERY_FIELDS} fields") from None
        return self._query

    def field(self, name: str) -> str | None:
        values = self.query.get(name)
        return values[0] if values else None

    @property
    def content_length(self) -> int | None:
        value = self.headers.get(b"content-length")
        return int(value) if value is not None and value.isdigit() else None

    def require_sane(self) -> None:
        """Raises HeaderTooLarge, UriTooLong, RequestInvalid."""
        if sum(map(len, chain.from_iterable(self.scope["headers"]))) > HEADER_BYTES:
            raise HeaderTooLarge(f"request headers may have at most {HEADER_BYTES} bytes")
        if len(self.scope["query_string"]) > QUERY_BYTES or len(self.path) > PATH_BYTES:
            raise UriTooLong(
                f"a path may have at most {PATH_BYTES} and a query {QUERY_BYTES} bytes"
            )
        if b"transfer-encoding" in self.headers and b"content-length" in self.headers:
            raise RequestInvalid("a request has Content-Length or Transfer-Encoding, never both")
        if len(self.headers) != len(self.scope["headers"]):
            self._require_single_headers()

    def _require_single_headers(self) -> None:
        seen: set[bytes] = set()
        for name, _ in self.scope["headers"]:
            if name in ONCE and name in seen:
                raise RequestInvalid(f"header {name.decode()} stands twice: send it once")
            seen.add(name)

    async def body(self) -> AsyncIterator[bytes]:
        """The pieces as they come. Raises ClientGone, RequestTimeout."""
        idle, clock = self.body_idle_seconds, asyncio.get_running_loop().time
        deadline = clock() + idle
        while True:
            try:
                async with asyncio.timeout(idle):
                    message = await (self._next or self.receive())
            except TimeoutError:
                raise RequestTimeout(f"no byte of the body came for {idle} seconds") from None
            self._next = None
            if message["type"] == "http.disconnect":
                raise ClientGone
            if has_more := message.get("more_body", False):
                # The server fetches the next piece while the caller works on this one. Never ask
                # for two: it may hand them over in the wrong order.
                self._next = self.receive()
            if piece := message.get("body", b""):
                self.received_bytes += len(piece)
                yield piece
            if not has_more:
                self.was_read = True
                return
            deadline += len(piece) / BODY_BYTES_PER_SECOND
            if clock() > deadline:
                raise RequestTimeout(
                    f"the body comes in at less than {BODY_BYTES_PER_SECOND} bytes a second"
                )

    async def drain(self) -> None:
        """Read a small body that nobody wanted, so that the client gets to read the answer.

        A body announced with `Expect: 100-continue` is not sent, and a large one is cut off.
        """
        if self.was_read or b"expect" in self.headers or (self.content_length or 0) > DRAINED_BYTES:
            return
        left = DRAINED_BYTES
        async for piece in self.body():
            left -= len(piece)
            if left < 0:
                return

    async def start(self, status: int, headers: Headers) -> None:
        """Send the status and the headers, ours for every answer among them."""
        self.has_started = True
        self.status = status
        headers += (API_VERSION, (b"x-request-id", self.id))
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def answer(self, status: int, headers: Headers, body: bytes = b"") -> None:
        headers.append((b"content-length", str(len(body)).encode()))
        await self.answer_as_is(status, headers, b"" if self.method == "HEAD" else body)

    async def answer_as_is(self, status: int, headers: Headers, body: bytes = b"") -> None:
        """As `answer`, with the Content-Length that `headers` name (HEAD, 204, 304)."""
        await self.start(status, headers)
        self.sent_bytes = len(body)
        await self.send({"type": "http.response.body", "body": body, "more_body": False})

    async def answer_json(self, status: int, value: object, headers: Headers | None = None) -> None:
        await self.answer_json_as(status, "application/json", value, headers or [])

    async def answer_json_as(
        self, status: int, media_type: str, value: object, headers: Headers
    ) -> None:
        headers = [(b"content-type", media_type.encode()), *headers]
        await self.answer(status, headers, _JSON.encode(value))

    async def answer_file(self, status: int, headers: Headers, path: str) -> None:
        """A whole file that the server reads and sends in threads of its own."""
        self.sent_bytes = next((int(v) for name, v in headers if name == b"content-length"), 0)
        await self.start(status, headers)
        await self.send({"type": "http.response.pathsend", "path": path})

    async def answer_pieces(
        self, status: int, headers: Headers, pieces: AsyncIterator[bytes]
    ) -> None:
        """Stream; stops when the client goes away, which `send` would not tell."""
        await self.start(status, headers)
        gone = asyncio.ensure_future(self.receive())
        try:
            async for piece in pieces:
                if gone.done() and gone.result()["type"] == "http.disconnect":
                    return
                await self.send({"type": "http.response.body", "body": piece, "more_body": True})
                self.sent_bytes += len(piece)
                await asyncio.sleep(0)
            await self.send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    @property
    def can_send_files(self) -> bool:
        return "http.response.pathsend" in (self.scope.get("extensions") or {})
