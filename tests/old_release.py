"""The release before this one, taken from the repository's history, to run beside this one."""

from __future__ import annotations

import subprocess
from pathlib import Path

PREVIOUS = "9a75ea023af61f2eaf603e475208d2c601594848"
"""Its schema is 0002. Once there is a release, its commit: a migration may take away what the
release before last needed."""
_ROOT = Path(__file__).parents[1]


def unpack_previous(folder: Path) -> tuple[str, ...]:
    """Lay the old code into `folder`; the command within which `moorage` is the old one.

    Raises RuntimeError where the history does not reach back to it.
    """
    done = subprocess.run(
        ["git", "-C", _ROOT, "archive", PREVIOUS, "src"], capture_output=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(
            f"commit {PREVIOUS[:12]}, the release to upgrade from, is not in this checkout's "
            "history: clone without --depth, or run git fetch --unshallow "
            f"({done.stderr.decode(errors='replace').strip()})"
        )
    # Debian 12's Python 3.11.2 has no `filter` of tarfile yet.
    subprocess.run(["tar", "-x", "-C", folder], input=done.stdout, check=True)
    # It comes before the folder that the installed package points to.
    return ("env", f"PYTHONPATH={folder / 'src'}")
