"""REGISTRY_STATE and DISABLE_PUSHES: pulls go on, the rest is refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Client
from tests.server import running_server

NAME = "admin/kept"


@pytest.mark.parametrize(
    ("key", "value", "deletion"),
    [("REGISTRY_STATE", "readonly", 403), ("DISABLE_PUSHES", "true", 202)],
)
def test_pulls_go_on_and_pushes_are_refused_with_the_key(
    tmp_path: Path, key: str, value: str, deletion: int
) -> None:
    with running_server(tmp_path) as server:
        _, raw = Client(server).push_manifest(NAME, "v1")
    with running_server(tmp_path, {key: value}) as server:
        basic = Client(server)
        scope = f"scope=repository:{NAME}:pull,push"
        token = json.loads(basic("GET", f"/v2/auth?{scope}").body)["token"]
        for client in (basic, Client(server, f"Bearer {token}")):
            pulled = client("GET", f"/v2/{NAME}/manifests/v1")
            refused = [
                client("POST", f"/v2/{NAME}/blobs/uploads/"),
                client("PUT", f"/v2/{NAME}/manifests/v2", raw),
                client("POST", f"/v2/{NAME}/blobs/uploads/?mount=sha256:{'0' * 64}&from=admin/x"),
            ]

            assert (pulled.status, pulled.body) == (200, raw)
            assert {(a.status, a.code) for a in refused} == {(403, "DENIED")}
            assert all(key in a.message for a in refused)
        anonymous = basic.anonymous()("POST", f"/v2/{NAME}/blobs/uploads/")
        deleted = basic("DELETE", f"/v2/{NAME}/manifests/v1")

    assert anonymous.status == 401  # a client has to log in first, to be told why not
    assert deleted.status == deletion
