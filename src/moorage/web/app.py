"""The ASGI application: sends /v2 to its endpoints and turns every error into an answer."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count

from moorage.oci.errors import ClientGone, RegistryError, RequestInvalid, quoted
from moorage.web.failures import refusal_of
from moorage.web.http import Headers, Receive, Request, Scope, Send
from moorage.web.v2 import endpoints
from moorage.web.v2.service import Service

log = logging.getLogger("moorage")

Lifespan = tuple[Callable[[], Awaitable[None]], Callable[[], Awaitable[None]]]


class Application:
    """One worker's application. `lifespan` opens and closes what it holds."""

    def __init__(self, service: Service, lifespan: Lifespan, body_idle_seconds: float) -> None:
        self.service = service
        self._body_idle_seconds = body_idle_seconds
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
        try:
            request.require_sane()
            await self._route(request)
        except RegistryError as error:
            if not request.has_started:
                await self._refuse(request, error)
        except ClientGone:
            # Whoever sent chunks that cannot be read is still there to read this.
            if not request.has_started:
                await self._answer_error(request, RequestInvalid("the body broke off"))
        except Exception as error:  # the outermost border: nothing may leave without an answer
            refusal = _logged(request, error)
            if not request.has_started:
                await self._refuse(request, refusal)

    async def _route(self, request: Request) -> None:
        if request.path.startswith("/v2"):
            return await endpoints.serve(self.service, request)
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

    async def _refuse(self, request: Request, error: RegistryError) -> None:
        if error.status != 408:
            with suppress(ClientGone, RegistryError):
                await request.drain()
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

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._close()
        await send({"type": "lifespan.shutdown.complete"})


def _logged(request: Request, error: Exception) -> RegistryError:
    """The answer to an error of storage or database, or the 500 for a mistake of ours."""
    refusal = refusal_of(error)
    log.error(
        "request %s failed: %s %s: %s",
        request.id.decode(),
        quoted(request.method),
        quoted(request.path),
        # Only the first line: the others may hold a statement's values.
        quoted(str(error).partition("\n")[0]),
        exc_info=error if refusal is None else None,
    )
    return refusal or RegistryError("internal error: see the log")


def _body(code: str, message: str, detail: object = None) -> dict[str, object]:
    return {"errors": [{"code": code, "message": message, "detail": detail}]}
