"""`moorage show ...`: what a chart says of itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.client import (
    CaFile,
    CertFile,
    Devel,
    Insecure,
    KeyFile,
    Keyring,
    PlainHttp,
    RegistryConfig,
    RepositoryCache,
    RepositoryConfig,
    RepositoryPassword,
    RepositoryUsername,
    Version,
    tls_of,
)
from moorage.cli.pull import Repo, announce, repository_of, verified
from moorage.remote.paths import here

if TYPE_CHECKING:
    from moorage.charts.chart import Chart

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Show a chart's parts.")


def _chart_text(chart: Chart) -> str:
    return f"{chart.metadata.as_yaml()}\n"


def _values_text(chart: Chart) -> str:
    return f"{_text(chart.values)}\n" if chart.values is not None else ""


def _readme_text(chart: Chart) -> str:
    return f"{_text(chart.readme)}\n" if chart.readme is not None else ""


def _definitions_text(chart: Chart) -> str:
    texts = [_text(file.content) for file in chart.resource_definitions]
    return "".join(f"{text}\n" if text.startswith("---") else f"---\n{text}\n" for text in texts)


def _everything(chart: Chart) -> str:
    parted = [text for text in (_values_text(chart), _readme_text(chart)) if text]
    return (
        _chart_text(chart) + "".join(f"---\n{text}" for text in parted) + _definitions_text(chart)
    )


def _add(name: str, render: Callable[[Chart], str], meaning: str) -> None:
    """A command of its own for each part; all have the same options."""

    def command(
        chart: Annotated[str, typer.Argument(help="a folder, an archive, REPO/CHART or oci://")],
        version: Version = "",
        devel: Devel = False,
        verify: Annotated[bool, typer.Option("--verify", help="check the signature")] = False,
        keyring: Keyring = None,
        repo: Repo = "",
        username: RepositoryUsername = "",
        password: RepositoryPassword = "",
        pass_credentials: Annotated[bool, typer.Option("--pass-credentials")] = False,
        ca_file: CaFile = None,
        cert_file: CertFile = None,
        key_file: KeyFile = None,
        insecure: Insecure = False,
        plain_http: PlainHttp = False,
        registry_config: RegistryConfig = None,
        repository_config: RepositoryConfig = None,
        repository_cache: RepositoryCache = None,
    ) -> None:
        from moorage.charts.folder import load_chart
        from moorage.remote.fetch import Fetcher, Wanted

        if Path(chart).exists() and not repo:
            typer.echo(render(load_chart(Path(chart))), nl=False)
            return
        paths = here(
            registry_config=registry_config,
            repository_config=repository_config,
            repository_cache=repository_cache,
        )
        repository = repository_of(repo, username, password, pass_credentials)
        tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
        wanted = Wanted(chart, version, devel, repository, verify)
        fetched = Fetcher(paths, tls).fetch(wanted)
        announce(fetched, wanted, err=True)
        if verify:
            verified(fetched, keyring)
        try:
            typer.echo(render(load_chart(fetched.path)), nl=False)
        finally:
            fetched.path.unlink()

    command.__doc__ = meaning
    app.command(name)(command)


_add("chart", _chart_text, "Show Chart.yaml.")
_add("values", _values_text, "Show values.yaml.")
_add("readme", _readme_text, "Show the README.")
_add("crds", _definitions_text, "Show the custom resource definitions.")
_add("all", _everything, "Show everything.")


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")
