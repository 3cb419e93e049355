"""Charts in Helm 3.5's registry cache: saved, listed, pushed, pulled, exported."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from moorage.charts.manifest import LAYER, OLD_LAYER
from moorage.oci import media
from moorage.oci.digest import Digest
from moorage.oci.errors import RegistryError
from moorage.oci.manifest import Descriptor, Manifest, parse_manifest
from moorage.remote.errors import NotFound, RemoteError
from moorage.remote.layout import HELM_INDEX, OWN_INDEX, Layout

if TYPE_CHECKING:
    from moorage.charts.chart import Chart
    from moorage.remote.client import Repository
    from moorage.remote.downloads import Progress


@dataclass(frozen=True, slots=True)
class SavedChart:
    """A chart that a reference names in the cache."""

    ref: str
    digest: Digest
    """That of the manifest."""
    raw: bytes
    config: Descriptor
    layer: Descriptor
    name: str
    version: str
    created: float
    """Seconds since 1970: the layer's file time."""
    other_layers: tuple[Descriptor, ...] = ()


def list_charts(layout: Layout) -> list[SavedChart]:
    """Sorted by reference; what is no chart, or is damaged, is left out."""
    return [chart for ref in layout.entries() if (chart := _readable(layout, ref)) is not None]


def get_chart(layout: Layout, ref: str) -> SavedChart:
    """Raises NotFound, RemoteError."""
    digest = layout.find(ref)
    if digest is None:
        known = ", ".join(list(layout.entries())[:5])
        hint = f"saved are: {known}" if known else "save one: moorage chart save FOLDER REF"
        raise NotFound(f"Chart not found: {ref}", hint)
    raw = layout.read_blob(digest)
    config, layer, others = _chart_parts(_parsed(raw, ref), ref)
    document = json.loads(layout.read_blob(config.digest) or b"{}")
    try:
        created = layout.path_of(layer.digest).stat().st_mtime
    except FileNotFoundError:
        raise RemoteError(f"the cache lost the archive of {ref}", "save or pull it again") from None
    name, version = str(document.get("name", "")), str(document.get("version", ""))
    return SavedChart(ref, digest, raw, config, layer, name, version, created, others)


def save_chart(layout: Layout, chart: Chart, ref: str, layer_type: str) -> SavedChart:
    """Pack a chart into the cache and let `ref` name it."""
    from moorage.charts.archive import write_archive
    from moorage.charts.manifest import chart_manifest
    from moorage.remote.blobs import Blob

    packed = io.BytesIO()
    write_archive(chart, packed)
    config, archive = Blob.of(chart.metadata.as_json()), Blob.of(packed.getvalue())
    layout.write_blob(chart.metadata.as_json())
    layout.write_blob(packed.getvalue())
    # Another save made this archive before; Helm shows the last one as the chart's age.
    layout.path_of(archive.digest).touch()
    manifest = chart_manifest(config, [(layer_type, archive)], {})
    layout.name_manifest(ref, manifest, _index_for(_parsed(manifest, ref)))
    return get_chart(layout, ref)


def push_chart(
    layout: Layout, chart: SavedChart, repository: Repository, tag: str, progress: Progress
) -> None:
    """Raises RemoteError."""
    from moorage.remote.blobs import Blob
    from moorage.remote.charts import push

    described = (chart.config, chart.layer, *chart.other_layers)
    blobs = [Blob(d.digest, d.size_bytes, layout.path_of(d.digest)) for d in described]
    push(repository, tag, chart.raw, blobs, progress)


def pull_chart(
    layout: Layout, repository: Repository, tag: str, ref: str, partial: Path, progress: Progress
) -> SavedChart:
    """Fetch what the cache lacks, and let `ref` name the chart. Raises RemoteError."""
    digest = repository.find_digest(tag)
    if digest is None:
        _raise_missing(repository, tag, ref)
    if digest is not None and layout.path_of(digest).exists():
        raw = layout.read_blob(digest)
    else:
        raw = repository.get_manifest(digest or tag).raw
    parsed = _parsed(raw, ref)
    config, layer, others = _chart_parts(parsed, ref)
    from concurrent.futures import ThreadPoolExecutor

    from moorage.remote.blobs import download_blob

    def fetch(wanted: Descriptor) -> None:
        if layout.has_blob(wanted.digest, wanted.size_bytes):
            progress(wanted.size_bytes)
            return
        path = download_blob(repository, wanted, partial, progress)
        layout.keep_blob(path, wanted.digest)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fetch, (config, layer, *others)))
    layout.name_manifest(ref, raw, _index_for(parsed))
    return get_chart(layout, ref)


def load_saved(layout: Layout, saved: SavedChart) -> Chart:
    """The chart in the cache, its archive checked. Raises ChartError, RemoteError."""
    from moorage.charts.archive import read_chart

    return read_chart(io.BytesIO(layout.read_blob(saved.layer.digest)))


def _readable(layout: Layout, ref: str) -> SavedChart | None:
    try:
        return get_chart(layout, ref)
    except (RemoteError, ValueError):
        return None


def _raise_missing(repository: Repository, tag: str, ref: str) -> None:
    from moorage.remote.charts import nearest

    try:
        tags = repository.list_tags()
    except RemoteError:
        tags = []
    hint = f"tags like it: {', '.join(nearest(tag, tags))}" if tags else "is the name right?"
    raise NotFound(f"{ref}: not found", hint)


def _parsed(raw: bytes, ref: str) -> Manifest:
    try:
        return parse_manifest(raw, "")
    except RegistryError as error:
        raise RemoteError(f"the manifest of {ref} cannot be read: {error.message}") from None


def _chart_parts(
    manifest: Manifest, ref: str
) -> tuple[Descriptor, Descriptor, tuple[Descriptor, ...]]:
    layers = [layer for layer in manifest.layers if layer.media_type in (OLD_LAYER, LAYER)]
    if manifest.config is None or manifest.config.media_type != media.HELM_CONFIG or not layers:
        raise RemoteError(
            f"{ref} is not a Helm chart: its manifest has no layer of a chart's type",
            "images are pulled with podman, other artifacts with oras",
        )
    others = tuple(layer for layer in _known(manifest.layers) if layer != layers[0])
    return manifest.config, layers[0], others


def _index_for(manifest: Manifest) -> str:
    """Helm 3.5's own index for what it can read."""
    return HELM_INDEX if [x.media_type for x in manifest.layers] == [OLD_LAYER] else OWN_INDEX


def _known(layers: tuple[Descriptor, ...]) -> Iterator[Descriptor]:
    return (layer for layer in layers if not layer.is_remote)
