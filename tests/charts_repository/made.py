"""Charts made for a test, pushed by OCI, and indexes read as a client reads them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import yaml

from moorage.charts.archive import write_archive
from moorage.charts.chart import Chart, File, Metadata
from moorage.charts.manifest import LAYER, PROVENANCE_LAYER, chart_manifest
from moorage.oci.digest import Digest
from moorage.oci.manifest import Descriptor
from tests.conftest import Answer, Client

HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Made:
    metadata: Metadata
    archive: bytes

    @property
    def hex_digest(self) -> str:
        return Digest.of(self.archive).partition(":")[2]


def make_chart(name: str, version: str, **more: Any) -> Made:
    document = {"apiVersion": "v2", "name": name, "version": version} | more
    metadata = Metadata.of(document)
    files = (File("values.yaml", b"a: 1\n"), File("templates/one.yaml", b"kind: ConfigMap\n"))
    packed = io.BytesIO()
    write_archive(Chart(metadata, files, ()), packed)
    return Made(metadata, packed.getvalue())


def signed(chart: Made) -> bytes:
    """A .prov whose signature nobody checks."""
    named = f"{chart.metadata.name}-{chart.metadata.version}.tgz"
    return (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n"
        f"{chart.metadata.as_yaml()}\n...\nfiles:\n  {named}: sha256:{chart.hex_digest}\n"
        "-----BEGIN PGP SIGNATURE-----\n\nwsBc\n-----END PGP SIGNATURE-----\n"
    ).encode()


def push(
    client: Client,
    repository: str,
    chart: Made,
    *tags: str,
    config: bytes | None = None,
    provenance: bytes | None = None,
    layer_type: str = LAYER,
    annotations: dict[str, str] | None = None,
) -> Answer:
    """Push a chart by OCI, under the tag of its version unless told otherwise; the last answer."""
    config = config if config is not None else chart.metadata.as_json()
    layers = [(layer_type, _pushed(client, repository, chart.archive))]
    if provenance is not None:
        layers.append((PROVENANCE_LAYER, _pushed(client, repository, provenance)))
    raw = chart_manifest(_pushed(client, repository, config), layers, annotations or {})
    for tag in tags or (chart.metadata.version.replace("+", "_"),):
        path = f"/v2/{repository}/manifests/{tag}"
        answer = client("PUT", path, raw, Content_Type=OCI_MANIFEST)
        assert answer.status == 201, answer
    return answer


def index_of(client: Client, prefix: str) -> dict[str, Any]:
    answer = client("GET", f"/charts/{prefix}/index.yaml" if prefix else "/charts/index.yaml")
    assert answer.status == 200, answer
    document: dict[str, Any] = yaml.safe_load(answer.body)
    assert document["apiVersion"] == "v1"
    return document


def listed(client: Client, prefix: str) -> dict[str, list[str]]:
    """The versions in an index, by chart, as they stand there."""
    entries = index_of(client, prefix)["entries"]
    return {name: [entry["version"] for entry in found] for name, found in entries.items()}


def _pushed(client: Client, repository: str, content: bytes) -> Descriptor:
    digest = client.push_blob(repository, content)
    return Descriptor(LAYER, Digest(digest), len(content), False)
