"""Getting a chart's archive, wherever it lies.

oci://HOST/NAME[:TAG][@DIGEST]      REPO/CHART of a repository that was added
https://HOST/CHART-1.2.3.tgz        CHART in the repository at --repo URL
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from moorage.charts.errors import ChartUnknown
from moorage.charts.version import DEVELOPMENT, version_of_tag
from moorage.oci.digest import Digest
from moorage.remote.blobs import Blob, download_blob
from moorage.remote.charts import RemoteChart, find_chart, tag_for
from moorage.remote.client import Registry, Repository
from moorage.remote.credentials import CredentialFiles
from moorage.remote.downloads import Progress, no_progress
from moorage.remote.errors import ContentMismatch, NotFound, RemoteError
from moorage.remote.paths import HelmPaths
from moorage.remote.reference import SCHEME, Reference
from moorage.remote.transport import Tls, Transport

if TYPE_CHECKING:
    from moorage.charts.index import Index
    from moorage.remote.classic import ClassicRepository


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chart as a command names it."""

    chart: str
    version: str = ""
    is_devel: bool = False
    repository: ClassicRepository | None = None
    """That of --repo, with what else was said about it."""
    wants_provenance: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """An archive that came whole, for the caller to move or remove."""

    path: Path
    file_name: str
    provenance: bytes | None
    reference: str = ""
    """HOST/NAME:TAG of a registry; nothing for a classic repository."""
    digest: str = ""
    """That of the manifest in a registry."""
    is_of_old_type: bool = False
    chosen_version: str = ""
    """The version that a range, or no version, has become in a classic repository."""


class Fetcher:
    """Fetches charts with the credentials and repositories of one user."""

    def __init__(self, paths: HelmPaths, tls: Tls | None = None, progress: Progress = no_progress):
        self.paths = paths
        self.transport = Transport(tls)
        self.credentials = CredentialFiles(paths.registry_configs, paths.other_credentials)
        self.progress = progress

    def fetch(self, wanted: Wanted) -> Fetched:
        """Raises RemoteError, ChartError."""
        if wanted.chart.startswith(SCHEME):
            return self._from_registry(wanted)
        return self._from_classic(wanted)

    def registry(self, host: str) -> Registry:
        return Registry(host, self.credentials.find(host), self.transport)

    def _from_classic(self, wanted: Wanted) -> Fetched:
        # Reading an index takes YAML and semver, which a pull from a registry does without.
        from moorage.charts.index import Index
        from moorage.remote.classic import ClassicRepository, RepositoryList

        if wanted.repository is not None:
            index = Index.parse(wanted.repository.fetch_index(self._way(wanted.repository)))
            return self._from_index(wanted, wanted.repository, index, wanted.chart)
        if urlsplit(wanted.chart).scheme in ("http", "https"):
            return self._from_url(wanted, ClassicRepository("", wanted.chart), wanted.chart, "")
        name, separator, chart = wanted.chart.partition("/")
        if not separator:
            raise RemoteError(
                f"non-absolute URLs should be in form of repo_name/path_to_chart, got: {name}",
                f"add a repository first (moorage repo add), or give oci://HOST/{name}",
            )
        listed = RepositoryList(self.paths.repository_config, self.paths.repository_cache)
        repository = listed.get(name)
        return self._from_index(wanted, repository, listed.cached_index(name), chart)

    def _from_registry(self, wanted: Wanted) -> Fetched:
        reference = Reference.parse(wanted.chart)
        repository = self.registry(reference.host).repository(reference.repository)
        version = wanted.version or reference.tag or ""
        if reference.tag and wanted.version and wanted.version != reference.tag:
            raise RemoteError(
                f"chart reference and version mismatch: {wanted.version} is not {reference.tag}",
                "leave one of them out",
            )
        if reference.digest is not None:
            if version:
                _require_same(repository.find_digest(version.replace("+", "_")), reference)
            found = find_chart(repository, reference.digest)
            suffix, shown = f"@{reference.digest.replace(':', '-')}", f"@{reference.digest}"
        else:
            # A tag is taken as it stands, also one that is no version.
            tag = reference.wire_tag or tag_for(repository, version, wanted.is_devel)
            found = find_chart(repository, tag)
            suffix, shown = f"-{version_of_tag(tag)}", f":{tag}"
        repository.read_blob(found.config)  # as Helm does: a chart without its config is broken
        base = PurePosixPath(reference.repository).name
        return Fetched(
            path=download_blob(
                repository, found.layer, self.paths.partial_downloads, self.progress
            ),
            file_name=f"{base}{suffix}.tgz",
            provenance=self._provenance(repository, found, f"{SCHEME}{reference.name}{shown}")
            if wanted.wants_provenance
            else None,
            reference=f"{reference.name}{shown}",
            digest=found.digest,
            is_of_old_type=found.is_of_old_type,
        )

    def _provenance(self, repository: Repository, found: RemoteChart, url: str) -> bytes:
        if found.provenance is None:
            raise NotFound(f'failed to fetch provenance "{url}.prov"', "the chart is not signed")
        return repository.read_blob(found.provenance)

    def _from_index(
        self, wanted: Wanted, repository: ClassicRepository, index: Index, chart: str
    ) -> Fetched:
        from moorage.charts.index import archive_url

        version = wanted.version or (DEVELOPMENT if wanted.is_devel else "")
        try:
            entry = index.get(chart, version)
        except ChartUnknown as error:
            where = repository.name or repository.url
            raise NotFound(
                f'chart "{chart}" matching {version} not found in {where} index. '
                f"(try 'moorage repo update'): {error.message}",
                error.hint,
            ) from None
        if not entry.urls:
            raise RemoteError(f'chart "{chart}" has no downloadable URLs')
        url = archive_url(repository.url, entry.urls[0])
        if url.startswith(SCHEME):
            inner = replace(wanted, chart=url, version="", repository=None)
            fetched = self._from_registry(inner)
            self._require_indexed(fetched.path, entry.digest, url)
            name = f"{entry.metadata.name}-{entry.metadata.version}.tgz"
            return replace(fetched, file_name=name, reference="", digest="")
        fetched = self._from_url(wanted, repository, url, entry.digest)
        return replace(fetched, chosen_version=entry.metadata.version)

    def _from_url(
        self, wanted: Wanted, repository: ClassicRepository, url: str, digest: str
    ) -> Fetched:
        way = self._way(repository)
        provenance = repository.fetch_provenance(url, way) if wanted.wants_provenance else None
        return Fetched(
            path=repository.download(url, digest, self.paths.partial_downloads, self.progress, way),
            file_name=_file_name(url),
            provenance=provenance,
        )

    def _way(self, repository: ClassicRepository) -> Transport:
        """The command's TLS options where there are any, else those kept with the repository."""
        return self.transport if self.transport.tls != Tls() else Transport(repository.tls)

    def _require_indexed(self, path: Path, digest: str, url: str) -> None:
        found = Blob.of(path).digest.encoded
        if digest and found != digest:
            path.unlink()
            raise ContentMismatch(f"{url} has sha256 {found}, the index says {digest}")


def _require_same(named: Digest | None, reference: Reference) -> None:
    """A tag beside a digest has to name it."""
    if named != reference.digest:
        raise ContentMismatch(
            f"chart reference digest mismatch: {named} is not {reference.digest}",
            "leave the tag out to get that digest, or the digest to get what the tag names now",
        )


def _file_name(url: str) -> str:
    name = PurePosixPath(unquote(urlsplit(url).path)).name
    if not name or name in (".", "..") or "/" in name or "\\" in name or "\x00" in name:
        raise RemoteError(f"{url} names no file")
    return name
