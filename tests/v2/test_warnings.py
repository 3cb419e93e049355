"""`Warning: 299 - "text"`: the request went well, and there is something to know."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moorage.db import accounts
from moorage.web.warnings import WARNING_BYTES, warning_headers
from tests.conftest import Answer, Client
from tests.database import write_rows
from tests.tokens import ask_token, bearer

FORM = re.compile(rb'299 - "(?:[^"\\\x00-\x1f\x7f-\xff]|\\["\\])*"')
HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
REPOSITORY = "admin/warned"


def push(client: Client, config_type: str, layer_type: str) -> Answer:
    chart = b'{"apiVersion":"v2","name":"warned","version":"1.0.0"}'
    digest = client.push_blob(REPOSITORY, chart)
    content = {"digest": digest, "size": len(chart)}
    document = {
        "schemaVersion": 2,
        "config": content | {"mediaType": config_type},
        "layers": [content | {"mediaType": layer_type}],
    }
    raw = json.dumps(document).encode()
    return client("PUT", f"/v2/{REPOSITORY}/manifests/v1", raw)


def test_a_chart_in_the_old_form_is_taken_with_a_warning(client: Client) -> None:
    answer = push(client, HELM_CONFIG, "application/tar+gzip")

    assert answer.status == 201
    assert answer.headers["warning"].startswith('299 - "chart layer type application/tar+gzip ')
    assert "Helm 3.7" in answer.headers["warning"]


def test_a_layer_that_stays_elsewhere_is_taken_with_a_warning(client: Client) -> None:
    kind = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"

    answer = push(client, "application/vnd.oci.image.config.v1+json", kind)

    assert answer.status == 201
    assert kind in answer.headers["warning"]


@pytest.mark.parametrize(
    ("config_type", "layer_type"),
    [
        (HELM_CONFIG, "application/vnd.cncf.helm.chart.content.v1.tar+gzip"),
        ("application/vnd.oci.image.config.v1+json", "application/tar+gzip"),
        ("application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar"),
    ],
)
def test_content_of_today_is_taken_without(
    client: Client, config_type: str, layer_type: str
) -> None:
    assert "warning" not in push(client, config_type, layer_type).headers


def ending(client: Client, seconds: int) -> Client:
    """The client with a token that we signed to end so soon."""
    key = write_rows(client.server, accounts.signing_keys)[0]
    scope = f"repository:{REPOSITORY}:pull,push"
    token = json.loads(ask_token(client, scope).body)["token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    claims["exp"] = int(time.time()) + seconds
    token = jwt.encode(claims, key.private_pem, "ES256", headers={"kid": key.kid})
    return replace(client, authorization=f"Bearer {token}")


def test_an_upload_hears_that_its_token_ends(client: Client) -> None:
    caller = ending(client, 9)

    started = caller("POST", f"/v2/{REPOSITORY}/blobs/uploads/")
    added = caller("PATCH", started.headers["location"], b"part")

    for answer in (started, added):
        assert answer.status == 202
        assert re.fullmatch(
            r'299 - "the token expires in \d seconds: the upload is kept"',
            answer.headers["warning"],
        )


def test_an_upload_outlives_its_token(client: Client) -> None:
    place = ending(client, 9)("POST", f"/v2/{REPOSITORY}/blobs/uploads/").headers["location"]
    ended = ending(client, -60)("PATCH", place, b"part")
    renewed = bearer(client, f"repository:{REPOSITORY}:pull,push")("PATCH", place, b"part")

    assert (ended.status, renewed.status) == (401, 202)
    assert 'error="invalid_token"' in ended.headers["www-authenticate"]
    assert "warning" not in renewed.headers


def test_a_pull_hears_nothing(client: Client) -> None:
    push(client, HELM_CONFIG, "application/tar+gzip")

    answer = ending(client, 9)("GET", f"/v2/{REPOSITORY}/manifests/v1")

    assert answer.status == 200
    assert "warning" not in answer.headers


@given(st.lists(st.text(max_size=6000), max_size=20))
def test_any_text_becomes_a_header_and_all_of_them_stay_short(texts: list[str]) -> None:
    headers = warning_headers(texts)

    assert {name for name, _ in headers} <= {b"warning"}
    assert all(FORM.fullmatch(value) for _, value in headers)
    assert sum(len(value) for _, value in headers) <= WARNING_BYTES
    if texts and len(texts[0]) < 1000 and texts[0].isascii() and texts[0].isalnum():
        assert headers[0][1] == f'299 - "{texts[0]}"'.encode()
