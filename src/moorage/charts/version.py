"""Versions and constraints: Masterminds' rules, which are Helm's; ordering is the semver package's.

constraint = and-group || and-group ...      and-group = part part ... (blanks or commas)
part       = [= != > >= < <= ~ ^] X[.Y[.Z]][-pre][+build]   or   low - high
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moorage.charts.errors import VersionInvalid, quoted

if TYPE_CHECKING:
    from semver import Version

DEVELOPMENT = ">0.0.0-0"
"""What `--devel` asks for: any version, pre-releases too."""

_LENIENT = re.compile(
    r"v?(?P<major>\d+)(\.(?P<minor>\d+))?(\.(?P<patch>\d+))?"
    r"(?P<rest>(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)"
)
_PART_FORM = (
    r"(?P<operator>=>|=<|>=|<=|!=|~>|=|>|<|~|\^)?\s*"
    r"v?(?P<major>\d+|[xX*])(\.(?P<minor>\d+|[xX*]))?(\.(?P<patch>\d+|[xX*]))?"
    r"(?P<rest>(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?)"
)
_PART = re.compile(rf"\s*{_PART_FORM}(?=[\s,]|$)\s*,?")
_RANGE = re.compile(r"\s*(v?[\dxX*][^\s|,]*)\s+-\s+(v?[\dxX*][^\s|,]*)\s*")
_ALIASES = {"": "=", "=>": ">=", "=<": "<=", "~>": "~"}
LONGEST = 256


def parse_version(text: str) -> Version:
    """A version; a leading v, and a missing minor or patch, are allowed. Raises VersionInvalid."""
    found = _LENIENT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise VersionInvalid(f"{quoted(text)} is not a semantic version, as 1.2.3 is one")
    numbers = (found["major"], found["minor"] or "0", found["patch"] or "0")
    return _version(".".join(str(int(number)) for number in numbers) + found["rest"], text)


def find_version(text: str) -> Version | None:
    """The version, or None where `text` is none."""
    try:
        return parse_version(text)
    except VersionInvalid:
        return None


def is_strict(text: str) -> bool:
    """X.Y.Z[-pre][+build] and nothing left out: the only tags that a search for versions sees."""
    from semver import Version

    return len(text) <= LONGEST and Version.is_valid(text)


def tag_of(version: str) -> str:
    """The tag that stands for a version: tags have no `+`."""
    return version.replace("+", "_")


def version_of_tag(tag: str) -> str:
    return tag.replace("_", "+")


def newest_first(versions: Iterable[str]) -> list[str]:
    """Sorted; what is no version comes last."""
    known = [(found, text) for text in versions if (found := find_version(text)) is not None]
    known.sort(key=lambda pair: pair[0], reverse=True)
    sorted_texts = [text for _, text in known]
    ranked = set(sorted_texts)
    return sorted_texts + [text for text in versions if text not in ranked]


def sort_key(text: str) -> str:
    """Text that sorts, byte by byte, as the version does; what is no version sorts below all.

    A number is led by the count of its digits; a release, `~`, comes after its pre-releases; each
    part of a pre-release ends with a blank, which is below every character that parts may have.
    """
    found = find_version(text)
    if found is None:
        return ""
    key = "".join(_number_key(str(number)) for number in _numbers(found))
    if not found.prerelease:
        return f"{key}~"
    parts = found.prerelease.split(".")
    return f"{key}-" + "".join(
        f"1{_number_key(part)} " if part.isdigit() else f"2{part} " for part in parts
    )


def _number_key(digits: str) -> str:
    return f"{len(digits):03d}{digits}"


def best_of(versions: Iterable[str], wanted: str) -> str | None:
    """The version that `wanted` names: the same text, else the highest that satisfies it.

    No `wanted` is the highest stable version. Raises VersionInvalid for a bad constraint.
    """
    listed = list(versions)
    if wanted and wanted in listed:
        return wanted
    constraint = Constraint.parse(wanted or "*")
    for text in newest_first(listed):
        found = find_version(text)
        if found is not None and constraint.allows(found):
            return text
    return None


@dataclass(frozen=True, slots=True)
class Constraint:
    """Any group must be satisfied, and every part of it."""

    groups: tuple[tuple[Part, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Constraint:
        """Raises VersionInvalid."""
        if len(text) > LONGEST:
            raise VersionInvalid(f"constraint {quoted(text)} is longer than {LONGEST} characters")
        return cls(tuple(_group(group, text) for group in text.split("||")))

    def allows(self, version: Version) -> bool:
        return any(_satisfies(version, group) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison. `given` counts the numbers written: 1 for `1` and `1.x`, 0 for `*`."""

    operator: str
    bound: Version
    given: int

    def allows(self, version: Version) -> bool:
        match self.operator:
            case "=":
                return self._is_equal(version)
            case "!=":
                return not self._is_equal(version)
            case ">":
                return self._is_greater(version)
            case ">=":
                return version >= self.bound
            case "<":
                return version < self.bound
            case "<=":
                return self._is_at_most(version)
            case "~":
                return version >= self.bound and self._shares(version, min(self.given, 2))
            case _:
                return version >= self.bound and self._shares(version, self._kept_by_caret())

    def _is_equal(self, version: Version) -> bool:
        if self.given == 3:
            return version.compare(self.bound) == 0
        return version >= self.bound and self._shares(version, self.given)

    def _is_greater(self, version: Version) -> bool:
        if self.given in (0, 3):
            return version > self.bound
        return _numbers(version)[: self.given] > _numbers(self.bound)[: self.given]

    def _is_at_most(self, version: Version) -> bool:
        if self.given in (0, 3):
            return version <= self.bound
        return _numbers(version)[: self.given] <= _numbers(self.bound)[: self.given]

    def _kept_by_caret(self) -> int:
        """Numbers that may not change: all up to the first that is not 0."""
        numbers = _numbers(self.bound)[: self.given]
        leading = next((i for i, number in enumerate(numbers) if number), self.given - 1)
        return leading + 1

    def _shares(self, version: Version, count: int) -> bool:
        return _numbers(version)[:count] == _numbers(self.bound)[:count]


def _satisfies(version: Version, group: tuple[Part, ...]) -> bool:
    """A pre-release is only meant where the group names one."""
    if version.prerelease and not any(part.bound.prerelease for part in group):
        return False
    return all(part.allows(version) for part in group)


def _group(text: str, whole: str) -> tuple[Part, ...]:
    text = _RANGE.sub(r" >=\1 <=\2 ", text)
    parts, place = [], 0
    while place < len(text.rstrip()):
        found = _PART.match(text, place)
        if found is None:
            raise VersionInvalid(f"improper constraint: {quoted(whole)}")
        parts.append(_part(found, whole))
        place = found.end()
    if not parts:
        raise VersionInvalid(f"improper constraint: {quoted(whole)}")
    return tuple(parts)


def _part(found: re.Match[str], whole: str) -> Part:
    numbers: list[str] = []
    for name in ("major", "minor", "patch"):
        if found[name] is None or found[name] in "xX*":
            break
        numbers.append(str(int(found[name])))
    given = len(numbers)
    padded = ".".join([*numbers, "0", "0", "0"][:3])
    operator = found["operator"] or ""
    bound = _version(padded + found["rest"], whole)
    return Part(_ALIASES.get(operator, operator), bound, given)


def _version(text: str, shown: str) -> Version:
    from semver import Version

    try:
        return Version.parse(text)
    except ValueError:
        raise VersionInvalid(
            f"{quoted(shown)} is not a semantic version: numbers start with no 0, "
            "parts after - and + are not empty"
        ) from None


def _numbers(version: Version) -> tuple[int, int, int]:
    return version.major, version.minor, version.patch
