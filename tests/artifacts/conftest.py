"""One server on each database for all tests of artifacts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.conftest import Api, started
from tests.conftest import DATABASES


@pytest.fixture(scope="module", params=DATABASES)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    yield from started(request, tmp_path_factory, {"CREATE_NAMESPACE_ON_PUSH": "true"})
