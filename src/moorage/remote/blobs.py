"""Uploading blobs, resumed where the way broke."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urljoin

from moorage.oci.digest import Digest
from moorage.oci.manifest import Descriptor
from moorage.remote.client import Repository, refusal
from moorage.remote.downloads import (
    ATTEMPTS,
    Expected,
    Interrupted,
    Progress,
    download,
    no_progress,
)
from moorage.remote.errors import NotFound, RemoteError, Unreachable
from moorage.remote.transport import STATUSES, Answer


@dataclass(frozen=True, slots=True)
class Blob:
    """Content that lies here: in memory or in a file."""

    digest: Digest
    size_bytes: int
    source: bytes | Path

    @classmethod
    def of(cls, source: bytes | Path) -> Blob:
        if isinstance(source, bytes):
            return cls(Digest.of(source), len(source), source)
        return cls(Digest.of_file(source), source.stat().st_size, source)

    def open(self) -> BinaryIO:
        return BytesIO(self.source) if isinstance(self.source, bytes) else self.source.open("rb")


def upload_blob(repository: Repository, blob: Blob, progress: Progress = no_progress) -> bool:
    """Upload unless the registry has it; False if it had. Raises Denied, Refused, Unreachable."""
    if repository.has_blob(blob.digest):
        progress(blob.size_bytes)
        return False
    location, sent = "", 0
    for attempt in range(1, ATTEMPTS + 1):
        try:
            location = location or _start_upload(repository)
            _send(repository, blob, location, sent, progress)
            return True
        except Interrupted as broken:
            if attempt == ATTEMPTS:
                raise broken.reason from None
            location, sent = _where_it_stands(repository, location)
    raise AssertionError("the loop returns or raises")


def download_blob(
    repository: Repository,
    descriptor: Descriptor,
    partial_folder: Path,
    progress: Progress = no_progress,
) -> Path:
    """Fetch a blob; the whole, checked file, for the caller to move away (see `download`).

    Raises ContentMismatch, NotFound, Denied, Unreachable.
    """
    path = f"/v2/{repository.name}/blobs/{descriptor.digest}"

    def fetch(headers: dict[str, str]) -> Answer:
        answer = repository.registry.request("GET", path, repository.scope, headers, stream=True)
        if answer.status not in (200, 206):
            answer.read()
            if answer.status == 404:
                raise NotFound(f"{repository.full_name}@{descriptor.digest}: not found")
            raise refusal("GET", path, answer, repository.registry)
        return answer

    expected = Expected(descriptor.digest, descriptor.size_bytes)
    return download(fetch, expected, partial_folder / descriptor.digest.encoded, progress)


class _Counted:
    """A file that tells how much of it is read. urllib3 reads it piece by piece."""

    def __init__(self, stream: BinaryIO, start: int, progress: Progress) -> None:
        self._stream, self._start, self._progress = stream, start, progress
        stream.seek(start)

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self._progress(len(piece))
        return piece

    def seek(self, place: int) -> None:
        self._stream.seek(self._start + place)


def _start_upload(repository: Repository) -> str:
    path = f"/v2/{repository.name}/blobs/uploads/"
    answer = repository.registry.request("POST", path, repository.scope, {"Content-Length": "0"})
    if answer.status != 202:
        raise refusal("POST", path, answer, repository.registry)
    return _location(repository, path, answer)


def _send(
    repository: Repository, blob: Blob, location: str, start: int, progress: Progress
) -> None:
    """The bytes from `start` on, and the end of the upload."""
    registry = repository.registry
    if start:
        location = _send_rest(repository, blob, location, start, progress)
    url = f"{location}{'&' if '?' in location else '?'}digest={quote(blob.digest, safe='')}"
    left = 0 if start else blob.size_bytes
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(left)}
    with blob.open() as stream:
        body = b"" if start else _Counted(stream, 0, progress)
        answer = _once(repository, "PUT", url, headers, body)
    if answer.status not in (201, 204):
        raise refusal("PUT", url, answer, registry)


def _send_rest(
    repository: Repository, blob: Blob, location: str, start: int, progress: Progress
) -> str:
    left = blob.size_bytes - start
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(left),
        "Content-Range": f"{start}-{blob.size_bytes - 1}",
    }
    with blob.open() as stream:
        body = _Counted(stream, start, progress)
        answer = _once(repository, "PATCH", location, headers, body)
    if answer.status != 202:
        raise refusal("PATCH", location, answer, repository.registry)
    return _location(repository, location, answer)


def _once(
    repository: Repository, method: str, url: str, headers: dict[str, str], body: object
) -> Answer:
    """Sent once: after a failure the registry is asked how far the upload came."""
    try:
        answer = repository.registry.request(
            method, url, repository.scope, headers, body, retry=False
        )
    except Unreachable as error:
        raise Interrupted(error) from None
    if answer.status in STATUSES:
        raise Interrupted(refusal(method, url, answer, repository.registry))
    return answer


def _where_it_stands(repository: Repository, location: str) -> tuple[str, int]:
    """Where to go on: the upload's location and offset, or nothing to start anew. (end-13)"""
    if not location:
        return "", 0
    answer = repository.registry.request("GET", location, repository.scope)
    kept = answer.headers.get("Range", "").rpartition("-")[2]
    if answer.status != 204 or not kept.isdigit() or int(kept) == 0:
        return "", 0
    return _location(repository, location, answer), int(kept) + 1


def _location(repository: Repository, asked: str, answer: Answer) -> str:
    registry = repository.registry
    base = asked if "://" in asked else registry.transport.url(registry.host, asked)
    found = answer.headers.get("Location")
    if not found:
        raise RemoteError(f"the registry names no Location for the upload at {base}")
    return urljoin(base, found)
