"""Servers with other settings than the session's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import DATABASES, Client
from tests.postgres_server import new_database
from tests.server import running_server


@pytest.fixture(scope="package")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Short patience, few uploads, small blobs, content that may be missing."""
    settings = {
        "BODY_IDLE_SECONDS": "1",
        "UPLOADS_PER_USER": "3",
        "MAXIMUM_LAYER_SIZE": "1M",
        "FEATURE_SPARSE_MANIFESTS": "true",
    }
    with running_server(tmp_path_factory.mktemp("impatient"), settings) as running:
        yield Client(running)


@pytest.fixture(scope="package", params=DATABASES)
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    """Two workers on each database: what one holds in memory, the other does not know."""
    settings = {}
    if request.param == "postgres":
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    with running_server(tmp_path_factory.mktemp("pair"), settings, workers=2) as running:
        yield Client(running)
