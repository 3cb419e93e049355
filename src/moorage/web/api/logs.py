"""Tag `logs`: the usage log and its aggregates."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NotRequired

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from typing_extensions import TypedDict

from moorage.db.logs import DAY_MS, LogFilter, LogLine
from moorage.oci.errors import RequestInvalid, quoted
from moorage.oci.name import RepositoryName
from moorage.registry import usage
from moorage.web.api.answers import (
    Avatar,
    Name,
    avatar,
    before_line,
    date,
    line_token,
    user_avatar,
)
from moorage.web.api.call import Call, Caller

router = APIRouter(tags=["logs"])
EXPORTED_AT_ONCE = 1000


class Performer(TypedDict):
    kind: str
    name: str
    is_robot: bool
    avatar: Avatar


class Namespace(TypedDict):
    kind: str
    name: str
    avatar: Avatar


class LogView(TypedDict):
    kind: str
    metadata: dict[str, Any]
    ip: str
    datetime: str
    performer: NotRequired[Performer]
    namespace: NotRequired[Namespace]


class Logs(TypedDict):
    start_time: str
    end_time: str
    logs: list[LogView]
    next_page: NotRequired[str]


class Count(TypedDict):
    kind: str
    count: int
    datetime: str


class Aggregates(TypedDict):
    aggregated: list[Count]


StartTime = Annotated[Name | None, Query(description="mm/dd/yyyy, included; yesterday")]
EndTime = Annotated[Name | None, Query(description="mm/dd/yyyy, included; today")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/organization/{orgname}/logs", response_model=Logs)
async def list_organization(
    call: Caller,
    orgname: Name,
    starttime: StartTime = None,
    endtime: EndTime = None,
    limit: Limit = usage.LINES,
    next_page: str | None = None,
) -> Logs:
    start_ms, end_ms = _times(call, starttime, endtime)
    wanted = await usage.of_organization(call.registry, call.actor, orgname, start_ms, end_ms)
    return await _page(call, wanted, limit, next_page)


@router.get("/organization/{orgname}/aggregatelogs", response_model=Aggregates)
async def count_organization(
    call: Caller, orgname: Name, starttime: StartTime = None, endtime: EndTime = None
) -> Aggregates:
    start_ms, end_ms = _times(call, starttime, endtime)
    wanted = await usage.of_organization(call.registry, call.actor, orgname, start_ms, end_ms)
    return await _counts(call, wanted)


@router.get("/repository/{repository:path}/logs", response_model=Logs)
async def list_repository(
    call: Caller,
    repository: str,
    starttime: StartTime = None,
    endtime: EndTime = None,
    limit: Limit = usage.LINES,
    next_page: str | None = None,
) -> Logs:
    start_ms, end_ms = _times(call, starttime, endtime)
    name = RepositoryName.parse(repository)
    wanted = await usage.of_repository(call.registry, call.actor, name, start_ms, end_ms)
    return await _page(call, wanted, limit, next_page)


@router.get("/repository/{repository:path}/aggregatelogs", response_model=Aggregates)
async def count_repository(
    call: Caller, repository: str, starttime: StartTime = None, endtime: EndTime = None
) -> Aggregates:
    start_ms, end_ms = _times(call, starttime, endtime)
    name = RepositoryName.parse(repository)
    wanted = await usage.of_repository(call.registry, call.actor, name, start_ms, end_ms)
    return await _counts(call, wanted)


@router.get("/user/logs", response_model=Logs)
async def list_user(
    call: Caller,
    starttime: StartTime = None,
    endtime: EndTime = None,
    limit: Limit = usage.LINES,
    next_page: str | None = None,
) -> Logs:
    """What happened in the caller's own namespace."""
    wanted = usage.of_caller(call.actor, *_times(call, starttime, endtime))
    return await _page(call, wanted, limit, next_page)


@router.get("/user/aggregatelogs", response_model=Aggregates)
async def count_user(
    call: Caller, starttime: StartTime = None, endtime: EndTime = None
) -> Aggregates:
    return await _counts(call, usage.of_caller(call.actor, *_times(call, starttime, endtime)))


@router.get("/superuser/logs", response_model=Logs)
async def list_all(
    call: Caller,
    starttime: StartTime = None,
    endtime: EndTime = None,
    limit: Limit = usage.LINES,
    next_page: str | None = None,
) -> Logs:
    wanted = usage.of_all(call.actor, *_times(call, starttime, endtime))
    return await _page(call, wanted, limit, next_page, with_namespace=True)


@router.get("/superuser/aggregatelogs", response_model=Aggregates)
async def count_all(
    call: Caller, starttime: StartTime = None, endtime: EndTime = None
) -> Aggregates:
    return await _counts(call, usage.of_all(call.actor, *_times(call, starttime, endtime)))


@router.get("/superuser/logs/export", response_class=StreamingResponse)
async def export_all(
    call: Caller, starttime: StartTime = None, endtime: EndTime = None
) -> StreamingResponse:
    """Every line of the time asked for as JSON lines, the newest first: what Quay lacks."""
    wanted = usage.of_all(call.actor, *_times(call, starttime, endtime))
    return StreamingResponse(_lines(call, wanted), media_type="application/x-ndjson")


async def _lines(call: Call, wanted: LogFilter) -> AsyncIterator[str]:
    before: tuple[int, int] | None = None
    while True:
        found = await usage.list_lines(call.registry, wanted, before, EXPORTED_AT_ONCE)
        for line in found:
            yield json.dumps(_view(line, with_namespace=True)) + "\n"
        if len(found) < EXPORTED_AT_ONCE:
            return
        before = (found[-1].created_ms, found[-1].id)


async def _page(
    call: Call,
    wanted: LogFilter,
    limit: int,
    next_page: str | None,
    *,
    with_namespace: bool = False,
) -> Logs:
    before = before_line(call.registry.sealer, next_page)
    found = await usage.list_lines(call.registry, wanted, before, limit + 1)
    answer: Logs = {
        "start_time": date(wanted.start_ms),
        "end_time": date(wanted.end_ms),
        "logs": [_view(line, with_namespace=with_namespace) for line in found[:limit]],
    }
    if len(found) > limit:
        last = found[limit - 1]
        answer["next_page"] = line_token(call.registry.sealer, last.created_ms, last.id)
    return answer


async def _counts(call: Call, wanted: LogFilter) -> Aggregates:
    found = await usage.count_by_day(call.registry, wanted)
    return {
        "aggregated": [
            {"kind": kind, "count": count, "datetime": date(day * DAY_MS)}
            for kind, count, day in found
        ]
    }


def _times(call: Call, start: str | None, end: str | None) -> tuple[int, int]:
    """From the beginning of the first day to the end of the last; yesterday to tomorrow."""
    now = datetime.fromtimestamp(call.registry.now_s(), UTC)
    first = _day(start) if start else now - timedelta(days=1)
    last = _day(end) + timedelta(days=1) if end else now + timedelta(days=1)
    if first >= last:
        raise RequestInvalid("starttime lies after endtime")
    return int(first.timestamp() * 1000), int(last.timestamp() * 1000)


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise RequestInvalid(f"{quoted(text)} is not a day: use mm/dd/yyyy") from None


def _view(line: LogLine, *, with_namespace: bool) -> LogView:
    view: LogView = {
        "kind": line.kind,
        "metadata": line.metadata,
        "ip": line.address,
        "datetime": date(line.created_ms),
    }
    if line.performer is not None:
        is_robot = "+" in line.performer
        view["performer"] = {
            "kind": "user",
            "name": line.performer,
            "is_robot": is_robot,
            "avatar": user_avatar(line.performer, is_robot),
        }
    if with_namespace and line.namespace is not None:
        view["namespace"] = {
            "kind": "org",
            "name": line.namespace,
            "avatar": avatar(line.namespace, "org"),
        }
    return view
