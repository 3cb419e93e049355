"""`moorage package`: a folder to an archive, the same bytes every time; signed if wanted."""

from __future__ import annotations

import dataclasses
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.charts.errors import ChartError, ProvenanceInvalid
from moorage.cli.client import Json
from moorage.cli.text import print_json

if TYPE_CHECKING:
    from moorage.charts.chart import Chart

app = typer.Typer(add_completion=False, help="Pack charts into archives.")


@app.command("package")
def package(
    charts: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="charts' folders")],
    destination: Annotated[
        Path, typer.Option("--destination", "-d", help="folder to write to")
    ] = Path("."),
    version: Annotated[str, typer.Option("--version", help="instead of the chart's own")] = "",
    app_version: Annotated[str, typer.Option("--app-version")] = "",
    sign: Annotated[bool, typer.Option("--sign", help="write a .prov beside it")] = False,
    key: Annotated[str, typer.Option("--key", help="part of the signer's name")] = "",
    keyring: Annotated[
        Path | None, typer.Option("--keyring", help="secret keys (~/.gnupg/secring.gpg)")
    ] = None,
    passphrase_file: Annotated[
        str, typer.Option("--passphrase-file", help="a file, or - for stdin")
    ] = "",
    json: Json = False,
) -> None:
    """Pack charts' folders into NAME-VERSION.tgz."""
    from moorage.charts.folder import load_chart

    for path in charts:
        chart = load_chart(path)
        metadata = chart.metadata.with_versions(version or None, app_version or None)
        metadata.require_valid()
        chart = dataclasses.replace(chart, metadata=metadata)
        _require_dependencies(chart)
        written = _write(chart, destination)
        if sign:
            _sign(chart, written, key, keyring, passphrase_file)
        if json:
            print_json({"chart": str(path), "path": str(written), "signed": sign})
        else:
            typer.echo(f"Successfully packaged chart and saved it to: {written}")


def _write(chart: Chart, destination: Path) -> Path:
    from moorage.charts.archive import write_archive
    from moorage.remote.files import write_whole

    packed = io.BytesIO()
    write_archive(chart, packed)
    written = destination / f"{chart.metadata.name}-{chart.metadata.version}.tgz"
    write_whole(written, packed.getvalue())
    return written


def _sign(
    chart: Chart, archive: Path, key: str, keyring: Path | None, passphrase_file: str
) -> None:
    from moorage.charts import provenance
    from moorage.oci.digest import Digest

    path = keyring or Path.home() / ".gnupg" / "secring.gpg"
    if not path.is_file():
        raise ProvenanceInvalid(
            f"failed to load keyring: open {path}: no such file or directory",
            "export your key, gpg --export-secret-keys NAME > FILE, and give --keyring FILE",
        )
    signer = provenance.signer_of(path.read_bytes(), key, _passphrase(passphrase_file))
    digest = Digest.of(archive.read_bytes())
    signed = provenance.sign(chart.metadata, archive.name, digest, signer)
    archive.with_name(f"{archive.name}{provenance.SUFFIX}").write_bytes(signed)


def _passphrase(named: str) -> str | None:
    if not named:
        return None
    text = sys.stdin.read() if named == "-" else Path(named).read_text()
    return text.partition("\n")[0].rstrip("\r")


def _require_dependencies(chart: Chart) -> None:
    """Every dependency of Chart.yaml has to lie in charts/."""
    wanted = {str(one["name"]) for one in chart.metadata.document.get("dependencies", [])}
    missing = sorted(wanted - {subchart.metadata.name for subchart in chart.subcharts})
    if missing:
        raise ChartError(
            "found in Chart.yaml, but missing in charts/ directory: " + ", ".join(missing),
            "put them there: helm dependency update",
        )
