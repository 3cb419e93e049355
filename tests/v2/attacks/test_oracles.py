"""Rows 22 and 23: nobody learns what exists from how he is refused."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from tests.conftest import Answer, Client
from tests.tokens import bearer

SECRET, NOTHING = "admin/secret", "admin/absent"
CONFIG = "sha256:" + sha256(b"{}").hexdigest()
SCOPES = [f"repository:{name}:pull,push,delete" for name in (SECRET, NOTHING)]

REQUESTS = [
    ("GET", "/v2/{name}/manifests/v1"),
    ("HEAD", "/v2/{name}/manifests/v1"),
    ("GET", "/v2/{name}/manifests/{digest}"),
    ("GET", "/v2/{name}/manifests/v2"),
    ("PUT", "/v2/{name}/manifests/v1"),
    ("DELETE", "/v2/{name}/manifests/v1"),
    ("DELETE", "/v2/{name}/manifests/{digest}"),
    ("GET", "/v2/{name}/blobs/{config}"),
    ("HEAD", "/v2/{name}/blobs/{config}"),
    ("DELETE", "/v2/{name}/blobs/{config}"),
    ("GET", "/v2/{name}/tags/list"),
    ("GET", "/v2/{name}/tags/list?n=1"),
    ("GET", "/v2/{name}/referrers/{digest}"),
    ("POST", "/v2/{name}/blobs/uploads/"),
    ("POST", "/v2/{name}/blobs/uploads/?digest={config}"),
    ("POST", "/v2/{name}/blobs/uploads/?mount={config}&from=ann/own"),
    ("GET", "/v2/{name}/blobs/uploads/00000000-0000-4000-8000-000000000000"),
    ("PATCH", "/v2/{name}/blobs/uploads/00000000-0000-4000-8000-000000000000"),
]


@pytest.fixture
def digest(client: Client) -> str:
    return client.push_manifest(SECRET, "v1")[0]


@pytest.fixture(params=["nobody", "anonymous token", "basic", "narrow token", "refused token"])
def caller(request: pytest.FixtureRequest, client: Client, ann: Client) -> Client:
    """Everybody who has no right to either repository."""
    match request.param:
        case "nobody":
            return client.anonymous()
        case "anonymous token":
            return bearer(client.anonymous(), *SCOPES)
        case "basic":
            return ann
        case "narrow token":
            return bearer(ann, "repository:ann/own:pull,push")
    return bearer(ann, *SCOPES)


def seen(answer: Answer, name: str) -> tuple[int, str, dict[str, str]]:
    """What an answer tells, with the name that was asked for taken out."""
    headers = {
        key: value.replace(name, "NAME")
        for key, value in answer.headers.items()
        if key not in ("x-request-id", "date")
    }
    return answer.status, answer.body.decode().replace(name, "NAME"), headers


@pytest.mark.parametrize(("method", "path"), REQUESTS)
def test_bad_22_forbidden_looks_exactly_like_missing(
    caller: Client, digest: str, method: str, path: str
) -> None:
    body = b"{}" if method in ("PUT", "POST", "PATCH") else None

    there, missing = (
        seen(caller(method, path.format(name=name, digest=digest, config=CONFIG), body), name)
        for name in (SECRET, NOTHING)
    )

    assert there == missing
    assert there[0] in (401, 403)


def test_bad_22_the_catalog_shows_what_one_may_pull(
    client: Client, ann: Client, digest: str
) -> None:
    ann.push_manifest("ann/own", "v1")

    listed = json.loads(bearer(ann, "registry:catalog:*")("GET", "/v2/_catalog?n=1000").body)
    basic = json.loads(ann("GET", "/v2/_catalog?n=1000").body)
    nobody = client.anonymous()("GET", "/v2/_catalog")

    assert listed == basic
    assert "ann/own" in listed["repositories"]
    assert SECRET not in listed["repositories"]
    assert nobody.status == 401
    assert 'scope="registry:catalog:*"' in nobody.headers["www-authenticate"]


def test_bad_22_a_last_of_the_catalog_tells_nothing(ann: Client, digest: str) -> None:
    ann.push_manifest("ann/own", "v1")

    # The second is missing and next to the first: no public name of another test is between them.
    names = (SECRET, f"{SECRET}-")
    after = [json.loads(ann("GET", f"/v2/_catalog?n=1&last={name}").body) for name in names]

    assert after[0] == after[1]


def test_bad_22_referrers_of_a_forbidden_repository_are_not_empty_but_refused(
    ann: Client, digest: str
) -> None:
    answer = bearer(ann, *SCOPES)("GET", f"/v2/{SECRET}/referrers/{digest}")

    assert answer.status == 403


@pytest.mark.parametrize("source", [SECRET, NOTHING, "nobody/nothing", "ann/empty"])
@pytest.mark.parametrize("is_basic", [True, False], ids=["basic", "bearer"])
def test_bad_23_a_mount_from_what_one_may_not_read_opens_an_upload(
    client: Client, ann: Client, source: str, is_basic: bool
) -> None:
    layer = client.push_blob(SECRET, b"secret layer")
    scopes = ["repository:ann/own:pull,push", f"repository:{source}:pull"]
    caller = ann if is_basic else bearer(ann, *scopes)

    answer = caller("POST", f"/v2/ann/own/blobs/uploads/?mount={layer}&from={source}")

    assert answer.status == 202
    assert answer.body == b""
    assert set(answer.headers) == {
        *("location", "docker-upload-uuid", "range", "content-length", "x-request-id"),
        *("docker-distribution-api-version", "server", "date"),
    }
    assert ann("HEAD", f"/v2/ann/own/blobs/{layer}").status == 404
    assert ann("DELETE", answer.headers["location"]).status == 204


def test_bad_23_a_token_that_did_not_ask_for_the_source_is_told_both_scopes(ann: Client) -> None:
    layer = ann.push_blob("ann/source", b"own layer")
    narrow = bearer(ann, "repository:ann/own:pull,push")

    answer = narrow("POST", f"/v2/ann/own/blobs/uploads/?mount={layer}&from=ann/source")

    assert answer.status == 401
    expected = 'scope="repository:ann/own:pull,push repository:ann/source:pull"'
    assert expected in answer.headers["www-authenticate"]
    wide = bearer(ann, "repository:ann/own:pull,push repository:ann/source:pull")
    path = f"/v2/ann/own/blobs/uploads/?mount={layer}&from=ann/source"
    assert wide("POST", path).status == 201


@pytest.mark.parametrize("source", [SECRET, NOTHING])
def test_bad_23_a_narrow_token_learns_nothing_of_a_forbidden_source(
    client: Client, ann: Client, source: str
) -> None:
    layer = client.push_blob(SECRET, b"secret layer")
    narrow = bearer(ann, "repository:ann/own:pull,push")

    answer = narrow("POST", f"/v2/ann/own/blobs/uploads/?mount={layer}&from={source}")

    assert answer.status == 202
    assert ann("DELETE", answer.headers["location"]).status == 204


def test_bad_23_a_blob_that_others_hold_is_not_mounted_by_its_digest_alone(
    client: Client, ann: Client
) -> None:
    layer = client.push_blob(SECRET, b"secret layer")

    answer = ann("POST", f"/v2/ann/own/blobs/uploads/?mount={layer}")

    assert answer.status == 202
    assert ann("HEAD", f"/v2/ann/own/blobs/{layer}").status == 404
    assert ann("DELETE", answer.headers["location"]).status == 204


def test_bad_23_pushing_what_others_hold_sends_all_bytes(client: Client, ann: Client) -> None:
    """A digest alone never brings content: the bytes must come."""
    layer = client.push_blob(SECRET, b"secret layer")

    answer = ann("POST", f"/v2/ann/own/blobs/uploads/?digest={layer}", b"")

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
