"""Many who push and read at once: nobody's chart is lost, and nobody reads an old index."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.charts_repository.made import listed, make_chart, push
from tests.conftest import DATABASES, Client
from tests.postgres_server import new_database
from tests.server import Server, running_server

WRITERS = 4
PUSHES = 6


@pytest.fixture(params=DATABASES)
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Server]]:
    """Two workers on SQLite; two replicas on PostgreSQL."""
    folder = tmp_path_factory.mktemp("at-once")
    with ExitStack() as running:
        if request.param == "sqlite":
            server = running.enter_context(running_server(folder, workers=2))
            yield [server, server]
            return
        settings = {
            "DB_URI": new_database(request.getfixturevalue("postgres")),
            "DISTRIBUTED_STORAGE_CONFIG": (
                f'{{"default": ["LocalStorage", {{"storage_path": "{folder}/blobs"}}]}}'
            ),
        }
        replicas = [folder / "one", folder / "two"]
        yield [running.enter_context(running_server(path, settings)) for path in replicas]


def test_each_push_is_in_the_index_as_soon_as_it_is_acknowledged(servers: list[Server]) -> None:
    """Whoever is asked: the other worker or replica, too."""
    clients = [Client(server) for server in servers]
    stale: list[str] = []

    def write(number: int) -> None:
        # Half of the writers share a repository.
        name = "shared" if number % 2 else f"own{number}"
        for turn in range(PUSHES):
            version = f"{number}.{turn}.0"
            push(clients[turn % 2], f"admin/{name}", make_chart(name, version))
            for client in clients:
                if version not in listed(client, "admin").get(name, []):
                    stale.append(f"{name} {version}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = listed(clients[1], "admin")
    assert stale == []
    assert sum(len(versions) for versions in found.values()) == WRITERS * PUSHES
    assert found == listed(clients[0], "admin")


def test_of_many_uploads_of_one_version_one_is_taken(servers: list[Server]) -> None:
    clients = [Client(server) for server in servers]
    statuses: list[int] = []

    def upload(number: int) -> None:
        chart = make_chart("raced", "1.0.0", description=f"by {number}")
        answer = clients[number % 2]("POST", "/charts/api/admin/charts", chart.archive)
        statuses.append(answer.status)

    threads = [threading.Thread(target=upload, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201] + [409] * (WRITERS - 1)
