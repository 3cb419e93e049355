"""The client of any OCI registry. (distribution-spec: Pull, Push, Content Discovery)

    files = CredentialFiles(here().registry_configs)
    registry = Registry("registry.test", files.find("registry.test"))
    raw = registry.repository("helm/etherpad").get_manifest("0.0.4").raw

Every manifest and blob that comes back was checked against its digest.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.manifest import MANIFEST_BYTES, Descriptor
from moorage.oci.name import RepositoryName
from moorage.remote.challenge import Challenge, parse_challenges, preferred
from moorage.remote.credentials import Credential
from moorage.remote.errors import ContentMismatch, Denied, NotFound, Refused, RemoteError
from moorage.remote.tokens import fetch_token, server_message
from moorage.remote.transport import Answer, Transport

ACCEPTED = ", ".join(
    (media.DOCKER_MANIFEST, media.DOCKER_LIST, media.OCI_MANIFEST, media.OCI_INDEX)
)
LIST_PAGES = 10_000
DOCKER_HUB = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}


@dataclass(frozen=True, slots=True)
class RemoteManifest:
    raw: bytes
    media_type: str
    digest: Digest


class Registry:
    """A registry at HOST[:PORT], asked with the credentials of one user or with none."""

    def __init__(
        self, host: str, credential: Credential | None = None, transport: Transport | None = None
    ) -> None:
        self.host = DOCKER_HUB.get(host, host)
        self.credential = credential
        self.transport = transport or Transport()
        self._authorizations: dict[str, str] = {}
        self._lock = threading.Lock()

    def repository(self, name: str, *, is_pushed_to: bool = False) -> Repository:
        actions = "pull,push" if is_pushed_to else "pull"
        return Repository(self, RepositoryName.parse(name), f"repository:{name}:{actions}")

    def log_in(self, credential: Credential) -> Credential:
        """Try a credential; what to keep of it: a refresh token where the registry gives one.

        Raises Denied with the server's message, Unreachable.
        """
        url = self._url("/v2/")
        answer = self.transport.request("GET", url)
        url = self._url("/v2/")
        if answer.status == 200:
            return credential
        challenge = _challenge(answer)
        if challenge is None:
            raise Refused(
                f'Get "{url}": {answer.status}: no registry answers here',
                "is the host right?",
                status=answer.status,
            )
        kept = credential
        if challenge.scheme == "basic":
            authorization = credential.basic
        else:
            token = fetch_token(self.transport, challenge, credential, (), url, is_login=True)
            authorization = token.authorization
            if token.refresh_token:
                kept = Credential(credential.username, "", token.refresh_token)
        answer = self.transport.request("GET", url, {"Authorization": authorization})
        if answer.status != 200:
            raise Denied(server_message(answer), "check the user name and the password")
        return kept

    def list_repositories(self) -> list[str]:
        """`_catalog`, all pages. Raises NotFound where the registry has none."""
        pages = self._pages("/v2/_catalog", "registry:catalog:*")
        return [str(name) for page in pages for name in page.get("repositories") or []]

    def request(
        self,
        method: str,
        target: str,
        scope: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        *,
        stream: bool = False,
        retry: bool = True,
    ) -> Answer:
        """One request, with a token for `scope`; `target` is a path below the host or a URL."""
        url = target if "://" in target else self._url(target)
        is_ours = urlsplit(url).netloc == self.host
        sent = dict(headers or {})
        if is_ours and scope in self._authorizations:
            sent["Authorization"] = self._authorizations[scope]
        answer = self.transport.request(method, url, sent, body, stream=stream, retry=retry)
        # A host that we were sent to may not ask for what only the registry is given.
        is_theirs = urlsplit(answer.url or "").netloc not in ("", self.host)
        if answer.status != 401 or not is_ours or is_theirs:
            return answer
        answer.drain_conn()
        url = target if "://" in target else self._url(target)
        authorization = self._authorize(answer, scope, sent.get("Authorization"), url)
        if authorization is None:
            return answer
        sent["Authorization"] = authorization
        if hasattr(body, "seek"):
            body.seek(0)
        return self.transport.request(method, url, sent, body, stream=stream, retry=retry)

    def _authorize(self, answer: Answer, scope: str, used: str | None, url: str) -> str | None:
        """The header that answers a 401, or None where there is nothing better than was sent."""
        challenge = _challenge(answer)
        with self._lock:
            known = self._authorizations.get(scope)
            if known is not None and known != used:
                return known  # another thread has just got it
            if challenge is None or (challenge.scheme == "basic" and self.credential is None):
                return None
            if challenge.scheme == "basic":
                assert self.credential is not None
                found = self.credential.basic
            else:
                scopes = [scope] if scope else []
                token = fetch_token(self.transport, challenge, self.credential, scopes, url)
                found = token.authorization
            self._authorizations[scope] = found
            return None if found == used else found

    def _pages(self, path: str, scope: str) -> Iterator[dict[str, Any]]:
        """Answers of a list, following `Link: <...>; rel="next"`. (end-8)"""
        seen: set[str] = set()
        while path and path not in seen and len(seen) < LIST_PAGES:
            seen.add(path)
            answer = self.request("GET", path, scope)
            if answer.status != 200:
                raise refusal("GET", self._url(path), answer, self)
            try:
                page = json.loads(answer.data)
            except ValueError:
                raise RemoteError(f"{self._url(path)} does not answer with JSON") from None
            yield page if isinstance(page, dict) else {}
            path = self._next_path(path, answer.headers.get("Link"))

    def _next_path(self, path: str, link: str | None) -> str:
        if not link or 'rel="next"' not in link.replace("rel=next", 'rel="next"'):
            return ""
        url = urlsplit(urljoin(self._url(path), link.partition("<")[2].partition(">")[0]))
        return f"{url.path}?{url.query}" if url.query else url.path

    def _url(self, path: str) -> str:
        return self.transport.url(self.host, path)


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository of a registry. `scope` is what its tokens are asked for."""

    registry: Registry
    name: RepositoryName
    scope: str

    def list_tags(self) -> list[str]:
        """Every tag, of all pages. Raises NotFound, Denied."""
        pages = self.registry._pages(f"/v2/{self.name}/tags/list", self.scope)
        return [str(tag) for page in pages for tag in page.get("tags") or []]

    def find_digest(self, reference: str) -> Digest | None:
        """The digest that a tag names, by HEAD; None if there is no such tag. Raises Denied."""
        answer = self._manifest_request("HEAD", reference)
        if answer.status == 404:
            return None
        self._require(answer, "HEAD", f"manifests/{reference}")
        header = answer.headers.get("Docker-Content-Digest")
        return Digest.parse(header) if header else self.get_manifest(reference).digest

    def get_manifest(self, reference: str) -> RemoteManifest:
        """By tag or digest. Raises NotFound, Denied, ContentMismatch."""
        answer = self._manifest_request("GET", reference)
        if answer.status == 404:
            raise NotFound(f"{self.full_name}{_separator(reference)}{reference}: not found")
        self._require(answer, "GET", f"manifests/{reference}")
        raw = answer.data
        if len(raw) > MANIFEST_BYTES:
            raise RemoteError(f"the manifest {reference} has more than {MANIFEST_BYTES} bytes")
        stated = reference if ":" in reference else answer.headers.get("Docker-Content-Digest")
        digest = Digest.of(raw)
        if stated:
            wanted = Digest.parse(stated)
            digest = Digest.of(raw, wanted.algorithm)
            if digest != wanted:
                raise ContentMismatch(f"the manifest {reference} has digest {digest}, not {wanted}")
        media_type = (answer.headers.get("Content-Type") or "").partition(";")[0].strip()
        return RemoteManifest(raw, media_type, digest)

    def put_manifest(self, reference: str, raw: bytes, media_type: str) -> None:
        path = f"manifests/{reference}"
        headers = {"Content-Type": media_type}
        answer = self.registry.request("PUT", self._path(path), self.scope, headers, raw)
        if answer.status not in (200, 201, 202):
            raise refusal("PUT", self._path(path), answer, self.registry)

    def has_blob(self, digest: Digest) -> bool:
        answer = self.registry.request("HEAD", self._path(f"blobs/{digest}"), self.scope)
        if answer.status == 404:
            return False
        self._require(answer, "HEAD", f"blobs/{digest}")
        return True

    def read_blob(self, descriptor: Descriptor) -> bytes:
        """A small blob. Raises NotFound, ContentMismatch."""
        path = f"blobs/{descriptor.digest}"
        answer = self.registry.request("GET", self._path(path), self.scope)
        self._require(answer, "GET", path)
        content = answer.data
        if Digest.of(content, descriptor.digest.algorithm) != descriptor.digest:
            raise ContentMismatch(f"the registry's blob {descriptor.digest} has other content")
        return content

    @property
    def full_name(self) -> str:
        return f"{self.registry.host}/{self.name}"

    def _manifest_request(self, method: str, reference: str) -> Answer:
        path = self._path(f"manifests/{quote(reference, safe=':')}")
        return self.registry.request(method, path, self.scope, {"Accept": ACCEPTED})

    def _require(self, answer: Answer, method: str, path: str) -> None:
        if answer.status not in (200, 206):
            raise refusal(method, self._path(path), answer, self.registry)

    def _path(self, rest: str) -> str:
        return f"/v2/{self.name}/{rest}"


def refusal(method: str, target: str, answer: Answer, registry: Registry) -> RemoteError:
    """An answer that is no success, as an error that says what to do."""
    said = server_message(answer)
    if answer.status in (401, 403):
        who = registry.credential
        hint = (
            f"log in: moorage registry login {registry.host}"
            if who is None
            else f"{who.username or 'the login'} lacks the right, or the login has expired: "
            f"moorage registry login {registry.host}"
        )
        return Denied(said, hint)
    url = target if "://" in target else registry.transport.url(registry.host, target)
    text = f'{method} "{url}": response status code {answer.status}: {said}'
    if answer.status == 404:
        return NotFound(text, "is the name right?")
    return Refused(text, status=answer.status)


def _challenge(answer: Answer) -> Challenge | None:
    return preferred(parse_challenges(answer.headers.getlist("WWW-Authenticate")))


def _separator(reference: str) -> str:
    return "@" if ":" in reference else ":"
