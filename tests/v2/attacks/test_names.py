"""Rows 1 to 4: names, tags and digests that are none."""

from __future__ import annotations

import pytest

from tests.conftest import Client

ZEROS = "sha256:" + "0" * 64
ENDS = ("manifests/v1", f"blobs/{ZEROS}", "tags/list", f"referrers/{ZEROS}")


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    "name",
    [
        "..%2f..%2fetc",
        "%2e%2e",
        "..",
        "a//b",
        "/a",
        "a/",
        "a%00b",
        "a%0d%0ab",
        "a%5cb",
        "a%ffb",
        "..%5c..%5cetc",
    ],
)
def test_bad_01_a_path_that_leads_elsewhere_is_no_name(client: Client, name: str, end: str) -> None:
    answer = client("GET", f"/v2/{name}/{end}")

    assert (answer.status, answer.code) == (400, "NAME_INVALID")
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    "reference", ["..%2fv1", "%2e%2e", "a%00b", "a%0d%0ab", "a%5cb", "%ff", "", "a%2f..%2fb"]
)
def test_bad_01_a_reference_that_leads_elsewhere_is_refused(client: Client, reference: str) -> None:
    answer = client("GET", f"/v2/admin/bad/manifests/{reference}")

    assert answer.status in (400, 404)
    assert answer.code in ("TAG_INVALID", "NAME_INVALID", "NAME_UNKNOWN")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("upload_id", ["..%2f..%2fblobs", "%2e%2e", "x%00", "%5c", "x" * 3000])
def test_bad_01_an_upload_id_never_names_a_file(
    client: Client, method: str, upload_id: str
) -> None:
    answer = client(method, f"/v2/admin/bad/blobs/uploads/{upload_id}?digest={ZEROS}", b"")

    assert answer.status in (400, 404, 405)


@pytest.mark.parametrize(
    "name", ["UPPER", "a__.b", "a..b", "-a", "a-", "a___b", "a._b", "é", "a b", "a" * 256, "a:b"]
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_bad_02_a_bad_name_is_refused(client: Client, method: str, name: str) -> None:
    encoded = name.replace(" ", "%20").replace("é", "%c3%a9")

    answer = client(method, f"/v2/{encoded}/manifests/v1", b"{}" if method == "PUT" else None)

    assert (answer.status, answer.code) == (400, "NAME_INVALID")


def test_bad_02_a_name_of_255_characters_is_a_name(client: Client) -> None:
    name = "admin/" + "a" * 249

    assert client("POST", f"/v2/{name}/blobs/uploads/").status == 202
    assert client("POST", f"/v2/{name}a/blobs/uploads/").code == "NAME_INVALID"


@pytest.mark.parametrize("tag", ["x" * 129, "a+b", ".a", "-a", "a b", "a%20b", "a@b", "%c3%a9"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_bad_03_a_bad_tag_is_refused(client: Client, method: str, tag: str) -> None:
    path = f"/v2/admin/bad/manifests/{tag.replace(' ', '%20')}"

    answer = client(method, path, b"{}" if method == "PUT" else None)

    assert answer.status == 400
    if method != "HEAD":
        assert answer.code == "TAG_INVALID"
        assert answer.headers["content-type"] == "application/json"


def test_bad_03_a_bad_tag_among_several_leaves_none_of_them(client: Client) -> None:
    digest, raw = client.push_manifest("admin/several", "v1")

    answer = client("PUT", f"/v2/admin/several/manifests/{digest}?tag=good&tag=ba%2bd", raw)

    assert (answer.status, answer.code) == (400, "TAG_INVALID")
    assert client("HEAD", "/v2/admin/several/manifests/good").status == 404


def test_bad_03_too_many_tags_in_one_request_are_refused(client: Client) -> None:
    digest, raw = client.push_manifest("admin/several", "v1")
    query = "&".join(f"tag=t{number}" for number in range(101))

    answer = client("PUT", f"/v2/admin/several/manifests/{digest}?{query}", raw)

    assert answer.status == 414
    assert client("HEAD", "/v2/admin/several/manifests/t0").status == 404


BAD_DIGESTS = [
    "md5:" + "0" * 32,
    "sha256:abc",
    "sha256:" + "A" * 64,
    "sha256:" + "0" * 128,
    "sha512:" + "0" * 64,
    "sha384:" + "0" * 96,
    "SHA256:" + "0" * 64,
    "sha256:",
    ":",
    "sha256:" + "0" * 63 + "g",
    "sha256:" + "%d9%a0" * 64,
]


@pytest.mark.parametrize("digest", BAD_DIGESTS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "manifests/{}"),
        ("PUT", "manifests/{}"),
        ("DELETE", "manifests/{}"),
        ("GET", "blobs/{}"),
        ("HEAD", "blobs/{}"),
        ("DELETE", "blobs/{}"),
        ("GET", "referrers/{}"),
        ("POST", "blobs/uploads/?digest={}"),
        ("POST", "blobs/uploads/?mount={}&from=admin/other"),
        ("POST", "blobs/uploads/?mount={}"),
    ],
)
def test_bad_04_a_bad_digest_is_refused(
    client: Client, method: str, path: str, digest: str
) -> None:
    body = b"" if method in ("PUT", "POST") else None

    answer = client(method, f"/v2/admin/bad/{path.format(digest)}", body)

    assert answer.status == 400
    if method != "HEAD":
        assert answer.code == "DIGEST_INVALID"


@pytest.mark.parametrize("digest", BAD_DIGESTS)
def test_bad_04_an_upload_survives_a_bad_digest(client: Client, digest: str) -> None:
    place = client("POST", "/v2/admin/bad/blobs/uploads/").headers["location"]

    answer = client("PUT", f"{place}?digest={digest}", b"content")

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
    assert client("GET", place).status == 204
    assert client("DELETE", place).status == 204


def test_bad_04_an_unknown_digest_algorithm_is_refused(client: Client) -> None:
    answer = client("POST", "/v2/admin/bad/blobs/uploads/?digest-algorithm=md5")

    assert (answer.status, answer.code) == (400, "DIGEST_INVALID")
