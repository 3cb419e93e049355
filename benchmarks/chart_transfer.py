"""Push and pull a 100 MB chart with moorage and with oras, one after the other, several rounds.

    python -m benchmarks.chart_transfer [--rounds 5] [--megabytes 100]
                                        [--server moorage|docker-registry]

Prints the median of each and the ratio to oras (below 1: faster). All move the same kind of
archive to the same server, plain HTTP on 127.0.0.1; every round has new content, so nothing is
skipped. `moorage` and `oras` are commands, their start included; `moorage.remote` is the Python
API in a process that runs already. The start of `moorage chart list` is printed too.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.server import free_port

from moorage.charts.manifest import LAYER, chart_manifest
from moorage.remote.blobs import Blob, download_blob
from moorage.remote.charts import find_chart, push
from moorage.remote.client import Registry, Repository
from moorage.remote.credentials import CredentialFiles
from moorage.remote.transport import Tls, Transport

FILE_BYTES = 5 * 1024 * 1024
PASSWORD = "a password for a measurement"
MOORAGE = str(Path(sys.executable).with_name("moorage"))
ORAS = str(Path.home() / ".cache/moorage/tools/bin/oras")


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
            _measure(options, host, folder, environment, config)
        starts = [_start(environment) for _ in range(10)]
        print(f"start moorage chart list: {statistics.median(starts):.2f} s")


def _measure(
    options: argparse.Namespace,
    host: str,
    folder: Path,
    environment: dict[str, str],
    config: str,
) -> None:
    seconds: dict[str, list[float]] = {}
    names = ["oras", "moorage", "moorage.remote"]
    for number in range(options.rounds):
        for name in names[number % 3 :] + names[: number % 3]:
            archive = _new_chart(folder, number, options.megabytes)
            out = folder / "out"
            out.mkdir()
            steps = _steps(name, host, archive, out, config, environment)
            for verb, step in zip(("push", "pull"), steps, strict=True):
                started = time.perf_counter()
                step()
                seconds.setdefault(f"{verb} {name}", []).append(time.perf_counter() - started)
            shutil.rmtree(out)
            archive.unlink()
    for verb in ("push", "pull"):
        theirs = statistics.median(seconds[f"{verb} oras"])
        for name in names:
            ours = statistics.median(seconds[f"{verb} {name}"])
            print(f"{verb}  {name:15} {ours:6.2f} s  ratio {ours / theirs:5.2f}", flush=True)


def _steps(
    name: str, host: str, archive: Path, out: Path, config: str, environment: dict[str, str]
) -> tuple[Callable[[], object], Callable[[], object]]:
    """The push and the pull."""
    if name == "moorage.remote":
        return _api_steps(host, archive, out, config)
    push, pull = _commands(name, host, archive, out, config)
    run = partial(
        subprocess.run, cwd=out.parent, env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return partial(run, push), partial(run, pull)


def _api_steps(
    host: str, archive: Path, out: Path, config: str
) -> tuple[Callable[[], object], Callable[[], object]]:
    def repository() -> Repository:
        credential = CredentialFiles((Path(config),)).find(host)
        transport = Transport(Tls(is_plain_http=True))
        return Registry(host, credential, transport).repository("admin/api", is_pushed_to=True)

    tag = archive.stem.removeprefix("big-")

    def push_it() -> None:
        settings, layer = Blob.of(tag.encode()), Blob.of(archive)
        manifest = chart_manifest(settings, [(LAYER, layer)], {})
        push(repository(), tag, manifest, [settings, layer])

    def pull_it() -> None:
        found = find_chart(repository(), tag)
        download_blob(repository(), found.layer, out).rename(out / archive.name)

    return push_it, pull_it


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


def _start(environment: dict[str, str]) -> float:
    started = time.perf_counter()
    command = [MOORAGE, "chart", "list"]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _new_chart(folder: Path, number: int, megabytes: int) -> Path:
    """Random bytes: they do not compress, and are new every time."""
    version = f"0.{number}.{time.monotonic_ns()}"
    archive = folder / f"big-{version}.tgz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        _add(tar, "big/Chart.yaml", f"apiVersion: v2\nname: big\nversion: {version}\n".encode())
        for place in range(megabytes * 1_000_000 // FILE_BYTES + 1):
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
    server = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(5)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--server", choices=("moorage", "docker-registry"), default="moorage")
    return parser.parse_args()


if __name__ == "__main__":
    main()
