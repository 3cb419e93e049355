"""One operator for many tests, in a namespace where pods become ready and volumes bound."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import count

import pytest

from tests.operator.cluster import Cluster
from tests.operator.conftest import new_namespace
from tests.operator.nodes import running_nodes
from tests.operator.running import Operator, Registry, bound_volumes, running_operator

_NUMBERS = count(1)
POSTGRES = "DB_URI: postgresql://u:hidden@db.example.test/r\n"
STORE = (
    "DISTRIBUTED_STORAGE_CONFIG:\n  default:\n  - S3Storage\n"
    "  - {s3_bucket: b, s3_access_key: k, s3_secret_key: hidden}\n"
)


@pytest.fixture(scope="module")
def operator(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    """One operator for the module, in a namespace where pods become ready and volumes bound."""
    log = tmp_path_factory.mktemp("operator") / "log"
    with (
        new_namespace(cluster) as namespace,
        running_operator(cluster, namespace, log) as running,
        running_nodes(cluster, namespace),
        bound_volumes(cluster, namespace),
    ):
        yield running


@pytest.fixture
def registry(operator: Operator) -> Registry:
    """A name that no other test uses; the object is the test's to create."""
    return Registry(operator.cluster, operator.namespace, f"r{next(_NUMBERS)}")


def generation_of(registry: Registry) -> int:
    return int(registry.deployment()["metadata"]["generation"])


def settled(registry: Registry) -> None:
    """Until nothing has changed for a second."""
    before = None
    while before != (before := registry.get()["metadata"]["resourceVersion"]):
        time.sleep(1)
