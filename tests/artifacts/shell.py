"""What a shell makes of a snippet: the words that each program would be called with."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import TypedDict

PROGRAMS = (
    "helm moorage docker podman skopeo nerdctl ctr crictl oras cosign operator-sdk kubectl".split()
)
TOKEN = "s3cr$t'\"!`x` \\n"
STUB = """#!/bin/sh
{{ printf '%s\\0' "${{0##*/}}" "$@"; printf '\\1'; /bin/cat; printf '\\2'; }} >>{log}
"""


class Call(TypedDict):
    called: list[str]
    stdin: str


def run(text: str, folder: Path) -> list[Call]:
    """Paste `text` into sh, in an empty folder; every call in order, with what was piped into it.

    Anything else that the shell does (another program, a file) fails.
    """
    stubs, here, log = folder / "stubs", folder / "here", folder / "log"
    if not stubs.exists():
        stubs.mkdir()
        for program in PROGRAMS:
            path = stubs / program
            path.write_text(STUB.format(log=shlex.quote(str(log))))
            path.chmod(0o755)
        here.mkdir()
    log.write_text("")
    done = subprocess.run(
        ["/bin/sh", "-euc", text],
        stdin=subprocess.DEVNULL,
        text=True,
        capture_output=True,
        cwd=here,
        env={"PATH": str(stubs), "REGISTRY_TOKEN": TOKEN, "HOME": str(here)},
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stderr}"
    assert list(here.iterdir()) == []
    calls = log.read_text().split("\2")[:-1]
    return [_call(*one.split("\1")) for one in calls]


def _call(words: str, stdin: str) -> Call:
    return {"called": words.split("\0")[:-1], "stdin": stdin}
