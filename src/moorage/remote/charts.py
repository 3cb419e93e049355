"""Charts in registries: the verbs push and pull. (charts/manifest.py draws what is pushed)"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from moorage.charts.manifest import OLD_LAYER, find_parts
from moorage.charts.version import (
    DEVELOPMENT,
    best_of,
    find_version,
    is_strict,
    newest_first,
    version_of_tag,
)
from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import RegistryError
from moorage.oci.manifest import Descriptor, Manifest, parse_manifest
from moorage.remote.blobs import Blob, upload_blob
from moorage.remote.client import RemoteManifest, Repository
from moorage.remote.downloads import Progress, no_progress
from moorage.remote.errors import NotFound, RemoteError

PARALLEL = 4
NEAREST = 5


@dataclass(frozen=True, slots=True)
class RemoteChart:
    """A chart's manifest in a registry. `digest` is what the tag names: an index, if it is one."""

    digest: Digest
    manifest: RemoteManifest
    config: Descriptor
    layer: Descriptor
    provenance: Descriptor | None

    @property
    def is_of_old_type(self) -> bool:
        return self.layer.media_type == OLD_LAYER


def push(
    repository: Repository,
    tag: str,
    manifest: bytes,
    blobs: Iterable[Blob],
    progress: Progress = no_progress,
) -> Digest:
    """Upload what is missing, several blobs at once, then the manifest. Raises RemoteError."""
    wanted = list(blobs)
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda blob: upload_blob(repository, blob, progress), wanted))
    repository.put_manifest(tag, manifest, media.OCI_MANIFEST)
    return Digest.of(manifest)


def find_chart(repository: Repository, reference: str) -> RemoteChart:
    """The chart that a tag or digest names, looked for in an index too. Raises NotFound."""
    found = _get_manifest(repository, reference)
    named = found.digest
    parsed = _parsed(found, reference)
    if parsed.is_index:
        found, parsed = _chart_of_index(repository, parsed, reference)
    parts = find_parts(parsed)
    if parts is None or parts.archive is None:
        kind = parsed.config.media_type if parsed.config else parsed.media_type
        raise RemoteError(
            f"{repository.full_name}:{reference} is not a Helm chart, it is a {kind}",
            "images are pulled with podman, other artifacts with oras",
        )
    return RemoteChart(named, found, parts.config, parts.archive, parts.provenance)


def tag_for(repository: Repository, wanted: str, is_devel: bool) -> str:
    """The tag for a version: an exact one is the tag, else the best of all. Raises RemoteError."""
    if wanted and find_version(wanted) is not None:
        return wanted.replace("+", "_")
    tags = [tag for tag in repository.list_tags() if is_strict(version_of_tag(tag))]
    if not tags:
        raise NotFound(
            f"unable to locate any tags in provided repository: oci://{repository.full_name}",
            "only tags that are versions count, as 1.2.3",
        )
    best = best_of(
        [version_of_tag(tag) for tag in tags], wanted or (DEVELOPMENT if is_devel else "")
    )
    if best is None:
        raise NotFound(
            f"could not locate a version matching provided version string {wanted}".rstrip(),
            f"there are: {', '.join(nearest(wanted, tags))}"
            + ("" if is_devel else "; --devel takes pre-releases too"),
        )
    return best.replace("+", "_")


def nearest(wanted: str, tags: Iterable[str]) -> list[str]:
    """Tags like the one that is not there; the newest where none is."""
    import difflib

    listed = list(tags)
    close = difflib.get_close_matches(wanted, listed, NEAREST)
    return close or newest_first(listed)[:NEAREST]


def _get_manifest(repository: Repository, reference: str) -> RemoteManifest:
    """With the nearest tags in the hint where the tag is missing."""
    try:
        return repository.get_manifest(reference)
    except NotFound as missing:
        try:
            tags = repository.list_tags()
        except RemoteError:
            raise missing from None
        if ":" in reference or not tags:
            raise missing from None
        raise NotFound(
            missing.message, f"tags like it: {', '.join(nearest(reference, tags))}"
        ) from None


def _chart_of_index(
    repository: Repository, index: Manifest, reference: str
) -> tuple[RemoteManifest, Manifest]:
    for child in index.children:
        found = repository.get_manifest(child.digest)
        parsed = _parsed(found, child.digest)
        if parsed.config is not None and parsed.config.media_type == media.HELM_CONFIG:
            return found, parsed
    raise RemoteError(f"the index {repository.full_name}:{reference} holds no Helm chart")


def _parsed(found: RemoteManifest, reference: str) -> Manifest:
    try:
        return parse_manifest(found.raw, found.media_type)
    except RegistryError as error:
        raise RemoteError(f"the manifest {reference} cannot be read: {error.message}") from None
