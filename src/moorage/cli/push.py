"""`moorage push`: an archive to a registry, as Helm 3.7 and later push."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.charts.errors import ChartError
from moorage.cli.client import (
    CaFile,
    CertFile,
    Insecure,
    Json,
    KeyFile,
    PlainHttp,
    RegistryConfig,
    connect,
    tls_of,
)
from moorage.cli.progress import progress_of
from moorage.cli.pull import UNDERSCORE
from moorage.cli.text import print_json
from moorage.oci.digest import Digest
from moorage.remote.errors import ReferenceInvalid
from moorage.remote.reference import SCHEME, Reference

if TYPE_CHECKING:
    from moorage.charts.chart import Metadata
    from moorage.remote.blobs import Blob

app = typer.Typer(add_completion=False, help="Push a chart's archive to a registry.")


@app.command("push")
def push(
    archive: Annotated[Path, typer.Argument(help="an archive; its .prov beside it goes along")],
    remote: Annotated[str, typer.Argument(help="oci://HOST/NAMESPACE")],
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    plain_http: PlainHttp = False,
    registry_config: RegistryConfig = None,
    json: Json = False,
) -> None:
    """Push to NAMESPACE/NAME, tagged with the chart's version."""
    if archive.is_dir():
        raise ChartError(
            "cannot push directory, must provide chart archive (.tgz)",
            f"pack it: moorage package {archive}",
        )
    if not archive.is_file():
        raise ChartError(f"{archive}: no such file")
    metadata, layer = _read(archive)

    from moorage.charts.manifest import LAYER, PROVENANCE_LAYER, annotations_of, chart_manifest
    from moorage.charts.version import tag_of
    from moorage.remote import charts
    from moorage.remote.blobs import Blob

    metadata.require_valid()
    reference = _target(remote, metadata.name, tag_of(metadata.version))
    config = Blob.of(metadata.as_json())
    layers = [(LAYER, layer)]
    signature = archive.with_name(f"{archive.name}.prov")
    if signature.is_file():
        layers.append((PROVENANCE_LAYER, Blob.of(signature)))
    annotations = annotations_of(metadata, archive.stat().st_mtime)
    manifest = chart_manifest(config, layers, annotations)
    tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
    registry = connect(reference.host, tls, registry_config)
    repository = registry.repository(reference.repository, is_pushed_to=True)
    blobs = [config, *(blob for _, blob in layers)]
    with progress_of(reference.name, layer.size_bytes) as progress:
        digest = charts.push(repository, reference.wire_tag, manifest, blobs, progress)
    if json:
        print_json({"reference": str(reference), "digest": digest})
        return
    typer.echo(f"Pushed: {reference}\nDigest: {digest}")
    if "_" in str(reference):
        typer.echo(UNDERSCORE.format(reference=reference))


def _read(archive: Path) -> tuple[Metadata, Blob]:
    """What Chart.yaml says, and the archive as a blob."""
    with ThreadPoolExecutor(1) as beside:
        # Hashing takes no interpreter lock: meanwhile the rest of the program is loaded.
        digest = beside.submit(Digest.of_file, archive)
        from moorage.charts.archive import read_metadata
        from moorage.remote.blobs import Blob

        with archive.open("rb") as stream:
            metadata = read_metadata(stream)
        return metadata, Blob(digest.result(), archive.stat().st_size, archive)


def _target(remote: str, name: str, tag: str) -> Reference:
    if not remote.startswith(SCHEME):
        raise ReferenceInvalid(
            f"scheme prefix missing from remote (e.g. {SCHEME!r}): {remote}",
            "a registry is written as oci://HOST/NAMESPACE",
        )
    return Reference.parse(f"{remote.rstrip('/')}/{name}:{tag}")
