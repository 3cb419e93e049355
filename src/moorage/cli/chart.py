"""`moorage chart ...`: Helm 3.5's commands, with its texts, over its cache."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

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
from moorage.cli.text import age_text, fields, print_json, size_text, table
from moorage.remote.errors import Denied, RemoteError, Unreachable
from moorage.remote.layout import Layout
from moorage.remote.paths import here
from moorage.remote.reference import Reference
from moorage.remote.saved import SavedChart, get_chart, list_charts

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Charts in the local cache, as with Helm 3.5."
)

DENIED = "server message: insufficient_scope: authorization failed"


def _saved_refs(incomplete: str) -> list[str]:
    """For the shell's completion."""
    return [ref for ref in _layout().entries() if ref.startswith(incomplete)]


Ref = Annotated[
    str, typer.Argument(metavar="REF", help="HOST/NAME:TAG", autocompletion=_saved_refs)
]


@app.command("save")
def save(
    chart: Annotated[Path, typer.Argument(help="a chart's folder or archive")],
    ref: Ref,
    new_type: Annotated[
        bool, typer.Option("--new-type", help="with the layer type of Helm 3.7 and later")
    ] = False,
    json: Json = False,
) -> None:
    """Save a chart in the cache under a reference; without a tag its version is the tag."""
    from moorage.charts.folder import load_chart
    from moorage.charts.manifest import LAYER, OLD_LAYER
    from moorage.remote.saved import save_chart

    loaded = load_chart(chart)
    loaded.metadata.require_valid()
    reference = Reference.parse(ref)
    if reference.tag is None:
        reference = reference.with_tag(loaded.metadata.version)
    layer_type = LAYER if new_type else OLD_LAYER
    saved = save_chart(_layout(), loaded, str(reference), layer_type)
    _show(saved, f"{reference.tag}: saved", json)


@app.command("list")
def list_saved(json: Json = False) -> None:
    """List the charts in the cache."""
    charts, now = list_charts(_layout()), time.time()
    if json:
        print_json([_document(chart) for chart in charts])
        return
    rows = [
        (
            chart.ref,
            chart.name,
            chart.version,
            chart.digest.encoded[:7],
            size_text(chart.layer.size_bytes),
            age_text(max(now - chart.created, 0)),
        )
        for chart in charts
    ]
    typer.echo(table(("REF", "NAME", "VERSION", "DIGEST", "SIZE", "CREATED"), rows))


@app.command("push")
def push(
    ref: Ref,
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    plain_http: PlainHttp = False,
    registry_config: RegistryConfig = None,
    json: Json = False,
) -> None:
    """Push a saved chart to its registry."""
    from moorage.remote.saved import push_chart

    layout = _layout()
    saved = get_chart(layout, ref)
    reference = Reference.parse(ref)
    tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
    if not json:
        typer.echo(f"The push refers to repository [{reference.name}]\n{_fields(saved)}")
    with _helm_texts(DENIED), progress_of(ref, saved.layer.size_bytes) as progress:
        registry = connect(reference.host, tls, registry_config)
        repository = registry.repository(reference.repository, is_pushed_to=True)
        push_chart(layout, saved, repository, reference.wire_tag, progress)
    count = 1 + len(saved.other_layers)
    total = saved.layer.size_bytes + sum(layer.size_bytes for layer in saved.other_layers)
    layers = f"{count} layer{'' if count == 1 else 's'}, {size_text(total)} total"
    last = f"{reference.tag}: pushed to remote ({layers})"
    print_json(_document(saved)) if json else typer.echo(last)


@app.command("pull")
def pull(
    ref: Ref,
    ca_file: CaFile = None,
    cert_file: CertFile = None,
    key_file: KeyFile = None,
    insecure: Insecure = False,
    plain_http: PlainHttp = False,
    registry_config: RegistryConfig = None,
    json: Json = False,
) -> None:
    """Pull a chart into the cache."""
    from moorage.remote.saved import pull_chart

    reference = Reference.parse(ref)
    if reference.tag is None:
        raise RemoteError("tag explicitly required", f"as in {ref}:1.2.3")
    paths, layout = here(registry_config=registry_config), _layout()
    was_there = layout.find(ref) is not None
    tls = tls_of(ca_file, cert_file, key_file, insecure, plain_http)
    if not json:
        typer.echo(f"{reference.tag}: Pulling from {reference.name}")
    refused = (
        f"pull access denied, repository does not exist or may require authorization: {DENIED}"
    )
    with _helm_texts(refused), progress_of(ref, None) as progress:
        registry = connect(reference.host, tls, registry_config)
        repository = registry.repository(reference.repository)
        saved = pull_chart(
            layout, repository, reference.wire_tag, ref, paths.partial_downloads, progress
        )
    status = "Chart is up to date" if was_there else "Downloaded newer chart"
    _show(saved, f"Status: {status} for {ref}", json)


@app.command("rm")
@app.command("remove", hidden=True)
def remove(ref: Ref) -> None:
    """Remove a chart's reference from the cache."""
    layout = _layout()
    if layout.find(ref) is None:
        get_chart(layout, ref)
    layout.forget(ref)
    typer.echo(f"{Reference.parse(ref).tag or ref}: removed")


@app.command("export")
def export(
    ref: Ref,
    destination: Annotated[
        Path, typer.Option("--destination", "-d", help="folder to write to")
    ] = Path("."),
    json: Json = False,
) -> None:
    """Write a saved chart to a folder of its name."""
    from moorage.charts.folder import write_folder
    from moorage.remote.saved import load_saved

    layout = _layout()
    saved = get_chart(layout, ref)
    folder = write_folder(load_saved(layout, saved), destination)
    _show(saved, f"Exported chart to {folder}/", json, folder=str(folder))


def _layout() -> Layout:
    return Layout(here().registry_cache)


def _show(saved: SavedChart, last: str, json: bool, **more: str) -> None:
    if json:
        print_json(_document(saved) | more)
    else:
        typer.echo(f"{_fields(saved)}\n{last}")


def _fields(saved: SavedChart) -> str:
    return fields(saved.ref, saved.digest, saved.layer.size_bytes, saved.name, saved.version)


def _document(saved: SavedChart) -> dict[str, Any]:
    return {
        "ref": saved.ref,
        "digest": saved.digest,
        "size": saved.layer.size_bytes,
        "name": saved.name,
        "version": saved.version,
        "created": int(saved.created),
    }


@contextmanager
def _helm_texts(denied: str) -> Iterator[None]:
    """Helm 3.5's words for what went wrong, ours and the server's behind them."""
    try:
        yield
    except Denied as error:
        raise Denied(denied, f"the server says: {error.message}\n{error.hint}") from None
    except Unreachable as error:
        raise Unreachable(f"failed to do request: {error.message}", error.hint) from None
