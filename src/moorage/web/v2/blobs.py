"""Blobs: end-2, end-10."""

from __future__ import annotations

from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName
from moorage.registry.pull import find_blob
from moorage.registry.remove import delete_blob
from moorage.web.content import answer_blob
from moorage.web.http import Request
from moorage.web.v2.service import Service


async def get_blob(service: Service, request: Request, name: str, digest: str) -> None:
    """GET and HEAD, whole or one range. Content is never compressed or sniffed."""
    actor = await service.actor(request)
    blob = await find_blob(
        service.registry, actor, RepositoryName.parse(name), Digest.parse(digest)
    )
    await answer_blob(service.registry, request, blob, b"application/octet-stream")


async def remove_blob(service: Service, request: Request, name: str, digest: str) -> None:
    actor = await service.actor(request)
    await delete_blob(service.registry, actor, RepositoryName.parse(name), Digest.parse(digest))
    await request.answer(202, [])
