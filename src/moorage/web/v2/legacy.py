"""The endpoints of a repository's legacy view (HELM_LEGACY_VIEW): it can be pulled, and no more."""

from __future__ import annotations

from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName, parse_reference
from moorage.registry import legacy_view
from moorage.web.content import answer_blob
from moorage.web.http import Request
from moorage.web.v2 import lists, manifests
from moorage.web.v2.service import Service


async def get_legacy_manifest(
    service: Service, request: Request, name: str, reference: str
) -> None:
    actor, view = await service.actor(request), RepositoryName.parse(name)
    parsed = parse_reference(reference)
    stored = await legacy_view.pull_manifest(service.registry, actor, view, parsed)
    behind = service.registry.rules.behind_view(view)
    if request.method == "GET" and behind is not None:
        service.registry.audit.pulled(actor, behind, parsed, service.address(request))
    await manifests.answer_manifest(request, stored)


async def get_legacy_blob(service: Service, request: Request, name: str, digest: str) -> None:
    actor, view = await service.actor(request), RepositoryName.parse(name)
    blob = await legacy_view.find_blob(service.registry, actor, view, Digest.parse(digest))
    await answer_blob(service.registry, request, blob, b"application/octet-stream")


async def list_legacy_tags(service: Service, request: Request, name: str, _: str) -> None:
    actor, view = await service.actor(request), RepositoryName.parse(name)
    limit, last = lists.page_limit(request, lists.PAGE_LIMIT), request.field("last") or ""
    page = await legacy_view.list_tags(service.registry, actor, view, last, limit)
    link = lists.next_page(f"/v2/{view}/tags/list", page.names, page.has_more, limit)
    await request.answer_json(200, {"name": view, "tags": page.names}, link)
