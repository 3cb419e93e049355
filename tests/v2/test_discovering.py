"""What a client can ask of content without changing it: conditions, extensions, namespaces."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Answer, Client, digest_of
from tests.raw import ask, head

OTHER = '"sha256:' + "0" * 64 + '"'


@pytest.fixture(params=["manifest", "blob"])
def content(request: pytest.FixtureRequest, client: Client) -> tuple[str, str]:
    """The path and the digest of something stored."""
    digest, _ = client.push_manifest("admin/known", "v1")
    if request.param == "manifest":
        return "/v2/admin/known/manifests/v1", digest
    return f"/v2/admin/known/blobs/{digest_of(b'{}')}", digest_of(b"{}")


@pytest.mark.parametrize(
    "condition",
    [
        '"{}"',
        'W/"{}"',
        '"x", "{}"',
        f'{OTHER},W/"{{}}" , "y"',
        "*",
        " * ",
        '"{}",',
        "{}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(
    client: Client, content: tuple[str, str], method: str, condition: str
) -> None:
    path, digest = content

    answer = client(method, path, If_None_Match=condition.format(digest))

    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["etag"] == f'"{digest}"'
    assert answer.headers["docker-content-digest"] == digest


@pytest.mark.parametrize(
    "condition", [OTHER, f"W/{OTHER}", '"*"', "", '"', '"{}x"', '"x{}"', "sha256:", '"{}']
)
def test_what_the_client_does_not_have_is_sent(
    client: Client, content: tuple[str, str], condition: str
) -> None:
    path, digest = content

    answer = client("GET", path, If_None_Match=condition.format(digest))

    assert answer.status == 200
    assert answer.headers["etag"] == f'"{digest}"'


def test_a_condition_may_stand_in_several_headers(client: Client, content: tuple[str, str]) -> None:
    path, digest = content
    lines = (f'If-None-Match: "{digest}"'.encode(), f"If-None-Match: {OTHER}".encode())

    assert ask(client.server, head("HEAD", path, *lines)).status == 304


def test_a_range_holds_only_for_the_content_it_was_begun_with(client: Client) -> None:
    content = b"0123456789" * 20_000
    path = f"/v2/admin/range/blobs/{client.push_blob('admin/range', content)}"

    same = client("GET", path, Range="bytes=5-9", If_Range=f'"{digest_of(content)}"')
    other = client("GET", path, Range="bytes=5-9", If_Range=OTHER)

    assert (same.status, same.body) == (206, b"56789")
    assert (other.status, other.body == content) == (200, True)


@pytest.mark.parametrize("namespace", ["docker.io", "evil.example:1", "a%20b", "", "x" * 1000])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_local_repository_ignores_the_namespace_of_a_mirror(
    client: Client, content: tuple[str, str], method: str, namespace: str
) -> None:
    """containerd sends `ns` when we stand in for another registry."""
    path, _ = content

    plain = client(method, path)
    named = client(method, f"{path}?ns={namespace}")

    assert (named.status, named.body) == (plain.status, plain.body) == (200, plain.body)
    assert "oci-namespace" not in named.headers


def test_a_namespace_brings_nothing_that_is_not_here(client: Client) -> None:
    client.push_manifest("admin/known", "v1")

    answer = client("GET", "/v2/admin/known/manifests/other?ns=docker.io")

    assert (answer.status, answer.code) == (404, "MANIFEST_UNKNOWN")


def test_our_extensions_are_listed(client: Client) -> None:
    answer = client("GET", "/v2/_oci/ext/discover")

    extensions = {one["name"]: one for one in json.loads(answer.body)["extensions"]}
    assert set(extensions) == {"_oci", "_catalog"}
    for extension in extensions.values():
        assert extension["url"].startswith("https://")
        for endpoint in extension["endpoints"]:
            assert client("GET", f"/v2/{endpoint}").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v2/",
        "/v2/_catalog",
        "/v2/_oci/ext/discover",
        "/v2/admin/known/tags/list",
        f"/v2/admin/known/referrers/{digest_of(b'')}",
    ],
)
def test_head_tells_what_get_would(client: Client, path: str) -> None:
    client.push_manifest("admin/known", "v1")

    def seen(answer: Answer) -> dict[str, str]:
        return {k: v for k, v in answer.headers.items() if k not in ("date", "x-request-id")}

    got, asked = client("GET", path), client("HEAD", path)

    assert (asked.status, asked.body) == (got.status, b"") == (200, b"")
    assert seen(asked) == seen(got)
