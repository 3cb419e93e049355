"""The ASGI application: sends /v2 to its endpoints and turns every error into an answer."""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
from collections.abc import Awaitable, Callable
from itertools import count

from sqlalchemy.exc import DBAPIError

from moorage.oci.errors import RETRY_AFTER_SECONDS, ClientGone, RegistryError
from moorage.web.http import Headers, Message, Receive, Request, Scope, Send
from moorage.web.v2 import endpoints
from moorage.web.v2.service import Service

log = logging.getLogger("moorage")

UNAVAILABLE_ERRNOS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS}
API_PATHS = ("/api/", "/oauth/", "/config", "/csrf_token", "/signin", "/signout", "/.well-known/")

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan = tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]


class Application:
    """One worker's application. `lifespan` opens and closes what it holds."""

    def __init__(
        self, service: Service, lifespan: Lifespan, build_api: Callable[[], ASGIApp]
    ) -> None:
        self.service = service
        self._build_api = build_api
        self._api: ASGIApp | None = None
        self._api_lock = asyncio.Lock()
        self._open, self._close = lifespan
        self._prefix = secrets.token_hex(4).encode()
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                request_id = b"%b-%x" % (self._prefix, next(self._numbers))
                await self._http(Request(scope, receive, send, request_id))
            case "lifespan":
                await self._lifespan(receive, send)

    async def _http(self, request: Request) -> None:
        try:
            request.require_sane()
            await self._route(request)
        except RegistryError as error:
            if not request.has_started:
                await self._refuse(request, error)
        except ClientGone:
            return
        except Exception as error:  # the outermost border: anything else is our own fault
            log.exception("request %s failed: %s %s", request.id, request.method, request.path)
            if not request.has_started:
                await self._answer_failure(request, error)

    async def _route(self, request: Request) -> None:
        if request.path.startswith("/v2"):
            return await endpoints.serve(self.service, request)
        if request.path.startswith(API_PATHS):
            return await self._manage(request)
        if request.path == "/health/instance":
            return await request.answer_json(
                200, {"data": {"services": {"registry_gunicorn": True}}, "status_code": 200}
            )
        if request.path == "/":
            url = self.service.origin.url(request)
            text = f"moorage, an OCI registry.\n\nLog in: docker login {url.partition('//')[2]}\n"
            return await request.answer(200, [(b"content-type", b"text/plain")], text.encode())
        return await request.answer_json(
            404, {"errors": [{"code": "NOT_FOUND", "message": "no such page", "detail": None}]}
        )

    async def _manage(self, request: Request) -> None:
        """Hand over to the application below API_PATHS, which is loaded with its first request."""
        async with self._api_lock:
            if self._api is None:
                self._api = await asyncio.to_thread(self._build_api)

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.has_started = True
                message["headers"].append((b"x-request-id", request.id))
            await request.send(message)

        await self._api(request.scope, request.receive, send)

    async def _refuse(self, request: Request, error: RegistryError) -> None:
        try:
            if error.status not in (408, 413):
                await request.drain()
        except (ClientGone, RegistryError):
            return
        await self._answer_error(request, error)

    async def _answer_error(self, request: Request, error: RegistryError) -> None:
        headers: Headers = []
        if error.status == 401:
            scope, problem = error.headers.get("scope", ""), error.headers.get("error", "")
            challenge = self.service.challenge(request, scope, problem)
            headers.append((b"www-authenticate", challenge))
        else:
            headers += [(k.encode(), v.encode("latin-1")) for k, v in error.headers.items()]
        await request.answer_json(
            error.status, _body(error.code, error.message, error.detail), headers
        )

    async def _answer_failure(self, request: Request, error: Exception) -> None:
        retry: Headers = [(b"retry-after", str(RETRY_AFTER_SECONDS).encode())]
        if isinstance(error, OSError) and error.errno in UNAVAILABLE_ERRNOS:
            status = 507 if error.errno in (errno.ENOSPC, errno.EDQUOT) else 503
            body = _body("UNAVAILABLE", "the registry's storage cannot take data now")
            return await request.answer_json(status, body, retry)
        if isinstance(error, (DBAPIError, OSError)):
            body = _body("UNAVAILABLE", "the registry's database or storage does not answer now")
            return await request.answer_json(503, body, retry)
        return await request.answer_json(500, _body("UNKNOWN", "internal error: see the log"))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._close()
        await send({"type": "lifespan.shutdown.complete"})


def _body(code: str, message: str, detail: object = None) -> dict[str, object]:
    return {"errors": [{"code": code, "message": message, "detail": detail}]}
