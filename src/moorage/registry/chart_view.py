"""Which charts an index shows: what the live tags name, once for each name and version.

Of several charts with one name and version the first counts, in this order:

1. in a repository named after the chart, as `helm push` names it
2. with fewer parts in the repository's name, then by its bytes
3. under the tag that stands for the version, then the tag that was set last

In an index of everything a chart is called namespace/name, so that nobody can put a higher version
of another namespace's chart in front of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from moorage.charts.version import tag_of
from moorage.db.charts import ChartRepository, LiveChart
from moorage.oci.digest import Digest

_JSON = msgspec.json.Encoder(enc_hook=str)
ROW_BYTES = 800
"""What a chart takes in memory besides its entry, about."""


@dataclass(frozen=True, slots=True)
class RepositoryCharts:
    """The charts of a repository at one revision."""

    repository: ChartRepository
    charts: tuple[LiveChart, ...]
    expires_ms: int | None
    """When the first of its tags expires by itself."""

    @classmethod
    def of(cls, repository: ChartRepository, charts: Sequence[LiveChart]) -> RepositoryCharts:
        ends = [chart.expires_ms for chart in charts if chart.expires_ms is not None]
        return cls(repository, tuple(charts), min(ends, default=None))

    @property
    def size_bytes(self) -> int:
        return sum(len(chart.entry) + ROW_BYTES for chart in self.charts)

    def is_good(self, revision: int, now_ms: int) -> bool:
        is_current = self.repository.revision >= revision
        return is_current and (self.expires_ms is None or now_ms < self.expires_ms)


@dataclass(frozen=True, slots=True)
class ListedChart:
    """A chart with the repository it is in."""

    repository: ChartRepository
    live: LiveChart

    @property
    def digest(self) -> Digest:
        return Digest(self.live.archive_digest)

    @property
    def rank(self) -> tuple[object, ...]:
        """Of charts with one name and version the lowest is listed."""
        live, name = self.live, self.repository.name
        is_named_so = name.rpartition("/")[2] == live.name
        is_its_tag = live.tag == tag_of(live.version)
        return (not is_named_so, name.count("/"), name, not is_its_tag, -live.tagged_ms, live.tag)


@dataclass(frozen=True, slots=True)
class Body:
    """An index as it is sent."""

    raw: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Flavour:
    """How an index names archives.

    Relative URLs reach every client. `oci_host` gives the URLs of a registry, for clients that
    follow them with the credentials of `helm registry login`.
    """

    context_path: str = ""
    oci_host: str = ""

    def url_of(self, chart: ListedChart, prefix: str) -> str:
        if self.oci_host:
            return f"oci://{self.oci_host}/{chart.repository.name}:{chart.live.tag}"
        namespace = "" if prefix else f"{chart.repository.name.partition('/')[0]}/"
        return f"{namespace}charts/{quote(chart.live.file_name)}"


Listing = dict[str, list[ListedChart]]
"""By the name an index calls a chart, newest version first."""


def first_of(found: Iterable[tuple[ChartRepository, LiveChart]]) -> ListedChart | None:
    """Of charts that all have one file name, the one that counts."""
    listed = [ListedChart(*pair) for pair in found]
    return min(listed, key=lambda chart: chart.rank, default=None)


def listing_of(held: Iterable[RepositoryCharts], prefix: str) -> Listing:
    best: dict[tuple[str, str], ListedChart] = {}
    for one in held:
        for live in one.charts:
            chart = ListedChart(one.repository, live)
            key = (name_in_index(chart, prefix), live.version)
            known = best.get(key)
            if known is None or chart.rank < known.rank:
                best[key] = chart
    listing: Listing = {}
    for (name, _), chart in best.items():
        listing.setdefault(name, []).append(chart)
    for charts in listing.values():
        charts.sort(key=lambda chart: (chart.live.version_key, chart.live.version), reverse=True)
    return dict(sorted(listing.items()))


def name_in_index(chart: ListedChart, prefix: str) -> str:
    if prefix:
        return chart.live.name
    return f"{chart.repository.name.partition('/')[0]}/{chart.live.name}"


def body_of(listing: Listing, prefix: str, flavour: Flavour) -> Body:
    """index.yaml, in the part of YAML that is JSON: clients read it several times as fast."""
    newest_ms = max(
        (chart.live.tagged_ms for charts in listing.values() for chart in charts), default=0
    )
    raw = b"".join(_pieces(listing, prefix, flavour, moment(newest_ms)))
    return Body(raw, hashlib.sha256(raw).hexdigest())


def _pieces(listing: Listing, prefix: str, flavour: Flavour, generated: str) -> Iterator[bytes]:
    yield b'{"apiVersion":"v1","entries":{'
    for place, (name, charts) in enumerate(listing.items()):
        yield b"," * (place > 0) + b"\n" + _JSON.encode(name) + b":[\n"
        entries = (entry_of(chart, flavour.url_of(chart, prefix)) for chart in charts)
        yield ",\n".join(entries).encode() + b"]"
    yield b'},\n"generated":' + _JSON.encode(generated)
    if flavour.context_path:
        yield b',"serverInfo":' + _JSON.encode({"contextPath": flavour.context_path})
    yield b"}\n"


def entry_of(chart: ListedChart, url: str) -> str:
    """A line of JSON: Chart.yaml's keys, and what an index adds."""
    live = chart.live
    return (
        f'{live.entry[:-1]},"urls":["{url}"],"created":"{moment(live.created_ms)}",'
        f'"digest":"{live.archive_digest.partition(":")[2]}"}}'
    )


def moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
