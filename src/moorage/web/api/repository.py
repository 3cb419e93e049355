"""Tag `repository`: list, make, show, change, remove."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NotRequired

from fastapi import APIRouter, Query
from typing_extensions import TypedDict

from moorage.db.catalogue import Listed, RepositoryOrder, Wanted, position_of
from moorage.db.tags import TagRecord
from moorage.model.content import RepositoryState, Visibility
from moorage.oci.errors import RequestInvalid
from moorage.oci.name import RepositoryName
from moorage.registry import catalogue
from moorage.web.api.answers import (
    PAGE,
    Body,
    LongText,
    Name,
    Success,
    after_name,
    date,
    date_or_none,
    name_token,
)
from moorage.web.api.call import Caller
from moorage.web.api.sizes import size_bytes

router = APIRouter(tags=["repository"])
REPOSITORY = "/repository/{repository:path}"


class NewRepository(Body):
    repository: Name
    visibility: Literal["public", "private"]
    description: LongText
    namespace: Name | None = None
    repo_kind: Literal["image"] | None = None


class CreatedRepository(TypedDict):
    namespace: str
    name: str
    kind: str


class ListedRepository(TypedDict):
    namespace: str
    name: str
    description: str | None
    is_public: bool
    kind: str
    state: str
    is_starred: NotRequired[bool]
    last_modified: NotRequired[int | None]
    popularity: NotRequired[float]
    kinds: NotRequired[list[str]]
    tag_count: NotRequired[int]
    size: NotRequired[int]


class Repositories(TypedDict):
    repositories: list[ListedRepository]
    next_page: NotRequired[str]


class TagOfRepository(TypedDict):
    name: str
    size: int
    last_modified: str
    manifest_digest: str
    expiration: NotRequired[str]


class PullCount(TypedDict):
    date: str
    count: int


class RepositoryView(TypedDict):
    namespace: str
    name: str
    kind: str
    description: str | None
    is_public: bool
    is_organization: bool
    is_starred: bool
    status_token: str
    trust_enabled: bool
    tag_expiration_s: int
    is_free_account: bool
    state: str
    tags: NotRequired[dict[str, TagOfRepository]]
    can_write: bool
    can_admin: bool
    stats: NotRequired[list[PullCount]]


class RepositoryUpdate(Body):
    description: LongText


class NewVisibility(Body):
    visibility: Literal["public", "private"]


class NewState(Body):
    state: Literal["NORMAL", "READ_ONLY", "MIRROR"]


@router.get("/repository", response_model=Repositories)
async def list_repositories(
    call: Caller,
    namespace: Name | None = None,
    public: bool = False,
    starred: bool = False,
    last_modified: bool = False,
    popularity: bool = False,
    filter: Name = "",
    sort: Literal["name", "modified"] = "name",
    descending: bool = False,
    details: bool = False,
    limit: Annotated[int, Query(ge=1, le=1000)] = PAGE,
    next_page: str | None = None,
) -> Repositories:
    """Repositories that the caller may see, page by page.

    `filter`, `sort`, `descending` and `details` (kinds, tag_count, size) are what Quay lacks.
    """
    if namespace is None and not public and not starred:
        raise RequestInvalid("namespace, starred or public are required for this API call")
    order = RepositoryOrder(sort, descending)
    last = after_name(call.registry.sealer, next_page, order.position)
    page = await catalogue.list_repositories(
        call.registry,
        call.actor,
        Wanted(namespace, starred, part=filter),
        last,
        limit,
        order,
        with_popularity=popularity,
        with_facts=details,
    )
    answer: Repositories = {"repositories": []}
    for found in page.repositories:
        view = _listed(found, is_known=call.actor.user_id is not None)
        if last_modified:
            view["last_modified"] = _seconds(found.modified_ms)
        if popularity:
            view["popularity"] = float(page.pulls.get(found.id, 0))
        if details:
            facts = page.facts[found.id]
            view["kinds"] = list(facts.kinds)
            view["tag_count"], view["size"] = facts.tag_count, facts.size_bytes
        answer["repositories"].append(view)
    if page.has_more:
        answer["next_page"] = name_token(
            call.registry.sealer, position_of(page.repositories[-1], order), order.position
        )
    return answer


@router.post("/repository", status_code=201, response_model=CreatedRepository)
async def create_repository(call: Caller, body: NewRepository) -> CreatedRepository:
    namespace = body.namespace or call.actor.name
    made = await catalogue.create_repository(
        call.registry,
        call.actor,
        f"{namespace}/{body.repository}",
        Visibility(body.visibility),
        body.description,
    )
    return {"namespace": namespace, "name": made.partition("/")[2], "kind": "image"}


@router.post(REPOSITORY + "/changevisibility", response_model=Success)
async def change_visibility(call: Caller, repository: str, body: NewVisibility) -> Success:
    await catalogue.set_visibility(
        call.registry, call.actor, RepositoryName.parse(repository), Visibility(body.visibility)
    )
    return {"success": True}


@router.put(REPOSITORY + "/changestate", response_model=Success)
async def change_state(call: Caller, repository: str, body: NewState) -> Success:
    """READ_ONLY refuses pushes and deletions; NORMAL takes them again."""
    await catalogue.set_state(
        call.registry, call.actor, RepositoryName.parse(repository), RepositoryState(body.state)
    )
    return {"success": True}


@router.get(REPOSITORY, response_model=RepositoryView)
async def get_repository(
    call: Caller, repository: str, includeTags: bool = True, includeStats: bool = False
) -> RepositoryView:
    """A repository with at most 500 tags, and with its pulls of the last 90 days on request."""
    found = await catalogue.get_repository(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        with_tags=includeTags,
        with_stats=includeStats,
    )
    listed = found.listed
    namespace, _, name = listed.name.partition("/")
    answer: RepositoryView = {
        "namespace": namespace,
        "name": name,
        "kind": "image",
        "description": listed.description,
        "is_public": listed.visibility is Visibility.PUBLIC,
        "is_organization": found.is_organization,
        "is_starred": listed.is_starred,
        "status_token": "",
        "trust_enabled": False,
        "tag_expiration_s": found.tag_expiration_seconds,
        "is_free_account": True,
        "state": listed.state,
        "can_write": found.can_write,
        "can_admin": found.can_admin,
    }
    if includeTags:
        answer["tags"] = {tag.name: _tag(tag) for tag in found.tags}
    if found.pulls is not None:
        answer["stats"] = _stats(found.pulls, call.registry.now_s())
    return answer


@router.put(REPOSITORY, response_model=Success)
async def update_repository(call: Caller, repository: str, body: RepositoryUpdate) -> Success:
    """Set the description (Markdown)."""
    await catalogue.set_description(
        call.registry, call.actor, RepositoryName.parse(repository), body.description
    )
    return {"success": True}


@router.delete(REPOSITORY, status_code=204)
async def remove_repository(call: Caller, repository: str) -> None:
    """Delete a repository with all tags; there is no way back."""
    await catalogue.remove_repository(call.registry, call.actor, RepositoryName.parse(repository))


def _listed(found: Listed, *, is_known: bool) -> ListedRepository:
    namespace, _, name = found.name.partition("/")
    view: ListedRepository = {
        "namespace": namespace,
        "name": name,
        "description": found.description,
        "is_public": found.visibility is Visibility.PUBLIC,
        "kind": "image",
        "state": found.state,
    }
    if is_known:
        view["is_starred"] = found.is_starred
    return view


def _tag(tag: TagRecord) -> TagOfRepository:
    view: TagOfRepository = {
        "name": tag.name,
        "size": size_bytes(tag),
        "last_modified": date(tag.started_ms),
        "manifest_digest": tag.digest,
    }
    if tag.expires_ms is not None:
        view["expiration"] = date_or_none(tag.expires_ms) or ""
    return view


def _stats(pulls: dict[int, int], now_s: float) -> list[PullCount]:
    today = datetime.fromtimestamp(now_s, UTC).date()
    day = int(now_s // 86_400)
    return [
        {"date": str(today - timedelta(days=back)), "count": pulls.get(day - back, 0)}
        for back in range(catalogue.STATISTICS_DAYS)
    ]


def _seconds(at_ms: int | None) -> int | None:
    return at_ms // 1000 if at_ms is not None else None
