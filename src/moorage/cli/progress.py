"""Progress of transfers: a bar on a terminal, nothing where output is kept."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moorage.remote.downloads import Progress

WORTH_SHOWING_BYTES = 4 * 1024 * 1024
"""Less is there before a bar could be drawn."""


@contextmanager
def progress_of(label: str, total_bytes: int | None) -> Iterator[Progress]:
    """Something to call with each count of bytes; `total_bytes` may be unknown."""
    is_small = total_bytes is not None and total_bytes < WORTH_SHOWING_BYTES
    if is_small or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    bar = Progress(*columns, TransferSpeedColumn(), console=Console(stderr=True), transient=True)
    with bar:
        task = bar.add_task(label, total=total_bytes)
        yield lambda count: bar.update(task, advance=count)
