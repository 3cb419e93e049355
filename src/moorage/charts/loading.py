"""From the files of a folder or an archive to a chart and its subcharts, by Helm's rules."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import PurePosixPath

from moorage.charts.chart import BOM, CHART_FILE, Chart, File, metadata_of
from moorage.charts.errors import ArchiveInvalid

SUBCHART_DEPTH = 8
"""How deep charts may lie in charts; real ones stay below 4."""


def chart_of(files: Iterable[File], depth: int = 0) -> Chart:
    """The chart that these files make. Raises MetadataInvalid, ArchiveInvalid."""
    if depth > SUBCHART_DEPTH:
        raise ArchiveInvalid(f"charts lie in charts more than {SUBCHART_DEPTH} deep")
    own: list[File] = []
    below: dict[str, list[File]] = {}
    for file in files:
        top, _, rest = file.name.partition("/")
        if top == "charts" and rest and not rest.endswith(".prov"):
            below.setdefault(rest.partition("/")[0], []).append(file)
        else:
            own.append(File(file.name, file.content.removeprefix(BOM)))
    metadata = metadata_of(own)
    kept = tuple(file for file in own if file.name != CHART_FILE)
    wanted = sorted(name for name in below if name[0] not in "._")
    subcharts = tuple(_subchart(name, below[name], depth) for name in wanted)
    return Chart(metadata, kept, tuple(found for found in subcharts if found is not None))


def _subchart(name: str, files: list[File], depth: int) -> Chart | None:
    from moorage.charts.archive import read_files

    if PurePosixPath(name).suffix == ".tgz":
        first = files[0]
        if first.name != f"charts/{name}":
            raise ArchiveInvalid(f"charts/{name} is a folder, its name says it is an archive")
        return chart_of(read_files(io.BytesIO(first.content)), depth + 1)
    prefix = f"charts/{name}/"
    inside = [File(f.name.removeprefix(prefix), f.content) for f in files if f.name != prefix[:-1]]
    return chart_of(inside, depth + 1) if inside else None
