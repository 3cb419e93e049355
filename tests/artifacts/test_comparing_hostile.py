"""Two charts that were made to be hard to compare: an answer comes all the same, and soon."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.api.conftest import Api
from tests.artifacts.things import push_chart, read

SECONDS = 10
FEW_LINES = "\n".join("ab"[number % 2] for number in range(1_900))
MANY_LINES = "\n".join("ab"[number % 3 > 0] for number in range(18_000))


def compared(api: Api, name: str, old: dict[str, str], new: dict[str, str]) -> Any:
    """The comparison of two charts with these files."""
    repository = f"hard/{name}"
    for version, files in (("1.0.0", old), ("2.0.0", new)):
        digest = push_chart(api, repository, version, {**files})
        assert read(api, repository, digest)["state"] == "described"
    start = time.monotonic()
    answer = api("GET", f"/repository/{repository}/compare?from=1.0.0&to=2.0.0")
    assert answer.status == 200, answer
    assert time.monotonic() - start < SECONDS
    return answer.json


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("no-number", ".nan", "nan"),
        ("endless", "-.inf", "-inf"),
        ("date", "2026-11-24", "2026-11-24"),
        ("date-key", "{2026-11-24: 1}", {"2026-11-24": 1}),
        ("huge", "0x" + "f" * 5_000, "0x" + "f" * 5_000),
    ],
)
def test_a_value_that_json_does_not_know_is_shown_as_text(
    api: Api, name: str, value: str, shown: Any
) -> None:
    found = compared(api, name, {"values.yaml": f"a: {value}"}, {"values.yaml": "a: 1"})

    assert [(one["old"], one["new"]) for one in found["values"]] == [(shown, 1)]


def test_values_are_compared_however_deep_they_lie(api: Api) -> None:
    deep = "{a: " * 300 + "1" + "}" * 300

    found = compared(
        api,
        "deep",
        {"values.yaml": f"a: {deep}\nb: {deep}"},
        {"values.yaml": f"a: {deep[:-301]}2" + "}" * 300},
    )

    assert [one["change"] for one in found["values"]] == ["changed", "removed"]


def test_a_list_of_many_values_is_compared(api: Api) -> None:
    old, new = ("[" + "1," * 20_000 + f"{end}]" for end in (1, 2))

    found = compared(api, "list", {"values.yaml": f"a: {old}"}, {"values.yaml": f"a: {new}"})

    assert [one["path"] for one in found["values"]] == ["a[20000]"]


def test_a_text_that_takes_too_long_to_compare_is_shown_as_changed(api: Api) -> None:
    files = {"templates/a.yaml": "one\n", "templates/b.yaml": FEW_LINES, "values.yaml": "a: 1\n"}
    changed = {"templates/a.yaml": "two\n", "templates/b.yaml": MANY_LINES, "values.yaml": "a: 2\n"}

    found = compared(api, "lines", files, changed)

    shown = [(one["name"], one["change"], len(one["hunks"])) for one in found["templates"]]
    assert shown == [("templates/a.yaml", "changed", 1), ("templates/b.yaml", "changed", 0)]
    assert len(found["values_hunks"]) == 1
