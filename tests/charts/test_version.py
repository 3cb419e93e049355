"""Versions and constraints: tables of Masterminds' rules, and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.charts.errors import VersionInvalid
from moorage.charts.version import (
    Constraint,
    best_of,
    is_strict,
    newest_first,
    parse_version,
    tag_of,
    version_of_tag,
)

numbers = st.integers(0, 30)
versions = st.builds("{}.{}.{}".format, numbers, numbers, numbers)
pre_releases = st.builds("{}-{}.{}".format, versions, st.sampled_from(["alpha", "rc"]), numbers)
builds = st.builds("{}+b{}".format, versions, numbers)
any_version = versions | pre_releases | builds


@pytest.mark.parametrize(
    ("constraint", "version", "is_allowed"),
    [
        ("*", "1.2.3", True),
        ("*", "1.2.3-rc.1", False),
        ("1.2.3", "1.2.3", True),
        ("=1.2.3", "1.2.4", False),
        ("1.2", "1.2.9", True),
        ("1.x", "1.9.0", True),
        ("1", "2.0.0", False),
        ("!=1.2.3", "1.2.4", True),
        ("!=1.x", "1.2.0", False),
        (">1.2.3", "1.2.4", True),
        (">1", "1.9.9", False),
        (">1.2", "1.2.9", False),
        (">=1.2, <2", "1.9.9", True),
        (">=1.2 <2", "2.0.0", False),
        ("<=1", "1.9.9", True),
        ("<=1.2", "1.3.0", False),
        ("~1.2.3", "1.2.9", True),
        ("~1.2.3", "1.3.0", False),
        ("~1", "1.9.0", True),
        ("~> 1.2", "1.2.7", True),
        ("^1.2.3", "1.9.0", True),
        ("^1.2.3", "2.0.0", False),
        ("^0.2.3", "0.2.9", True),
        ("^0.2.3", "0.3.0", False),
        ("^0.0.3", "0.0.3", True),
        ("^0.0.3", "0.0.4", False),
        ("^0.0", "0.0.9", True),
        ("^0", "0.9.0", True),
        ("1.2 - 1.4", "1.4.9", True),
        ("1.2 - 1.4.5", "1.4.6", False),
        ("^1 || ^3", "3.1.0", True),
        ("^1 || ^3", "2.1.0", False),
        (">0.0.0-0", "2.0.0-rc.1", True),
        (">=1.0.0-rc.1, <2", "1.0.0-rc.2", True),
        ("^1.3", "1.3.0+build.7", True),
        ("v1.2.x", "v1.2.4", True),
    ],
)
def test_a_constraint_allows_what_masterminds_allows(
    constraint: str, version: str, is_allowed: bool
) -> None:
    assert Constraint.parse(constraint).allows(parse_version(version)) is is_allowed


@pytest.mark.parametrize(
    "text", ["", "latest", "1.2.3.4", ">>1", "1.2.3 ||", "^a", "1,,2", "1.02-"]
)
def test_what_is_no_constraint_is_refused(text: str) -> None:
    with pytest.raises(VersionInvalid):
        Constraint.parse(text)


def test_a_version_may_be_short_and_have_a_v() -> None:
    assert str(parse_version("v1.2")) == "1.2.0"
    assert str(parse_version("3-rc.1+b")) == "3.0.0-rc.1+b"


@pytest.mark.parametrize("text", ["", "v", "1.2.3.4", "1.2.3-", "1.2.3-01", "a.b.c", "1.2.3 "])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(VersionInvalid, match="semantic version"):
        parse_version(text)


def test_the_same_text_wins_over_a_higher_version_that_fits() -> None:
    assert best_of(["1.2.9", "1.2", "1.2.3"], "1.2") == "1.2"
    assert best_of(["1.2.9", "1.2.3"], "1.2") == "1.2.9"


def test_pre_releases_are_taken_only_when_asked_for() -> None:
    listed = ["2.0.0-rc.1", "1.3.0", "latest"]

    assert best_of(listed, "") == "1.3.0"
    assert best_of(listed, ">0.0.0-0") == "2.0.0-rc.1"
    assert best_of(listed, ">=3") is None


def test_what_is_no_version_comes_last() -> None:
    assert newest_first(["latest", "1.0.0", "1.10.0", "1.9.0"]) == [
        "1.10.0",
        "1.9.0",
        "1.0.0",
        "latest",
    ]


@given(any_version)
def test_every_version_satisfies_itself_and_its_own_caret_and_tilde(text: str) -> None:
    version = parse_version(text)

    for operator in ("", "=", ">=", "<=", "~", "^"):
        assert Constraint.parse(f"{operator}{text}").allows(version)
    for operator in ("!=", ">", "<"):
        assert not Constraint.parse(f"{operator}{text}").allows(version)


@given(any_version, any_version)
def test_exactly_one_of_less_equal_and_greater_holds(left: str, right: str) -> None:
    version = parse_version(left)
    # A part that names a pre-release lets them in.
    found = [
        Constraint.parse(f"{operator}{right}, >=0.0.0-0").allows(version) for operator in "<=>"
    ]

    assert found.count(True) == 1


@given(any_version)
def test_a_tag_gives_its_version_back(text: str) -> None:
    assert version_of_tag(tag_of(text)) == text
    assert is_strict(text)


@given(st.text(max_size=40))
def test_any_text_is_a_constraint_or_refused(text: str) -> None:
    try:
        parsed = Constraint.parse(text)
    except VersionInvalid:
        return
    assert parsed.groups
