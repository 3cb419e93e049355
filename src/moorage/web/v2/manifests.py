"""Manifests: end-3, end-7, end-9."""

from __future__ import annotations

from collections.abc import AsyncIterator

from moorage.model.content import StoredManifest
from moorage.oci.digest import Digest
from moorage.oci.errors import TooLarge, UriTooLong
from moorage.oci.manifest import MANIFEST_BYTES
from moorage.oci.name import RepositoryName, Tag, parse_reference
from moorage.registry.pull import pull_manifest
from moorage.registry.push import push_manifest
from moorage.registry.remove import delete_manifest
from moorage.web.content import is_known_to
from moorage.web.http import Headers, Request
from moorage.web.v2.service import Service
from moorage.web.warnings import warning_headers

TAGS_PER_PUT = 100


async def get_manifest(service: Service, request: Request, name: str, reference: str) -> None:
    """GET and HEAD: the stored bytes under their own media type, or 304."""
    actor = await service.actor(request)
    parsed_name, parsed = RepositoryName.parse(name), parse_reference(reference)
    stored = await pull_manifest(service.registry, actor, parsed_name, parsed)
    if request.method == "GET":
        service.registry.audit.pulled(actor, parsed_name, parsed, service.address(request))
    await answer_manifest(request, stored)


async def answer_manifest(request: Request, stored: StoredManifest) -> None:
    digest = stored.digest.encode()
    headers: Headers = [
        (b"docker-content-digest", digest),
        (b"etag", b'"' + digest + b'"'),
    ]
    if is_known_to(request, digest):
        return await request.answer_as_is(304, headers)
    headers.append((b"content-type", stored.media_type.encode()))
    return await request.answer(200, headers, stored.raw)


async def put_manifest(service: Service, request: Request, name: str, reference: str) -> None:
    actor = await service.actor(request)
    parsed_name, parsed = RepositoryName.parse(name), parse_reference(reference)
    asked = request.query.get("tag", []) if isinstance(parsed, Digest) else []
    if len(asked) > TAGS_PER_PUT:
        raise UriTooLong(f"at most {TAGS_PER_PUT} tags can be set in one request")
    tags = tuple(Tag.parse(tag) for tag in dict.fromkeys(asked))
    pushed = await push_manifest(
        service.registry,
        actor,
        parsed_name,
        parsed,
        _body(request),
        request.header(b"content-type") or "",
        tags,
    )
    headers: Headers = [
        (b"location", f"/v2/{parsed_name}/manifests/{pushed.digest}".encode()),
        (b"docker-content-digest", pushed.digest.encode()),
    ]
    if pushed.subject is not None:
        headers.append((b"oci-subject", pushed.subject.encode()))
    if tags:
        headers.append((b"oci-tag", ", ".join(tags).encode()))
    await request.answer(201, headers + warning_headers(pushed.warnings))


async def _body(request: Request) -> AsyncIterator[bytes]:
    """The pieces of the body; none is read when its length alone is too much."""
    if (request.content_length or 0) > MANIFEST_BYTES:
        raise TooLarge(f"a manifest may have at most {MANIFEST_BYTES} bytes")
    async for piece in request.body():
        yield piece


async def remove_manifest(service: Service, request: Request, name: str, reference: str) -> None:
    actor = await service.actor(request)
    await delete_manifest(
        service.registry, actor, RepositoryName.parse(name), parse_reference(reference)
    )
    await request.answer(202, [])
