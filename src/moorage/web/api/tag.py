"""Tag `tag`: tags with their history, moving, expiry, deletion, restoring."""

from __future__ import annotations

from typing import Annotated, NotRequired

from fastapi import APIRouter, Query
from pydantic import Field
from typing_extensions import TypedDict

from moorage.db.tags import TagRecord
from moorage.model.errors import SwitchedOff
from moorage.oci.digest import Digest
from moorage.oci.errors import RequestInvalid, quoted
from moorage.oci.name import RepositoryName, Tag
from moorage.registry import tags
from moorage.registry.tags import TagFilter
from moorage.web.api.answers import Body, Empty, Name, date
from moorage.web.api.call import Caller
from moorage.web.api.sizes import size_bytes

router = APIRouter(tags=["tag"])
TAGS = "/repository/{repository:path}/tag"


class TagView(TypedDict):
    name: str
    reversion: bool
    start_ts: int
    end_ts: NotRequired[int]
    manifest_digest: str
    is_manifest_list: bool
    size: int | None
    last_modified: str
    expiration: NotRequired[str]


class Tags(TypedDict):
    tags: list[TagView]
    page: int
    has_additional: bool


class TagUpdate(Body):
    manifest_digest: Name | None = None
    expiration: Annotated[int, Field(ge=0, le=253_402_300_799)] | None = None
    """Epoch seconds; null takes the expiration away."""
    immutable: bool | None = None


class RestoredTag(Body):
    manifest_digest: Name


@router.get(TAGS, response_model=Tags)
async def list_tags(
    call: Caller,
    repository: str,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1)] = 50,
    specificTag: Name | None = None,
    onlyActiveTags: bool = False,
    filter_tag_name: Name | None = None,
) -> Tags:
    """Live and ended tags, the newest first. `filter_tag_name` is `like:part` or `eq:name`."""
    limit = min(limit, 100)
    name, like = specificTag, None
    if filter_tag_name is not None:
        operator, _, value = filter_tag_name.partition(":")
        if operator not in ("like", "eq"):
            raise RequestInvalid(f"filter_tag_name is {quoted(filter_tag_name)}: use like: or eq:")
        name, like = (value, None) if operator == "eq" else (name, value)
    found, has_more = await tags.list_history(
        call.registry,
        call.actor,
        RepositoryName.parse(repository),
        TagFilter(name, like, onlyActiveTags),
        page,
        limit,
    )
    now_ms = call.registry.now_ms()
    views = [_view(record, now_ms) for record in found]
    return {"tags": views, "page": page, "has_additional": has_more}


@router.put(TAGS + "/{tag}", status_code=201, response_model=str)
async def put_tag(call: Caller, repository: str, tag: Name, body: TagUpdate) -> str:
    """Make a tag name a manifest, or set when it expires."""
    name, parsed = RepositoryName.parse(repository), Tag.parse(tag)
    if "immutable" in body.model_fields_set:
        raise SwitchedOff("immutable tags are not switched on (FEATURE_IMMUTABLE_TAGS)")
    if body.manifest_digest is not None:
        digest = Digest.parse(body.manifest_digest)
        await tags.move_tag(call.registry, call.actor, name, parsed, digest)
    if "expiration" in body.model_fields_set:
        await tags.set_expiry(call.registry, call.actor, name, parsed, body.expiration)
    if not body.model_fields_set:
        raise RequestInvalid("give manifest_digest or expiration")
    return "Updated"


@router.delete(TAGS + "/{tag}", status_code=204)
async def remove_tag(call: Caller, repository: str, tag: Name) -> None:
    """End a tag; it can be restored while the namespace's tag_expiration_s lasts."""
    name = RepositoryName.parse(repository)
    await tags.remove_tag(call.registry, call.actor, name, Tag.parse(tag))


@router.post(TAGS + "/{tag}/restore", response_model=Empty)
async def restore_tag(call: Caller, repository: str, tag: Name, body: RestoredTag) -> Empty:
    """Make a tag name again what it named before."""
    name, digest = RepositoryName.parse(repository), Digest.parse(body.manifest_digest)
    await tags.restore_tag(call.registry, call.actor, name, Tag.parse(tag), digest)
    return {}


def _view(record: TagRecord, now_ms: int) -> TagView:
    view: TagView = {
        "name": record.name,
        "reversion": record.is_reversion,
        "start_ts": record.started_ms // 1000,
        "manifest_digest": record.digest,
        "is_manifest_list": record.is_index,
        "size": size_bytes(record),
        "last_modified": date(record.started_ms),
    }
    end_ms = record.ended_ms if record.ended_ms is not None else record.expires_ms
    if end_ms is not None:
        view["end_ts"] = end_ms // 1000
        view["expiration"] = date(end_ms)
    return view
