"""Tag `artifact`: what a manifest is, by its kind; its files; what refers to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse
from typing_extensions import TypedDict

from moorage.artifacts.description import ArtifactKind, State
from moorage.artifacts.generic import GenericDetails
from moorage.artifacts.image import ImageDetails
from moorage.artifacts.opa import PolicyDetails
from moorage.artifacts.operator_bundle import OperatorDetails
from moorage.artifacts.sbom import SbomDetails
from moorage.artifacts.signature import SignatureDetails
from moorage.artifacts.wasm import WasmDetails
from moorage.db.artifact_tags import TagOrder, TagQuery
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName
from moorage.registry import artifact_files, artifacts
from moorage.registry.artifacts import ArtifactView
from moorage.web.api.answers import Name, after_name, date, name_token
from moorage.web.api.call import Caller
from moorage.web.api.tag_rows import TagRow, TagRows, tag_row

router = APIRouter(tags=["artifact"])
MANIFEST = "/repository/{repository:path}/manifest/{manifestref}"
# A browser must never run what somebody pushed: not as a page, not as a script. (console.md)
ATTACHED = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, max-age=0",
}


class Artifact(TypedDict):
    """`reason` says why an unreadable artifact is so; the rest is then what the manifest says."""

    digest: str
    media_type: str
    artifact_type: str | None
    kind: ArtifactKind
    state: State
    reason: str
    title: str
    version: str
    app_version: str
    description: str
    keywords: list[str]
    is_deprecated: bool
    is_signed: bool
    size: int
    created: str
    subject: str | None
    annotations: dict[str, str]
    tags: list[str]


class FileView(TypedDict):
    """A layer. `title` is its file name, by its annotation or made from its media type."""

    title: str
    digest: str
    media_type: str
    size: int


class Files(TypedDict):
    files: list[FileView]


class FileText(TypedDict):
    """The first 256 KiB; `text` is null for what is not UTF-8 text."""

    title: str
    text: str | None
    is_truncated: bool
    size: int


class ReferrerView(TypedDict):
    digest: str
    media_type: str
    artifact_type: str | None
    kind: ArtifactKind
    state: State
    size: int
    created: str
    annotations: dict[str, str]


class Referrers(TypedDict, total=False):
    referrers: list[ReferrerView]
    next_page: str


@router.get(MANIFEST + "/artifact", response_model=Artifact)
async def get_artifact(call: Caller, repository: str, manifestref: Name) -> Artifact:
    """What the manifest is; the kind's own page is image, chart, policy, operator, sbom, ..."""
    view = await _view(call, repository, manifestref)
    stored, manifest = view.stored, view.manifest
    return {
        "digest": stored.digest,
        "media_type": manifest.media_type,
        "artifact_type": manifest.referrer_type,
        "kind": stored.kind,
        "state": stored.state,
        "reason": stored.reason,
        "title": stored.title,
        "version": stored.version,
        "app_version": stored.app_version,
        "description": stored.summary,
        "keywords": list(stored.keywords),
        "is_deprecated": stored.is_deprecated,
        "is_signed": view.is_signed,
        "size": stored.size_bytes,
        "created": date(stored.created_ms),
        "subject": manifest.subject.digest if manifest.subject else None,
        "annotations": manifest.annotations,
        "tags": view.tags,
    }


@router.get(MANIFEST + "/image", response_model=ImageDetails)
async def get_image(call: Caller, repository: str, manifestref: Name) -> ImageDetails:
    """Platform, layers with their history, configuration, labels; the images of an index."""
    return (await _view(call, repository, manifestref)).details_of(ImageDetails)


@router.get(MANIFEST + "/policy", response_model=PolicyDetails)
async def get_policy(call: Caller, repository: str, manifestref: Name) -> PolicyDetails:
    """Packages, entry points and files of an OPA policy bundle."""
    return (await _view(call, repository, manifestref)).details_of(PolicyDetails)


@router.get(MANIFEST + "/operator", response_model=OperatorDetails)
async def get_operator(call: Caller, repository: str, manifestref: Name) -> OperatorDetails:
    """An operator bundle's ClusterServiceVersion; a catalog's packages."""
    return (await _view(call, repository, manifestref)).details_of(OperatorDetails)


@router.get(MANIFEST + "/sbom", response_model=SbomDetails)
async def get_sbom(call: Caller, repository: str, manifestref: Name) -> SbomDetails:
    """Components and licences of a software bill of material."""
    return (await _view(call, repository, manifestref)).details_of(SbomDetails)


@router.get(MANIFEST + "/signature", response_model=SignatureDetails)
async def get_signature(call: Caller, repository: str, manifestref: Name) -> SignatureDetails:
    """Who signed or attested what, and whether that holds."""
    return (await _view(call, repository, manifestref)).details_of(SignatureDetails)


@router.get(MANIFEST + "/wasm", response_model=WasmDetails)
async def get_wasm(call: Caller, repository: str, manifestref: Name) -> WasmDetails:
    """Imports and exports of a WebAssembly module."""
    return (await _view(call, repository, manifestref)).details_of(WasmDetails)


@router.get(MANIFEST + "/generic", response_model=GenericDetails)
async def get_generic(call: Caller, repository: str, manifestref: Name) -> GenericDetails:
    """The configuration of an artifact of no known kind; its files are under files."""
    return (await _view(call, repository, manifestref)).details_of(GenericDetails)


@router.get(MANIFEST + "/files", response_model=Files)
async def list_files(call: Caller, repository: str, manifestref: Name) -> Files:
    """The layers as files."""
    found = await artifact_files.list_files(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref)
    )
    return {
        "files": [
            {
                "title": one.title,
                "digest": one.digest,
                "media_type": one.media_type,
                "size": one.size_bytes,
            }
            for one in found
        ]
    }


@router.get(MANIFEST + "/files/{filedigest}/text", response_model=FileText)
async def read_file(call: Caller, repository: str, manifestref: Name, filedigest: Name) -> FileText:
    """What a file begins with, for a preview."""
    found = await artifact_files.preview(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        Digest.parse(manifestref),
        Digest.parse(filedigest),
    )
    return {
        "title": found.file.title,
        "text": found.text,
        "is_truncated": found.is_truncated,
        "size": found.file.size_bytes,
    }


@router.get(
    MANIFEST + "/files/{filedigest}/content",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def download_file(
    call: Caller, repository: str, manifestref: Name, filedigest: Name
) -> Response:
    """The whole file, as an attachment."""
    found = await artifact_files.open_file(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        Digest.parse(manifestref),
        Digest.parse(filedigest),
    )
    headers = {
        **ATTACHED,
        "Content-Disposition": artifact_files.disposition(found.file.title),
        "Content-Length": str(found.file.size_bytes),
    }
    return StreamingResponse(found.pieces, 200, headers, "application/octet-stream")


@router.get(MANIFEST + "/referrers", response_model=Referrers)
async def list_referrers(
    call: Caller, repository: str, manifestref: Name, next_page: Name | None = None
) -> Referrers:
    """Signatures, attestations, SBOMs and whatever else names this manifest as its subject."""
    sealer = call.registry.sealer
    found, following = await artifacts.list_referrers(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        Digest.parse(manifestref),
        after_name(sealer, next_page),
    )
    answer: Referrers = {
        "referrers": [
            {
                "digest": one.stored.digest,
                "media_type": one.media_type,
                "artifact_type": one.artifact_type,
                "kind": one.stored.kind,
                "state": one.stored.state,
                "size": one.stored.size_bytes,
                "created": date(one.stored.created_ms),
                "annotations": one.annotations,
            }
            for one in found
        ]
    }
    if following is not None:
        answer["next_page"] = name_token(sealer, following)
    return answer


@router.get("/repository/{repository:path}/tags", response_model=TagRows)
async def list_tags(
    call: Caller,
    repository: str,
    sort: Literal["version", "name", "modified", "size"] = "version",
    descending: bool = True,
    filter: Name = "",
    kind: ArtifactKind | None = None,
    signed: bool | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    next_page: Name | None = None,
) -> TagRows:
    """Live tags as rows: kind, size, signed or not; in the order of their versions.

    `filter` is a part of the tag's name. Tags that are no version come last.
    """
    order = TagOrder(sort, descending)
    wanted = TagQuery(filter, kind, signed)
    sealer = call.registry.sealer
    page = await artifacts.list_tags(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        order,
        wanted,
        after_name(sealer, next_page, order.position),
        limit,
    )
    answer: TagRows = {"tags": [tag_row(one) for one in page.rows], "total": page.total}
    if page.next_position is not None:
        answer["next_page"] = name_token(sealer, page.next_position, order.position)
    return answer


async def _view(call: Any, repository: str, manifestref: str) -> ArtifactView:
    return await artifacts.get_artifact(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref)
    )


__all__ = ["TagRow", "router"]
