"""The ASGI application: sends /v2 to its endpoints and turns every error into an answer."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count
from time import perf_counter

from moorage.oci.errors import RETRY_AFTER_SECONDS, ClientGone, RegistryError, RequestInvalid
from moorage.web.charts import endpoints as charts
from moorage.web.charts.service import error_body, error_headers
from moorage.web.console import Console
from moorage.web.failures import Failure, failure_of
from moorage.web.http import Headers, Message, Receive, Request, Scope, Send
from moorage.web.operations import Operations
from moorage.web.v2 import endpoints
from moorage.web.v2.service import Service

API_PATHS = ("/api/", "/oauth/", "/config", "/csrf_token", "/signin", "/signout", "/.well-known/")

ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Lifespan = tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]


class Application:
    """One worker's application. `lifespan` opens and closes what it holds."""

    def __init__(
        self,
        service: Service,
        serve_charts: Callable[[Request], Awaitable[None]],
        operations: Operations,
        console: Console,
        lifespan: Lifespan,
        build_api: Callable[[], ASGIApp],
        body_idle_seconds: float,
    ) -> None:
        self.service = service
        self._serve_charts = serve_charts
        self._operations = operations
        self._console = console
        self._build_api = build_api
        self._body_idle_seconds = body_idle_seconds
        self._api: ASGIApp | None = None
        self._api_lock = asyncio.Lock()
        self._open, self._close = lifespan
        self._prefix = secrets.token_hex(4).encode()
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                request_id = b"%b-%x" % (self._prefix, next(self._numbers))
                idle = self._body_idle_seconds
                await self._http(Request(scope, receive, send, request_id, idle))
            case "lifespan":
                await self._lifespan(receive, send)

    async def _http(self, request: Request) -> None:
        began = perf_counter()
        try:
            if self.service.origin.trusted_proxies:
                self._operations.take_over_id(request)
            request.require_sane()
            await self._route(request)
        except RegistryError as error:
            self._operations.refused(error)
            if not request.has_started:
                await self._refuse(request, error)
        except ClientGone:
            # Whoever sent chunks that cannot be read is still there to read this.
            if not request.has_started:
                await self._answer_error(request, RequestInvalid("the body broke off"))
        except Exception as error:  # the outermost border: anything else is our own fault
            failure = failure_of(error)
            self._operations.failed(request, error, failure)
            if not request.has_started:
                await self._answer_failure(request, failure)
        finally:
            self._operations.ended(request, perf_counter() - began)

    async def _route(self, request: Request) -> None:
        if request.path.startswith("/v2"):
            return await endpoints.serve(self.service, request)
        # Signing in is a page to read and an endpoint to write to.
        is_page = request.path == "/signin" and request.method in ("GET", "HEAD")
        if request.path.startswith(API_PATHS) and not is_page:
            return await self._manage(request)
        if request.path.startswith(charts.PATHS):
            return await self._serve_charts(request)
        if await self._operations.serve(request) or await self._console.serve(request):
            return
        return await request.answer_json(
            404, {"errors": [{"code": "NOT_FOUND", "message": "no such page", "detail": None}]}
        )

    async def _manage(self, request: Request) -> None:
        """Hand over to the application below API_PATHS, which is loaded with its first request."""
        request.route = "management"
        async with self._api_lock:
            if self._api is None:
                self._api = await asyncio.to_thread(self._build_api)

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                request.has_started = True
                request.status = message["status"]
                message["headers"].append((b"x-request-id", request.id))
            else:
                request.sent_bytes += len(message.get("body", b""))
            await request.send(message)

        await self._api(request.scope, request.receive, send)

    async def _refuse(self, request: Request, error: RegistryError) -> None:
        if error.status != 408:
            with suppress(ClientGone, RegistryError):
                await request.drain()
        await self._answer_error(request, error)

    async def _answer_error(self, request: Request, error: RegistryError) -> None:
        headers: Headers = []
        if request.path.startswith(charts.PATHS):
            body = error_body(error.message)
            return await request.answer_json(error.status, body, error_headers(error))
        if error.status == 401:
            scope, problem = error.headers.get("scope", ""), error.headers.get("error", "")
            challenge = self.service.challenge(request, scope, problem)
            headers.append((b"www-authenticate", challenge))
        else:
            headers += [(k.encode(), v.encode("latin-1")) for k, v in error.headers.items()]
        await request.answer_json(
            error.status, _body(error.code, error.message, error.detail), headers
        )

    async def _answer_failure(self, request: Request, failure: Failure) -> None:
        headers: Headers = []
        if failure.may_be_tried_again:
            headers.append((b"retry-after", str(RETRY_AFTER_SECONDS).encode()))
        body = _body(failure.code, failure.message)
        with suppress(ClientGone, RegistryError):
            await request.drain()
        await request.answer_json(failure.status, body, headers)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._close()
        await send({"type": "lifespan.shutdown.complete"})


def _body(code: str, message: str, detail: object = None) -> dict[str, object]:
    return {"errors": [{"code": code, "message": message, "detail": detail}]}
