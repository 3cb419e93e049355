"""Taking a classic repository over into a registry: every version of every chart of its index.

Each is fetched, checked against the index, and pushed as Helm 4 pushes. What the registry has
already, with the same archive, is passed over, so that an import that broke off is called again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from moorage.charts.archive import read_metadata, read_packed_time
from moorage.charts.chart import Metadata
from moorage.charts.errors import ChartError
from moorage.charts.index import Index, IndexEntry, archive_url
from moorage.charts.manifest import LAYER, PROVENANCE_LAYER, annotations_of, chart_manifest
from moorage.charts.version import tag_of
from moorage.oci.errors import RegistryError
from moorage.remote.blobs import Blob
from moorage.remote.charts import find_chart, push
from moorage.remote.classic import ClassicRepository
from moorage.remote.client import Registry, Repository
from moorage.remote.errors import NotFound, RemoteError
from moorage.remote.transport import Transport

PARALLEL = 4


class Result(StrEnum):
    IMPORTED = "imported"
    THERE = "there already"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one version; `reason` where it failed."""

    name: str
    version: str
    result: Result
    reason: str = ""
    is_signed: bool = False

    def as_document(self) -> dict[str, object]:
        document: dict[str, object] = {
            "name": self.name,
            "version": self.version,
            "result": str(self.result),
            "signed": self.is_signed,
        }
        return document | ({"reason": self.reason} if self.reason else {})


@dataclass(frozen=True, slots=True)
class Import:
    """From `source` to NAMESPACE/CHART of `registry`; archives pass through `folder`."""

    source: ClassicRepository
    registry: Registry
    namespace: str
    folder: Path
    transport: Transport

    def run(self, index: Index, report: Callable[[Outcome], None]) -> list[Outcome]:
        """Several at once; `report` is told of each as it ends."""
        found: list[Outcome] = []
        with ThreadPoolExecutor(PARALLEL) as pool:
            running = [pool.submit(self.take, entry) for entry in index]
            for done in as_completed(running):
                found.append(done.result())
                report(found[-1])
        return found

    def take(self, entry: IndexEntry) -> Outcome:
        name, version = entry.metadata.name, entry.metadata.version
        try:
            return self._take(entry)
        except (ChartError, RemoteError, RegistryError) as error:
            return Outcome(name, version, Result.FAILED, error.message)

    def _take(self, entry: IndexEntry) -> Outcome:
        name, version = entry.metadata.name, entry.metadata.version
        repository = self.registry.repository(f"{self.namespace}/{name}", is_pushed_to=True)
        tag = tag_of(version)
        held = _held_archive(repository, tag)
        if held is not None and held == f"sha256:{entry.digest}":
            return Outcome(name, version, Result.THERE)
        with self._fetched(entry) as path:
            archive = Blob.of(path)
            if held == archive.digest:
                return Outcome(name, version, Result.THERE)
            if held is not None:
                raise RemoteError(
                    f"{repository.full_name}:{tag} is there with another archive, {held}"
                )
            signature = self._signature(entry)
            _push(repository, tag, path, archive, _metadata_of(path, entry), signature)
        return Outcome(name, version, Result.IMPORTED, is_signed=signature is not None)

    @contextmanager
    def _fetched(self, entry: IndexEntry) -> Iterator[Path]:
        """The archive in a file of its own, its digest checked, gone at the end."""
        url = self._url(entry)
        path = self.source.download(url, entry.digest, self.folder, transport=self.transport)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _signature(self, entry: IndexEntry) -> bytes | None:
        try:
            return self.source.fetch_provenance(self._url(entry), self.transport)
        except NotFound:
            return None

    def _url(self, entry: IndexEntry) -> str:
        if not entry.urls:
            raise RemoteError("the index names no URL for it")
        url = archive_url(self.source.url, entry.urls[0])
        if not url.startswith(("http://", "https://")):
            raise RemoteError(f"the index names {url}, which is in no classic repository")
        return url


def _held_archive(repository: Repository, tag: str) -> str | None:
    """The digest of the archive that the tag has, or None if there is no such tag."""
    if repository.find_digest(tag) is None:
        return None
    return find_chart(repository, tag).layer.digest


def _metadata_of(path: Path, entry: IndexEntry) -> Metadata:
    with path.open("rb") as stream:
        metadata = read_metadata(stream)
    metadata.require_valid()
    listed = entry.metadata
    if (metadata.name, metadata.version) != (listed.name, listed.version):
        raise ChartError(f"the archive holds {metadata.name} {metadata.version}")
    return metadata


def _push(
    repository: Repository,
    tag: str,
    path: Path,
    archive: Blob,
    metadata: Metadata,
    signature: bytes | None,
) -> None:
    with path.open("rb") as stream:
        packed_s = read_packed_time(stream)
    config = Blob.of(metadata.as_json())
    layers = [(LAYER, archive)]
    if signature is not None:
        layers.append((PROVENANCE_LAYER, Blob.of(signature)))
    manifest = chart_manifest(config, layers, annotations_of(metadata, packed_s))
    push(repository, tag, manifest, [config, *(blob for _, blob in layers)])
