"""index.yaml: read, merged, written; and the URLs in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from moorage.charts.errors import ChartUnknown, IndexInvalid
from moorage.charts.index import Index, archive_url, index_folder
from tests.charts.test_archive import CHART, archive

RAW = b"""\
apiVersion: v1
entries:
  demo:
  - {name: demo, version: 1.9.0, urls: [demo-1.9.0.tgz], digest: "sha256:aa", apiVersion: v2}
  - {name: demo, version: 1.10.0, urls: [demo-1.10.0.tgz], created: 2026-01-01, apiVersion: v2}
  - {name: demo, version: 2.0.0-rc.1, urls: [x.tgz], deprecated: true}
  - {name: demo, version: nothing}
  - not a map
  none:
"""


def test_entries_come_newest_first_and_bad_ones_are_left_out() -> None:
    index = Index.parse(RAW)

    assert [entry.metadata.version for entry in index] == ["2.0.0-rc.1", "1.10.0", "1.9.0"]
    assert index.get("demo", "").metadata.version == "1.10.0"
    assert index.get("demo", "~1.9").digest == "aa"
    assert index.get("demo", ">0.0.0-0").metadata.is_deprecated


def test_a_missing_chart_or_version_is_named() -> None:
    index = Index.parse(RAW)

    with pytest.raises(ChartUnknown, match="no chart name found"):
        index.get("other", "")
    with pytest.raises(ChartUnknown, match="no chart version found for demo-3"):
        index.get("demo", "3")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty"),
        (b"<html>", "not a map"),
        (b"entries: {}", "no API version specified"),
        (b"apiVersion: v1\nentries: []\n", None),
        (b"apiVersion: v1\nentries: [a]\n", "not a map of chart names"),
        (b'{"apiVersion": "v1", "entries": {}}', None),
        (b'{"apiVersion": ', "not YAML"),
    ],
)
def test_what_is_no_index_is_refused(raw: bytes, reason: str | None) -> None:
    if reason is None:
        assert list(Index.parse(raw)) == []
        return
    with pytest.raises(IndexInvalid, match=reason):
        Index.parse(raw)


def test_json_and_yaml_are_the_same_index() -> None:
    index = Index.parse(RAW)

    assert Index.parse(index.as_json("now").encode()) == index
    assert Index.parse(index.as_yaml("now").encode()) == index


def test_merging_keeps_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "demo-1.2.3.tgz").write_bytes(archive(("demo/Chart.yaml", CHART)).getvalue())
    made = index_folder(tmp_path, "https://charts.test/x/", "2026-01-01T00:00:00Z")

    merged = made.merged_with(Index.parse(RAW)).merged_with(made)

    assert [e.metadata.version for e in merged] == ["2.0.0-rc.1", "1.10.0", "1.9.0", "1.2.3"]
    document = json.loads(made.as_json("now"))["entries"]["demo"][0]
    assert document["urls"] == ["https://charts.test/x/demo-1.2.3.tgz"]
    assert len(document["digest"]) == 64


@pytest.mark.parametrize(
    ("repository", "url", "expected"),
    [
        ("https://a.test/x", "c.tgz", "https://a.test/x/c.tgz"),
        ("https://a.test/x/", "sub/c.tgz", "https://a.test/x/sub/c.tgz"),
        ("https://a.test/x", "/c.tgz", "https://a.test/c.tgz"),
        ("https://a.test/x?key=1", "c.tgz", "https://a.test/x/c.tgz?key=1"),
        ("https://a.test/x", "https://b.test/c.tgz", "https://b.test/c.tgz"),
        ("https://a.test/x", "oci://b.test/c:1", "oci://b.test/c:1"),
    ],
)
def test_urls_start_at_the_repository(repository: str, url: str, expected: str) -> None:
    assert archive_url(repository, url) == expected
