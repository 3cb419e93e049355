"""Chart.yaml, .helmignore, YAML and folders."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.charts.chart import Metadata
from moorage.charts.errors import ChartError, MetadataInvalid
from moorage.charts.folder import read_folder, unpack_archive, write_folder
from moorage.charts.helm_yaml import dump, load_text, load_values
from moorage.charts.ignore import IgnoreRules
from moorage.charts.lint import lint_folder
from tests.charts.test_archive import CHART, archive


def test_versions_stay_the_text_that_was_written() -> None:
    """YAML would make 1.1 of 1.10, and true of on."""
    raw = b"apiVersion: v2\nname: on\nversion: 1.10.0\nappVersion: 1.10\nannotations: {a: yes}\n"

    document = Metadata.parse(raw).document

    assert document["appVersion"] == "1.10"
    assert document["name"] == "on"
    assert document["annotations"] == {"a": "yes"}


def test_the_config_is_compact_and_keeps_helms_order() -> None:
    raw = (
        b"type: application\nversion: 1.0.0\nname: a\napiVersion: v2\ndescription: <b> & c\nx: 1\n"
    )

    assert Metadata.parse(raw).as_json() == (
        b'{"name":"a","version":"1.0.0","description":"\\u003cb\\u003e \\u0026 c",'
        b'"apiVersion":"v2","type":"application"}'
    )


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"name: a\nversion: 1.0.0\n", "chart.metadata.apiVersion is required"),
        (b"apiVersion: v2\nversion: 1.0.0\n", "chart.metadata.name is required"),
        (b"apiVersion: v2\nname: a\n", "chart.metadata.version is required"),
        (b"apiVersion: v2\nname: a\nversion: x\n", 'chart.metadata.version "x" is invalid'),
        (b"apiVersion: v2\nname: ../a\nversion: 1.0.0\n", "chart.metadata.name ../a is invalid"),
        (b"apiVersion: v2\nname: a\nversion: 1.0.0\ntype: x\n", "must be application or library"),
        (b"- a\n", "not a map"),
        (b"a: [\n", "not YAML"),
        (b"keywords: {a: b}\n", "keywords is not a list"),
        (b"maintainers: [a]\n", "not a map"),
    ],
)
def test_bad_metadata_is_refused_with_a_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(MetadataInvalid) as refused:
        Metadata.parse(raw).require_valid()

    assert reason in refused.value.message


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(ChartError, match="aliases"):
        load_text("\n".join(lines), "values.yaml")


def test_an_alias_to_itself_is_refused() -> None:
    with pytest.raises(ChartError, match="nested"):
        load_text("a: &a [*a]", "values.yaml")


def test_booleans_and_texts_like_them_are_told_apart() -> None:
    document = {"deprecated": True, "name": "true", "tags": "<<", "type": "="}

    assert dump(document) == 'deprecated: true\nname: "true"\ntags: <<\ntype: =\n'


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=120) | st.booleans(), max_size=6))
def test_yaml_is_read_back_as_it_was_written(document: dict[str, object]) -> None:
    """Whatever the text is, its quotes keep it text."""
    try:
        written = dump(document)
    except UnicodeEncodeError:
        return  # lone surrogates are not text

    assert load_values(written, "x") == document


@pytest.mark.parametrize(
    ("rules", "path", "is_ignored"),
    [
        ("*.swp", "a/b/c.swp", True),
        ("*.swp", "c.swpx", False),
        ("/top", "top", True),
        ("/top", "a/top", False),
        ("a/b", "a/b", True),
        ("a/b", "x/a/b", False),
        ("docs/", "docs", True),
        ("a?c", "abc", True),
        ("a[0-9].txt", "a5.txt", True),
        ("# *.md\n\n", "x.md", False),
        ("", "templates/.swp", True),
        ("!keep", "other", True),
        ("!keep", "keep", False),
    ],
)
def test_helmignore_ignores_what_helm_ignores(rules: str, path: str, is_ignored: bool) -> None:
    assert IgnoreRules.parse(rules).ignores(path, is_folder=path == "docs") is is_ignored


def test_a_double_star_is_refused() -> None:
    with pytest.raises(ChartError, match="double-star"):
        IgnoreRules.parse("a/**/b")


def test_a_folder_is_read_and_written(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "templates").mkdir(parents=True)
    (source / "Chart.yaml").write_bytes(b"# a comment\n" + CHART)
    (source / "templates" / "b.yaml").write_text("b")
    (source / "notes.md").write_text("n")
    (source / ".helmignore").write_text("*.md\n")

    written = write_folder(read_folder(source), tmp_path)

    assert written == tmp_path / "demo"
    assert sorted(p.name for p in written.rglob("*") if p.is_file()) == [
        ".helmignore",
        "Chart.yaml",
        "b.yaml",
        "values.yaml",
    ]
    assert (written / "Chart.yaml").read_bytes() == CHART


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """An export goes over what is there, but not out of the folder."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "templates").symlink_to(outside)
    source = tmp_path / "source"
    (source / "templates").mkdir(parents=True)
    (source / "Chart.yaml").write_bytes(CHART)
    (source / "templates" / "b.yaml").write_text("b")

    with pytest.raises(ChartError, match="link"):
        write_folder(read_folder(source), tmp_path)

    assert list(outside.iterdir()) == []


def test_unpacking_leaves_nothing_where_something_is(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.2.3.tgz"
    path.write_bytes(archive(("x/Chart.yaml", CHART), ("x/a", b"a")).getvalue())

    assert unpack_archive(path, tmp_path / "to") == tmp_path / "to" / "demo"
    with pytest.raises(ChartError, match="already exists"):
        unpack_archive(path, tmp_path / "to")
    assert [p.name for p in (tmp_path / "to").iterdir()] == ["demo"]


def test_a_link_to_a_folder_above_ends_the_reading(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_bytes(CHART)
    (tmp_path / "again").symlink_to(tmp_path)

    with pytest.raises(ChartError, match="link to a folder above"):
        read_folder(tmp_path)


def test_lint_names_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_bytes(
        b"apiVersion: v2\nname: Bad_Name\nversion: v1.2\nunknown: 1\nicon: x\nsources: ['::']\n"
    )
    (tmp_path / "values.yaml").write_text("a: [")
    (tmp_path / "values.schema.json").write_text("{")

    found = [str(finding) for finding in lint_folder(tmp_path)]

    assert found[0].startswith("[WARNING] Chart.yaml: failed to strictly parse")
    assert "[ERROR] Chart.yaml: invalid source URL '::'" in found
    assert "[ERROR] Chart.yaml: invalid icon URL 'x'" in found
    assert "[WARNING] Chart.yaml: version 'v1.2' is not a valid SemVerV2" in found
    assert any("cannot be pushed" in line for line in found)
    assert any(line.startswith("[ERROR] values.yaml: unable to parse YAML") for line in found)
    assert any(line.startswith("[ERROR] values.schema.json") for line in found)
    assert "[WARNING] templates/: directory does not exist" in found
