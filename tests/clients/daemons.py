"""The daemons behind ctr and docker, each with a root, a state and a socket of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clients.network import Daemon, Network

CTR = {"CONTAINERD_ADDRESS": "/run/containerd.sock", "CONTAINERD_SNAPSHOTTER": "native"}
"""The environment of ctr, save its namespace."""

CONTAINERD_CONFIGURATION = """\
version = 2
root = "{folder}/root"
state = "/run/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "/run/containerd.sock"
"""


@contextmanager
def running_containerd(network: Network, folder: Path) -> Iterator[None]:
    configuration = folder / "config.toml"
    configuration.write_text(CONTAINERD_CONFIGURATION.format(folder=folder))
    command = ("containerd", "--config", str(configuration))
    daemon = network.start(*command, log=folder / "containerd.log")
    _wait_until_it_answers(network, daemon, ("ctr", "version"))
    yield
    assert daemon.stop() == 0, daemon.log.read_text()


@contextmanager
def running_dockerd(network: Network, folder: Path, ca: Path) -> Iterator[None]:
    """Its system trusts the CA; it makes no networks."""
    own = ("--data-root", str(folder / "root"), "--exec-root", "/run/docker")
    off = ("--bridge", "none", "--iptables=false", "--storage-driver", "vfs")
    socket = ("--host", "unix:///run/docker.sock", "--pidfile", "/run/docker.pid")
    daemon = network.start(
        *("dockerd", *socket, *own, *off),
        log=folder / "dockerd.log",
        environment={"SSL_CERT_FILE": str(ca)},
    )
    _wait_until_it_answers(network, daemon, ("docker", "info"))
    yield
    assert daemon.stop() == 0, daemon.log.read_text()


def _wait_until_it_answers(network: Network, daemon: Daemon, question: tuple[str, ...]) -> None:
    for _ in range(300):
        if network.run(*question, folder=daemon.log.parent, environment=CTR).code == 0:
            return
        assert daemon.is_running, daemon.log.read_text()
        time.sleep(0.1)
    raise AssertionError(daemon.log.read_text())
