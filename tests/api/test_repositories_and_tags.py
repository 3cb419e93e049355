"""Repositories, tags with their time machine, labels, default permissions."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.api.conftest import Api
from tests.server import PASSWORD


@pytest.fixture(scope="module", autouse=True)
def organization(api: Api) -> str:
    assert api("POST", "/organization/", {"name": "shop"}).status == 201
    return "shop"


def make(api: Api, name: str) -> None:
    body = {"namespace": "shop", "repository": name, "visibility": "private"}
    assert api("POST", "/repository", body | {"description": ""}).status == 201


def live(api: Api, name: str) -> list[str]:
    """The tags that /v2 lists."""
    answer = api.registry()("GET", f"/v2/shop/{name}/tags/list")
    return list(json.loads(answer.body)["tags"])


def history(api: Api, name: str, query: str = "") -> list[dict[str, Any]]:
    return list(api("GET", f"/repository/shop/{name}/tag/{query}").json["tags"])


def test_a_deleted_tag_is_restored_by_the_time_machine(api: Api) -> None:
    digest, raw = api.registry().push_manifest("shop/restored", "v1")

    assert api("DELETE", "/repository/shop/restored/tag/v1").status == 204
    gone = api.registry()("GET", "/v2/shop/restored/manifests/v1").status
    body = {"manifest_digest": digest}
    assert api("POST", "/repository/shop/restored/tag/v1/restore", body).status == 200

    back = api.registry()("GET", "/v2/shop/restored/manifests/v1")
    tags = history(api, "restored")
    assert (gone, back.status, back.body) == (404, 200, raw)
    assert [(tag["reversion"], "end_ts" in tag) for tag in tags] == [(True, False), (False, True)]


def test_a_manifest_deleted_by_digest_is_restored_with_its_tag(api: Api) -> None:
    digest, _ = api.registry().push_manifest("shop/revived", "v1")
    api.registry()("DELETE", f"/v2/shop/revived/manifests/{digest}")
    assert live(api, "revived") == []

    body = {"manifest_digest": digest}
    assert api("POST", "/repository/shop/revived/tag/v1/restore", body).status == 200

    assert live(api, "revived") == ["v1"]


def test_no_tag_is_restored_to_what_it_never_named(api: Api) -> None:
    api.registry().push_manifest("shop/never", "v1")
    other, _ = api.registry().push_manifest("shop/never", "v2", annotations={"a": "b"})

    body = {"manifest_digest": other}
    refused = api("POST", "/repository/shop/never/tag/v1/restore", body)

    assert refused.status == 404


def test_nothing_is_restored_when_the_time_machine_is_off(api: Api) -> None:
    api("POST", "/organization/", {"name": "forgetful"})
    api("PUT", "/organization/forgetful", {"tag_expiration_s": 0})
    digest, _ = api.registry().push_manifest("forgetful/image", "v1")
    api("DELETE", "/repository/forgetful/image/tag/v1")

    body = {"manifest_digest": digest}
    refused = api("POST", "/repository/forgetful/image/tag/v1/restore", body)

    assert refused.status == 404


def test_a_tag_is_moved_and_the_old_one_stays_in_the_history(api: Api) -> None:
    first, _ = api.registry().push_manifest("shop/moved", "v1")
    second, _ = api.registry().push_manifest("shop/moved", "v2", annotations={"a": "b"})

    moved = api("PUT", "/repository/shop/moved/tag/v1", {"manifest_digest": second})

    found = history(api, "moved", "?specificTag=v1")
    assert moved.status == 201
    assert [tag["manifest_digest"] for tag in found] == [second, first]
    assert len(history(api, "moved", "?onlyActiveTags=true")) == 2
    assert len(history(api, "moved", "?filter_tag_name=like:2")) == 1


def test_a_tag_that_has_expired_is_gone_everywhere(api: Api) -> None:
    api.registry().push_manifest("shop/expiring", "short", annotations={"quay.expires-after": "1s"})
    api.registry().push_manifest("shop/expiring", "long", annotations={"quay.expires-after": "2w"})
    deadline = time.monotonic() + 30

    while live(api, "expiring") != ["long"] and time.monotonic() < deadline:
        time.sleep(0.1)

    pulled = api.registry()("GET", "/v2/shop/expiring/manifests/short")
    shown = api("GET", "/repository/shop/expiring").json["tags"]
    assert (pulled.status, pulled.code) == (404, "MANIFEST_UNKNOWN")
    assert set(shown) == {"long"}
    assert "expiration" in shown["long"]
    api.registry().push_manifest("shop/expiring", "short")
    assert live(api, "expiring") == ["long", "short"]


def test_an_expiry_is_set_and_taken_away(api: Api) -> None:
    api.registry().push_manifest("shop/dated", "v1")
    path = "/repository/shop/dated/tag/v1"

    past = api("PUT", path, {"expiration": int(time.time()) - 5})
    later = api("PUT", path, {"expiration": int(time.time()) + 3600})
    dated = history(api, "dated")[0]
    never = api("PUT", path, {"expiration": None})

    assert (past.status, later.status, never.status) == (400, 201, 201)
    assert "expiration" in dated
    assert "expiration" not in history(api, "dated")[0]


def test_a_read_only_repository_takes_no_push(api: Api) -> None:
    api.registry().push_manifest("shop/frozen", "v1")
    assert api("PUT", "/repository/shop/frozen/changestate", {"state": "READ_ONLY"}).status == 200

    pushed = api.registry()("POST", "/v2/shop/frozen/blobs/uploads/")
    deleted = api("DELETE", "/repository/shop/frozen/tag/v1")
    pulled = api.registry()("GET", "/v2/shop/frozen/manifests/v1")

    assert (pushed.status, deleted.status, pulled.status) == (403, 403, 200)


def test_a_public_repository_is_public_at_once(api: Api) -> None:
    api.registry().push_manifest("shop/shown", "v1")
    anonymous = api.registry().anonymous()
    before = anonymous("GET", "/v2/shop/shown/manifests/v1").status

    api("POST", "/repository/shop/shown/changevisibility", {"visibility": "public"})
    after = anonymous("GET", "/v2/shop/shown/manifests/v1").status
    api("POST", "/repository/shop/shown/changevisibility", {"visibility": "private"})

    assert (before, after) == (401, 200)
    assert anonymous("GET", "/v2/shop/shown/manifests/v1").status == 401


def test_nested_names_work_in_every_path(api: Api) -> None:
    api.registry().push_manifest("shop/a/b/c", "v1")

    shown = api("GET", "/repository/shop/a/b/c").json
    tags = api("GET", "/repository/shop/a/b/c/tag/").json["tags"]
    permissions = api("GET", "/repository/shop/a/b/c/permissions/user/").json["permissions"]

    assert (shown["namespace"], shown["name"]) == ("shop", "a/b/c")
    assert [tag["name"] for tag in tags] == ["v1"]
    assert list(permissions) == ["admin"]


def test_a_new_repository_grants_what_the_prototypes_say(api: Api) -> None:
    api("POST", "/organization/", {"name": "granting"})
    api("PUT", "/organization/granting/team/readers", {"role": "member"})
    api("PUT", "/organization/granting/robots/deploy", {})
    for role, delegate in (
        ("read", {"name": "readers", "kind": "team"}),
        ("write", {"name": "granting+deploy", "kind": "user"}),
    ):
        body = {"role": role, "delegate": delegate}
        assert api("POST", "/organization/granting/prototypes", body).status == 200

    api.registry().push_manifest("granting/granted", "v1")

    users = api("GET", "/repository/granting/granted/permissions/user/").json["permissions"]
    teams = api("GET", "/repository/granting/granted/permissions/team/").json["permissions"]
    assert {name: held["role"] for name, held in users.items()} == {
        "admin": "admin",
        "granting+deploy": "write",
    }
    assert teams["readers"]["role"] == "read"


def test_an_organization_chooses_the_visibility_of_pushed_repositories(api: Api) -> None:
    api("POST", "/organization/", {"name": "open-source"})
    api("PUT", "/organization/open-source", {"default_visibility": "public"})

    api.registry().push_manifest("open-source/tool", "v1")

    assert api.anonymous()("GET", "/repository/open-source/tool").json["is_public"] is True


def test_a_creator_owns_what_it_pushes_and_nothing_else(api: Api) -> None:
    api.make_user("maker")
    api("PUT", "/organization/shop/team/makers", {"role": "creator"})
    api("PUT", "/organization/shop/team/makers/members/maker")
    api.registry().push_manifest("shop/not-the-makers", "v1")
    maker = api.registry("maker", PASSWORD)

    maker.push_manifest("shop/the-makers", "v1")

    own = api.acting_as("maker")
    assert own("GET", "/repository/shop/the-makers").json["can_admin"] is True
    assert own("GET", "/repository/shop/not-the-makers").status == 403
    assert maker("GET", "/v2/shop/not-the-makers/manifests/v1").status == 404


def test_labels_are_annotations_config_labels_and_what_was_put_on(api: Api) -> None:
    config = b'{"config":{"Labels":{"from":"config"}}}'
    digest = api.registry().push_blob("shop/labelled", config)
    manifest, _ = api.registry().push_manifest(
        "shop/labelled",
        "v1",
        config={
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest,
            "size": len(config),
        },
        annotations={"from-the": "manifest"},
    )
    path = f"/repository/shop/labelled/manifest/{manifest}/labels"

    added = api("POST", path, {"key": "put", "value": "on", "media_type": None}).json["label"]
    found = {label["key"]: label for label in api("GET", path).json["labels"]}
    pushed = api("DELETE", f"{path}/{found['from']['id']}")
    removed = api("DELETE", f"{path}/{added['id']}")
    reserved = api("POST", path, {"key": "quay.immutable", "value": "true", "media_type": None})

    assert {key: label["source_type"] for key, label in found.items()} == {
        "from": "manifest",
        "from-the": "manifest",
        "put": "api",
    }
    assert (pushed.status, removed.status, reserved.status) == (400, 204, 400)


def test_lists_are_walked_page_by_page_without_loss(api: Api) -> None:
    api("POST", "/organization/", {"name": "pages"})
    for number in range(7):
        body = {"namespace": "pages", "repository": f"r{number}", "visibility": "private"}
        api("POST", "/repository", body | {"description": ""})
        api("PUT", f"/organization/pages/robots/b{number}", {})
        api("PUT", f"/organization/pages/team/t{number}", {"role": "member"})
        for holder in (f"user/pages+b{number}", f"team/t{number}"):
            api("PUT", f"/repository/pages/r0/permissions/{holder}", {"role": "read"})

    for path, key, length in (
        ("/repository?namespace=pages&", "repositories", 7),
        ("/organization/pages/robots?", "robots", 7),
        ("/organization/pages/team?", "teams", 8),
        ("/organization/pages/logs?", "logs", 36),
        ("/repository/pages/r0/permissions/user?", "permissions", 8),
        ("/repository/pages/r0/permissions/team?", "permissions", 7),
    ):
        found: list[str] = []
        following, pages = "", 0
        while pages == 0 or following:
            answer = api("GET", f"{path}limit=3&next_page={following}").json
            found += [json.dumps(one) for one in answer[key]]
            following, pages = answer.get("next_page", ""), pages + 1
        assert (len(found), len(set(found))) == (length, length)
        assert pages == -(-length // 3)


def test_a_page_token_of_another_list_is_refused(api: Api) -> None:
    for name in ("first", "second"):
        make(api, f"counted-{name}")
    lines = api("GET", "/organization/shop/logs?limit=1").json["next_page"]

    refused = api("GET", f"/organization/shop/robots?next_page={lines}")
    forged = api("GET", f"/organization/shop/robots?next_page={lines[:-1]}")

    assert (refused.status, forged.status) == (400, 400)


def test_every_path_is_good_with_and_without_a_slash_at_its_end(api: Api) -> None:
    make(api, "slashes")

    for path in ("/user", "/organization/shop", "/repository/shop/slashes/tag", "/messages"):
        assert api("GET", path).status == api("GET", path + "/").status == 200


def test_a_bad_body_is_told_in_one_line(api: Api) -> None:
    missing = api("POST", "/organization/", {}).json
    wrong = api("PUT", "/organization/shop/team/t", {"role": "bogus"}).json
    kind = api("POST", "/organization/", {"name": 5}).json

    assert missing["message"] == "'name' is a required property"
    assert wrong["message"].startswith("'bogus' is not one of ['member', 'creator', 'admin']")
    assert "name" in kind["message"]
    assert missing["error_message"] == missing["detail"] == missing["message"]


def test_the_usage_log_is_exported_as_json_lines(api: Api) -> None:
    make(api, "exported")

    exported = api("GET", "/superuser/logs/export")

    lines = [json.loads(line) for line in exported.text.splitlines()]
    made = [line["metadata"].get("repo") for line in lines if line["kind"] == "create_repo"]
    assert exported.headers["content-type"] == "application/x-ndjson"
    assert "exported" in made
    assert {"kind", "metadata", "ip", "datetime"} <= set(lines[0])


def test_the_last_owner_stays(api: Api) -> None:
    left = api("DELETE", "/organization/shop/team/owners/members/admin")
    lowered = api("PUT", "/organization/shop/team/owners", {"role": "member"})
    removed = api("DELETE", "/organization/shop/team/owners")

    assert {left.status, lowered.status, removed.status} == {400}
    assert "only one that administers" in left.json["message"]


def test_the_collector_ends_expired_tags_and_keeps_each_namespaces_reach(api: Api) -> None:
    api("POST", "/organization/", {"name": "short-lived"})
    api("PUT", "/organization/short-lived", {"tag_expiration_s": 0})
    for namespace in ("short-lived", "shop"):
        api.registry().push_manifest(
            f"{namespace}/collected", "v1", annotations={"quay.expires-after": "1s"}
        )
    time.sleep(1.1)

    api.run("collect", "--now")

    gone = api("GET", "/repository/short-lived/collected/tag/").json["tags"]
    kept = api("GET", "/repository/shop/collected/tag/").json["tags"]
    assert gone == []
    assert [("end_ts" in tag, tag["name"]) for tag in kept] == [(True, "v1")]
