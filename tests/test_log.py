"""The log: JSON lines with a request's id, and never a secret."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.conftest import Client
from tests.server import PASSWORD, Server, running_server, until

WRONG = "hunter2-wrong-password"


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def requests(log: Path) -> list[dict[str, Any]]:
    return [line for line in lines(log) if line["event"] == "request"]


def test_a_session_with_every_kind_of_credential_leaves_none_in_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    settings = {"LOG_LEVEL": "debug", "ACCESS_LOG": "all"}
    with running_server(tmp_path / "data", settings, workers=2, log=log) as server:
        client = Client(server)
        client.push_manifest("admin/secret", "v1")
        query = "scope=repository:admin/secret:pull,push&offline_token=true"
        issued = json.loads(client("GET", f"/v2/auth?{query}").body)
        bearer = Client(server, f"Bearer {issued['token']}")
        bearer("GET", "/v2/admin/secret/manifests/v1")
        bearer("GET", "/v2/admin/other/manifests/v1")
        Client(server, "Bearer " + issued["token"][:-5] + "xxxxx")("GET", "/v2/")
        wrong = b64encode(f"admin:{WRONG}".encode()).decode()
        Client(server, f"Basic {wrong}")("GET", "/v2/")
        for form in (
            {"grant_type": "password", "username": "admin", "password": WRONG, "service": "x"},
            {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]},
        ):
            body = urlencode(form | {"scope": "repository:admin/secret:pull"}).encode()
            client.anonymous()("POST", "/v2/auth", body)
        # Where nobody should put them, but somebody will.
        client("GET", f"/v2/?token={issued['token']}&password={WRONG}")
        client("GET", f"/nothing/{issued['token']}")
        client("GET", f"/nothing/Bearer%20{WRONG}")
        # A failure with a traceback, whose frames hold the credentials.
        (tmp_path / "data" / "uploads").rename(tmp_path / "data" / "elsewhere")
        client("POST", "/v2/admin/secret/blobs/uploads/")

    text = log.read_text()
    assert len(requests(log)) > 10
    assert "request failed" in text
    for secret in (
        PASSWORD,
        WRONG,
        wrong,
        b64encode(f"admin:{PASSWORD}".encode()).decode(),
        issued["token"],
        issued["token"].split(".")[1],
        issued["refresh_token"],
        issued["refresh_token"].split(".")[2],
    ):
        assert secret not in text


def test_a_request_is_found_by_the_id_that_its_answer_names(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_server(tmp_path / "data", log=log) as server:
        answer = Client(server)("POST", "/v2/admin/found/blobs/uploads/")

    (line,) = [r for r in requests(log) if r["request_id"] == answer.headers["x-request-id"]]
    assert (line["method"], line["path"]) == ("POST", "/v2/admin/found/blobs/uploads/")
    assert (line["status"], line["client"]) == (202, "127.0.0.1")


def test_pulls_leave_a_line_only_where_that_is_asked_for(tmp_path: Path) -> None:
    found = {}
    for kind in ("off", "writes", "all"):
        log = tmp_path / kind
        with running_server(tmp_path / "data", {"ACCESS_LOG": kind}, log=log) as server:
            Client(server).push_manifest("admin/quiet", "v1")
            Client(server)("GET", "/v2/admin/quiet/manifests/v1")
        found[kind] = {line["method"] for line in requests(log)}

    assert found == {"off": set(), "writes": {"POST", "PUT"}, "all": {"GET", "POST", "PUT"}}


def test_only_a_trusted_proxy_may_name_a_request(tmp_path: Path) -> None:
    def named(server: Server) -> str:
        given = {"X_Request_ID": "edge-7f3a.1", "X_Forwarded_For": "198.51.100.7"}
        return Client(server)("GET", "/v2/", None, **given).headers["x-request-id"]

    log = tmp_path / "log"
    with running_server(tmp_path / "far") as server:
        far = named(server)
    trusting = {"TRUSTED_PROXIES": "127.0.0.0/8", "ACCESS_LOG": "all"}
    with running_server(tmp_path / "near", trusting, log=log) as server:
        near = named(server)
        odd = Client(server)("GET", "/v2/", X_Request_ID="a b/c").headers["x-request-id"]
        long = Client(server)("GET", "/v2/", X_Request_ID="a" * 200).headers["x-request-id"]

    assert near == "edge-7f3a.1"
    assert far != near
    assert odd != "a b/c"
    assert len(long) < 65
    (line,) = [r for r in requests(log) if r["request_id"] == "edge-7f3a.1"]
    assert line["client"] == "198.51.100.7"


def test_start_migration_and_shutdown_are_told_in_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_server(tmp_path / "data", workers=2, log=log):
        until(lambda: log.read_text().count("worker ready") == 2)

    events = [line["event"] for line in lines(log)]
    told = ["moorage starts", "database migrated", "worker ready", "worker stops"]
    assert [event for event in dict.fromkeys(events) if event in told] == told
    assert events.count("worker ready") == events.count("worker stops") == 2
    assert all({"level", "timestamp", "logger"} <= line.keys() for line in lines(log))


def test_a_quieter_level_leaves_only_what_went_wrong(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_server(tmp_path / "data", {"LOG_LEVEL": "warning"}, log=log) as server:
        Client(server).push_manifest("admin/quiet", "v1")

    assert log.read_text() == ""
