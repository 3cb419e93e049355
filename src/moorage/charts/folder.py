"""Charts in folders: read as Helm reads them, and written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from moorage.charts.archive import read_chart, read_files, write_archive
from moorage.charts.chart import CHART_FILE, VALUES_FILE, Chart, File
from moorage.charts.errors import ArchiveInvalid, ChartError
from moorage.charts.ignore import IGNORE_FILE, IgnoreRules
from moorage.charts.loading import chart_of


def load_chart(path: Path) -> Chart:
    """The chart in a folder or an archive. Raises ChartError."""
    if path.is_dir():
        return read_folder(path)
    if not path.exists():
        raise ChartError(
            f"stat {path}: no such file or directory", "give a chart's folder or its .tgz"
        )
    with path.open("rb") as archive:
        return read_chart(archive)


def read_folder(folder: Path) -> Chart:
    """The chart in a folder; .helmignore is honoured. Raises ChartError."""
    if not (folder / CHART_FILE).is_file():
        raise ChartError(f"{CHART_FILE} file is missing in {folder}", "a chart has one at its top")
    ignore_file = folder / IGNORE_FILE
    text = ignore_file.read_text("utf-8", "replace") if ignore_file.is_file() else ""
    return chart_of(list(_walk(folder, "", IgnoreRules.parse(text), frozenset())))


def write_folder(chart: Chart, target: Path) -> Path:
    """`chart export`: TARGET/NAME with subcharts as archives; its path. Overwrites silently."""
    folder = target / _folder_name(chart)
    for file in chart.packed_files():
        if not file.name.startswith("charts/") or file.name.endswith(".prov"):
            _write(folder, file)
    if chart.values is None:
        _write(folder, File(VALUES_FILE, b""))
    for subchart in chart.subcharts:
        name = f"{subchart.metadata.name}-{subchart.metadata.version}.tgz"
        path = _inside(folder, f"charts/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as archive:
            write_archive(subchart, archive)
    return folder


def unpack_archive(archive: Path, target: Path) -> Path:
    """`pull --untar`: the files as they are, below TARGET/NAME; its path. All or nothing."""
    with archive.open("rb") as stream:
        files = read_files(stream)
    name = _folder_name(chart_of(files))
    folder = target / name
    if folder.exists():
        raise ChartError(
            f"failed to untar: a file or directory with the name {folder} already exists",
            "remove it, or name another folder with --untardir",
        )
    target.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".untar-", dir=target))
    try:
        scratch.chmod(0o755)
        for file in files:
            _write(scratch, file)
        scratch.rename(folder)
    except OSError:
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return folder


def _walk(folder: Path, prefix: str, rules: IgnoreRules, above: frozenset[Path]) -> Iterator[File]:
    real = folder.resolve()
    if real in above:
        raise ChartError(f"{folder} is a link to a folder above it")
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        name = prefix + entry.name
        if rules.ignores(name, entry.is_dir()):
            continue
        if entry.is_dir():
            yield from _walk(Path(entry.path), f"{name}/", rules, above | {real})
        elif entry.is_file():
            yield File(name, Path(entry.path).read_bytes())
        else:
            raise ChartError(f"cannot load {entry.path}: it is not a regular file")


def _folder_name(chart: Chart) -> str:
    name = chart.metadata.name
    if not name or name in (".", "..") or "/" in name or "\\" in name or "\x00" in name:
        raise ArchiveInvalid("the chart's name is not the name of a folder")
    return name


def _write(folder: Path, file: File) -> None:
    path = _inside(folder, file.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.content)


def _inside(folder: Path, name: str) -> Path:
    """The path of a file to write. Raises ArchiveInvalid where a link leads out of the folder."""
    path = folder / name
    if not path.parent.resolve().is_relative_to(folder.resolve()) or path.is_symlink():
        raise ArchiveInvalid(f"{path} is a link, or lies behind one: remove it first")
    return path
