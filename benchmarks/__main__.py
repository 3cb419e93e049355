"""`make bench`: every peer in turn in each round, so that a drifting machine drifts for all.

    python -m benchmarks [--rounds 5] [--seconds 3] [--only WORD ...] [--sizes 4 KB,100 MB]

Prints for each row the median rate of each peer, the ratio to the better Go registry (median of the
rounds' ratios) beside its goal, and the servers' CPU time per operation.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.postgres_server import new_database, postgres_server

from benchmarks import peers
from benchmarks.load import Figure, memory_bytes
from benchmarks.more_rows import chart_rows, fill_lists, list_rows, token_rows
from benchmarks.peers import Peer
from benchmarks.rows import SIZES, Content, Row, pull_rows, push_rows
from benchmarks.start import print_start

GO = ("docker-registry", "distribution-v3")
MB = 1024 * 1024


def main() -> None:
    options = _options()
    sizes = options.sizes.split(",")
    with tempfile.TemporaryDirectory(prefix="moorage-bench-") as scratch, ExitStack() as stack:
        folder = Path(scratch)
        tls = peers.write_certificate(folder / "tls") if options.tls else None
        running = [
            stack.enter_context(peers.moorage(folder / "moorage", tls=tls)),
            stack.enter_context(peers.docker_registry(folder / "docker-registry", tls)),
            stack.enter_context(peers.distribution_v3(folder / "distribution-v3", tls)),
            stack.enter_context(peers.nginx(folder / "nginx", tls)),
        ]
        if options.postgres:
            url = new_database(stack.enter_context(postgres_server()))
            on_postgres = peers.moorage(folder / "pg", {"DB_URI": url}, "moorage-pg", tls)
            running.insert(1, stack.enter_context(on_postgres))
        print(f"{platform.machine()}, {os.cpu_count()} cores, {options.rounds} rounds, medians")
        content = Content()
        content.store(running, sizes)
        _print_memory("idle", running)
        rows = pull_rows(content, options.seconds)
        rows += push_rows([size for size in sizes if SIZES[size] >= MB])
        rows += chart_rows(options.seconds) + token_rows(options.seconds)
        if options.lists:
            fill_lists(running)
            rows += list_rows(options.seconds)
        for row in rows:
            if not options.only or any(word in row.name for word in options.only):
                _print_row(row, _measure(row, running, options.rounds))
        _print_memory("after load", running)
    print_start(options.rounds)


def _measure(row: Row, running: list[Peer], rounds: int) -> dict[str, list[Figure]]:
    asked = [peer for peer in running if row.has_limit or not peer.is_static]
    if row.is_ours_alone:
        asked = [peer for peer in asked if peer.name.startswith("moorage")]
    found: dict[str, list[Figure]] = {peer.name: [] for peer in asked}
    for turn in range(rounds):
        first = turn % len(asked)
        for peer in asked[first:] + asked[:first]:
            found[peer.name].append(row.measure(peer))
    return found


def _print_row(row: Row, found: dict[str, list[Figure]]) -> None:
    scale = MB if row.unit == "MB/s" else 1
    rates = {
        name: median(figure.per_second for figure in figures) / scale
        for name, figures in found.items()
    }
    print(f"\n{row.name} ({row.unit})")
    print("  " + "   ".join(f"{name} {rate:,.0f}" for name, rate in rates.items()))
    ours = found["moorage"]
    for name, figures in found.items():
        if name != "moorage":
            ratios = [a.per_second / b.per_second for a, b in zip(ours, figures, strict=True)]
            print(
                f"  to {name}: {median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
                f"{_verdict(row, name, median(ratios), rates)}"
            )
    unit = "s/GB" if row.unit == "MB/s" else "us/request"
    factor = 1024 * MB if row.unit == "MB/s" else 1e6
    costs = {
        name: median(figure.cpu_seconds for figure in figures) * factor
        for name, figures in found.items()
    }
    shown = "   ".join(f"{name} {cost:,.2f}" for name, cost in costs.items())
    print(f"  server CPU, {unit}: {shown}", flush=True)


def _verdict(row: Row, name: str, ratio: float, rates: dict[str, float]) -> str:
    best = max((go for go in GO if go in rates), key=lambda go: rates[go], default="")
    goal = row.limit_goal if name == "nginx" else row.goal if name == best else 0
    if not goal:
        return ""
    return f"   goal {goal}: {'reached' if ratio >= goal else 'MISSED'}"


def _print_memory(when: str, running: list[Peer]) -> None:
    shown = "   ".join(f"{peer.name} {memory_bytes(peer.pid) / MB:.0f}" for peer in running)
    print(f"\nmemory {when} (MB, PSS of all processes)\n  {shown}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3, help="length of a pull row's round")
    parser.add_argument("--lists", action="store_true", help="long lists too: slow to prepare")
    parser.add_argument("--postgres", action="store_true", help="moorage on PostgreSQL too")
    parser.add_argument("--tls", action="store_true", help="everything over TLS 1.3, HTTP/1.1")
    parser.add_argument("--only", nargs="*", help="rows whose name holds one of these words")
    parser.add_argument("--sizes", default="4 KB,64 KB,1 MB,100 MB", help=", ".join(SIZES))
    return parser.parse_args()


main()
