"""Real clients against moorage: a network for the session, an empty server for each module."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.clients.daemons import running_containerd, running_dockerd
from tests.clients.machine import Machine
from tests.clients.network import (
    CHARTS_ADDRESS,
    CHARTS_HOST,
    HOSTS,
    QUAY_HOST,
    Network,
    wait_until_it_answers,
)
from tests.clients.registry import (
    Authority,
    Registry,
    certificates_folder,
    make_authority,
)
from tests.postgres_server import by_socket, can_start, new_database

HERE = Path(__file__).parent
NO_CA = "/dev/null"


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    network = Network(tmp_path_factory.mktemp("network"))
    yield network
    network.close()


@pytest.fixture(scope="session")
def authority(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    authority = make_authority(network, tmp_path_factory.mktemp("authority"), list(HOSTS))
    certificates_folder(network, QUAY_HOST, authority)
    return authority


@pytest.fixture(scope="session")
def classic_repository(
    network: Network, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of the chart repository that the walk-through starts from."""
    folder = tmp_path_factory.mktemp("classic")
    shutil.copytree(HERE / "charts" / "redhat-cop", folder / "site" / "helm-charts")
    keys = (str(authority.certificate), str(authority.key))
    command = (str(HERE / "https_folder.py"), str(folder / "site"), *keys, CHARTS_ADDRESS)
    daemon = network.start(sys.executable, *command, log=folder / "https.log")
    url = f"https://{CHARTS_HOST}/helm-charts"
    wait_until_it_answers(network, f"{url}/index.yaml", daemon, authority.ca)
    yield url
    daemon.stop()


@pytest.fixture(scope="session")
def containerd(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with running_containerd(network, tmp_path_factory.mktemp("containerd")):
        yield


@pytest.fixture(scope="session")
def dockerd(
    network: Network, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    with running_dockerd(network, tmp_path_factory.mktemp("docker"), authority.ca):
        yield


@pytest.fixture(scope="module")
def registry(
    request: pytest.FixtureRequest,
    network: Network,
    authority: Authority,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Registry]:
    """A server with empty data. At the module's end SIGTERM has to end it with exit code 0.

    It challenges with Bearer unless the module asks for both schemes with `BOTH_SCHEMES`.
    """
    scheme, database = getattr(request, "param", "bearer"), None
    if scheme == "basic" and can_start():
        database = by_socket(new_database(request.getfixturevalue("postgres")))
    folder = tmp_path_factory.mktemp("registry")
    registry = Registry(network, authority, folder, scheme, database)
    try:
        registry.start()
        yield registry
    finally:
        codes = registry.stop()
        shutil.rmtree(registry.folder / "data", ignore_errors=True)
    assert set(codes) == {0}, f"exit codes after SIGTERM: {codes}"


@pytest.fixture
def new_machine(network: Network, authority: Authority, tmp_path: Path) -> Callable[..., Machine]:
    """Makes machines with an empty home; `ca` is the file of CAs that they trust."""
    return _maker(network, authority, tmp_path)


@pytest.fixture(scope="module")
def new_machine_of_module(
    network: Network, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Machine]:
    """The same, for what a module's tests start from."""
    return _maker(network, authority, tmp_path_factory.mktemp("module"))


def _maker(network: Network, authority: Authority, parent: Path) -> Callable[..., Machine]:
    def make(name: str = "machine", ca: str = str(authority.ca)) -> Machine:
        folder = parent / name
        for part in ("home", "work", "tmp", "run", "no-certificates"):
            (folder / part).mkdir(parents=True)
        environment = {
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "SSL_CERT_FILE": ca,
            "SSL_CERT_DIR": str(folder / "no-certificates"),
            "REQUESTS_CA_BUNDLE": ca,
            "CURL_CA_BUNDLE": ca,
        }
        return Machine(network, folder / "home", folder / "work", environment)

    return make


@pytest.fixture
def machine(new_machine: Callable[..., Machine]) -> Machine:
    """A machine whose system trusts the registry's CA."""
    return new_machine()


@pytest.fixture
def distrusting_machine(new_machine: Callable[..., Machine]) -> Machine:
    """A machine whose system trusts no CA."""
    return new_machine("distrusting", ca=NO_CA)
