"""What the configuration changes: each setting on a server of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.api.conftest import Api
from tests.server import PASSWORD, running_server


@contextmanager
def configured(data: Path, **settings: str) -> Iterator[Api]:
    with running_server(data, settings) as server:
        yield Api(server, data, settings)


def test_a_revocation_holds_at_once_in_every_process_of_a_replica(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=3) as server:
        api = Api(server, tmp_path, {}).acting_as("admin")
        api.registry().push_manifest("admin/image", "v1")
        robot = api("PUT", "/user/robots/ci", {}).json["token"]
        api("PUT", "/repository/admin/image/permissions/user/admin+ci", {"role": "read"})
        client = api.registry("admin+ci", robot)
        scope = "/v2/auth?service=moorage&scope=repository:admin/image:pull"
        issued = json.loads(client("GET", scope).body)["token"]
        header = f"Bearer {issued}"
        path = "/v2/admin/image/manifests/v1"
        before = {client("GET", path, Authorization=header).status for _ in range(30)}

        api("DELETE", "/repository/admin/image/permissions/user/admin+ci")
        after = {client("GET", path, Authorization=header).status for _ in range(30)}
        basic = {client("GET", path).status for _ in range(30)}

    assert (before, after, basic) == ({200}, {403}, {403})


def test_the_first_user_is_made_by_a_request(tmp_path: Path) -> None:
    body = {
        "username": "first",
        "password": PASSWORD,
        "email": "first@example.com",
        "access_token": True,
    }
    with configured(tmp_path, FEATURE_USER_INITIALIZE="true") as api:
        made = api("POST", "/user/initialize", body)
        second = api("POST", "/user/initialize", body | {"username": "second"})
        token = Api(api.server, api.data, api.settings, made.json["access_token"])
        user = token("GET", "/user/").json
        organization = token("POST", "/organization/", {"name": "acme"})
        browser = api("GET", "/user/", Cookie=made.headers["set-cookie"].partition(";")[0])

    assert (made.status, set(made.json)) == (
        200,
        {"username", "email", "encrypted_password", "access_token"},
    )
    assert (user["username"], user["super_user"]) == ("first", True)
    assert (organization.status, browser.json["username"]) == (201, "first")
    assert second.status == 400
    assert second.json["message"] == "Cannot initialize user in a non-empty database"


def test_anybody_signs_up_where_it_is_allowed(tmp_path: Path) -> None:
    body = {"username": "newcomer", "password": PASSWORD, "email": "n@example.com"}
    with configured(tmp_path / "off") as api:
        refused = api("POST", "/user/", body)
    with configured(tmp_path / "on", FEATURE_USER_CREATION="true") as api:
        made = api("POST", "/user/", body)
        taken = api("POST", "/user/", body)
        signed_in = api.registry("newcomer", PASSWORD)("GET", "/v2/")

    assert "FEATURE_USER_CREATION" in refused.json["message"]
    assert (refused.status, made.status, taken.status) == (404, 200, 400)
    assert signed_in.status == 200


def test_a_push_makes_an_organization_that_the_pusher_owns(tmp_path: Path) -> None:
    with configured(tmp_path, CREATE_NAMESPACE_ON_PUSH="true") as api:
        api.registry().push_manifest("brand-new/image", "v1")
        made = api.acting_as("admin")("GET", "/organization/brand-new").json

    assert (made["is_admin"], list(made["teams"])) == (True, ["owners"])


def test_superusers_alone_create_organizations(tmp_path: Path) -> None:
    settings = {"FEATURE_SUPERUSERS_ORG_CREATION_ONLY": "true", "SUPER_USERS": "root"}
    with configured(tmp_path, **settings) as api:
        api.make_user("root")
        api.make_user("plain")
        refused = api.acting_as("plain")("POST", "/organization/", {"name": "a"})
        made = api.acting_as("root")("POST", "/organization/", {"name": "a"})

    assert (refused.status, made.status) == (403, 201)


def test_a_superuser_with_full_access_may_do_everything(tmp_path: Path) -> None:
    with configured(tmp_path, FEATURE_SUPERUSERS_FULL_ACCESS="true") as api:
        api.make_user("owner")
        owner = api.acting_as("owner")
        owner("POST", "/organization/", {"name": "acme"})
        api.registry("owner", PASSWORD).push_manifest("acme/image", "v1")
        admin = api.acting_as("admin")
        shown = admin("GET", "/repository/acme/image")
        changed = admin("PUT", "/organization/acme", {"email": "a@example.com"})
        pulled = api.registry()("GET", "/v2/acme/image/manifests/v1")

    assert (shown.status, changed.status, pulled.status) == (200, 200, 200)


def test_robots_are_off_but_for_those_on_the_list(tmp_path: Path) -> None:
    settings = {"ROBOTS_DISALLOW": "true", "ROBOTS_WHITELIST": "admin+allowed"}
    with configured(tmp_path, **settings) as api:
        admin = api.acting_as("admin")
        allowed = admin("PUT", "/user/robots/allowed", {})
        refused = admin("PUT", "/user/robots/other", {})
        signed_in = api.registry("admin+allowed", allowed.json["token"])("GET", "/v2/")

    assert (allowed.status, refused.status, signed_in.status) == (201, 400, 200)
    assert "ROBOTS_WHITELIST" in refused.json["message"]


def test_nobody_sees_anything_without_anonymous_access(tmp_path: Path) -> None:
    with configured(tmp_path, FEATURE_ANONYMOUS_ACCESS="false") as api:
        admin = api.acting_as("admin")
        api.registry().push_manifest("admin/shown", "v1")
        admin("POST", "/repository/admin/shown/changevisibility", {"visibility": "public"})
        paths = (
            *("/repository/admin/shown", "/organization/x", "/repository?public=true"),
            *("/find/artifacts", "/find/usage?image=nginx", "/find/missing"),
        )
        statuses = {api("GET", path).status for path in paths}
        pulled = api.registry().anonymous()("GET", "/v2/admin/shown/manifests/v1")

    assert (statuses, pulled.status) == ({401}, 401)


def test_a_read_only_registry_serves_and_takes_nothing(tmp_path: Path) -> None:
    with configured(tmp_path) as api:
        api.registry().push_manifest("admin/kept", "v1")
    with configured(tmp_path, REGISTRY_STATE="readonly") as api:
        pulled = api.registry()("GET", "/v2/admin/kept/manifests/v1")
        pushed = api.registry()("POST", "/v2/admin/kept/blobs/uploads/")
        tagged = api.acting_as("admin")("DELETE", "/repository/admin/kept/tag/v1")

    assert (pulled.status, pushed.status, tagged.status) == (200, 403, 403)


def test_old_lines_of_the_usage_log_are_removed(tmp_path: Path) -> None:
    settings = {
        "FEATURE_ACTION_LOG_ROTATION": "true",
        "ACTION_LOG_ROTATION_THRESHOLD": "2s",
    }
    with configured(tmp_path, **settings) as api:
        admin = api.acting_as("admin")
        admin("POST", "/organization/", {"name": "acme"})
        before = admin("GET", "/organization/acme/logs").json["logs"]
        deadline = time.monotonic() + 30
        after = before
        while after and time.monotonic() < deadline:
            time.sleep(0.2)
            after = admin("GET", "/organization/acme/logs").json["logs"]

    assert (len(before), after) == (1, [])


def test_a_tokens_key_is_needed_to_show_it_again(tmp_path: Path) -> None:
    with configured(tmp_path, DATABASE_SECRET_KEY="one key") as api:
        api.acting_as("admin")("PUT", "/user/robots/ci", {})
        token = api.acting_as("admin")("GET", "/user/robots/ci").json["token"]
    with configured(tmp_path, DATABASE_SECRET_KEY="another key") as api:
        shown = api.acting_as("admin")("GET", "/user/robots/ci")
        signed_in = api.registry("admin+ci", token)("GET", "/v2/")

    assert (shown.status, signed_in.status) == (503, 200)
    assert "DATABASE_SECRET_KEY" in shown.json["message"]


def test_the_interactive_page_needs_nobody_elses_server(tmp_path: Path) -> None:
    with configured(tmp_path) as api:
        page = api("GET", "/docs")
        script = api("GET", "/docs/swagger-ui-bundle.js")
        document = api("GET", "/discovery").json

    assert (page.status, script.status) == (200, 200)
    assert "cdn" not in page.text
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) > 60
