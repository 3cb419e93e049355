"""The image of deploy/Containerfile, built here; `root` is what a container would see as its root.

No image can be pulled, so a Debian with Python, made by mmdebstrap once and kept with the tools,
stands for the base. It differs from python:3.11-slim in where Python lies, and in little else.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.network import PATH, TOOLS, program

BASE, IMAGE = "localhost/base:1", "localhost/moorage:test"
BASE_ARCHIVE = TOOLS / "image-base-bookworm.tar"
CHECKOUT = Path(__file__).parents[2]
CERTIFICATES = "/etc/ssl/certs"


@dataclass(frozen=True, slots=True)
class Image:
    root: Path
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Builder:
    """buildah with a store of its own."""

    folder: Path

    def build(self) -> Image:
        container = self("from", "scratch")
        self("add", "--quiet", container, str(base_archive()), "/")
        self("commit", "--quiet", container, BASE)
        self("rm", container)
        # Packages come from where this machine gets them, with the CAs that it trusts.
        certificates = f"{CERTIFICATES}:{CERTIFICATES}:ro"
        where = ("--isolation", "chroot", "--volume", certificates)
        # Building the console is another test's subject; one that is there already is taken along.
        chosen = ("--build-arg", f"BASE={BASE}", "--build-arg", "MOORAGE_SKIP_CONSOLE=1")
        file = ("--file", str(CHECKOUT / "deploy" / "Containerfile"))
        self("build", "--quiet", *where, *chosen, *file, "--tag", IMAGE, str(CHECKOUT))
        inspected = json.loads(self("inspect", "--type", "image", IMAGE))
        root = Path(self("mount", self("from", IMAGE)))
        return Image(root, dict(inspected["OCIv1"]["config"]))

    def __call__(self, *arguments: str) -> str:
        places = ("--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"))
        command = [program("buildah"), *places, "--storage-driver", "vfs", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
        assert done.returncode == 0, f"{command}:\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
        return done.stdout.strip()


def base_archive() -> Path:
    """A Debian that can run Python and nothing else of note."""
    if not BASE_ARCHIVE.is_file():
        fresh = BASE_ARCHIVE.with_name(f"{os.getpid()}-{BASE_ARCHIVE.name}")
        packages = "--include=python3,python3-venv,ca-certificates"
        command = [program("mmdebstrap"), "--variant=essential", packages, "bookworm", str(fresh)]
        environment = {"PATH": PATH, "LANG": "C.UTF-8"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr[-3000:]
        fresh.replace(BASE_ARCHIVE)
    return BASE_ARCHIVE
