"""artifacthub.io/changes, in its two forms and in bad ones."""

from __future__ import annotations

import pytest

from moorage.artifacts.changes import ANNOTATION, ChangeLink, ChartChange, changes_of


def test_changes_are_sentences_or_maps() -> None:
    text = """
- Plain sentence
- kind: Security
  description: Closes a hole
  links:
    - name: Advisory
      url: https://example.com/1
    - name: Not a page
      url: javascript:alert(1)
- kind: nonsense
  description: "42"
- description: [a, b]
"""

    found = changes_of({ANNOTATION: text})

    assert found.problem == ""
    assert found.changes == (
        ChartChange("", "Plain sentence", ()),
        ChartChange(
            "security", "Closes a hole", (ChangeLink("Advisory", "https://example.com/1"),)
        ),
        ChartChange("", "42", ()),
    )


@pytest.mark.parametrize(
    "text", ["{", "a: b", "- " * 5000, "&a [*a, *a]", "\x00", "- !!python/object:x y"]
)
def test_what_is_no_list_of_changes_is_told_or_left_out(text: str) -> None:
    found = changes_of({ANNOTATION: text})

    assert found.changes == ()


def test_no_annotation_is_no_change() -> None:
    assert changes_of({}).changes == ()
    assert changes_of({}).problem == ""
