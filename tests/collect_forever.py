"""Collects without a pause and without a grace period until it is ended; a process of its own."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from moorage.registry import collect
from moorage.settings import load_settings
from moorage.wiring import build_registry


async def main(data: Path) -> None:
    registry = build_registry(load_settings(None, {"DATA_FOLDER": data}))
    await registry.db.open()
    while True:
        as_of_ms = registry.now_ms() + registry.rules.untagged_ms
        await collect.collect(
            registry, lambda garbage: print(1, flush=True), as_of_ms=as_of_ms, strays=True
        )


asyncio.run(main(Path(sys.argv[1])))
