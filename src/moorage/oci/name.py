"""Names: repositories and tags, parsed once at the edge (distribution-spec, Pulling manifests)."""

from __future__ import annotations

import re

from moorage.oci.digest import Digest
from moorage.oci.errors import NameInvalid, TagInvalid, quoted

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
NAME_LENGTH = 255


class RepositoryName(str):
    """`namespace/rest`, lower case, at most 255 characters."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> RepositoryName:
        """Raises NameInvalid."""
        if len(text) > NAME_LENGTH:
            raise NameInvalid(
                f"repository name {quoted(text)} has {len(text)} characters, at most "
                f"{NAME_LENGTH} are allowed"
            )
        if _NAME.fullmatch(text) is None:
            raise NameInvalid(
                f"repository name {quoted(text)} is not valid: use lower-case letters, digits "
                "and single separators . _ - between them, parts joined by /"
            )
        return cls(text)

    @property
    def namespace(self) -> str:
        return self.partition("/")[0]


class Tag(str):
    """A tag of at most 128 characters."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Tag:
        """Raises TagInvalid."""
        if _TAG.fullmatch(text) is None:
            raise TagInvalid(
                f"tag {quoted(text)} is not valid: at most 128 of a-z A-Z 0-9 _ . -, "
                "not starting with . or -"
            )
        return cls(text)


Reference = Tag | Digest


def parse_reference(text: str) -> Reference:
    """A tag or a digest. Raises DigestInvalid where there is a colon, else TagInvalid."""
    return Digest.parse(text) if ":" in text else Tag.parse(text)
