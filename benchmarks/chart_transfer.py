"""Push and pull a 100 MB chart with moorage and with oras, one after the other, several rounds.

    python benchmarks/chart_transfer.py [--rounds 5] [--server moorage|docker-registry]

Prints the median of each and the ratio (below 1: moorage is faster). Both move the same archive
to the same server, plain HTTP on 127.0.0.1; every round has new content, so nothing is skipped.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server import free_port

FILES, FILE_BYTES = 20, 5 * 1024 * 1024 - 4096
PASSWORD = "a password for a measurement"
MOORAGE = str(Path(sys.executable).with_name("moorage"))
ORAS = str(Path.home() / ".cache/moorage/tools/bin/oras")
LAYER = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        home = folder / "home"
        home.mkdir()
        with _server(options.server, folder) as host:
            environment = os.environ | {"HOME": str(home)}
            login = [MOORAGE, "registry", "login", host, "-u", "admin", "--password-stdin"]
            subprocess.run([*login, "--plain-http"], input=PASSWORD, text=True, env=environment)
            config = str(home / ".config/helm/registry/config.json")
            _measure(options.rounds, host, folder, environment, config)


def _measure(
    rounds: int, host: str, folder: Path, environment: dict[str, str], config: str
) -> None:
    seconds: dict[str, list[float]] = {}
    for number in range(rounds):
        for name in ("moorage", "oras") if number % 2 else ("oras", "moorage"):
            archive = _new_chart(folder, number)
            push, pull = _commands(name, host, archive, folder / "out", config)
            (folder / "out").mkdir()
            for verb, command in (("push", push), ("pull", pull)):
                started = time.perf_counter()
                subprocess.run(
                    command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
                )
                seconds.setdefault(f"{verb} {name}", []).append(time.perf_counter() - started)
            shutil.rmtree(folder / "out")
            archive.unlink()
    for verb in ("push", "pull"):
        ours, theirs = (statistics.median(seconds[f"{verb} {n}"]) for n in ("moorage", "oras"))
        ratio = f"ratio {ours / theirs:.2f}"
        print(f"{verb}  moorage {ours:.2f} s  oras {theirs:.2f} s  {ratio}", flush=True)


def _commands(
    name: str, host: str, archive: Path, out: Path, config: str
) -> tuple[list[str], list[str]]:
    version = archive.stem.removeprefix("big-")
    if name == "moorage":
        place = f"oci://{host}/admin"
        return (
            [MOORAGE, "push", str(archive), place, "--plain-http"],
            [MOORAGE, "pull", f"{place}/big:{version}", "-d", str(out), "--plain-http"],
        )
    place = f"{host}/admin/oras:{version}"
    flags = ["--plain-http", "--registry-config", config, "--no-tty"]
    return (
        [ORAS, "push", *flags, place, f"{archive.name}:{LAYER}"],
        [ORAS, "pull", *flags, "-o", str(out), place],
    )


def _new_chart(folder: Path, number: int) -> Path:
    """Random bytes: they do not compress, and are new every time."""
    version = f"0.{number}.{time.monotonic_ns()}"
    archive = folder / f"big-{version}.tgz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        _add(tar, "big/Chart.yaml", f"apiVersion: v2\nname: big\nversion: {version}\n".encode())
        for place in range(FILES):
            _add(tar, f"big/files/{place}.bin", os.urandom(FILE_BYTES))
    return archive


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


@contextmanager
def _server(kind: str, folder: Path) -> Iterator[str]:
    port = free_port()
    environment = os.environ | {"MOORAGE_ADMIN_PASSWORD": PASSWORD}
    command = [MOORAGE, "serve", "--data", str(folder / "data"), "--port", str(port)]
    if kind == "docker-registry":
        config = folder / "registry.yml"
        config.write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
            f"http: {{addr: '127.0.0.1:{port}'}}\n"
            "log: {level: error, accesslog: {disabled: true}}\n"
        )
        command = ["docker-registry", "serve", str(config)]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        time.sleep(5)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--server", choices=("moorage", "docker-registry"), default="moorage")
    return parser.parse_args()


if __name__ == "__main__":
    main()
