"""The management API as one ASGI application, loaded with its first request."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi_swagger import patch_fastapi
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from moorage import __version__
from moorage.auth.sealing import SealBroken
from moorage.oci.errors import RegistryError, quoted
from moorage.registry.context import Registry
from moorage.settings import Settings
from moorage.web.api import (
    application,
    apptoken,
    artifact,
    changes,
    chart,
    commands,
    compare,
    discovery,
    find,
    logs,
    manifest,
    messages,
    organization,
    overview,
    permission,
    prototype,
    readme,
    repository,
    robot,
    search,
    session,
    superuser,
    switched_off,
    tag,
    team,
    user,
)
from moorage.web.api.answers import Error, error
from moorage.web.api.body import Body
from moorage.web.api.call import Context, plain_request
from moorage.web.http import Receive, Scope, Send
from moorage.web.http import Request as PlainRequest
from moorage.web.origin import Origin

# Order matters: a repository's name may hold slashes, so the paths below it come before its own.
ROUTERS = (
    switched_off.router,
    discovery.router,
    messages.router,
    search.router,
    apptoken.router,
    overview.router,
    superuser.router,
    logs.router,
    application.router,
    prototype.router,
    robot.router,
    team.router,
    organization.router,
    user.router,
    permission.router,
    changes.router,
    chart.router,
    commands.router,
    artifact.router,
    compare.router,
    find.router,
    readme.router,
    tag.router,
    manifest.router,
    repository.router,
)
STATUSES = {
    400: "the request is not valid",
    401: "no credential, or one that is not valid",
    403: "the caller may not",
    404: "there is no such thing, or it is not switched on",
    405: "this method is not possible here",
    408: "the body came too slowly",
    409: "the state of things forbids it",
    413: "the body is too large",
    429: "too many wrong passwords",
    503: "database or storage does not answer now",
}
ERROR_TYPES = {
    400: "invalid_request",
    401: "invalid_token",
    403: "insufficient_scope",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    409: "conflict",
    413: "invalid_request",
    429: "too_many_requests",
    503: "unavailable",
}


class Border:
    """What no handler sees: paths with a slash at their end or NUL in them, too large and too slow
    bodies."""

    def __init__(self, app: FastAPI, body_idle_seconds: float) -> None:
        self._app = app
        self._body_idle_seconds = body_idle_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope["path"])
        if len(path) > 1 and path.endswith("/"):
            scope = {**scope, "path": path[:-1], "raw_path": path[:-1].encode()}
        if "\0" in path or b"%00" in scope.get("query_string", b""):
            answer = JSONResponse(
                error("", "invalid_request", 400, "a URL holds no NUL character"), 400
            )
            return await answer(scope, receive, send)
        body = Body(PlainRequest(scope, receive, send, b"", self._body_idle_seconds))
        await self._app(scope, body.receive, send)


def build_api(settings: Settings, registry: Registry, origin: Origin) -> Border:
    app = routed_api()
    app.state.context = Context(registry, settings, origin)
    return Border(app, settings.body_idle_seconds)


def routed_api() -> FastAPI:
    """All routes with their documentation, which needs no registry; `build_api` gives it one."""
    app = FastAPI(
        title="moorage",
        version=__version__,
        summary="The management API, as Quay has it.",
        openapi_url="/api/v1/discovery",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
        redirect_slashes=False,
    )
    refusals: dict[int | str, dict[str, Any]] = {
        status: {"model": Error, "description": text} for status, text in STATUSES.items()
    }
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1", responses=refusals)
    app.include_router(session.router, responses=refusals)
    app.include_router(session.router, prefix="/api/v1", include_in_schema=False)
    app.include_router(discovery.root, responses=refusals)
    patch_fastapi(
        app,
        docs_url="/api/v1/docs",
        redirect_from_root_to_docs=False,
        swagger_js_url="/api/v1/docs/swagger-ui-bundle.js",
        swagger_css_url="/api/v1/docs/swagger-ui.css",
        swagger_favicon_url="/api/v1/docs/favicon-32x32.png",
    )
    app.add_exception_handler(RegistryError, _refuse)
    app.add_exception_handler(RequestValidationError, _refuse_body)
    app.add_exception_handler(HTTPException, _refuse_route)
    app.add_exception_handler(SealBroken, _refuse_seal)
    app.add_exception_handler(DBAPIError, _unavailable)
    app.add_exception_handler(OSError, _unavailable)
    app.add_exception_handler(Exception, _fail)
    _leave_out_422(app)
    return app


def _leave_out_422(app: FastAPI) -> None:
    """FastAPI documents 422 for every body; ours are refused with 400."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        for methods in document["paths"].values():
            for operation in methods.values():
                operation["responses"].pop("422", None)
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


async def _refuse(request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RegistryError)
    own = refusal.code if refusal.code.islower() else None
    error_type = own or ERROR_TYPES.get(refusal.status, "invalid_request")
    body = error(_url(request), error_type, refusal.status, refusal.message)
    if refusal.status == 401:
        body["session_required"] = False
    headers = {k: v for k, v in refusal.headers.items() if k in ("Retry-After", "Allow")}
    if refusal.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, refusal.status, headers)


async def _refuse_body(request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, RequestValidationError)
    message = _first_problem(refusal)
    return JSONResponse(error(_url(request), "invalid_request", 400, message), 400)


async def _refuse_route(request: Request, refusal: Exception) -> JSONResponse:
    assert isinstance(refusal, HTTPException)
    error_type = ERROR_TYPES.get(refusal.status_code, "invalid_request")
    message = "Not Found" if refusal.status_code == 404 else str(refusal.detail)
    body = error(_url(request), error_type, refusal.status_code, message)
    return JSONResponse(body, refusal.status_code, dict(refusal.headers or {}))


async def _refuse_seal(request: Request, refusal: Exception) -> JSONResponse:
    return JSONResponse(error(_url(request), "cannot_open", 503, str(refusal)), 503)


async def _unavailable(request: Request, _: Exception) -> JSONResponse:
    message = "the registry's database or storage does not answer now"
    body = error(_url(request), "unavailable", 503, message)
    return JSONResponse(body, 503, {"Retry-After": "10"})


async def _fail(request: Request, _: Exception) -> JSONResponse:
    """Our own fault; the outer application logs it."""
    body = error(_url(request), "internal_error", 500, "internal error: see the log")
    return JSONResponse(body, 500)


def _first_problem(refusal: RequestValidationError) -> str:
    """One sentence, in the words that clients of Quay look for."""
    problem = refusal.errors()[0]
    place = [str(part) for part in problem["loc"][1:]]
    name = ".".join(place) or "the body"
    match problem["type"]:
        case "missing":
            return f"'{name}' is a required property" if place else "a JSON body is required"
        case "json_invalid":
            return "the body is not JSON"
        case "enum" | "literal_error":
            expected = str(problem["ctx"]["expected"]).replace(" or ", ", ")
            return f"{_shown(problem['input'])} is not one of [{expected}] ({name})"
    return f"{name}: {problem['msg']}, got {_shown(problem.get('input'))}"


def _shown(value: object) -> str:
    return quoted(repr(value))


def _url(request: Request) -> str:
    context: Context = request.app.state.context
    return context.origin.url(plain_request(request))
