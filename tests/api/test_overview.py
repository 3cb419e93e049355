"""Lists with what is in their rows, and settings with where they come from: what Quay lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Api
from tests.server import running_server

HELD = "overview"
NAMES = ["overview/alpha", "overview/beta", "overview/gamma"]


@pytest.fixture(scope="module", autouse=True)
def organization(api: Api) -> str:
    assert api("POST", "/organization/", {"name": HELD}).status == 201
    for name in NAMES:
        api.registry().push_manifest(name, "v1")
    api.registry().push_manifest("overview/beta", "v2")
    return HELD


def names(answer: Any) -> list[str]:
    return [f"{one['namespace']}/{one['name']}" for one in answer.json["repositories"]]


def pages(api: Api, query: str) -> list[str]:
    """All names of a list that is asked for one by one."""
    found: list[str] = []
    token = ""
    while True:
        more = f"&next_page={token}" if token else ""
        answer = api("GET", f"/repository?namespace={HELD}&limit=1{query}{more}")
        found += names(answer)
        token = answer.json.get("next_page", "")
        if not token:
            return found


def test_a_row_of_organizations_counts_what_is_in_it(api: Api) -> None:
    assert api("PUT", f"/organization/{HELD}/team/builders", {"role": "creator"}).status == 200
    assert api("PUT", f"/organization/{HELD}/robots/ci", {}).status == 201
    member = f"/organization/{HELD}/team/builders/members/{HELD}+ci"
    assert api("PUT", member, {}).status == 200

    row = api("GET", f"/organization?filter={HELD}").json["organizations"][0]

    shown = {key: row[key] for key in row if key.endswith("_count")}
    assert shown == {"repo_count": 3, "team_count": 2, "member_count": 1, "robot_count": 1}
    assert (row["is_organization"], row["is_admin"]) == (True, True)
    # The three repositories hold the same config of two bytes.
    assert row["size"] == 2
    assert row["last_modified"]


def test_a_list_of_organizations_goes_page_by_page_in_both_directions(api: Api) -> None:
    for name in ("overview-b", "overview-c"):
        assert api("POST", "/organization/", {"name": name}).status == 201

    first = api("GET", "/organization?filter=overview&descending=true&limit=2").json
    rest = api(
        "GET",
        f"/organization?filter=overview&descending=true&limit=2&next_page={first['next_page']}",
    ).json

    found = [one["name"] for one in first["organizations"] + rest["organizations"]]
    assert found == ["overview-c", "overview-b", "overview"]
    assert "next_page" not in rest


def test_a_superusers_token_lists_all_organizations_only_with_that_scope(api: Api) -> None:
    api.make_user("owner")
    assert api.acting_as("owner")("POST", "/organization/", {"name": "elsewhere"}).status == 201
    asked = "/organization?filter=elsewhere"

    whole, narrow = (
        api.acting_as("admin", scope)("GET", asked).json["organizations"]
        for scope in ("org:admin super:user", "org:admin")
    )

    assert [one["name"] for one in whole] == ["elsewhere"]
    assert narrow == []


def test_a_user_lists_its_own_namespaces_and_nobody_elses(api: Api) -> None:
    assert api("POST", "/superuser/users/", {"username": "newcomer"}).status == 200

    found = api.acting_as("newcomer")("GET", "/organization").json["organizations"]

    assert [(one["name"], one["is_organization"], one["is_admin"]) for one in found] == [
        ("newcomer", False, True)
    ]
    assert api.anonymous()("GET", "/organization").status == 401


def test_repositories_are_filtered_and_sorted_by_the_server(api: Api) -> None:
    by_name = names(api("GET", f"/repository?namespace={HELD}&filter=eta"))
    downwards = pages(api, "&descending=true")
    by_change = pages(api, "&sort=modified&descending=true")
    back = pages(api, "&sort=modified")

    assert by_name == ["overview/beta"]
    assert downwards == NAMES[::-1]
    assert by_change[0] == "overview/beta"
    assert back == by_change[::-1]


def test_a_page_of_one_order_is_no_page_of_another(api: Api) -> None:
    token = api("GET", f"/repository?namespace={HELD}&limit=1").json["next_page"]

    answer = api("GET", f"/repository?namespace={HELD}&sort=modified&next_page={token}")

    assert (answer.status, "next_page" in answer.json["message"]) == (400, True)


def test_details_say_how_many_tags_and_bytes_a_repository_has(api: Api) -> None:
    found = api("GET", f"/repository?namespace={HELD}&details=true").json["repositories"]
    plain = api("GET", f"/repository?namespace={HELD}").json["repositories"]

    assert [(one["name"], one["tag_count"], one["size"]) for one in found] == [
        ("alpha", 1, 2),
        ("beta", 2, 2),
        ("gamma", 1, 2),
    ]
    assert all("tag_count" not in one for one in plain)


def test_the_largest_namespaces_and_repositories_are_for_superusers(api: Api) -> None:
    assert api("POST", "/organization/", {"name": "heaviest"}).status == 201
    api.registry().push_blob("heaviest/blob", b"x" * 500_000)

    storage = api("GET", "/superuser/storage").json

    assert storage["repositories"][0] == {"name": "heaviest/blob", "size": 500_000}
    assert {"name": "heaviest", "size": 500_000} in storage["namespaces"]
    assert api("POST", "/superuser/users/", {"username": "curious"}).status == 200
    for path in ("/superuser/storage", "/superuser/settings"):
        assert api.acting_as("curious")("GET", path).status == 403


def test_a_setting_says_where_its_value_comes_from_and_hides_a_secret(tmp_path: Path) -> None:
    token = "a-token-that-makes-everybody-who-reads-it-a-superuser"
    settings = {
        "SECRET_KEY": "a-secret-that-nobody-sees",
        "BOOTSTRAP_TOKEN": token,
        "FEATURE_SUPERUSER_CONFIGDUMP": "true",
        "REGISTRY_TITLE": "Harbour master",
    }
    with running_server(tmp_path, settings) as server:
        api = Api(server, tmp_path, settings).acting_as("admin")
        answer = api("GET", "/superuser/settings")
        dump = api("GET", "/superuser/config")

    found = {one["key"]: one for one in answer.json["settings"]}
    assert (found["REGISTRY_TITLE"]["value"], found["REGISTRY_TITLE"]["origin"]) == (
        "Harbour master",
        "environment",
    )
    assert found["DATA_FOLDER"]["origin"] == "command line"
    assert found["V2_PAGINATION_SIZE"]["origin"] == "default"
    assert found["SECRET_KEY"]["value"] == "(hidden)"
    assert found["BOOTSTRAP_TOKEN"]["value"] == "(hidden)"
    assert dump.json["config"]["REGISTRY_TITLE"] == "Harbour master"
    for secret in ("a-secret-that-nobody-sees", token):
        assert secret not in answer.text + dump.text


def test_an_empty_registry_says_that_it_has_to_be_set_up(tmp_path: Path) -> None:
    with running_server(tmp_path, {"FEATURE_USER_INITIALIZE": "true"}) as server:
        api = Api(server, tmp_path, {})
        before = api("GET", "/config").json["config"]["SETUP_COMPLETE"]
        body = {"username": "first", "password": "long enough to be one", "email": ""}
        api("POST", "/user/initialize", body)
        after = api("GET", "/config").json["config"]["SETUP_COMPLETE"]

    assert (before, after) == (False, True)
