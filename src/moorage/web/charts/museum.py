"""ChartMuseum's API: charts one by one, as JSON. Writing is in `writing`."""

from __future__ import annotations

from base64 import b64encode

from moorage.model.errors import NotFound
from moorage.oci.errors import RequestInvalid
from moorage.registry import chart_index
from moorage.registry.chart_view import ListedChart, entry_of
from moorage.web.charts.reading import ARCHIVES
from moorage.web.charts.service import ChartService
from moorage.web.http import Request

NOT_FOUND = "chart not found"


async def list_charts(service: ChartService, request: Request, prefix: str, _: str) -> None:
    """`{name: [version, ...]}`; offset and limit count names, in alphabetical order."""
    actor = await service.actor(request)
    offset, limit = _number(request, "offset"), _number(request, "limit")
    listing = await chart_index.get_listing(service.registry, actor, prefix)
    start = offset or 0
    names = list(listing)[start : start + limit if limit is not None else None]
    items = (f'"{name}":{_list(listing[name], prefix)}' for name in names)
    await _answer(request, "{" + ",".join(items) + "}")


async def get_chart(service: ChartService, request: Request, prefix: str, name: str) -> None:
    actor = await service.actor(request)
    listing = await chart_index.get_listing(service.registry, actor, prefix)
    if name not in listing:
        raise NotFound(NOT_FOUND)
    await _answer(request, _list(listing[name], prefix))


async def get_version(service: ChartService, request: Request, prefix: str, rest: str) -> None:
    chart = await _chart(service, request, prefix, rest)
    await _answer(request, entry_of(chart, ARCHIVES.url_of(chart, prefix)))


async def get_values(service: ChartService, request: Request, prefix: str, rest: str) -> None:
    chart = await _chart(service, request, prefix, rest)
    content = await chart_index.get_content(service.registry, chart, service.chart_bytes)
    if content.values is None:
        raise NotFound("values.yaml not found")
    await request.answer(200, [(b"content-type", b"application/yaml")], content.values)


async def get_templates(service: ChartService, request: Request, prefix: str, rest: str) -> None:
    chart = await _chart(service, request, prefix, rest)
    content = await chart_index.get_content(service.registry, chart, service.chart_bytes)
    templates = [
        {"name": file.name, "data": b64encode(file.content).decode()} for file in content.templates
    ]
    await request.answer_json(200, templates)


async def _chart(service: ChartService, request: Request, prefix: str, rest: str) -> ListedChart:
    actor = await service.actor(request)
    name, _, version = rest.partition("/")
    found = await chart_index.find_version(service.registry, actor, prefix, name, version)
    if found is None:
        raise NotFound(NOT_FOUND)
    return found


def _list(charts: list[ListedChart], prefix: str) -> str:
    return "[" + ",".join(entry_of(one, ARCHIVES.url_of(one, prefix)) for one in charts) + "]"


def _number(request: Request, field: str) -> int | None:
    text = request.field(field)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RequestInvalid(f"{field} is not a number")
    return int(text)


async def _answer(request: Request, text: str) -> None:
    await request.answer(200, [(b"content-type", b"application/json")], text.encode())
