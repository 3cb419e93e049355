"""Tag `find`: artifacts by their words; which charts need a chart or an image."""

from __future__ import annotations

from typing import Annotated, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.artifacts.description import ArtifactKind
from moorage.db.artifact_links import Usage
from moorage.db.artifact_search import SearchQuery
from moorage.oci.name import RepositoryName
from moorage.registry import artifact_search, chart_links
from moorage.web.api.answers import Name, Text, date
from moorage.web.api.call import Caller

router = APIRouter(tags=["find"])


class FoundArtifact(TypedDict):
    """A repository's artifact of one kind: `tag` is its newest version, or the one asked for."""

    repository: str
    kind: ArtifactKind
    title: str
    tag: str
    digest: str
    version: str
    app_version: str
    description: str
    keywords: list[str]
    is_public: bool
    is_signed: bool
    is_deprecated: bool
    last_modified: str
    score: float


class Facet(TypedDict):
    value: str
    count: int


class Facets(TypedDict):
    kinds: list[Facet]
    organizations: list[Facet]
    signed: int
    unsigned: int


class ArtifactsFound(TypedDict):
    """`total` stops counting at 5,000."""

    results: list[FoundArtifact]
    total: int
    page: int
    page_size: int
    has_additional: bool
    facets: Facets


class UsageView(TypedDict):
    """A chart that needs something; `wanted` is the constraint or the reference it names."""

    repository: str
    tag: str | None
    digest: str
    title: str
    version: str
    wanted: str
    source: str


class Usages(TypedDict):
    usages: list[UsageView]
    has_additional: NotRequired[bool]


class MissingDependency(TypedDict):
    """A dependency for which the caller sees no fitting chart here, and a chart that needs it."""

    name: str
    version: str
    source: str
    needed_by: str
    tag: str | None


class MissingDependencies(TypedDict):
    missing: list[MissingDependency]
    has_additional: bool


@router.get("/find/artifacts", response_model=ArtifactsFound)
async def find_artifacts(
    call: Caller,
    query: Text = "",
    kind: ArtifactKind | None = None,
    org: Name | None = None,
    signed: bool | None = None,
    deprecated: bool | None = None,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ArtifactsFound:
    """What the caller may see with all words of `query`, the best first.

    The last word may be cut short. `name:tag` finds a tag of a repository.
    """
    found = await artifact_search.find_artifacts(
        call.registry,
        call.actor,
        SearchQuery(query, kind, org, signed, deprecated),
        (page - 1) * limit,
        limit,
    )
    return {
        "results": [
            {
                "repository": one.repository,
                "kind": one.kind,
                "title": one.title,
                "tag": one.tag,
                "digest": one.digest,
                "version": one.version,
                "app_version": one.app_version,
                "description": one.summary,
                "keywords": list(one.keywords),
                "is_public": one.is_public,
                "is_signed": one.is_signed,
                "is_deprecated": one.is_deprecated,
                "last_modified": date(one.modified_ms),
                "score": one.score,
            }
            for one in found.results
        ],
        "total": found.total,
        "page": page,
        "page_size": limit,
        "has_additional": found.total > page * limit,
        "facets": {
            "kinds": [{"value": value, "count": count} for value, count in found.kinds],
            "organizations": [
                {"value": value, "count": count} for value, count in found.organizations
            ],
            "signed": found.signed,
            "unsigned": found.unsigned,
        },
    }


@router.get("/find/usage", response_model=Usages)
async def find_usage(
    call: Caller, image: Name, page: Annotated[int, Query(ge=1, le=1000)] = 1
) -> Usages:
    """Charts that use an image: by its name, or by name and tag or digest."""
    found, has_more = await chart_links.users_of_image(call.registry, call.actor, image, page)
    return {"usages": [_usage(one) for one in found], "has_additional": has_more}


@router.get("/repository/{repository:path}/dependents", response_model=Usages)
async def list_dependents(
    call: Caller, repository: str, page: Annotated[int, Query(ge=1, le=1000)] = 1
) -> Usages:
    """Charts that depend on the repository's chart."""
    found, has_more = await chart_links.dependents_of(
        call.registry, call.actor, RepositoryName.parse(repository), page
    )
    return {"usages": [_usage(one) for one in found], "has_additional": has_more}


@router.get("/find/missing", response_model=MissingDependencies)
async def find_missing(
    call: Caller, org: Name | None = None, page: Annotated[int, Query(ge=1, le=1000)] = 1
) -> MissingDependencies:
    """Dependencies of charts here that are not here themselves."""
    found, has_more = await chart_links.missing_dependencies(call.registry, call.actor, org, page)
    return {
        "missing": [
            {
                "name": one.name,
                "version": one.wanted,
                "source": one.source,
                "needed_by": one.repository,
                "tag": one.tag,
            }
            for one in found
        ],
        "has_additional": has_more,
    }


def _usage(one: Usage) -> UsageView:
    return {
        "repository": one.repository,
        "tag": one.tag,
        "digest": one.digest,
        "title": one.title,
        "version": one.version,
        "wanted": one.wanted,
        "source": one.source,
    }
