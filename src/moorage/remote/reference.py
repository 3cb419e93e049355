"""References: where an artifact lies. `[oci://]HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]`"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from ipaddress import ip_address

from moorage.oci.digest import Digest
from moorage.oci.errors import RegistryError
from moorage.oci.name import RepositoryName
from moorage.remote.errors import ReferenceInvalid

SCHEME = "oci://"
_FORM = re.compile(
    r"(?P<host>(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?)/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[^:@/]*))?(?:@(?P<digest>.+))?"
)
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._+-]{0,127}")


@dataclass(frozen=True, slots=True)
class Reference:
    """`tag` may hold a `+`, as versions do: on the wire it is `_`."""

    host: str
    repository: RepositoryName
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Raises ReferenceInvalid."""
        found = _FORM.fullmatch(text.removeprefix(SCHEME))
        if found is None:
            raise ReferenceInvalid(
                f"invalid reference: {text!r}", "a reference is HOST/NAME:TAG or HOST/NAME@DIGEST"
            )
        tag, digest = found["tag"], found["digest"]
        if tag is not None and _TAG.fullmatch(tag) is None:
            raise ReferenceInvalid(
                f'invalid reference: invalid tag "{tag}"',
                "a tag has at most 128 of a-z A-Z 0-9 _ . + -, not starting with . or -",
            )
        try:
            repository = RepositoryName.parse(found["repository"])
            return cls(found["host"], repository, tag, Digest.parse(digest) if digest else None)
        except RegistryError as error:
            raise ReferenceInvalid(f"invalid reference: {error.message}") from None

    @property
    def name(self) -> str:
        """HOST/REPOSITORY."""
        return f"{self.host}/{self.repository}"

    @property
    def wire_tag(self) -> str:
        return (self.tag or "").replace("+", "_")

    def with_tag(self, tag: str) -> Reference:
        return replace(self, tag=tag)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.name}{tag}{f'@{self.digest}' if self.digest else ''}"


def require_host(text: str) -> str:
    """A registry's HOST[:PORT]. Raises ReferenceInvalid."""
    if _HOST.fullmatch(text) is None:
        bare = text.partition("://")[2] or text
        raise ReferenceInvalid(
            f'invalid reference: invalid registry "{text}"',
            f"a login is for a host, without scheme and path: {bare.partition('/')[0]}",
        )
    return text


def is_loopback(host: str) -> bool:
    """Whether HOST[:PORT] is this machine, where plain HTTP is expected."""
    bare = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ip_address(bare.strip("[]")).is_loopback
    except ValueError:
        return False
