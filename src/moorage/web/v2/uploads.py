"""Blob uploads: end-4, end-5, end-6, end-11, end-13, end-14."""

from __future__ import annotations

import re

from moorage.model.accounts import Action, Actor
from moorage.model.content import Upload
from moorage.oci.digest import Digest
from moorage.oci.errors import DigestInvalid, RangeInvalid
from moorage.oci.name import RepositoryName
from moorage.registry import upload as verbs
from moorage.registry.mount import mount_blob
from moorage.registry.upload import ByteRange, Chunk
from moorage.web.http import Headers, Request
from moorage.web.v2.service import Service
from moorage.web.warnings import warning_headers

WARNED_SECONDS = 15
"""Clients fetch a new token after a 401, so that only the last moment is worth a word."""

_CONTENT_RANGE = re.compile(r"(\d{1,19})-(\d{1,19})")


async def post_upload(service: Service, request: Request, name: str, _: str) -> None:
    """Start an upload, or mount, or take the whole blob at once."""
    actor = await service.actor(request)
    parsed = RepositoryName.parse(name)
    mount, digest = request.field("mount"), request.field("digest")
    if mount is not None:
        source = request.field("from")
        wanted = Digest.parse(mount)
        named = RepositoryName.parse(source) if source else None
        if await mount_blob(service.registry, actor, parsed, wanted, named):
            return await request.answer(201, _blob_headers(parsed, wanted))
    algorithm = request.field("digest-algorithm") or "sha256"
    if digest is None or mount is not None:
        upload = await verbs.start_upload(service.registry, actor, parsed, algorithm)
        headers = _upload_headers(parsed, upload) + _expiry_warning(service, actor)
        return await request.answer(202, headers)
    whole = Digest.parse(digest)
    chunk = Chunk(request.body(), length_bytes=request.content_length)
    await verbs.push_blob(service.registry, actor, parsed, whole, chunk, algorithm)
    return await request.answer(201, _blob_headers(parsed, whole))


async def patch_upload(service: Service, request: Request, name: str, upload_id: str) -> None:
    actor = await service.actor(request)
    parsed = RepositoryName.parse(name)
    try:
        upload = await verbs.append_chunk(
            service.registry, actor, parsed, upload_id, _chunk(request)
        )
    except RangeInvalid as error:
        held = await verbs.find_upload(service.registry, actor, parsed, upload_id, Action.PUSH)
        error.headers.update({k.decode(): v.decode() for k, v in _upload_headers(parsed, held)})
        raise
    headers = _upload_headers(parsed, upload) + _expiry_warning(service, actor)
    await request.answer(202, headers)


async def put_upload(service: Service, request: Request, name: str, upload_id: str) -> None:
    actor = await service.actor(request)
    parsed = RepositoryName.parse(name)
    digest = request.field("digest")
    if digest is None:
        raise DigestInvalid("the digest is missing: finish with PUT ...?digest=sha256:...")
    wanted = Digest.parse(digest)
    await verbs.finish_upload(service.registry, actor, parsed, upload_id, wanted, _chunk(request))
    await request.answer(201, _blob_headers(parsed, wanted))


async def get_upload(service: Service, request: Request, name: str, upload_id: str) -> None:
    actor = await service.actor(request)
    parsed = RepositoryName.parse(name)
    upload = await verbs.find_upload(service.registry, actor, parsed, upload_id, Action.PUSH)
    await request.answer_as_is(204, _upload_headers(parsed, upload))


async def delete_upload(service: Service, request: Request, name: str, upload_id: str) -> None:
    """Cancel; a token with push or with delete will do."""
    actor = await service.actor(request)
    parsed = RepositoryName.parse(name)
    held = actor.grant.granted.get(parsed, frozenset()) if actor.grant else frozenset()
    action = Action.PUSH if Action.PUSH in held else Action.DELETE
    await verbs.cancel_upload(service.registry, actor, parsed, upload_id, action)
    await request.answer_as_is(204, [])


def _chunk(request: Request) -> Chunk:
    header = request.header(b"content-range")
    if header is None:
        return Chunk(request.body(), length_bytes=request.content_length)
    found = _CONTENT_RANGE.fullmatch(header.strip())
    if found is None or int(found[2]) < int(found[1]):
        raise RangeInvalid("Content-Range is not FIRST-LAST, the inclusive byte positions")
    part = ByteRange(int(found[1]), int(found[2]))
    return Chunk(request.body(), part, request.content_length)


def _expiry_warning(service: Service, actor: Actor) -> Headers:
    """For a token that may not live until the upload's next request."""
    if actor.grant is None:
        return []
    left = int(actor.grant.expires_s - service.registry.now_s())
    if left > WARNED_SECONDS:
        return []
    return warning_headers([f"the token expires in {max(left, 0)} seconds: the upload is kept"])


def _upload_headers(name: RepositoryName, upload: Upload) -> Headers:
    return [
        (b"location", f"/v2/{name}/blobs/uploads/{upload.id}".encode()),
        (b"docker-upload-uuid", upload.id.encode()),
        (b"range", f"0-{max(upload.received_bytes - 1, 0)}".encode()),
    ]


def _blob_headers(name: RepositoryName, digest: Digest) -> Headers:
    return [
        (b"location", f"/v2/{name}/blobs/{digest}".encode()),
        (b"docker-content-digest", digest.encode()),
    ]
