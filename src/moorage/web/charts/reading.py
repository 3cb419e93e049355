"""What every Helm client asks for: the index, archives and their signatures."""

from __future__ import annotations

from moorage.oci.name import RepositoryName, Tag
from moorage.registry import chart_index
from moorage.registry.chart_view import Flavour
from moorage.web.charts.service import CONTEXT_PATH, ChartService
from moorage.web.content import answer_blob, is_known_to
from moorage.web.http import Headers, Request

ARCHIVES = Flavour(context_path=CONTEXT_PATH)


async def get_index(service: ChartService, request: Request, prefix: str, _: str) -> None:
    await _answer_index(service, request, prefix, ARCHIVES)


async def get_oci_index(service: ChartService, request: Request, prefix: str, _: str) -> None:
    host = service.origin.url(request).partition("//")[2]
    await _answer_index(service, request, prefix, Flavour(oci_host=host))


async def _answer_index(
    service: ChartService, request: Request, prefix: str, flavour: Flavour
) -> None:
    """Never compressed: Helm would take the compressed bytes for the index."""
    actor = await service.actor(request)
    body = await chart_index.get_index(service.registry, actor, prefix, flavour)
    etag = body.etag.encode()
    headers: Headers = [
        (b"etag", b'"' + etag + b'"'),
        # Who asks decides what is in it, and what is in it changes with every push.
        (b"cache-control", b"private, no-cache"),
        (b"vary", b"authorization"),
    ]
    if is_known_to(request, etag):
        return await request.answer_as_is(304, headers)
    headers.append((b"content-type", b"application/x-yaml"))
    await request.answer(200, headers, body.raw)


async def get_archive(service: ChartService, request: Request, prefix: str, name: str) -> None:
    """The .tgz or .prov out of the same blobs as /v2's, in pieces or by redirect."""
    actor = await service.actor(request)
    found, blob = await chart_index.get_archive(service.registry, actor, prefix, name)
    media_type = b"application/x-tar"
    if name.endswith(chart_index.PROVENANCE):
        media_type = b"application/pgp-signature"
    elif request.method == "GET":
        service.registry.audit.pulled(
            actor,
            RepositoryName(found.repository.name),
            Tag(found.live.tag),
            service.origin.address(request),
        )
    await answer_blob(service.registry, request, blob, media_type, b"private, no-cache")
