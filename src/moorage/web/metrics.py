"""What the registry counts, and how Prometheus reads it.

A request costs a lookup and four additions; everything else happens when the metrics are read. The
names follow Quay's where Quay has the same metric, under PROMETHEUS_NAMESPACE.
"""

from __future__ import annotations

import asyncio
import json
import platform
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator
from ctypes import Array, c_double
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moorage import __version__
from moorage.web.counters import Counters, Process
from moorage.web.http import Request

if TYPE_CHECKING:
    from prometheus_client import Metric

BOUNDS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300)
METHODS = {"GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS"}
CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_SECONDS = len(BOUNDS_SECONDS) + 1
_SENT, _RECEIVED, _ROW = _SECONDS + 1, _SECONDS + 2, _SECONDS + 3

_UPLOADS = {"post_upload", "patch_upload", "put_upload"}


@dataclass(frozen=True, slots=True)
class Now:
    """What is not counted but asked for when the metrics are read."""

    open_uploads: int | None
    """None when the database does not answer."""
    services: dict[str, bool]


@dataclass(slots=True)
class Metrics:
    counters: Counters
    namespace: str
    now: Callable[[], Awaitable[Now]]
    _rows: dict[tuple[str, str, int], int] = field(default_factory=dict)
    _values: Array[c_double] = field(init=False)

    def __post_init__(self) -> None:
        self._values = self.counters.values
        self.counters.values[self.counters.cells(_name("start"))] += 1

    def count_request(self, request: Request, seconds: float) -> None:
        row = self._rows.get((request.method, request.route, request.status))
        if row is None:
            row = self._new_row(request)
        values = self._values
        values[row + bisect_left(BOUNDS_SECONDS, seconds)] += 1
        values[row + _SECONDS] += seconds
        if request.sent_bytes:
            values[row + _SENT] += request.sent_bytes
        if request.received_bytes:
            values[row + _RECEIVED] += request.received_bytes

    def count_refusal(self, code: str) -> None:
        self._add(_name("refusal", code))

    def count_failure(self, service: str) -> None:
        self._add(_name("failure", service))

    async def text(self) -> bytes:
        """In Prometheus' text format."""
        return await asyncio.to_thread(self._text, await self.now())

    def _add(self, name: str) -> None:
        self.counters.values[self.counters.cells(name)] += 1

    def _new_row(self, request: Request) -> int:
        method = request.method if request.method in METHODS else "other"
        status = f"{request.status // 100}xx" if request.status else "none"
        row = self.counters.cells(_name("request", method, request.route, status), _ROW)
        if request.method in METHODS:
            self._rows[request.method, request.route, request.status] = row
        return row

    def _text(self, now: Now) -> bytes:
        # Loaded by those who are asked for metrics only: it takes 3 MB.
        from prometheus_client import generate_latest

        return generate_latest(_Named(self.namespace, _families(self.counters, now)))


@dataclass(frozen=True, slots=True)
class _Named:
    """Families of metrics under a namespace."""

    namespace: str
    families: Iterator[Metric]

    def collect(self) -> Iterator[Metric]:
        for family in self.families:
            family.name = f"{self.namespace}_{family.name}"
            family.samples = [
                sample._replace(name=f"{self.namespace}_{sample.name}") for sample in family.samples
            ]
            yield family


def _name(*parts: str) -> str:
    return json.dumps(parts)


def _families(counters: Counters, now: Now) -> Iterator[Metric]:
    totals = [(json.loads(name), values) for name, values in counters.totals().items()]
    requests = [(tuple(n[1:]), values) for n, values in totals if n[0] == "request"]
    yield from _of_requests(requests)
    yield from _of_content(requests)
    yield _counter(
        "registry_errors",
        "Refused requests, by the error code of the answer",
        ["code"],
        [((n[1],), values[0]) for n, values in totals if n[0] == "refusal"],
    )
    yield _counter(
        "failures",
        "Requests that failed because a service did: database, storage or internal",
        ["service"],
        [((n[1],), values[0]) for n, values in totals if n[0] == "failure"],
    )
    starts = sum(values[0] for n, values in totals if n[0] == "start")
    yield _counter("worker_starts", "Workers started since the server's start", [], [((), starts)])
    yield from _of_now(now)
    yield from _of_processes([*counters.processes()])


Requests = list[tuple[tuple[str, ...], list[float]]]


def _of_requests(requests: Requests) -> Iterator[Metric]:
    from prometheus_client.core import HistogramMetricFamily

    duration = HistogramMetricFamily(
        "request_duration_seconds",
        "Time from a request's headers to the end of its answer; _count is how many there were",
        labels=["method", "route", "status"],
    )
    for labels, values in requests:
        running, buckets = 0.0, []
        for bound, count in zip((*BOUNDS_SECONDS, "+Inf"), values, strict=False):
            running += count
            buckets.append((str(bound), running))
        duration.add_metric(labels, buckets, values[_SECONDS])
    yield duration
    for name, place, text in (
        ("received_bytes", _RECEIVED, "Bytes of request bodies"),
        ("sent_bytes", _SENT, "Bytes of answers' bodies, as handed to the server"),
    ):
        by_route: dict[tuple[str, ...], float] = {}
        for labels, values in requests:
            by_route[labels[:2]] = by_route.get(labels[:2], 0) + values[place]
        yield _counter(name, text, ["method", "route"], [(k, v) for k, v in by_route.items() if v])


def _of_content(requests: Requests) -> Iterator[Metric]:
    """Pulls and pushes, which are requests of certain routes."""

    def manifests(method: str, route: str) -> list[tuple[tuple[str, ...], float]]:
        return [
            ((status,), sum(values[:_SECONDS]))
            for (a_method, a_route, status), values in requests
            if (a_method, a_route) == (method, route)
        ]

    pulled = sum(v[_SENT] for (_, route, status), v in requests if (route, status) == _PULLED)
    pushed = sum(
        v[_RECEIVED] for (_, route, status), v in requests if route in _UPLOADS and status == "2xx"
    )
    yield _counter(
        "registry_image_pulls",
        "Manifests asked for with GET",
        ["status"],
        manifests("GET", "get_manifest"),
    )
    yield _counter(
        "registry_image_pushes", "Manifests pushed", ["status"], manifests("PUT", "put_manifest")
    )
    yield _counter("registry_image_pulled_bytes", "Bytes of blobs sent", [], [((), pulled)])
    yield _counter("registry_image_pushed_bytes", "Bytes of blobs taken", [], [((), pushed)])


_PULLED = ("get_blob", "2xx")


def _of_now(now: Now) -> Iterator[Metric]:
    if now.open_uploads is not None:
        yield _gauge("uploads_open", "Uploads begun and not finished", [], [((), now.open_uploads)])
    up = [((service,), float(is_well)) for service, is_well in now.services.items()]
    yield _gauge("service_up", "1 where /health/endtoend says true", ["service"], up)
    build = (__version__, platform.python_version())
    yield _gauge("build_info", "What runs; always 1", ["version", "python"], [(build, 1)])


def _of_processes(processes: list[Process]) -> Iterator[Metric]:
    for name, text, values in (
        ("process_resident_memory_bytes", "Resident memory", [p.resident_bytes for p in processes]),
        (
            "process_start_time_seconds",
            "Start, in seconds since 1970",
            [p.started_s for p in processes],
        ),
    ):
        rows = [((p.name,), float(v)) for p, v in zip(processes, values, strict=True)]
        yield _gauge(name, text, ["process"], rows)
    cpu = [((p.name,), p.cpu_seconds) for p in processes]
    yield _counter("process_cpu_seconds", "User and system time", ["process"], cpu)


Rows = list[Any]
"""Pairs of label values and the number."""


def _counter(name: str, text: str, labels: list[str], rows: Rows) -> Metric:
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family


def _gauge(name: str, text: str, labels: list[str], rows: Rows) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, text, labels=labels)
    for values, number in rows:
        family.add_metric(values, number)
    return family
