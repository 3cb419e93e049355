"""Health, as Quay answers it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Client
from tests.server import running_server


@pytest.mark.parametrize("path", ["/health/instance", "/health/endtoend"])
def test_a_well_registry_says_so_for_each_service(client: Client, path: str) -> None:
    answer = client.anonymous()("GET", path)

    told = json.loads(answer.body)
    assert (answer.status, told["status_code"]) == (200, 200)
    assert set(told) == {"data", "status_code"}
    assert {"auth", "database"} <= set(told["data"]["services"])
    assert set(told["data"]["services"].values()) == {True}
    assert answer.headers["cache-control"] == "no-store"


def test_an_end_to_end_check_looks_at_all_that_a_push_needs(client: Client) -> None:
    told = json.loads(client("GET", "/health/endtoend").body)

    assert set(told["data"]["services"]) - {"disk_space"} == {"auth", "database", "storage"}


def test_storage_that_is_gone_is_said_so_and_nothing_else_is_told(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=2) as server:
        client = Client(server).anonymous()
        (tmp_path / "blobs").rename(tmp_path / "elsewhere")

        answer = client("GET", "/health/instance")
        (tmp_path / "elsewhere").rename(tmp_path / "blobs")

    assert answer.status == 503
    assert json.loads(answer.body) == {
        "data": {"services": {"auth": True, "database": True, "storage": False}},
        "status_code": 503,
    }


def test_an_end_to_end_check_leaves_no_file(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        assert Client(server)("GET", "/health/endtoend").status == 200

        assert list((tmp_path / "uploads").iterdir()) == []


def test_health_is_read_only(client: Client) -> None:
    assert client("POST", "/health/instance", b"").status == 405
