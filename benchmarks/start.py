"""From the command to the first answer, on an empty data folder and on a used one."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

from tests.server import start_server

from benchmarks import peers


def print_start(rounds: int) -> None:
    first, again, go = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="moorage-bench-") as scratch:
            folder = Path(scratch)
            first.append(_seconds_of_moorage(folder / "data"))
            again.append(_seconds_of_moorage(folder / "data"))
            go.append(_seconds(peers.distribution_v3, folder / "v3"))
    print("\nstart to first answer (s)")
    print(
        f"  moorage, empty folder {median(first):.2f}   moorage again {median(again):.2f}   "
        f"distribution-v3 {median(go):.2f}"
    )


def _seconds_of_moorage(data: Path) -> float:
    started = time.monotonic()
    server = start_server(data)
    seconds = time.monotonic() - started
    server.stop()
    return seconds


def _seconds(start: Callable[[Path], AbstractContextManager[peers.Peer]], data: Path) -> float:
    started = time.monotonic()
    with start(data):
        return time.monotonic() - started
