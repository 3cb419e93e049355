"""Image references as people write them in values and templates.

[host[:port]/]path[:tag][@digest]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LENGTH = 512
_DOCKER_HUB = ("index.docker.io/", "docker.io/", "library/")
"""What may be left out of a name. (distribution: reference)"""
_REFERENCE = re.compile(
    r"(?P<name>[a-zA-Z0-9][a-zA-Z0-9._/-]*(?::[0-9]{2,5}/[a-z0-9][a-z0-9._/-]*)?)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(?P<digest>[a-z0-9]+:[a-f0-9]{64,128}))?"
)


@dataclass(frozen=True, slots=True)
class ImageName:
    name: str
    tag: str
    digest: str


def image_name(reference: str) -> ImageName:
    """The parts of a reference, Docker Hub's prefixes left out; what has no such form is a name."""
    found = _REFERENCE.fullmatch(reference) if len(reference) <= LENGTH else None
    if found is None:
        return ImageName(reference, "", "")
    name = found["name"]
    for prefix in _DOCKER_HUB:
        name = name.removeprefix(prefix)
    return ImageName(name, found["tag"] or "", found["digest"] or "")


def is_reference(text: str) -> bool:
    return len(text) <= LENGTH and _REFERENCE.fullmatch(text) is not None
