"""Tag `chart`: a Helm chart's files, dependencies, images, versions and provenance."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.artifacts.description import ArtifactKind, TextFile
from moorage.artifacts.helm import ChartDetails, Provenance, ResourceDefinition
from moorage.db.artifact_tags import TagOrder, TagQuery
from moorage.oci.digest import Digest
from moorage.oci.name import RepositoryName
from moorage.registry import artifacts, chart_links
from moorage.web.api.answers import Name, after_name, name_token
from moorage.web.api.call import Caller
from moorage.web.api.readme import RenderedText, rendered
from moorage.web.api.tag_rows import TagRows, tag_row

router = APIRouter(tags=["chart"])
CHART = "/repository/{repository:path}/manifest/{manifestref}/chart"


class RawText(TypedDict):
    """The file as it was pushed, comments kept; null where the chart has none."""

    text: str | None


class Templates(TypedDict):
    templates: list[TextFile]


class Definitions(TypedDict):
    definitions: list[ResourceDefinition]
    files: list[TextFile]


class PlaceView(TypedDict):
    """Where a chart lies in this registry: `tag` satisfies what was asked for, if one does."""

    repository: str
    tag: str | None
    digest: str | None


class DependencyView(TypedDict):
    """`is_here`: a repository that the caller may see has a version that fits."""

    name: str
    version: str
    repository: str
    alias: str
    condition: str
    tags: list[str]
    is_bundled: bool
    is_here: bool
    place: PlaceView | None


class Dependencies(TypedDict):
    dependencies: list[DependencyView]


class ChartImage(TypedDict):
    """`is_here`: the reference names this registry and a tag or digest that the caller may see."""

    image: str
    is_here: bool
    place: PlaceView | None


class Images(TypedDict):
    images: list[ChartImage]


class ProvenanceAnswer(TypedDict):
    provenance: Provenance
    text: str | None


@router.get(CHART, response_model=ChartDetails)
async def get_chart(call: Caller, repository: str, manifestref: Name) -> ChartDetails:
    """Chart.yaml, and what the archive holds."""
    return (await _view(call, repository, manifestref)).details_of(ChartDetails)


@router.get(CHART + "/readme", response_model=RenderedText)
async def get_readme(call: Caller, repository: str, manifestref: Name) -> RenderedText:
    """The README with its table of contents."""
    return await rendered(await _text(call, repository, manifestref, "readme"))


@router.get(CHART + "/values", response_model=RawText)
async def get_values(call: Caller, repository: str, manifestref: Name) -> RawText:
    """values.yaml as it was pushed, order and comments kept."""
    return {"text": await _text(call, repository, manifestref, "values")}


@router.get(CHART + "/schema", response_model=RawText)
async def get_schema(call: Caller, repository: str, manifestref: Name) -> RawText:
    """values.schema.json as it was pushed."""
    return {"text": await _text(call, repository, manifestref, "schema")}


@router.get(CHART + "/templates", response_model=Templates)
async def get_templates(call: Caller, repository: str, manifestref: Name) -> Templates:
    """Every file in templates/, those of subcharts too."""
    return {"templates": await _files(call, repository, manifestref, "templates")}


@router.get(CHART + "/definitions", response_model=Definitions)
async def get_definitions(call: Caller, repository: str, manifestref: Name) -> Definitions:
    """The CustomResourceDefinitions in crds/, with their text."""
    view = await _view(call, repository, manifestref)
    return {
        "definitions": list(view.details_of(ChartDetails).definitions),
        "files": await _files(call, repository, manifestref, "definitions"),
    }


@router.get(CHART + "/dependencies", response_model=Dependencies)
async def get_dependencies(call: Caller, repository: str, manifestref: Name) -> Dependencies:
    """What the chart needs, and which of it this registry has."""
    view = await _view(call, repository, manifestref)
    details = view.details_of(ChartDetails)
    places = await chart_links.places_of(call.registry, call.actor, details.dependencies)
    return {
        "dependencies": [
            {
                "name": one.name,
                "version": one.version,
                "repository": one.repository,
                "alias": one.alias,
                "condition": one.condition,
                "tags": list(one.tags),
                "is_bundled": one.is_bundled,
                "is_here": place is not None and place.tag is not None,
                "place": _place(place),
            }
            for one, place in zip(details.dependencies, places, strict=True)
        ]
    }


@router.get(CHART + "/images", response_model=Images)
async def get_images(call: Caller, repository: str, manifestref: Name) -> Images:
    """The images that values and templates name, as far as text can tell."""
    view = await _view(call, repository, manifestref)
    details = view.details_of(ChartDetails)
    host = call.url.partition("://")[2]
    places = await chart_links.places_of_images(call.registry, call.actor, host, details.images)
    return {
        "images": [
            {
                "image": image,
                "is_here": place is not None and place.digest is not None,
                "place": _place(place),
            }
            for image, place in zip(details.images, places, strict=True)
        ]
    }


@router.get(CHART + "/versions", response_model=TagRows)
async def list_versions(
    call: Caller,
    repository: str,
    manifestref: Name,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    next_page: Name | None = None,
) -> TagRows:
    """The chart's versions in this repository, the highest first."""
    sealer = call.registry.sealer
    name, order = RepositoryName.parse(repository), TagOrder("version", descending=True)
    page = await artifacts.list_tags(
        call.registry,
        call.actor,
        name,
        order,
        TagQuery(kind=ArtifactKind.CHART),
        after_name(sealer, next_page, order.position),
        limit,
    )
    answer: TagRows = {"tags": [tag_row(one) for one in page.rows], "total": page.total}
    if page.next_position is not None:
        answer["next_page"] = name_token(sealer, page.next_position, order.position)
    return answer


@router.get(CHART + "/provenance", response_model=ProvenanceAnswer)
async def get_provenance(call: Caller, repository: str, manifestref: Name) -> ProvenanceAnswer:
    """Who signed the archive, and the .prov file."""
    view = await _view(call, repository, manifestref)
    return {
        "provenance": view.details_of(ChartDetails).provenance,
        "text": await _text(call, repository, manifestref, "provenance"),
    }


def _place(place: chart_links.Place | None) -> PlaceView | None:
    if place is None:
        return None
    return {"repository": place.repository, "tag": place.tag, "digest": place.digest}


async def _view(call: Caller, repository: str, manifestref: str) -> artifacts.ArtifactView:
    return await artifacts.get_artifact(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref)
    )


async def _text(call: Caller, repository: str, manifestref: str, role: str) -> str | None:
    return await artifacts.get_text(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref), role
    )


async def _files(call: Caller, repository: str, manifestref: str, role: str) -> list[TextFile]:
    return await artifacts.get_files(
        call.registry, call.actor, RepositoryName.parse(repository), Digest.parse(manifestref), role
    )
