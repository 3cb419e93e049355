"""`moorage verify`: an archive against the signature beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.charts.errors import ChartError, ProvenanceInvalid
from moorage.cli.client import Json, Keyring, default_keyring
from moorage.cli.text import print_json

if TYPE_CHECKING:
    from pysequoia import Cert

app = typer.Typer(add_completion=False, help="Check a signed archive.")


@app.command("verify")
def verify(
    path: Annotated[Path, typer.Argument(help="an archive; its .prov lies beside it")],
    keyring: Keyring = None,
    json: Json = False,
) -> None:
    """Check who vouches for an archive, and that it is the one they signed."""
    from moorage.charts import provenance
    from moorage.remote.blobs import Blob

    if path.is_dir():
        raise ChartError("unpacked charts cannot be verified", "give the archive (.tgz)")
    if not path.exists():
        raise ChartError(f"stat {path}: no such file or directory")
    beside = path.with_name(f"{path.name}{provenance.SUFFIX}")
    if not beside.exists():
        raise ProvenanceInvalid(
            f"could not load provenance file {beside}: stat {beside}: no such file or directory",
            "get it with: moorage pull --prov",
        )
    found = provenance.verify(
        beside.read_bytes(), Blob.of(path).digest, path.name, keys_of(keyring)
    )
    if json:
        print_json(
            {
                "signedBy": list(found.signed_by),
                "fingerprint": found.fingerprint.upper(),
                "digest": found.archive_digest,
                "fileName": found.file_name,
            }
        )
    else:
        typer.echo("\n".join(found.lines()))


def keys_of(keyring: Path | None) -> list[Cert]:
    """The public keys of a file. Raises ProvenanceInvalid."""
    from moorage.charts.provenance import read_keyring

    path = keyring or default_keyring()
    if not path.is_file():
        raise ProvenanceInvalid(
            f"failed to load keyring: open {path}: no such file or directory",
            "export the keys that you trust, gpg --export > FILE, and name it with --keyring",
        )
    return read_keyring(path.read_bytes())
