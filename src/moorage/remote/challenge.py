"""WWW-Authenticate: what a registry asks for. (RFC 9110, 11.6.1; distribution's token spec)

Bearer realm="https://auth.test/token",service="registry.test",scope="repository:a/b:pull"
Basic realm="Registry"                  several may stand in one header or in several
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_PARAMETER = re.compile(rf'\s*,?\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))')
_SCHEME = re.compile(rf"\s*,?\s*({_TOKEN})(?=\s|$)(?!\s*=)")


@dataclass(frozen=True, slots=True)
class Challenge:
    scheme: str
    """Lower case."""
    parameters: dict[str, str] = field(default_factory=dict)


def parse_challenges(headers: Iterable[str]) -> list[Challenge]:
    """Every challenge, in the order sent; what cannot be understood ends its header."""
    return [challenge for header in headers for challenge in _parse(header)]


def _parse(header: str) -> list[Challenge]:
    found: list[Challenge] = []
    place = 0
    while scheme := _SCHEME.match(header, place):
        parameters: dict[str, str] = {}
        place = scheme.end()
        while parameter := _PARAMETER.match(header, place):
            quoted = parameter[2]
            value = parameter[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            parameters[parameter[1].lower()] = value
            place = parameter.end()
        found.append(Challenge(scheme[1].lower(), parameters))
    return found


def preferred(challenges: Iterable[Challenge]) -> Challenge | None:
    """Bearer where it is offered, else Basic."""
    by_scheme = {challenge.scheme: challenge for challenge in reversed(list(challenges))}
    return by_scheme.get("bearer") or by_scheme.get("basic")
