"""Archives: read within limits, written the same twice."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.charts.archive import Limits, read_chart, read_files, read_metadata, write_archive
from moorage.charts.chart import Chart, File, Metadata
from moorage.charts.errors import ArchiveInvalid, ChartError

CHART = b"apiVersion: v2\nname: demo\nversion: 1.2.3\n"
SMALL = Limits(total_bytes=100_000, file_bytes=5_000, files=20, depth=6)


def archive(*members: tuple[str, bytes]) -> io.BytesIO:
    """A gzipped tar with these files."""

    def fill(tar: tarfile.TarFile) -> None:
        for name, content in members:
            add(tar, name, content)

    return special(fill)


def special(fill: Callable[[tarfile.TarFile], object]) -> io.BytesIO:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        fill(tar)
    packed.seek(0)
    return packed


def add(tar: tarfile.TarFile, name: str, content: bytes = b"", **fields: object) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for key, value in fields.items():
        setattr(member, key, value)
    tar.addfile(member, io.BytesIO(content))


def refusal(packed: io.BytesIO) -> str:
    with pytest.raises(ArchiveInvalid) as refused:
        read_files(packed, SMALL)
    return refused.value.message


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("C:/windows/x", "absolute"),
        ("demo/../../x", "leads out"),
        ("demo\\..\\..\\x", "leads out"),
        ("x", "outside of the chart's folder"),
        ("./x", "outside of the chart's folder"),
        ("demo/" + "a/" * 8 + "x", "folders deep"),
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str, reason: str) -> None:
    assert reason in refusal(archive(("demo/Chart.yaml", CHART), (path, b"")))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_and_special_files_are_refused(kind: bytes) -> None:
    packed = special(lambda tar: add(tar, "demo/x", type=kind, linkname="/etc/passwd"))

    assert "a link or a special file" in refusal(packed)


def test_a_bomb_is_refused_while_it_unpacks() -> None:
    """In files, and in a header, which the reader would take into memory whole."""
    files = archive(*((f"demo/{n}", bytes(5_000)) for n in range(19)))
    header = special(lambda tar: add(tar, "demo/x", pax_headers={"comment": "a" * 10_000_000}))

    assert "unpacks to more than 100000 bytes" in refusal(files)
    assert "unpacks to more than 100000 bytes" in refusal(header)


def test_a_file_that_is_too_large_is_refused_by_its_header() -> None:
    assert "demo/big has 5001 bytes" in refusal(archive(("demo/big", bytes(5001))))


def test_too_many_files_are_refused() -> None:
    assert "more than 20 files" in refusal(archive(*((f"demo/{n}", b"") for n in range(21))))


def test_a_file_that_is_there_twice_is_refused() -> None:
    """Two readers would take different ones."""
    assert "twice" in refusal(archive(("demo/Chart.yaml", CHART), ("demo/Chart.yaml", b"")))


@pytest.mark.parametrize("raw", [b"", b"hello", b"PK\x03\x04", gzip.compress(b"no tar" * 200)])
def test_what_is_no_archive_is_refused(raw: bytes) -> None:
    with pytest.raises(ArchiveInvalid):
        read_files(io.BytesIO(raw))


def test_a_cut_archive_is_refused() -> None:
    raw = archive(("demo/Chart.yaml", CHART), ("demo/values.yaml", b"a: 1\n" * 500)).getvalue()

    with pytest.raises(ArchiveInvalid, match="damaged"):
        read_files(io.BytesIO(raw[: len(raw) - 20]))


def test_charts_in_charts_end_somewhere() -> None:
    inner = archive(("demo/Chart.yaml", CHART)).getvalue()
    for _ in range(12):
        nested = archive(("demo/Chart.yaml", CHART), ("demo/charts/demo-1.2.3.tgz", inner))
        inner = nested.getvalue()

    with pytest.raises(ArchiveInvalid, match="deep"):
        read_chart(io.BytesIO(inner))


def test_metadata_is_read_without_unpacking_the_rest() -> None:
    """What follows Chart.yaml is damaged, and nobody looks."""
    raw = archive(("demo/Chart.yaml", CHART), ("demo/noise", bytes(range(256)) * 4000)).getvalue()

    assert read_metadata(io.BytesIO(raw[:-500])).version == "1.2.3"


def test_old_charts_have_their_dependencies_elsewhere() -> None:
    packed = archive(
        ("old/Chart.yaml", b"apiVersion: v1\nname: old\nversion: 1.0.0\n"),
        ("old/requirements.yaml", b"dependencies:\n- name: a\n  version: 1.x\n"),
    )

    found = read_metadata(packed).document["dependencies"]

    assert found == [{"name": "a", "version": "1.x", "repository": ""}]


def test_a_subchart_is_read_from_a_folder_and_from_an_archive() -> None:
    sub = archive(("sub/Chart.yaml", b"apiVersion: v2\nname: sub\nversion: 0.1.0\n")).getvalue()
    packed = archive(
        ("demo/Chart.yaml", CHART),
        ("demo/charts/sub-0.1.0.tgz", sub),
        ("demo/charts/other/Chart.yaml", b"apiVersion: v2\nname: other\nversion: 0.2.0\n"),
        ("demo/charts/.hidden/Chart.yaml", b"apiVersion: v2\nname: hidden\nversion: 0.2.0\n"),
    )

    chart = read_chart(packed)

    assert [one.metadata.name for one in chart.subcharts] == ["other", "sub"]


names = st.from_regex(r"[a-z][a-z0-9._-]{0,12}", fullmatch=True).filter(
    lambda name: name not in ("charts", "templates") and ".." not in name
)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
trees = st.dictionaries(paths, st.binary(max_size=300), max_size=8)


@given(trees)
def test_a_packed_chart_is_read_back_and_packs_to_the_same_bytes(tree: dict[str, bytes]) -> None:
    tree = {name: content.removeprefix(b"\xef\xbb\xbf") for name, content in tree.items()}
    files = tuple(File(name, tree[name]) for name in sorted(tree) if name != "chart.yaml")
    chart = Chart(Metadata.parse(CHART), files, ())
    first, second = io.BytesIO(), io.BytesIO()
    write_archive(chart, first)
    first.seek(0)

    again = read_chart(first)
    write_archive(again, second)

    assert {file.name: file.content for file in again.files} == {f.name: f.content for f in files}
    assert first.getvalue() == second.getvalue()


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for packed in (raw, gzip.compress(raw), b"\x1f\x8b" + raw):
        try:
            read_chart(io.BytesIO(packed))
        except ChartError:
            continue
