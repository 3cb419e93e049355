"""Classic chart repositories: a list of them, their cached indexes, and downloads.

repositories.yaml   {apiVersion, generated, repositories: [{name, url, username, ...}]}
repositories.lock   flock: Helm takes the same
NAME-index.yaml     the index as it was served        NAME-charts.txt   a chart's name a line
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from moorage.charts.errors import ChartError
from moorage.charts.helm_yaml import dump, load_text
from moorage.charts.index import BYTES as INDEX_BYTES
from moorage.charts.index import Index
from moorage.oci.digest import Digest
from moorage.remote.credentials import Credential
from moorage.remote.downloads import Expected, Progress, download, no_progress
from moorage.remote.errors import NotFound, Refused, RemoteError
from moorage.remote.files import write_whole
from moorage.remote.transport import Answer, Tls, Transport

_TRUE = frozenset({"true", "True"})


@dataclass(frozen=True, slots=True)
class ClassicRepository:
    """A repository as repositories.yaml lists it. The password lies there in clear, as in Helm."""

    name: str
    url: str
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    is_unverified: bool = False
    passes_credentials: bool = False
    """Whether the credentials go to other hosts that the index names."""

    def __repr__(self) -> str:
        return f"ClassicRepository({self.name!r}, {self.url!r})"

    @classmethod
    def of(cls, item: dict[str, Any]) -> ClassicRepository:
        def text(key: str) -> str:
            return str(item.get(key) or "")

        return cls(
            text("name"),
            text("url"),
            text("username"),
            text("password"),
            text("caFile"),
            text("certFile"),
            text("keyFile"),
            text("insecure_skip_tls_verify") in _TRUE,
            text("pass_credentials_all") in _TRUE,
        )

    def as_document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "url": self.url,
            "username": self.username,
            "password": self.password,
            "caFile": self.ca_file,
            "certFile": self.cert_file,
            "keyFile": self.key_file,
            "insecure_skip_tls_verify": self.is_unverified,
            "pass_credentials_all": self.passes_credentials,
        }

    @property
    def tls(self) -> Tls:
        ca, cert, key = (
            Path(name) if name else None for name in (self.ca_file, self.cert_file, self.key_file)
        )
        return Tls(ca, cert, key, self.is_unverified)

    def fetch_index(self, transport: Transport | None = None) -> bytes:
        """index.yaml as it is served. Raises RemoteError."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https"):
            hint = (
                "a registry needs no repo add: moorage pull oci://HOST/NAME"
                if parts.scheme == "oci"
                else "a repository's URL starts with https:// or http://"
            )
            raise RemoteError(f"could not find protocol handler for: {parts.scheme}", hint)
        url = parts._replace(path=f"{parts.path.rstrip('/')}/index.yaml").geturl()
        way = transport or Transport(self.tls)
        answer = way.request("GET", url, self._headers_for(url), most_bytes=INDEX_BYTES)
        if answer.status != 200:
            raise _refusal(url, answer)
        return answer.data

    def download(
        self,
        url: str,
        digest: str,
        partial_folder: Path,
        progress: Progress = no_progress,
        transport: Transport | None = None,
    ) -> Path:
        """Fetch an archive; `digest` is the index's (hex sha256, or nothing) and is checked.

        The whole file, for the caller to move away. Raises NotFound, ContentMismatch.
        """
        way = transport or Transport(self.tls)
        headers = self._headers_for(url) | {"Accept": "application/gzip,application/octet-stream"}

        def fetch(more: dict[str, str]) -> Answer:
            answer = way.request("GET", url, headers | more, stream=True)
            if answer.status not in (200, 206):
                answer.read()
                raise _refusal(url, answer)
            return answer

        expected = Expected(Digest.parse(f"sha256:{digest}") if digest else None)
        name = digest or f"url-{sha256(url.encode()).hexdigest()}"
        return download(fetch, expected, partial_folder / name, progress)

    def fetch_provenance(self, archive_url: str, transport: Transport | None = None) -> bytes:
        """Raises NotFound."""
        url = f"{archive_url}.prov"
        answer = (transport or Transport(self.tls)).request("GET", url, self._headers_for(url))
        if answer.status != 200:
            raise NotFound(
                f'failed to fetch provenance "{url}"', "the chart is not signed, or not in public"
            )
        return answer.data

    def _headers_for(self, url: str) -> dict[str, str]:
        """Credentials go to the repository's own scheme, host and port."""
        ours, theirs = urlsplit(self.url), urlsplit(url)
        is_same = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
        if not self.username or not (is_same or self.passes_credentials):
            return {}
        return {"Authorization": Credential(self.username, self.password).basic}


@dataclass(frozen=True, slots=True)
class RepositoryList:
    """repositories.yaml and the folder of cached indexes."""

    config: Path
    cache: Path

    def all(self) -> list[ClassicRepository]:
        """As they were added. Raises RemoteError for a file that cannot be read."""
        try:
            document = load_text(self.config.read_bytes(), str(self.config))
        except FileNotFoundError:
            return []
        except ChartError as error:
            raise RemoteError(error.message) from None
        listed = document.get("repositories") if isinstance(document, dict) else None
        return [ClassicRepository.of(item) for item in listed or [] if isinstance(item, dict)]

    def get(self, name: str) -> ClassicRepository:
        """Raises NotFound."""
        found = next((known for known in self.all() if known.name == name), None)
        if found is None:
            raise NotFound(f"repo {name} not found", f"add it: moorage repo add {name} URL")
        return found

    def put(self, repository: ClassicRepository) -> None:
        """Add it, in the place of one with its name if there is one."""

        def change(known: list[ClassicRepository]) -> list[ClassicRepository]:
            names = [one.name for one in known]
            if repository.name not in names:
                return [*known, repository]
            return [repository if one.name == repository.name else one for one in known]

        self._change(change)

    def remove(self, name: str) -> bool:
        """False if there was none. Its cached index goes too."""
        was_there = any(known.name == name for known in self.all())
        self._change(lambda known: [one for one in known if one.name != name])
        for path in (self._index_path(name), self._charts_path(name)):
            path.unlink(missing_ok=True)
        return was_there

    def store_index(self, name: str, raw: bytes) -> Index:
        """Keep a fetched index. Raises IndexInvalid, and keeps nothing then."""
        index = Index.parse(raw)
        write_whole(self._index_path(name), raw)
        names = "".join(f"{chart}\n" for chart in index.entries)
        write_whole(self._charts_path(name), names.encode())
        return index

    def cached_index(self, name: str) -> Index:
        """Raises NotFound, IndexInvalid."""
        try:
            return Index.parse(self._index_path(name).read_bytes())
        except FileNotFoundError:
            raise NotFound(
                f"no cached repo found for {name}", "fetch its index: moorage repo update"
            ) from None

    def _index_path(self, name: str) -> Path:
        return self.cache / f"{name}-index.yaml"

    def _charts_path(self, name: str) -> Path:
        return self.cache / f"{name}-charts.txt"

    def _change(self, change: Callable[[list[ClassicRepository]], list[ClassicRepository]]) -> None:
        with _lock(self.config.with_suffix(".lock")):
            changed = change(self.all())
            document = {
                "apiVersion": "",
                "generated": "0001-01-01T00:00:00Z",
                "repositories": [one.as_document() for one in changed],
            }
            # Helm leaves passwords readable by everybody.
            mode = 0o600 if any(one.password for one in changed) else 0o644
            write_whole(self.config, dump(document).encode(), mode)


def _refusal(url: str, answer: Answer) -> RemoteError:
    text = f"failed to fetch {url} : {answer.status} {answer.reason or ''}".rstrip()
    if answer.status == 404:
        return NotFound(text, "is the URL that of a chart repository, without index.yaml?")
    hint = "give --username and --password-stdin" if answer.status in (401, 403) else ""
    return Refused(text, hint, status=answer.status)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
