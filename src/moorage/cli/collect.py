"""`moorage collect`: one run of the collector, or a look at what it would do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.options import Config, Data, fail, settings_of

if TYPE_CHECKING:
    from moorage.db.collection import Garbage
    from moorage.registry.collect import Collected
    from moorage.settings import Settings

app = typer.Typer(add_completion=False)


@app.command("collect")
def collect(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only print what would go")] = False,
    now: Annotated[
        bool,
        typer.Option(
            "--now",
            help="do not wait for PUSH_TEMP_TAG_EXPIRATION_SEC: a push that is under way may have "
            "to begin anew. Ended tags stay restorable all the same.",
        ),
    ] = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Remove what nothing needs any more, and say why each thing is garbage.

    Safe while servers run and clients push.
    """
    from sqlalchemy.exc import DBAPIError

    from moorage.oci.errors import RegistryError

    settings = settings_of(config, data)
    try:
        done = asyncio.run(_run(settings, dry_run, now))
    except (DBAPIError, OSError, RegistryError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        fail(f"collection was broken off: {reason}. Nothing is lost: run it again for the rest")
    would = "would be " if dry_run else ""
    shown = ", ".join(f"{count} {kind}" for kind, count in sorted(done.counts.items())) or "nothing"
    typer.echo(f"{shown} {would}removed, {done.freed_bytes} bytes {would}freed")


async def _run(settings: Settings, dry_run: bool, now: bool) -> Collected:
    from moorage.registry import collect as verbs
    from moorage.wiring import build_registry

    registry = build_registry(settings)
    await registry.db.open()
    try:
        # Not the far future: what is pushed while it runs would keep it running.
        grace_ms = registry.rules.untagged_ms if now else 0
        as_of_ms = registry.now_ms() + grace_ms
        if dry_run:
            return await verbs.preview(registry, _print, as_of_ms=as_of_ms)
        return await verbs.collect(registry, _print, as_of_ms=as_of_ms, strays=True)
    finally:
        await registry.db.close()


def _print(garbage: Garbage) -> None:
    where = f" of {garbage.repository}" if garbage.repository else ""
    size = f" ({garbage.size_bytes} bytes)" if garbage.size_bytes else ""
    typer.echo(f"{garbage.kind} {garbage.what}{where}{size}: {garbage.reason}")
