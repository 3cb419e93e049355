"""Helm 3.8.1 and 4.3.1: which tag a version, a range or nothing means."""

from __future__ import annotations

import re

from tests.clients.helm_oci.place import (
    Place,
    field_of,
    package_chart,
    pull_chart,
    push_chart,
)
from tests.clients.machine import Tool
from tests.clients.registry import BOTH_SCHEMES, tree_of

pytestmark = BOTH_SCHEMES

NOTICE = """contains an underscore.

OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry.
"""


def test_a_plus_in_the_version_becomes_an_underscore(logged_in: Tool, place: Place) -> None:
    """In the tag only; the pulled file has the plus again."""
    archive = package_chart(logged_in, "etherpad", "1.3.0+build.7")
    pushed = logged_in("push", archive, place.url)

    pulled = pull_chart(logged_in, place, "--version", "1.3.0+build.7")

    assert f"{place.path}/etherpad:1.3.0_build.7 {NOTICE}" in pushed.stdout + pushed.stderr
    assert field_of(pulled, "Pulled") == f"{place.path}/etherpad:1.3.0_build.7"
    assert tree_of(logged_in.machine.work) == ["etherpad-1.3.0+build.7.tgz"]


def test_a_range_takes_the_highest_tag_that_fits(logged_in: Tool, place: Place) -> None:
    """Found by the list of tags; pre-releases count only with --devel."""
    for version in ("0.0.4", "1.2.3", "1.3.0+build.7", "2.0.0-rc.1"):
        push_chart(logged_in, place, version)

    def tag(*asked: str) -> str:
        return field_of(pull_chart(logged_in, place, *asked), "Pulled").rpartition(":")[2]

    assert tag("--version", "^1.0") == "1.3.0_build.7"
    assert tag("--version", "~1.2.0") == "1.2.3"
    assert tag("--version", "<1") == "0.0.4"
    assert tag() == "1.3.0_build.7"
    assert tag("--devel") == "2.0.0-rc.1"


def test_a_range_that_nothing_fits_is_an_error(logged_in: Tool, place: Place) -> None:
    push_chart(logged_in, place, "0.0.4")

    failed = logged_in.fails("pull", place.chart(), "--version", ">=9")

    assert "could not locate a version matching provided version string >=9" in (
        failed.stderr.lower()
    )


def test_what_is_missing_is_not_found(logged_in: Tool, place: Place) -> None:
    """A missing version, a missing repository, and the tags of a missing repository."""
    push_chart(logged_in, place, "0.0.4")

    version = logged_in.fails("pull", place.chart(), "--version", "9.9.9")
    repository = logged_in.fails("pull", place.chart("nothere"), "--version", "1.0.0")
    tags = logged_in.fails("pull", place.chart("nothere"))

    assert version.stderr.endswith(f"{place.path}/etherpad:9.9.9: not found\n")
    assert repository.stderr.endswith(f"{place.path}/nothere:1.0.0: not found\n")
    assert re.search("status code 404: name unknown: ", tags.stderr), tags
