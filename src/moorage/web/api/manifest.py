"""Tag `manifest`: manifests and their labels."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from typing_extensions import TypedDict

from moorage.model.errors import SwitchedOff
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName
from moorage.registry import manifest_labels
from moorage.registry.manifest_labels import Label
from moorage.web.api.answers import Body, LongText, Name
from moorage.web.api.call import Caller

router = APIRouter(tags=["manifest"])
MANIFEST = "/repository/{repository:path}/manifest/{manifestref}"


class LayerView(TypedDict):
    index: int
    compressed_size: int
    is_remote: bool
    urls: list[str] | None
    command: list[str] | None
    comment: str | None
    author: str | None
    blob_digest: str
    created_datetime: str | None


class ManifestAnswer(TypedDict):
    digest: str
    is_manifest_list: bool
    manifest_data: str
    config_media_type: str | None
    layers_compressed_size: int | None
    layers: list[LayerView] | None


class LabelView(TypedDict):
    id: str
    key: str
    value: str
    source_type: str
    media_type: str


class Labels(TypedDict):
    labels: list[LabelView]


class AddedLabel(TypedDict):
    label: LabelView


class NewLabel(Body):
    key: Name
    value: LongText
    media_type: Literal["text/plain", "application/json"] | None


@router.get(MANIFEST + "/labels", response_model=Labels)
async def list_labels(
    call: Caller, repository: str, manifestref: Name, filter: Name | None = None
) -> Labels:
    """Annotations, labels of an image's config, and labels that were put on; `filter`: a prefix."""
    found = await manifest_labels.list_labels(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref)
    )
    return {"labels": [_label(one) for one in found if one.key.startswith(filter or "")]}


@router.post(MANIFEST + "/labels", status_code=201, response_model=AddedLabel)
async def add_label(call: Caller, repository: str, manifestref: Name, body: NewLabel) -> AddedLabel:
    made = await manifest_labels.add_label(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        Digest.parse(manifestref),
        body.key,
        body.value,
        body.media_type or "text/plain",
    )
    return {"label": _label(made)}


@router.get(MANIFEST + "/labels/{labelid}", response_model=LabelView)
async def get_label(call: Caller, repository: str, manifestref: Name, labelid: Name) -> LabelView:
    found = await manifest_labels.find_label(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        Digest.parse(manifestref),
        labelid,
    )
    return _label(found)


@router.delete(MANIFEST + "/labels/{labelid}", status_code=204)
async def remove_label(call: Caller, repository: str, manifestref: Name, labelid: Name) -> None:
    await manifest_labels.remove_label(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        Digest.parse(manifestref),
        labelid,
    )


@router.get(MANIFEST + "/security", include_in_schema=False)
async def get_security(call: Caller, repository: str, manifestref: Name) -> None:
    await manifest_labels.get_manifest(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref)
    )
    raise SwitchedOff("security scanning is not switched on (FEATURE_SECURITY_SCANNER)")


@router.get(MANIFEST, response_model=ManifestAnswer)
async def get_manifest(call: Caller, repository: str, manifestref: Name) -> ManifestAnswer:
    view = await manifest_labels.get_manifest(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref)
    )
    manifest = view.manifest
    layers: list[LayerView] = [
        {
            "index": index,
            "compressed_size": layer.size_bytes,
            "is_remote": layer.is_remote,
            "urls": None,
            "command": None,
            "comment": None,
            "author": None,
            "blob_digest": layer.digest,
            "created_datetime": None,
        }
        for index, layer in enumerate(manifest.layers)
    ]
    return {
        "digest": view.digest,
        "is_manifest_list": manifest.is_index,
        "manifest_data": view.raw.decode(),
        "config_media_type": manifest.config.media_type if manifest.config else None,
        "layers_compressed_size": None
        if manifest.is_index
        else sum(layer.size_bytes for layer in manifest.layers),
        "layers": None if manifest.is_index else layers,
    }


def _label(label: Label) -> LabelView:
    return {
        "id": label.id,
        "key": label.key,
        "value": label.value,
        "source_type": label.source_type,
        "media_type": label.media_type,
    }
