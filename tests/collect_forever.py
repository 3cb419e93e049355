"""Collects without a pause and without a grace period until it is ended; a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from moorage.registry import collect
from moorage.settings import load_settings
from moorage.wiring import build_registry

FAR_FUTURE_MS = 2**62


async def main(data: Path) -> None:
    registry = build_registry(load_settings(None, {"DATA_FOLDER": data}))
    await registry.db.open()
    while True:
        done = await collect.collect(
            registry, lambda garbage: None, as_of_ms=FAR_FUTURE_MS, strays=True
        )
        print(sum(done.counts.values()), flush=True)


asyncio.run(main(Path(sys.argv[1])))
