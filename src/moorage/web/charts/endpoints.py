"""The table of `/charts`, and how a path finds its row.

/charts/PREFIX/index.yaml                      PREFIX: a namespace, or a part of a repository's name
/charts/index.yaml                             everything the caller sees, as NAMESPACE/CHART
/charts/PREFIX/charts/NAME-VERSION.tgz[.prov]
/charts-oci/[PREFIX/]index.yaml                with oci:// URLs
/charts/api/PREFIX/charts...                   ChartMuseum's API, where `helm cm-push` looks for it
/charts/PREFIX/api/charts...                   the same, for tools that start at the repository
"""

from __future__ import annotations

import re
from collections.abc import Awaitable
from typing import Protocol

from moorage import __version__
from moorage.model.errors import SwitchedOff, SwitchedOffHere
from moorage.oci.errors import NameUnknown, Unsupported, quoted
from moorage.oci.name import RepositoryName
from moorage.web.charts import museum, reading, writing
from moorage.web.charts.service import CONTEXT_PATH, OCI_PATH, ChartService
from moorage.web.http import Request

PATHS = (CONTEXT_PATH, OCI_PATH)


class Endpoint(Protocol):
    """A coroutine function; its name is the route that requests are counted by."""

    __name__: str

    def __call__(
        self, service: ChartService, request: Request, prefix: str, rest: str, /
    ) -> Awaitable[None]: ...


async def get_info(_service: ChartService, request: Request, _prefix: str, _rest: str) -> None:
    await request.answer_json(200, {"version": f"moorage {__version__}"})


async def get_health(_service: ChartService, request: Request, _prefix: str, _rest: str) -> None:
    await request.answer_json(200, {"healthy": True})


async def get_welcome(service: ChartService, request: Request, _prefix: str, _rest: str) -> None:
    url = f"{service.origin.url(request)}{CONTEXT_PATH}"
    text = f"A chart repository.\n\nAdd it: helm repo add NAME {url}/NAMESPACE\n"
    await request.answer(200, [(b"content-type", b"text/plain")], text.encode())


def _read(endpoint: Endpoint, **others: Endpoint) -> dict[str, Endpoint]:
    return {"GET": endpoint, "HEAD": endpoint, **others}


def _post(endpoint: Endpoint) -> dict[str, Endpoint]:
    return {"POST": endpoint}


_PREFIX = r"(?:/(?P<prefix>[^/].*?))?"
_API = (rf"/charts/api{_PREFIX}", rf"/charts{_PREFIX}/api")
_ONE = r"/charts/(?P<rest>[^/]+/[^/]+)"
_FORMS: tuple[tuple[str, dict[str, Endpoint]], ...] = (
    (rf"/charts{_PREFIX}/index\.yaml", _read(reading.get_index)),
    (rf"/charts-oci{_PREFIX}/index\.yaml", _read(reading.get_oci_index)),
    (
        r"/charts/(?P<prefix>[^/].*)/charts/(?P<rest>[^/]+\.tgz(?:\.prov)?)",
        _read(reading.get_archive),
    ),
    *((f"{api}/prov", _post(writing.post_provenance)) for api in _API),
    *((f"{api}/charts", _read(museum.list_charts, POST=writing.post_chart)) for api in _API),
    *((rf"{api}/charts/(?P<rest>[^/]+)", _read(museum.get_chart)) for api in _API),
    *((f"{api}{_ONE}", _read(museum.get_version, DELETE=writing.remove_chart)) for api in _API),
    *((f"{api}{_ONE}/values", _read(museum.get_values)) for api in _API),
    *((f"{api}{_ONE}/templates", _read(museum.get_templates)) for api in _API),
    (r"/charts(?:/.*)?/info", _read(get_info)),
    (r"/charts(?:/.*)?/health", _read(get_health)),
    (r"/charts(?:-oci)?/?", _read(get_welcome)),
)
ROUTES = tuple((re.compile(form), methods) for form, methods in _FORMS)


async def serve(service: ChartService, request: Request) -> None:
    """Answer a request below PATHS. Raises RegistryError."""
    for form, methods in ROUTES:
        found = form.fullmatch(request.path)
        if found is None:
            continue
        endpoint = methods.get(request.method)
        if endpoint is None:
            raise Unsupported(
                f"{quoted(request.method)} is not possible here",
                headers={"Allow": ", ".join(methods)},
            )
        request.route = f"charts_{endpoint.__name__}"
        parts = found.groupdict()
        prefix = parts.get("prefix") or ""
        named = RepositoryName.parse(prefix) if prefix else ""
        return await endpoint(service, request, named, parts.get("rest") or "")
    raise NameUnknown(f"path {quoted(request.path)} is not one of the chart repository's")


async def switched_off(request: Request) -> None:
    """In the place of `serve`."""
    request.route = "charts_switched_off"
    why = "the chart repository is off: FEATURE_HELM_OCI_SUPPORT is false"
    raise SwitchedOff(why) if request.method in ("GET", "HEAD") else SwitchedOffHere(why)
