"""Copying an artifact from one repository to another: an image, a chart, an index, anything.

What the target has already is not sent again. The bytes of manifests stay as they are, and so
do their digests.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from moorage.oci.digest import Digest
from moorage.oci.errors import RegistryError
from moorage.oci.manifest import Descriptor, Manifest, parse_manifest
from moorage.remote.blobs import Blob, download_blob, upload_blob
from moorage.remote.client import RemoteManifest, Repository
from moorage.remote.downloads import Progress, no_progress
from moorage.remote.errors import RemoteError

PARALLEL = 4
INDEX_DEPTH = 4
"""How deep indexes may lie in indexes."""


def copy(
    source: Repository,
    reference: str,
    target: Repository,
    tag: str,
    partial_folder: Path,
    progress: Progress = no_progress,
) -> Digest:
    """Copy what a tag or digest names, and let `tag` name it there. Raises RemoteError.

    `partial_folder` keeps what came of a blob when the way breaks, for the next try.
    """
    found = source.get_manifest(reference)
    _copy_parts(source, found, target, partial_folder, progress, INDEX_DEPTH)
    target.put_manifest(tag, found.raw, found.media_type)
    return found.digest


def _copy_parts(
    source: Repository,
    found: RemoteManifest,
    target: Repository,
    partial_folder: Path,
    progress: Progress,
    depth: int,
) -> None:
    """The blobs of a manifest; of an index the manifests in it, with theirs."""
    manifest = _parsed(found)
    if manifest.children and depth == 0:
        raise RemoteError(f"the index {found.digest} lies in more than {INDEX_DEPTH} others")
    for child in manifest.children:
        inner = source.get_manifest(child.digest)
        _copy_parts(source, inner, target, partial_folder, progress, depth - 1)
        target.put_manifest(child.digest, inner.raw, inner.media_type)

    def copy_blob(descriptor: Descriptor) -> None:
        if target.has_blob(descriptor.digest):
            progress(descriptor.size_bytes)
            return
        path = download_blob(source, descriptor, partial_folder)
        try:
            upload_blob(target, Blob(descriptor.digest, descriptor.size_bytes, path), progress)
        finally:
            path.unlink()

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(copy_blob, {blob.digest: blob for blob in manifest.blobs}.values()))


def _parsed(found: RemoteManifest) -> Manifest:
    try:
        return parse_manifest(found.raw, found.media_type)
    except RegistryError as error:
        raise RemoteError(f"the manifest {found.digest} cannot be read: {error.message}") from None
