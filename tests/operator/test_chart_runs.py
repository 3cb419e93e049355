"""The chart moorage installs a registry: its Pods, run as processes, take what Helm pushes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.clients.machine import Machine
from tests.clients.network import QUAY_HOST, REGISTRY_ADDRESS, Network
from tests.clients.registry import Authority
from tests.operator.charts import HELM, Values
from tests.operator.cluster import Cluster
from tests.operator.conftest import until_api
from tests.operator.installing import create_secret, pull, push
from tests.operator.nodes import pods_of
from tests.operator.pod import OPENSHIFT, PodRunner
from tests.postgres_server import by_socket, new_database
from tests.s3_server import ACCESS, BUCKET, PROGRAM, SECRET

ENTRANCE = str(Path(__file__).with_name("entrance.py"))


@pytest.fixture
def entrance(network: Network, authority: Authority, tmp_path: Path) -> Iterator[str]:
    """An Ingress controller: HTTPS on port 443 of the registry's host; its CA is `machine`'s."""
    keys = (str(authority.certificate), str(authority.key))
    listen, target = f"{REGISTRY_ADDRESS}:443", f"{REGISTRY_ADDRESS}:8080"
    log = tmp_path / "entrance.log"
    daemon = network.start("python3", ENTRANCE, listen, target, *keys, log=log)
    yield QUAY_HOST
    daemon.stop()


def test_as_it_is_it_serves_what_was_pushed_to_the_pod_before(
    install: Callable[[Values], dict[str, Any]], runner: PodRunner, machine: Machine
) -> None:
    host = f"{REGISTRY_ADDRESS}:8080"
    spec = install({})

    with runner.running(spec):
        push(machine, host, "--plain-http")

    with runner.running(spec):
        pull(machine, host, "--plain-http")


def test_behind_an_ingress_with_https(
    install: Callable[[Values], dict[str, Any]], runner: PodRunner, machine: Machine, entrance: str
) -> None:
    ingress = {"enabled": True, "tlsSecret": "registry-tls"}
    spec = install({"host": entrance, "ingress": ingress})

    with runner.running(spec):
        push(machine, entrance)


def test_with_its_own_https_as_the_user_that_openshift_chooses(
    cluster: Cluster,
    namespace: str,
    install: Callable[[Values], dict[str, Any]],
    runner: PodRunner,
    machine: Machine,
    authority: Authority,
) -> None:
    pair = {"tls.crt": authority.certificate.read_text(), "tls.key": authority.key.read_text()}
    create_secret(cluster, namespace, "registry-tls", pair)
    host = f"{QUAY_HOST}:8080"
    spec = install({"host": host, "tls": {"existingSecret": "registry-tls"}})

    with runner.running(spec, OPENSHIFT):
        push(machine, host)


def test_a_replica_serves_what_another_took(
    cluster: Cluster,
    namespace: str,
    install: Callable[[Values], dict[str, Any]],
    runner: PodRunner,
    machine: Machine,
    database: str,
    object_store: dict[str, Any],
) -> None:
    host = f"{REGISTRY_ADDRESS}:8080"
    create_secret(cluster, namespace, "database", {"DB_URI": database})
    keys = {"SECRET_KEY": "a" * 32, "DATABASE_SECRET_KEY": "b" * 32}
    create_secret(cluster, namespace, "keys", keys)
    storage = {"DISTRIBUTED_STORAGE_CONFIG": {"default": ["S3Storage", object_store]}}
    spec = install(
        {
            "replicas": 2,
            "persistence": {"enabled": False},
            "config": storage,
            "existingSecrets": {"database": "database", "secretKeys": "keys", "firstUser": "first"},
        }
    )

    with runner.running(spec):
        push(machine, host, "--plain-http")
    with runner.running(spec):
        pull(machine, host, "--plain-http")


@pytest.fixture
def database(postgres: str, network: Network, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, as the network reaches it."""
    url = urlsplit(by_socket(new_database(postgres)))
    place = dict(parse_qsl(url.query))
    socket = f"{place['host']}/.s.PGSQL.{place['port']}"
    listen = f"{REGISTRY_ADDRESS}:5432"
    daemon = network.start("python3", ENTRANCE, listen, socket, log=tmp_path / "database.log")
    yield f"postgresql://{url.username}@{listen}{url.path}"
    daemon.stop()


@pytest.fixture
def object_store(network: Network, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """An S3 server in the network; the arguments of its driver."""
    folder = tmp_path / "s3"
    (folder / BUCKET).mkdir(parents=True)
    command = (str(PROGRAM / "versitygw"), "--access", ACCESS, "--secret", SECRET)
    listen = ("--port", f"{REGISTRY_ADDRESS}:9000", "--quiet", "posix", str(folder))
    daemon = network.start(*command, *listen, log=tmp_path / "s3.log")
    yield {
        "s3_bucket": BUCKET,
        "s3_access_key": ACCESS,
        "s3_secret_key": SECRET,
        "host": REGISTRY_ADDRESS,
        "port": 9000,
        "is_secure": False,
    }
    daemon.stop()


def test_an_uninstalled_registry_leaves_its_volume_and_finds_it_again(
    cluster: Cluster, namespace: str, install: Callable[[Values], dict[str, Any]]
) -> None:
    claims = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"
    install({})
    uid = cluster.api("GET", f"{claims}/registry-moorage-data")["metadata"]["uid"]

    done = cluster.run(HELM, "uninstall", "registry", "-n", namespace)
    assert done.code == 0, str(done)
    install({})

    assert cluster.api("GET", f"{claims}/registry-moorage-data")["metadata"]["uid"] == uid


def test_a_changed_configuration_makes_a_new_pod(
    cluster: Cluster, namespace: str, install: Callable[[Values], dict[str, Any]]
) -> None:
    install({"config": {"REGISTRY_TITLE": "one"}})
    (before,) = pods_of(cluster, namespace)

    install({"config": {"REGISTRY_TITLE": "one"}})
    (unchanged,) = pods_of(cluster, namespace)
    install({"config": {"REGISTRY_TITLE": "two"}})

    assert unchanged["metadata"]["uid"] == before["metadata"]["uid"]
    path = f"/api/v1/namespaces/{namespace}/pods"
    until_api(
        cluster,
        path,
        lambda found: (
            [pod["metadata"]["uid"] for pod in found["items"]]
            not in ([], [before["metadata"]["uid"]])
        ),
    )


def test_the_password_of_the_first_user_is_in_the_log_as_the_notes_say(
    cluster: Cluster,
    namespace: str,
    install: Callable[[Values], dict[str, Any]],
    runner: PodRunner,
) -> None:
    spec = install({"existingSecrets": {"firstUser": ""}})
    notes = cluster.run(HELM, "get", "notes", "registry", "-n", namespace).stdout

    with runner.running(spec) as daemon:
        log = daemon.log.read_text()

    assert "grep -A1 'moorage is new here'" in notes
    assert "moorage is new here. The first user is admin, the password is" in log
