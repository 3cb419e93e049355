"""An organization gets another name, with everything in it."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

from tests.api.conftest import Api
from tests.server import PASSWORD


def rename(api: Api, old: str, new: str) -> int:
    return api("PUT", f"/superuser/organizations/{old}", {"name": new}).status


def bearer(api: Api, user: str, password: str, repository: str) -> str:
    path = f"/v2/auth?service=moorage&scope=repository:{repository}:pull"
    return str(json.loads(api.registry(user, password)("GET", path).body)["token"])


def test_a_renamed_organization_takes_everything_along(api: Api) -> None:
    api("POST", "/organization/", {"name": "before", "email": "b@example.com"})
    token = api("PUT", "/organization/before/robots/ci", {}).json["token"]
    _, raw = api.registry().push_manifest("before/a/b", "v1")
    api("PUT", "/repository/before/a/b/permissions/user/before+ci", {"role": "read"})
    issued = bearer(api, "before+ci", token, "before/a/b")

    changed = api("PUT", "/superuser/organizations/before", {"name": "after"})

    pulled = api.registry("after+ci", token)("GET", "/v2/after/a/b/manifests/v1")
    registry = api.registry()
    logs = api("GET", "/organization/after/logs").json["logs"]
    robot = api("GET", "/organization/after/robots/ci").json
    assert (changed.status, changed.json["name"]) == (200, "after")
    assert (pulled.status, pulled.body) == (200, raw)
    assert (robot["name"], robot["token"]) == ("after+ci", token)
    assert registry("GET", "/v2/before/a/b/manifests/v1").status in (403, 404)
    assert api("GET", "/organization/before").status == 404
    assert {"org_change_name", "org_create"} <= {line["kind"] for line in logs}
    # The old name, and what was issued for it, open nothing; nor does either under the new one.
    for path in ("/v2/before/a/b/manifests/v1", "/v2/after/a/b/manifests/v1"):
        answer = registry.anonymous()("GET", path, Authorization=f"Bearer {issued}")
        assert answer.status in (401, 403, 404)
    assert api.registry("before+ci", token)("GET", "/v2/").status == 401


def test_what_takes_the_old_name_gets_none_of_the_old_rights(api: Api) -> None:
    api.make_user("newcomer")
    api("POST", "/organization/", {"name": "given-up"})
    token = api("PUT", "/organization/given-up/robots/ci", {}).json["token"]
    api.registry().push_manifest("given-up/image", "v1")
    api("PUT", "/repository/given-up/image/permissions/user/given-up+ci", {"role": "read"})
    issued = bearer(api, "given-up+ci", token, "given-up/image")

    assert rename(api, "given-up", "moved-on") == 200
    newcomer = api.acting_as("newcomer")
    assert newcomer("POST", "/organization/", {"name": "given-up"}).status == 201
    api.registry("newcomer", PASSWORD).push_manifest("given-up/image", "v1")

    client = api.registry().anonymous()
    old = client("GET", "/v2/given-up/image/manifests/v1", Authorization=f"Bearer {issued}")
    assert old.status == 403


def test_a_taken_or_impossible_name_changes_nothing(api: Api) -> None:
    for name in ("stays", "taken"):
        api("POST", "/organization/", {"name": name})
    api.registry().push_manifest("stays/image", "v1")

    answers = [rename(api, "stays", new) for new in ("taken", "admin", "No Name", "a+b")]

    assert answers == [400, 400, 400, 400]
    assert rename(api, "admin", "user-no-organization") == 404
    assert api.registry()("GET", "/v2/stays/image/manifests/v1").status == 200


def test_a_push_and_a_rename_at_once_leave_no_name_behind(api: Api) -> None:
    """What is pushed lies under the name of its organization, or was refused."""
    api("POST", "/organization/", {"name": "race-0"})

    def push(number: int) -> set[int]:
        client = api.registry()
        return {
            client("POST", f"/v2/race-{name}/r{number}/blobs/uploads/").status for name in range(4)
        }

    with ThreadPoolExecutor(4) as pool:
        pushes = pool.map(push, range(24))
        renames = [rename(api, f"race-{n}", f"race-{n + 1}") for n in range(3)]
        statuses = set().union(*pushes)

    found = api("GET", "/repository?namespace=race-3&limit=100").json["repositories"]
    everywhere = api("GET", "/find/repositories?query=race-").json["results"]
    assert renames == [200, 200, 200]
    assert statuses <= {202, 403, 404}
    assert found
    assert {one["namespace"]["name"] for one in everywhere} == {"race-3"}
