"""Look at the system calls of a running process, or make them fail: nothing of ours helps in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.server import Server

_STARTED = re.compile(r"(\d+) +(\w+)\((.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>")


@dataclass(frozen=True, slots=True)
class Fault:
    """The `when`-th call of `syscall` in each thread is `error=EIO`, or `signal=KILL` instead."""

    syscall: str
    action: str
    when: int

    @property
    def arguments(self) -> list[str]:
        injected = f"inject={self.syscall}:{self.action}:when={self.when}"
        return ["-e", f"trace={self.syscall}", "-e", injected]


@dataclass(slots=True)
class Call:
    """A system call in a log: the numbers of the lines where it began and ended."""

    syscall: str
    arguments: str
    began: int
    ended: int


@cache
def can_trace() -> bool:
    """Whether there is strace and it may look at a process that is not its child."""
    if shutil.which("strace") is None:
        return False
    sleeper = subprocess.Popen(["sleep", "30"])
    with _attach(sleeper.pid) as tracer:
        may = "attached" in _first_line(tracer)
        sleeper.kill()
        sleeper.wait()
    return may


@contextmanager
def attached(process_id: int, *arguments: str | Path) -> Iterator[None]:
    """strace looks at all threads of the process, from before the first line of the block."""
    with _attach(process_id, *arguments) as tracer:
        line = _first_line(tracer)
        assert "attached" in line, line
        try:
            yield
        finally:
            # Not SIGTERM: while a process dies, strace would wait for its threads in a wrong order.
            tracer.kill()


def worker_of(server: Server) -> int:
    """The process id of the only worker."""
    (worker,) = workers_of(server)
    return worker


def workers_of(server: Server) -> list[int]:
    main = server.process.pid
    return [int(found) for found in Path(f"/proc/{main}/task/{main}/children").read_text().split()]


def times_fired(log: Path) -> int:
    """How many calls were made to fail."""
    return log.read_text().count("(INJECTED)")


def calls(log: Path) -> list[Call]:
    """In the order in which they began; one that never ended ends behind the last line."""
    lines = log.read_text().splitlines()
    found: list[Call] = []
    open_calls: dict[tuple[str, str], Call] = {}
    for number, line in enumerate(lines):
        if (resumed := _RESUMED.match(line)) is not None:
            call = open_calls.pop((resumed[1], resumed[2]), None)
            if call is not None:
                call.ended = number
        elif (started := _STARTED.match(line)) is not None:
            call = Call(started[2], started[3], number, number)
            found.append(call)
            if line.endswith("<unfinished ...>"):
                call.ended = len(lines)
                open_calls[started[1], started[2]] = call
    return found


def _attach(process_id: int, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["strace", "-f", *arguments, "-p", str(process_id)],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"LC_ALL": "C"},
    )


def _first_line(tracer: subprocess.Popen[str]) -> str:
    assert tracer.stderr is not None
    return tracer.stderr.readline()
