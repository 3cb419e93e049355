"""The other end of `artifacts.reader`: one child process, started when it is needed.

A child that fails, or takes too long, is killed; the next artifact gets a new one.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable

import msgspec

from moorage.artifacts.reader import (
    CPU_SECONDS,
    HEAD_BYTES,
    OUTCOME_BYTES,
    Job,
    Outcome,
    head_of,
    length_of,
)

WALL_SECONDS = 3 * CPU_SECONDS
NICE = 10
SAID_BYTES = 64 * 1024

log = logging.getLogger("moorage.describer")

Layer = tuple[int, AsyncIterator[bytes]] | None
Fetch = Callable[[str], Layer]


class ReadingFailed(Exception):
    """The child died or did not end: the artifact cannot be read."""


class Reader:
    """Reads artifacts one after the other."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None

    async def read(self, job: Job, fetch: Fetch) -> Outcome:
        """`fetch` opens a layer, with its size, by its digest; None for one that is not here.

        Raises ReadingFailed, and what `fetch` raises.
        """
        child = await self._started()
        try:
            return await asyncio.wait_for(_read(child, job, fetch), WALL_SECONDS)
        except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError) as error:
            await self.close()
            code = child.returncode
            assert child.stderr is not None
            if said := (await child.stderr.read(SAID_BYTES)).decode("utf-8", "replace").strip():
                # Our own mistake, as a rule: the last line names it.
                log.warning("the reader of artifacts ended: %s", said.rpartition("\n")[2])
            raise ReadingFailed(
                f"reading it took more than {CPU_SECONDS} seconds of processor time"
                if code in (-24, -9)
                else f"the reader broke down over it (status {code})"
            ) from error
        except msgspec.MsgspecError as error:
            # Content may have taken the child over: then it says what it likes.
            await self.close()
            raise ReadingFailed("the reader said what is no description") from error
        except TimeoutError:
            await self.close()
            raise ReadingFailed(f"reading it took more than {WALL_SECONDS} seconds") from None
        except BaseException:
            # The child waits for a layer that does not come.
            await self.close()
            raise

    async def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is None:
            return
        if child.returncode is None:
            assert child.stdin is not None
            child.stdin.close()
            try:
                await asyncio.wait_for(child.wait(), 1)
            except TimeoutError:
                child.kill()
                await child.wait()

    async def _started(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "moorage.artifacts.reader",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                preexec_fn=_stand_back,
            )
        return self._child


def _stand_back() -> None:
    """Requests come first."""
    os.nice(NICE)


async def _read(child: asyncio.subprocess.Process, job: Job, fetch: Fetch) -> Outcome:
    assert child.stdin is not None and child.stdout is not None
    source, target = child.stdout, child.stdin
    await _send(target, msgspec.msgpack.encode(job))
    for digest in msgspec.json.decode(await _receive(source), type=list[str]):
        layer = fetch(digest)
        size, pieces = layer if layer is not None else (0, None)
        target.write(head_of(size))
        if pieces is not None:
            async for piece in pieces:
                target.write(piece)
                await target.drain()
        await target.drain()
    return msgspec.msgpack.decode(await _receive(source), type=Outcome)


async def _send(target: asyncio.StreamWriter, content: bytes) -> None:
    target.write(head_of(len(content)) + content)
    await target.drain()


async def _receive(source: asyncio.StreamReader) -> bytes:
    length = length_of(await source.readexactly(HEAD_BYTES))
    if length > OUTCOME_BYTES:
        raise ReadingFailed(f"its description has {length} bytes")
    return await source.readexactly(length)
