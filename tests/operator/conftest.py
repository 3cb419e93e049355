"""Fixtures: one API server for the session, a namespace for each test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import yaml

from tests.clients.conftest import authority, machine, network, new_machine
from tests.clients.network import Network
from tests.operator.charts import HELM, MOORAGE, Values
from tests.operator.cluster import Cluster, Refused, running_cluster
from tests.operator.installing import PASSWORD, create_secret
from tests.operator.nodes import pods_of
from tests.operator.pod import PodRunner

__all__ = ["authority", "machine", "network", "new_machine"]
"""Fixtures of tests/clients: a network of its own, a CA, machines with an empty home."""

CRDS = Path(__file__).parent / "crds"
OURS = Path(__file__).parents[2] / "deploy" / "charts" / "moorage-operator" / "crds"
"""Where QuayRegistry is defined."""

WAIT_SECONDS = 60


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster that knows QuayRegistry and nothing else that Kubernetes does not bring."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as running:
        for definition in sorted(OURS.glob("*.yaml")):
            install_definitions(running, definition)
        yield running


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A new namespace, whose deletion begins with the test's end."""
    with new_namespace(cluster) as name:
        yield name


@contextmanager
def new_namespace(cluster: Cluster, name: str | None = None) -> Iterator[str]:
    name = name or f"test-{token_hex(4)}"
    cluster.api("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    # Pods are refused before the controller has made it.
    until_api(cluster, f"/api/v1/namespaces/{name}/serviceaccounts/default")
    yield name
    cluster.api("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="session")
def apis(cluster: Cluster) -> Callable[..., AbstractContextManager[None]]:
    """`with apis("routes", "gateways", "httproutes", "servicemonitors"):` the cluster has them."""

    @contextmanager
    def present(*names: str) -> Iterator[None]:
        files = [CRDS / f"{name}.yaml" for name in names]
        install_definitions(cluster, *files)
        try:
            yield
        finally:
            for file in files:
                cluster.kubectl("delete", "-f", file)

    return present


def install_definitions(cluster: Cluster, *files: Path) -> None:
    """Apply CustomResourceDefinitions and wait until their resources are served."""
    for file in files:
        cluster.kubectl("apply", "--server-side", "-f", file)
    for file in files:
        cluster.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", file)


def until_api(
    cluster: Cluster,
    path: str,
    holds: Callable[[dict[str, Any]], bool] = lambda _: True,
    seconds: float = WAIT_SECONDS,
) -> dict[str, Any]:
    """The object at `path` as soon as it is there and `holds` is true of it; polls cheaply."""
    deadline, last = time.monotonic() + seconds, None
    while time.monotonic() < deadline:
        try:
            last = cluster.api("GET", path)
            if holds(last):
                return dict(last)
        except Refused as refused:
            last = refused
        time.sleep(0.1)
    raise AssertionError(f"{path}: not within {seconds:.0f} seconds; last: {last}")


@pytest.fixture
def runner(cluster: Cluster, namespace: str, network: Network, tmp_path: Path) -> PodRunner:
    return PodRunner(cluster, namespace, network, tmp_path / "pods")


@pytest.fixture
def install(cluster: Cluster, namespace: str) -> Callable[[Values], dict[str, Any]]:
    """`helm install` with values; the spec of a Pod that the cluster made of it."""
    create_secret(cluster, namespace, "first", {"password": PASSWORD})

    def run(values: Values) -> dict[str, Any]:
        values = {"existingSecrets": {"firstUser": "first"}} | values
        command = ("upgrade", "--install", "registry", str(MOORAGE), "-n", namespace, "-f", "-")
        done = cluster.run(HELM, *command, stdin=yaml.safe_dump(values))
        assert done.code == 0, str(done)
        path = f"/api/v1/namespaces/{namespace}/pods?labelSelector=app.kubernetes.io/name=moorage"
        until_api(cluster, path, lambda found: bool(found["items"]))
        return dict(pods_of(cluster, namespace)[0]["spec"])

    return run
