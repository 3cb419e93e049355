"""`moorage import-charts`: a classic repository, or a ChartMuseum, into a registry."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.client import (
    CaFile,
    CertFile,
    Insecure,
    Json,
    KeyFile,
    PlainHttp,
    RegistryConfig,
    RepositoryPassword,
    RepositoryUsername,
    connect,
    tls_of,
)
from moorage.cli.text import print_json
from moorage.remote.errors import ReferenceInvalid
from moorage.remote.reference import SCHEME

if TYPE_CHECKING:
    from moorage.remote.imports import Outcome, Result

app = typer.Typer(add_completion=False, help="Take a classic chart repository over.")


@app.command("import-charts")
def import_charts(
    url: Annotated[str, typer.Argument(help="the repository, without index.yaml")],
    remote: Annotated[str, typer.Argument(help="oci://HOST/NAMESPACE")],
    username: RepositoryUsername = "",
    password: RepositoryPassword = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="read the repository's password from stdin")
    ] = False,
    pass_credentials: Annotated[
        bool, typer.Option("--pass-credentials", help="to every host the index names")
    ] = False,
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    plain_http: PlainHttp = False,
    registry_config: RegistryConfig = None,
    json: Json = False,
) -> None:
    """Take over every version of every chart, with signatures.

    What is there already is passed over: call it again after a failure. Exits with 1 if a version
    could not be taken over.
    """
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from moorage.charts.index import Index
    from moorage.remote.classic import ClassicRepository
    from moorage.remote.imports import Import
    from moorage.remote.transport import Transport

    host, namespace = _target(remote)
    if password_stdin:
        password = sys.stdin.read().rstrip("\r\n")
    tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
    source = ClassicRepository("", url, username, password, passes_credentials=pass_credentials)
    transport = Transport(tls)
    index = Index.parse(source.fetch_index(transport))
    total, count = sum(1 for _ in index), 0

    def report(outcome: Outcome) -> None:
        nonlocal count
        count += 1
        shown = f"{outcome.name} {outcome.version}"
        reason = f": {outcome.reason}" if outcome.reason else ""
        typer.echo(f"[{count}/{total}] {outcome.result}: {shown}{reason}", err=True)

    with TemporaryDirectory(prefix="moorage-import-") as folder:
        registry = connect(host, tls, registry_config)
        job = Import(source, registry, namespace, Path(folder), transport)
        outcomes = job.run(index, report)
    counts = _counts(outcomes)
    if json:
        charts = [one.as_document() for one in outcomes]
        print_json({"counts": counts, "charts": charts})
    else:
        typer.echo(", ".join(f"{number} {result}" for result, number in counts.items()))
    if any(one.reason for one in outcomes):
        raise typer.Exit(1)


def _counts(outcomes: list[Outcome]) -> dict[Result, int]:
    from moorage.remote.imports import Result

    return {result: sum(one.result is result for one in outcomes) for result in Result}


def _target(remote: str) -> tuple[str, str]:
    host, _, namespace = remote.removeprefix(SCHEME).rstrip("/").partition("/")
    if not remote.startswith(SCHEME) or not host or not namespace:
        raise ReferenceInvalid(
            f"{remote} names no namespace of a registry", f"write it as {SCHEME}HOST/NAMESPACE"
        )
    return host, namespace
