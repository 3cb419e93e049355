"""Garbage goes, what is needed stays: `moorage collect` beside a running server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import PLACES, Client
from tests.postgres_server import new_database
from tests.s3_server import S3Server
from tests.server import running_server

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Place:
    """A server whose own collector is off, and the command that collects for it."""

    client: Client
    data: Path
    settings: dict[str, str]

    def collect(self, *flags: str) -> str:
        environment = os.environ | {f"MOORAGE_{k}": v for k, v in self.settings.items()}
        program = Path(sys.executable).parent / "moorage"
        return subprocess.run(
            [program, "collect", "--data", self.data, *flags],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def pulls(self, name: str, reference: str) -> int:
        return self.client("GET", f"/v2/{name}/manifests/{reference}").status


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    settings = {
        "FEATURE_GARBAGE_COLLECTION": "false",
        "DEFAULT_TAG_EXPIRATION": "0s",
        "FEATURE_PROXY_STORAGE": "true",
    }
    if "postgres" in request.param:
        settings["DB_URI"] = new_database(request.getfixturevalue("postgres"))
    if "s3" in request.param:
        s3: S3Server = request.getfixturevalue("s3")
        settings |= s3.settings(tmp_path.name)
    with running_server(tmp_path, settings) as server:
        yield Place(Client(server), tmp_path, settings)


def test_what_a_live_tag_needs_stays(place: Place) -> None:
    push = place.client.push_manifest
    child, child_raw = push("admin/kept", "child", annotations={"a": "child"})
    index, _ = push(
        "admin/kept",
        "v1",
        mediaType=INDEX,
        config=None,
        layers=None,
        manifests=[{"mediaType": MANIFEST, "digest": child, "size": len(child_raw)}],
    )
    subject = {"mediaType": INDEX, "digest": index, "size": 1}
    referrer, _ = push("admin/kept", "sbom", subject=subject)
    for tag in ("child", "sbom"):
        assert place.client("DELETE", f"/v2/admin/kept/manifests/{tag}").status == 202

    place.collect("--now")

    assert [place.pulls("admin/kept", d) for d in ("v1", child, referrer)] == [200, 200, 200]


def test_a_deleted_tag_takes_manifest_referrers_and_bytes_with_it(place: Place) -> None:
    layer = place.client.push_blob("admin/gone", b"layer" * 1000)
    digest, raw = place.client.push_manifest(
        "admin/gone",
        "v1",
        layers=[{"mediaType": "a/b", "digest": layer, "size": 5000}],
    )
    subject = {"mediaType": MANIFEST, "digest": digest, "size": len(raw)}
    referrer, _ = place.client.push_manifest("admin/gone", "x", subject=subject)
    for tag in ("v1", "x"):
        place.client("DELETE", f"/v2/admin/gone/manifests/{tag}")

    foreseen = place.collect("--now", "--dry-run")
    assert place.pulls("admin/gone", digest) == 200
    printed = place.collect("--now")

    assert [place.pulls("admin/gone", d) for d in (digest, referrer)] == [404, 404]
    assert place.client("HEAD", f"/v2/admin/gone/blobs/{layer}").status == 404
    assert f"blob {layer} (5000 bytes): no repository holds it" in printed
    assert f"manifest {digest} of admin/gone: has no tag" in printed
    assert foreseen.replace("would be ", "") == printed
    assert place.collect("--now").startswith("nothing removed")


def test_the_grace_period_protects_what_was_just_pushed(place: Place) -> None:
    layer = place.client.push_blob("admin/fresh", b"waits for its manifest")
    digest, _ = place.client.push_manifest("admin/fresh", "v1")
    place.client("DELETE", "/v2/admin/fresh/manifests/v1")

    place.collect()

    assert place.client("HEAD", f"/v2/admin/fresh/blobs/{layer}").status == 200
    assert place.pulls("admin/fresh", digest) == 200


def test_content_that_two_repositories_hold_stays_for_the_other(place: Place) -> None:
    layer = place.client.push_blob("admin/one", b"shared" * 100)
    descriptor = {"mediaType": "a/b", "digest": layer, "size": 600}
    place.client.push_manifest("admin/one", "v1", layers=[descriptor])
    mount = f"/v2/admin/two/blobs/uploads/?mount={layer}&from=admin/one"
    assert place.client("POST", mount).status == 201
    place.client.push_manifest("admin/two", "v1", layers=[descriptor])
    place.client("DELETE", "/v2/admin/one/manifests/v1")

    place.collect("--now")

    assert place.client("GET", f"/v2/admin/one/blobs/{layer}").status == 404
    assert place.client("GET", f"/v2/admin/two/blobs/{layer}").body == b"shared" * 100


def test_an_abandoned_upload_goes_with_its_bytes(place: Place) -> None:
    location = place.client("POST", "/v2/admin/idle/blobs/uploads/").headers["location"]
    assert place.client("PATCH", location, b"x" * 1000).status == 202
    place.settings["UPLOAD_EXPIRATION_SECONDS"] = "1"
    subprocess.run(["sleep", "1.1"], check=True)

    printed = place.collect()

    assert "it had no request for too long" in printed
    assert place.client("GET", location).status == 404


def test_pushing_again_what_was_collected_brings_it_back(place: Place) -> None:
    for _ in range(3):
        layer = place.client.push_blob("admin/again", b"again" * 50)
        descriptor = {"mediaType": "a/b", "digest": layer, "size": 250}
        place.client.push_manifest("admin/again", "v1", layers=[descriptor])
        assert place.client("GET", f"/v2/admin/again/blobs/{layer}").body == b"again" * 50
        place.client("DELETE", "/v2/admin/again/manifests/v1")
        place.collect("--now")
        assert place.client("GET", f"/v2/admin/again/blobs/{layer}").status == 404
