"""ChartMuseum's API: uploads become OCI artifacts, and everything answers as ChartMuseum does."""

from __future__ import annotations

import json
import secrets
from base64 import b64decode
from typing import Any

import pytest

from moorage.charts.manifest import (
    LAYER,
    PROVENANCE_LAYER,
    annotations_of,
    chart_manifest,
)
from moorage.oci.digest import Digest
from moorage.oci.manifest import Descriptor
from tests.charts_repository.conftest import give, make_user, set_visibility
from tests.charts_repository.made import (
    HELM_CONFIG,
    Made,
    index_of,
    listed,
    make_chart,
    push,
    signed,
)
from tests.conftest import Answer, Client
from tests.server import Server

PACKED_S = 315532800
"""The time that archives made here carry."""


def upload(client: Client, place: str, chart: Made, query: str = "") -> Answer:
    return client("POST", f"/charts/api/{place}/charts{query}", chart.archive)


def send_form(client: Client, path: str, **files: bytes) -> Answer:
    """A multipart upload as `helm cm-push` sends it."""
    boundary = secrets.token_hex(16)
    body = b"".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{field}"\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n".encode()
        + content
        + b"\r\n"
        for field, content in files.items()
    )
    body += f"--{boundary}--\r\n".encode()
    return client("POST", path, body, Content_Type=f"multipart/form-data; boundary={boundary}")


def said(answer: Answer) -> Any:
    return json.loads(answer.body)


def test_an_upload_is_the_artifact_that_helm_4_would_push(client: Client, place: str) -> None:
    chart = make_chart("pad", "1.3.0+b.7", description="<pads>", home="https://pad.test")

    answer = upload(client, place, chart)

    assert (answer.status, said(answer)) == (201, {"saved": True})
    pulled = client("GET", f"/v2/{place}/pad/manifests/1.3.0_b.7")
    config = chart.metadata.as_json()
    expected = chart_manifest(
        Descriptor(HELM_CONFIG, Digest.of(config), len(config), False),
        [(LAYER, Descriptor(LAYER, Digest.of(chart.archive), len(chart.archive), False))],
        annotations_of(chart.metadata, PACKED_S),
    )
    assert pulled.body == expected
    assert listed(client, place) == {"pad": ["1.3.0+b.7"]}


def test_a_version_that_is_there_stays_unless_forced(client: Client, place: str) -> None:
    upload(client, place, make_chart("pad", "1.0.0"))
    changed = make_chart("pad", "1.0.0", description="changed")

    raw = upload(client, place, changed)
    form = send_form(client, f"/charts/api/{place}/charts", chart=changed.archive)
    kept = index_of(client, place)["entries"]["pad"][0]
    forced = [upload(client, place, changed, query) for query in ("?force", "?force=true")]

    assert (raw.status, said(raw)) == (409, {"error": "file already exists"})
    assert (form.status, said(form)) == (409, {"error": "chart already exists"})
    assert "description" not in kept
    assert [answer.status for answer in forced] == [201, 201]
    assert index_of(client, place)["entries"]["pad"][0]["description"] == "changed"


def test_a_form_brings_a_chart_and_its_signature(client: Client, place: str) -> None:
    chart = make_chart("pad", "1.0.0")

    answer = send_form(
        client, f"/charts/{place}/api/charts", chart=chart.archive, prov=signed(chart), other=b"x"
    )

    assert answer.status == 201, answer
    layers = said(client("GET", f"/v2/{place}/pad/manifests/1.0.0"))["layers"]
    assert {layer["mediaType"] for layer in layers} == {LAYER, PROVENANCE_LAYER}
    file = client("GET", f"/charts/{place}/charts/pad-1.0.0.tgz.prov")
    assert (file.status, file.body) == (200, signed(chart))
    assert file.headers["content-type"] == "application/pgp-signature"


def test_a_signature_can_come_later_but_not_before(client: Client, place: str) -> None:
    chart = make_chart("pad", "1.0.0")
    path = f"/charts/api/{place}/prov"

    early = client("POST", path, signed(chart))
    upload(client, place, chart)
    answers = [
        client("POST", path, signed(chart)),
        client("POST", path, signed(chart)),
        send_form(client, f"{path}?force", prov=signed(chart)),
        client("POST", path, b"no signature"),
    ]

    assert early.status == 404
    assert [answer.status for answer in answers] == [201, 409, 201, 400]
    assert client("GET", f"/charts/{place}/charts/pad-1.0.0.tgz.prov").body == signed(chart)


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"", 400, "gzipped archive"),
        (b"\x1f\x8b" + b"\0" * 100, 400, "damaged"),
        (make_chart("UPPER", "1.0.0").archive, 400, "lower-case"),
        (make_chart("pad", "1.0.0").archive[:-20], 400, "damaged"),
    ],
)
def test_what_is_no_chart_is_refused_and_leaves_nothing(
    client: Client, place: str, body: bytes, status: int, reason: str
) -> None:
    raw = client("POST", f"/charts/api/{place}/charts", body)
    form = send_form(client, f"/charts/api/{place}/charts", chart=body)

    assert (raw.status, form.status) == (status, status)
    assert reason in said(raw)["error"]
    assert listed(client, place) == {}


def test_a_file_that_is_too_large_is_refused(client: Client, place: str) -> None:
    path, large = f"/charts/api/{place}/prov", b"x" * (1024 * 1024 + 1)

    answers = [client("POST", path, large), send_form(client, path, prov=large)]

    assert [answer.status for answer in answers] == [413, 413]


def test_forms_that_are_none_are_refused(client: Client, place: str) -> None:
    path = f"/charts/api/{place}/charts"
    chart = make_chart("pad", "1.0.0")

    nothing = send_form(client, path, other=b"x")
    cut = client(
        "POST",
        path,
        b'--x\r\nContent-Disposition: form-data; name="chart"\r\n\r\n' + chart.archive,
        Content_Type="multipart/form-data; boundary=x",
    )
    unbounded = client("POST", path, b"x", Content_Type="multipart/form-data")
    foreign = send_form(client, path, chart=chart.archive, prov=signed(make_chart("jar", "1.0.0")))

    assert [a.status for a in (nothing, cut, unbounded, foreign)] == [400, 400, 400, 400]
    assert "another archive" in said(foreign)["error"]
    assert listed(client, place) == {}


def test_a_form_with_a_boundary_that_is_too_long_is_refused(client: Client, place: str) -> None:
    content_type = f"multipart/form-data; boundary={'x' * 300}"

    answer = client("POST", f"/charts/api/{place}/charts", b"--x", Content_Type=content_type)

    assert (answer.status, "Boundary length 300" in answer.body.decode()) == (400, True)


def test_charts_are_listed_and_shown_one_by_one(client: Client, place: str) -> None:
    for name in ("a", "b", "c"):
        upload(client, place, make_chart(name, "1.0.0"))
    upload(client, place, make_chart("b", "2.0.0-rc.1"))
    base = f"/charts/api/{place}/charts"

    whole, page = said(client("GET", base)), said(client("GET", f"{base}?offset=1&limit=1"))
    versions = said(client("GET", f"{base}/b"))

    assert set(whole) == {"a", "b", "c"} and set(page) == {"b"}
    assert page["b"] == versions == index_of(client, place)["entries"]["b"]
    assert said(client("GET", f"{base}/b/latest"))["version"] == "1.0.0"
    assert said(client("GET", f"{base}/b/2.0.0-rc.1"))["version"] == "2.0.0-rc.1"
    assert client("HEAD", f"{base}/b/1.0.0").status == client("HEAD", f"{base}/b").status == 200
    assert client("HEAD", f"{base}/d").status == client("HEAD", f"{base}/b/9.9.9").status == 404
    assert said(client("GET", f"{base}/d")) == {"error": "chart not found"}
    assert client("GET", f"{base}?limit=x").status == 400


def test_values_and_templates_are_shown(client: Client, place: str) -> None:
    upload(client, place, make_chart("pad", "1.0.0"))
    base = f"/charts/api/{place}/charts/pad/latest"

    values, templates = client("GET", f"{base}/values"), said(client("GET", f"{base}/templates"))

    assert (values.headers["content-type"], values.body) == ("application/yaml", b"a: 1\n")
    assert [(t["name"], b64decode(t["data"])) for t in templates] == [
        ("templates/one.yaml", b"kind: ConfigMap\n")
    ]


def test_a_deleted_version_is_gone_with_its_signature(client: Client, place: str) -> None:
    chart = make_chart("pad", "1.0.0")
    send_form(client, f"/charts/api/{place}/charts", chart=chart.archive, prov=signed(chart))
    push(client, f"{place}/pad", make_chart("pad", "1.0.0", description="x"), "other")
    path = f"/charts/api/{place}/charts/pad/1.0.0"

    first, second = client("DELETE", path), client("DELETE", path)

    assert (first.status, said(first)) == (200, {"deleted": True})
    assert (second.status, said(second)) == (404, {"error": "chart not found"})
    assert client("GET", f"/charts/{place}/charts/pad-1.0.0.tgz.prov").status == 404
    assert client("GET", f"/v2/{place}/pad/manifests/1.0.0").status == 404


def test_only_those_who_may_push_upload_and_delete(
    client: Client, server: Server, stranger: Client, place: str
) -> None:
    upload(client, place, make_chart("pad", "1.0.0"))
    set_visibility(server, f"{place}/pad", "public")
    writer_name = f"writer{secrets.token_hex(4)}"
    writer = make_user(server, writer_name)
    give(server, writer_name, f"{place}/pad", "write")
    newer = make_chart("pad", "1.1.0")
    path = f"/charts/api/{place}/charts/pad/1.0.0"

    statuses = [upload(caller, place, newer).status for caller in (stranger, client.anonymous())]
    statuses += [caller("DELETE", path).status for caller in (stranger, client.anonymous())]

    assert statuses == [403, 401, 403, 401]
    assert upload(writer, place, newer).status == 201
    assert upload(writer, place, make_chart("jar", "1.0.0")).status in (403, 404)
    assert writer("DELETE", path).status == 200


def test_a_read_only_repository_takes_no_uploads(client: Client, place: str, token: str) -> None:
    upload(client, place, make_chart("pad", "1.0.0"))
    answer = client(
        "PUT",
        f"/api/v1/repository/{place}/pad/changestate",
        b'{"state":"READ_ONLY"}',
        Authorization=f"Bearer {token}",
        Content_Type="application/json",
    )
    assert answer.status == 200, answer

    assert upload(client, place, make_chart("pad", "1.1.0")).status == 403
    assert client("DELETE", f"/charts/api/{place}/charts/pad/1.0.0").status == 403


def test_cm_push_finds_its_way_by_the_context_path(client: Client, place: str) -> None:
    """It posts to CONTEXT/api/REST/charts, where CONTEXT and REST make the repository's path."""
    context = index_of(client, place)["serverInfo"]["contextPath"]
    rest = f"/charts/{place}".removeprefix(context)

    path = f"{context}/api{rest}/charts"
    answer = send_form(client, path, chart=make_chart("pad", "1.0.0").archive)

    assert answer.status == 201
    assert said(client("GET", f"{context}/health")) == {"healthy": True}
    assert said(client("GET", f"{context}/info"))["version"].startswith("moorage")
    assert client("PUT", path).status == 405
    assert client("GET", f"{context}/{place}/nothing").status == 404
