"""Passwords, robots, app tokens, OAuth tokens, sessions: they work, and stop working at once."""

from __future__ import annotations

import asyncio
import http.client
import json
import sqlite3
import time
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import bcrypt
import pytest

from tests.api.conftest import Api
from tests.server import PASSWORD, running_server

PULL = "repository:lab/image:pull"


@pytest.fixture(scope="module", autouse=True)
def lab(api: Api) -> None:
    """An organization with an image and a robot that may pull it."""
    assert api("POST", "/organization/", {"name": "lab"}).status == 201
    api.registry().push_manifest("lab/image", "v1")


def robot(api: Api, name: str, role: str = "read") -> str:
    """A robot with a role in lab/image; its token."""
    made = api("PUT", f"/organization/lab/robots/{name}", {})
    path = f"/repository/lab/image/permissions/user/lab+{name}"
    assert api("PUT", path, {"role": role}).status == 200
    return str(made.json["token"])


def bearer(api: Api, user: str, password: str, scope: str = PULL) -> str:
    """A registry token, as docker gets one."""
    answer = api.registry(user, password)("GET", f"/v2/auth?service=moorage&scope={scope}")
    assert answer.status == 200, answer
    return str(json.loads(answer.body)["token"])


def pull(api: Api, token: str) -> int:
    client = api.registry().anonymous()
    return client("GET", "/v2/lab/image/manifests/v1", Authorization=f"Bearer {token}").status


def test_a_robot_pulls_with_its_token(api: Api) -> None:
    token = robot(api, "puller")

    status = api.registry("lab+puller", token)("GET", "/v2/lab/image/manifests/v1").status

    assert status == 200
    assert pull(api, bearer(api, "lab+puller", token)) == 200


def test_a_regenerated_robot_token_ends_the_old_one_and_all_got_with_it(api: Api) -> None:
    token = robot(api, "rotated")
    issued = bearer(api, "lab+rotated", token)
    assert pull(api, issued) == 200

    fresh = api("POST", "/organization/lab/robots/rotated/regenerate").json["token"]

    assert pull(api, issued) == 403
    assert api.registry("lab+rotated", token)("GET", "/v2/").status == 401
    assert pull(api, bearer(api, "lab+rotated", fresh)) == 200


def test_a_lost_role_is_lost_at_once(api: Api) -> None:
    token = robot(api, "demoted")
    issued = bearer(api, "lab+demoted", token)
    assert pull(api, issued) == 200

    api("DELETE", "/repository/lab/image/permissions/user/lab+demoted")

    assert pull(api, issued) == 403
    basic = api.registry("lab+demoted", token)
    assert basic("GET", "/v2/lab/image/manifests/v1").status == 403


def test_a_disabled_user_is_out_at_once(api: Api) -> None:
    api.make_user("leaver")
    api("PUT", "/repository/lab/image/permissions/user/leaver", {"role": "read"})
    issued = bearer(api, "leaver", PASSWORD)
    own = api.acting_as("leaver")
    assert (pull(api, issued), own("GET", "/user/").status) == (200, 200)

    api("PUT", "/superuser/users/leaver", {"enabled": False})

    assert pull(api, issued) == 403
    assert own("GET", "/user/").status == 401
    assert api.registry("leaver", PASSWORD)("GET", "/v2/").status == 401


def test_an_app_token_signs_in_as_its_user(api: Api) -> None:
    made = api("POST", "/user/apptoken", {"title": "laptop"}).json["token"]
    issued = bearer(api, "$app", made["token_code"])
    assert pull(api, issued) == 200

    api("DELETE", f"/user/apptoken/{made['uuid']}")

    assert pull(api, issued) == 403
    assert api.registry("$app", made["token_code"])("GET", "/v2/").status == 401


def test_an_oauth_token_reaches_no_further_than_its_scopes(api: Api) -> None:
    reader = api.acting_as("admin", "repo:read")
    assert reader.token is not None
    issued = bearer(api, "$oauthtoken", reader.token, "repository:lab/image:pull,push")

    client = api.registry().anonymous()
    push = client("POST", "/v2/lab/image/blobs/uploads/", Authorization=f"Bearer {issued}")

    assert pull(api, issued) == 200
    assert push.status == 403
    assert reader("GET", "/repository/lab/image").json["can_write"] is False
    assert reader("PUT", "/repository/lab/image", {"description": "x"}).status == 403


def test_a_token_cannot_make_a_stronger_one(api: Api) -> None:
    application = api("POST", "/organization/lab/applications", {"name": "ci"}).json
    path = f"/organization/lab/applications/{application['client_id']}/tokens"
    weak = api.acting_as("admin", "org:admin repo:read")

    stronger = weak("POST", path, {"name": "t", "scope": "super:user"})
    equal = weak("POST", path, {"name": "t", "scope": "repo:read"})

    assert stronger.status == 403
    assert "super:user" in stronger.json["message"]
    assert (equal.status, len(equal.json["token"])) == (200, 40)


def test_robots_and_app_tokens_do_not_manage(api: Api) -> None:
    token = robot(api, "manager", "admin")
    credential = b64encode(f"lab+manager:{token}".encode()).decode()

    basic = api.anonymous()("GET", "/user/", Authorization=f"Basic {credential}")
    as_bearer = Api(api.server, api.data, api.settings, token)("GET", "/user/")

    assert (basic.status, as_bearer.status) == (401, 401)


def sign_in(api: Api, user: str = "admin") -> Api:
    """A signed-in browser that sends its CSRF token."""
    guest = api.anonymous()("GET", "/csrf_token")
    cookie = guest.headers["set-cookie"].partition(";")[0]
    signed_in = api.anonymous()(
        "POST",
        "/signin",
        {"username": user, "password": PASSWORD},
        Cookie=cookie,
        X_CSRF_Token=guest.json["csrf_token"],
    )
    assert signed_in.status == 200, signed_in
    headers = {
        "Cookie": signed_in.headers["set-cookie"].partition(";")[0],
        "X-CSRF-Token": signed_in.headers["x-next-csrf-token"],
    }
    return Api(api.server, api.data, api.settings, None, headers)


def test_a_browser_signs_in_writes_and_signs_out(api: Api) -> None:
    browser = sign_in(api)

    assert browser("GET", "/user/").json["username"] == "admin"
    assert browser("POST", "/organization/", {"name": "by-browser"}).status == 201
    assert browser("POST", "/signout").status == 200
    assert browser("GET", "/user/").status == 401


def test_a_browser_without_the_csrf_token_only_reads(api: Api) -> None:
    browser = sign_in(api)
    del browser.headers["X-CSRF-Token"]

    refused = browser("POST", "/organization/", {"name": "forged"})

    assert (refused.status, browser("GET", "/user/").status) == (403, 200)
    assert "CSRF" in refused.json["message"]


def test_nobody_is_signed_in_without_a_guest_token(api: Api) -> None:
    body = {"username": "admin", "password": PASSWORD}

    assert api.anonymous()("POST", "/signin", body).status == 403


def test_the_session_cookie_is_out_of_reach_of_scripts(api: Api) -> None:
    guest = api.anonymous()("GET", "/csrf_token")

    cookie = guest.headers["set-cookie"].lower()

    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_the_oauth_page_gives_a_token_in_the_fragment(api: Api) -> None:
    browser = sign_in(api)
    application = api("POST", "/organization/lab/applications", {"name": "page"}).json
    own_page = f"http://{api.server.host}:{api.server.port}/oauth/localapp"
    form = (
        f"response_type=token&client_id={application['client_id']}&scope=user:read"
        f"&redirect_uri={own_page}&_csrf_token={browser.headers['X-CSRF-Token']}"
    )

    answer = _post_form(browser, "/oauth/authorizeapp", form)
    elsewhere = _post_form(
        browser, "/oauth/authorizeapp", form.replace(own_page, "https://evil.example.com/")
    )

    token = parse_qs(urlsplit(answer.headers["location"]).fragment)["access_token"][0]
    user = Api(api.server, api.data, api.settings, token)("GET", "/user/")
    assert (answer.status, user.json["username"]) == (302, "admin")
    assert elsewhere.status == 400


def _post_form(browser: Api, path: str, form: str) -> Any:
    connection = http.client.HTTPConnection(browser.server.host, browser.server.port)
    headers = {
        "Cookie": browser.headers["Cookie"],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    try:
        connection.request("POST", path, form, headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer


def test_quays_bcrypt_hash_is_accepted_and_replaced(api: Api) -> None:
    api.make_user("moved")
    long = "p" * 90
    old = bcrypt.hashpw(long.encode()[:72], bcrypt.gensalt(4)).decode()
    moved = "WHERE id = (SELECT id FROM namespaces WHERE name = 'moved')"
    _values(api, f"UPDATE users SET password_hash = '{old}' {moved}")

    first = api.registry("moved", long)("GET", "/v2/")
    stored = _values(api, f"SELECT password_hash FROM users {moved}")[0]
    wrong = api.registry("moved", "q" * 90)("GET", "/v2/")
    again = api.registry("moved", long)("GET", "/v2/")

    assert (first.status, wrong.status, again.status) == (200, 401, 200)
    assert stored.startswith("$argon2id$")


def test_no_token_lies_readable_in_the_database(api: Api) -> None:
    secrets = [robot(api, "sealed"), str(api.acting_as("admin").token)]
    secrets.append(api("POST", "/user/apptoken", {"title": "t"}).json["token"]["token_code"])
    application = api("POST", "/organization/lab/applications", {"name": "s"}).json
    secrets.append(application["client_secret"])

    columns = [
        "SELECT token_hash || token_sealed FROM robots",
        "SELECT token_hash || token_sealed FROM app_tokens",
        "SELECT token_hash FROM oauth_tokens",
        "SELECT secret_sealed FROM oauth_applications",
        "SELECT metadata_json FROM logs",
    ]
    stored = "\n".join(text for query in columns for text in _values(api, query))

    assert [secret for secret in secrets if secret in stored] == []


def test_the_key_of_what_is_sealed_is_its_owners_alone(tmp_path: Path) -> None:
    with running_server(tmp_path):
        key = tmp_path / "secret.key"
        assert (key.stat().st_mode & 0o777) == 0o600


def test_guessing_is_slowed_down_and_the_right_password_still_works(api: Api) -> None:
    api.make_user("victim")
    assert api.registry("victim", PASSWORD)("GET", "/v2/").status == 200

    answers = [api.registry("victim", f"guess {n}")("GET", "/v2/") for n in range(12)]

    assert [answer.status for answer in answers[:10]] == [401] * 10
    assert {answer.status for answer in answers[10:]} == {429}
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 61
    assert api.registry("victim", PASSWORD)("GET", "/v2/").status == 200


def test_wrong_tokens_do_not_lock_other_tokens_out(api: Api) -> None:
    for number in range(12):
        api.registry("$oauthtoken", f"wrong {number}")("GET", "/v2/")

    fresh = api.acting_as("admin", "user:read")

    assert fresh("GET", "/user/").status == 200


def test_a_failed_sign_in_is_in_the_usage_log(api: Api) -> None:
    api.registry("nobody-here", "wrong")("GET", "/v2/")

    lines = _logs(api, "login_failure", {"username": "nobody-here"})

    assert lines[0]["ip"] == "127.0.0.1"


def test_pulls_and_pushes_are_in_the_usage_log_with_their_credential(api: Api) -> None:
    token = robot(api, "logged")
    pull(api, bearer(api, "lab+logged", token))

    path = "/repository/lab/image/logs"
    pulled = _logs(api, "pull_repo", {"robot": "lab+logged", "tag": "v1"}, path)
    pushed = _logs(api, "push_repo", {"auth_type": "password", "tag": "v1"}, path)

    assert pulled[0]["ip"] == "127.0.0.1"
    assert pushed[0]["performer"]["name"] == "admin"


def _logs(
    api: Api, kind: str, about: dict[str, str], path: str = "/superuser/logs"
) -> list[dict[str, Any]]:
    """Lines of a kind with these metadata; reads until the background writer has written one."""
    for _ in range(50):
        lines = api("GET", f"{path}?limit=1000").json["logs"]
        found = [
            line
            for line in lines
            if line["kind"] == kind and about.items() <= line["metadata"].items()
        ]
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"no {kind} with {about} in {path}")


def _values(api: Api, query: str) -> list[str]:
    """The first column of what a query answers, straight from the database."""
    if "DB_URI" not in api.settings:
        with sqlite3.connect(api.data / "moorage.db") as connection:
            return [str(row[0]) for row in connection.execute(query)]

    async def run() -> list[str]:
        connection = await asyncpg.connect(api.settings["DB_URI"])
        try:
            return [str(row[0]) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    return asyncio.run(run())
