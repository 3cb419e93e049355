"""Row 11: storage that is full, or cannot be written. Nothing acknowledged is lost by it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest

from tests.conftest import DATABASES, Client, digest_of
from tests.postgres_server import new_database
from tests.server import Server, running_server

MIB = 1024 * 1024
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="mounts a small file system: needs root")


def is_healthy(client: Client) -> bool:
    """It takes a small blob, in the same processes as before."""
    content = token_bytes(1000)
    digest = client.push_blob("admin/after", content)
    return client("GET", f"/v2/admin/after/blobs/{digest}").body == content


@pytest.fixture
def small_files(tmp_path: Path) -> Iterator[Client]:
    """A server whose files may have 25 MiB at most: writing more fails as on a full disk."""
    limit = ("prlimit", f"--fsize={25 * MIB}")
    with running_server(tmp_path, within=limit) as running:
        yield Client(running)


@pytest.mark.parametrize("way", ["post", "put", "patch"])
def test_bad_11_a_blob_that_does_not_fit_is_refused_and_given_back(
    small_files: Client, way: str
) -> None:
    client, content = small_files, token_bytes(30 * MIB)
    place = client("POST", "/v2/admin/full/blobs/uploads/").headers["location"]
    client("PATCH", place, content[:1000])
    url = {
        "post": f"/v2/admin/full/blobs/uploads/?digest={digest_of(content)}",
        "put": f"{place}?digest={digest_of(content)}",
        "patch": place,
    }[way]

    answer = client(way.upper(), url, content)

    assert (answer.status, answer.code) == (507, "UNAVAILABLE")
    assert client("GET", place).headers["range"] == "0-999"
    assert [f.stat().st_size for f in (client.server.data / "uploads").iterdir()] == [1000]
    assert is_healthy(client)


@pytest.fixture(params=DATABASES)
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Client]:
    """A server alone with a disk of 24 MiB, its database in it or not."""
    settings = {}
    if request.param == "postgres":
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    mount = 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"'
    within = ("unshare", "--mount", "sh", "-c", mount, str(tmp_path))
    with running_server(tmp_path, settings, within=within) as running:
        yield Client(running)


def in_its_mounts(server: Server, *command: str) -> None:
    subprocess.run(["nsenter", "-t", str(server.process.pid), "-m", *command], check=True)


@needs_root
def test_bad_11_a_full_disk_is_refused_and_the_registry_goes_on(small_disk: Client) -> None:
    client = small_disk
    _, raw = client.push_manifest("admin/kept", "v1")
    large = token_bytes(25 * MIB)

    refused = client("POST", f"/v2/admin/big/blobs/uploads/?digest={digest_of(large)}", large)

    assert (refused.status, refused.code) == (507, "UNAVAILABLE")
    assert int(refused.headers["retry-after"]) > 0
    assert is_healthy(client)
    assert client("GET", "/v2/admin/kept/manifests/v1").body == raw
    assert client("HEAD", f"/v2/admin/big/blobs/{digest_of(large)}").status == 404


@needs_root
def test_bad_11_a_disk_without_a_byte_refuses_every_push_and_serves_every_pull(
    small_disk: Client,
) -> None:
    client = small_disk
    digest, raw = client.push_manifest("admin/kept", "v1")
    place = client("POST", "/v2/admin/kept/blobs/uploads/").headers["location"]
    fill = f"dd if=/dev/zero of={client.server.data}/fill bs=4k 2>/dev/null; true"
    in_its_mounts(client.server, "sh", "-c", fill)
    content = token_bytes(500_000)

    pushes = [
        client("POST", "/v2/admin/new/blobs/uploads/"),
        client("POST", f"/v2/admin/new/blobs/uploads/?digest={digest_of(content)}", content),
        client("PATCH", place, content),
        client("PUT", f"{place}?digest={digest_of(content)}", content),
    ]
    pulled = client("GET", f"/v2/admin/kept/manifests/{digest}")
    in_its_mounts(client.server, "rm", f"{client.server.data}/fill")

    assert {answer.status for answer in pushes} <= {202, 507}
    assert [answer.status for answer in pushes[1:]] == [507, 507, 507]
    assert (pulled.status, pulled.body) == (200, raw)
    assert is_healthy(client)
    assert client("PUT", f"{place}?digest={digest_of(content)}", content).status == 201


@needs_root
@pytest.mark.parametrize("folder", ["uploads", "blobs"])
def test_bad_11_a_read_only_disk_is_refused_and_the_registry_goes_on(
    small_disk: Client, folder: str
) -> None:
    client = small_disk
    _, raw = client.push_manifest("admin/kept", "v1")
    path = str(client.server.data / folder)
    in_its_mounts(client.server, "mount", "--bind", path, path)
    in_its_mounts(client.server, "mount", "-o", "remount,bind,ro", path)
    content = token_bytes(500_000)
    url = f"/v2/admin/new/blobs/uploads/?digest={digest_of(content)}"

    refused = client("POST", url, content)
    pulled = client("GET", "/v2/admin/kept/manifests/v1")
    in_its_mounts(client.server, "umount", path)

    assert (refused.status, refused.code) == (503, "UNAVAILABLE")
    assert pulled.body == raw
    assert client("HEAD", f"/v2/admin/new/blobs/{digest_of(content)}").status == 404
    assert is_healthy(client)


def test_bad_11_a_full_database_is_refused_and_the_registry_goes_on(tmp_path: Path) -> None:
    with running_server(tmp_path, within=("prlimit", f"--fsize={25 * MIB}")) as running:
        client = Client(running)
        kept_digest, kept = client.push_manifest("admin/kept", "v1")

        statuses = []
        for number in range(45):
            # SQLite keeps manifests in the one file that may not grow.
            filler = f', "annotations": {{"{number}": "{"x" * 1_500_000}"}}}}'
            raw = kept[:-1] + filler.encode()
            statuses.append(client("PUT", f"/v2/admin/kept/manifests/t{number}", raw).status)

        assert set(statuses) in ({201, 507}, {201, 503})
        assert client("GET", f"/v2/admin/kept/manifests/{kept_digest}").body == kept
        tags = client("GET", "/v2/admin/kept/tags/list").body
        assert tags.count(b'"t') == statuses.count(201) + 1, "tags and its own key"
        assert is_healthy(client)
