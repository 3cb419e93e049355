"""The image: built from deploy/Containerfile, its content run as the chart's Pod."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clients.machine import Machine
from tests.clients.network import REGISTRY_ADDRESS, Network
from tests.operator.charts import Values
from tests.operator.cluster import Cluster
from tests.operator.image import Builder, Image
from tests.operator.installing import pull, push
from tests.operator.pod import IMAGE_USER, OPENSHIFT, PodRunner


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    folder = tmp_path_factory.mktemp("image")
    yield Builder(folder).build()
    # Its layers are a gigabyte.
    shutil.rmtree(folder)


def test_it_names_a_user_by_number_who_is_not_root(image: Image) -> None:
    assert image.config["User"] == f"{IMAGE_USER}:0"
    assert image.config["Entrypoint"] == ["moorage"]
    assert image.config["Cmd"] == ["serve", "--data", "/data", "--host", "0.0.0.0"]
    assert list(image.config["Volumes"]) == ["/data"]


def test_it_has_no_installer_and_needs_to_compile_nothing(image: Image) -> None:
    packages = image.root / "opt/moorage/lib/python3.11/site-packages"

    assert not (packages / "pip").exists()
    assert list((packages / "moorage" / "registry" / "__pycache__").glob("push.*.pyc"))
    assert (image.root / "data").stat().st_mode & 0o777 == 0o775


def test_its_content_is_a_registry_for_any_user_with_a_read_only_root(
    image: Image,
    cluster: Cluster,
    namespace: str,
    network: Network,
    install: Callable[[Values], dict[str, Any]],
    machine: Machine,
    tmp_path: Path,
) -> None:
    runner = PodRunner(cluster, namespace, network, tmp_path / "pods", image.root)
    host = f"{REGISTRY_ADDRESS}:8080"
    spec = install({})

    with runner.running(spec, OPENSHIFT):
        push(machine, host, "--plain-http")
    with runner.running(spec):
        pull(machine, host, "--plain-http")
