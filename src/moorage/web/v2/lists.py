"""Listing: end-1, end-8, end-12, _catalog."""

from __future__ import annotations

from urllib.parse import quote

from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import PaginationInvalid, Unauthorized, quoted
from moorage.oci.name import RepositoryName
from moorage.registry import discover
from moorage.web.http import Headers, Request
from moorage.web.v2.service import Service

PAGE_LIMIT = 10_000
"""Most names in one answer, also when the client asks for no page."""


async def ping(service: Service, request: Request, _name: str, _rest: str) -> None:
    """GET /v2/: 200 for any credential that is accepted, else the challenge that starts a login."""
    actor = await service.actor(request)
    if actor.rejected is not None:
        raise Unauthorized(actor.rejected, headers={"error": "invalid_token"})
    if actor.user_id is None and actor.grant is None:
        raise Unauthorized("authentication required")
    await request.answer_json(200, {})


async def list_tags(service: Service, request: Request, name: str, _: str) -> None:
    actor = await service.actor(request)
    parsed = RepositoryName.parse(name)
    limit = page_limit(request, PAGE_LIMIT)
    last = request.field("last") or ""
    page = await discover.list_tags(service.registry, actor, parsed, last, limit)
    link = next_page(f"/v2/{parsed}/tags/list", page.names, page.has_more, limit)
    await request.answer_json(200, {"name": parsed, "tags": page.names}, link)


async def list_catalog(service: Service, request: Request, _name: str, _rest: str) -> None:
    """Repositories that the caller may pull, in byte order."""
    actor = await service.actor(request)
    is_allowed = actor.grant.catalog if actor.grant is not None else actor.user_id is not None
    if not is_allowed:
        raise Unauthorized(
            actor.rejected or "the catalog needs a login", headers={"scope": "registry:catalog:*"}
        )
    limit = page_limit(request, service.registry.rules.page_size)
    last = request.field("last") or ""
    page = await discover.list_repositories(service.registry, actor, last, limit)
    link = next_page("/v2/_catalog", page.names, page.has_more, limit)
    await request.answer_json(200, {"repositories": page.names}, link)


async def list_referrers(service: Service, request: Request, name: str, digest: str) -> None:
    actor = await service.actor(request)
    parsed, subject = RepositoryName.parse(name), Digest.parse(digest)
    artifact_type = request.field("artifactType")
    found = await discover.list_referrers(
        service.registry, actor, parsed, subject, artifact_type, request.field("last") or ""
    )
    headers: Headers = []
    if artifact_type is not None:
        headers.append((b"oci-filters-applied", b"artifactType"))
    if found.next_last is not None:
        query = f"last={quote(found.next_last)}"
        if artifact_type is not None:
            query += f"&artifactType={quote(artifact_type, safe='')}"
        url = f"/v2/{parsed}/referrers/{subject}?{query}"
        headers.append((b"link", f'<{url}>; rel="next"'.encode("latin-1")))
    index = {
        "schemaVersion": 2,
        "mediaType": media.OCI_INDEX,
        "manifests": found.descriptors,
    }
    await request.answer_json_as(200, media.OCI_INDEX, index, headers)


def page_limit(request: Request, most: int) -> int:
    """Raises PaginationInvalid."""
    value = request.field("n")
    if value is None:
        return most
    if not value.isascii() or not value.isdigit():
        raise PaginationInvalid(f"n={quoted(value)} is not a count: use 0 or more")
    return min(int(value[:12]), PAGE_LIMIT)


def next_page(path: str, names: list[str], has_more: bool, limit: int) -> Headers:
    if not has_more or not names:
        return []
    url = f"{path}?n={limit}&last={quote(names[-1], safe='')}"
    return [(b"link", f'<{url}>; rel="next"'.encode("latin-1"))]
