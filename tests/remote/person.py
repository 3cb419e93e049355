"""Somebody who types `moorage` commands: an empty home, a working folder, no other settings."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

MOORAGE = str(Path(sys.executable).with_name("moorage"))


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Person:
    home: Path
    work: Path

    @classmethod
    def new(cls, folder: Path) -> Person:
        for name in ("home", "work"):
            (folder / name).mkdir()
        return cls(folder / "home", folder / "work")

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Done:
        """Run it; the test fails when it fails."""
        done = self.run(*arguments, stdin=stdin, **environment)
        assert done.code == 0, done
        return done

    def fails(self, *arguments: str, stdin: str = "", **environment: str) -> Done:
        done = self.run(*arguments, stdin=stdin, **environment)
        assert done.code == 1, done
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> Done:
        done = subprocess.run(
            [MOORAGE, *arguments],
            cwd=self.work,
            env={"HOME": str(self.home), "PATH": os.environ["PATH"], **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def new_archive(self, name: str = "demo", version: str = "1.2.3", noise_bytes: int = 0) -> str:
        """A packed chart; `noise_bytes` of it do not compress."""
        chart = self.work / f"{name}-folder"
        (chart / "templates").mkdir(parents=True, exist_ok=True)
        text = f"apiVersion: v2\nname: {name}\nversion: {version}\ndescription: A demo\n"
        (chart / "Chart.yaml").write_text(text)
        (chart / "values.yaml").write_text("a: 1\n")
        for place in range(0, noise_bytes, 4_000_000):
            size = min(4_000_000, noise_bytes - place)
            (chart / f"noise-{place}").write_bytes(os.urandom(size))
        self("package", str(chart))
        return f"{name}-{version}.tgz"
