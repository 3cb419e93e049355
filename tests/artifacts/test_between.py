"""Search, comparison, tags in order, and what charts need of each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.conftest import Api
from tests.artifacts.things import HELM_PROV, OCI_CONFIG, Layer, push, push_chart, read

SECONDS = 30


def eventually(ask: Callable[[], Any], expected: Any) -> None:
    """The search documents follow within a moment."""
    deadline = time.monotonic() + SECONDS
    while (found := ask()) != expected:
        assert time.monotonic() < deadline, f"{found} is not {expected}"
        time.sleep(0.1)


def names(api: Api, query: str) -> list[str]:
    answer = api("GET", f"/find/artifacts?{query}")
    assert answer.status == 200, answer
    return [one["repository"] for one in answer.json["results"]]


@pytest.fixture(scope="module")
def market(api: Api) -> Api:
    """Some charts and an image of one organization."""
    push_chart(
        api,
        "market/redis",
        "1.0.0",
        description="A key-value store",
        keywords=["cache", "database"],
        appVersion="7.2.4",
    )
    push_chart(api, "market/redis", "1.1.0-rc.1", description="Soon", appVersion="7.4.0")
    push_chart(
        api,
        "market/shop",
        "2.0.0",
        {"values.yaml": "image: quay.io/market/web:1.0\n"},
        description="Sells things, needs redis",
        dependencies=[
            {"name": "redis", "version": "^1", "repository": "oci://here/market"},
            {"name": "bank", "version": "^2", "repository": "https://elsewhere.test"},
        ],
    )
    digest = push(api, "market/web", "1.0", [], config_type=OCI_CONFIG)
    read(api, "market/web", digest)
    eventually(lambda: len(names(api, "org=market")), 3)
    return api


def test_words_in_name_keywords_description_and_versions_are_found(market: Api) -> None:
    eventually(lambda: names(market, "query=redis"), ["market/redis", "market/shop"])

    assert names(market, "query=datab") == ["market/redis"]
    assert names(market, "query=key+value+store") == ["market/redis"]
    assert names(market, "query=7.2.4") == ["market/redis"]
    assert names(market, "query=redis+nothing") == []


def test_facets_count_kinds_and_narrow_the_search(market: Api) -> None:
    facets = market("GET", "/find/artifacts?query=market").json["facets"]

    assert facets["kinds"] == [{"value": "chart", "count": 2}, {"value": "image", "count": 1}]
    assert facets["organizations"] == [{"value": "market", "count": 3}]
    assert names(market, "query=market&kind=image") == ["market/web"]
    assert names(market, "query=market&signed=true") == []


def test_a_name_with_a_tag_finds_that_tag(market: Api) -> None:
    results = market("GET", "/find/artifacts?query=redis:1.1.0-rc.1").json["results"]

    assert [(one["repository"], one["tag"], one["app_version"]) for one in results] == [
        ("market/redis", "1.1.0-rc.1", "7.4.0")
    ]


def test_search_shows_only_what_the_caller_may_see(market: Api) -> None:
    market.make_user("stranger")
    stranger = market.acting_as("stranger")
    assert names(stranger, "query=redis") == []
    assert names(market.anonymous(), "query=redis") == []

    body = {"visibility": "public"}
    market("POST", "/repository/market/redis/changevisibility", body)

    assert names(stranger, "query=redis") == ["market/redis"]
    assert stranger("GET", "/find/usage?image=quay.io/market/web").json["usages"] == []
    market("POST", "/repository/market/redis/changevisibility", {"visibility": "private"})


@pytest.mark.parametrize(
    "query", ["%22", "'", "*", "a*b", "OR", "NEAR(", "-", ":", "(", "é", "a" * 900]
)
def test_any_text_can_be_searched_for(market: Api, query: str) -> None:
    assert market("GET", f"/find/artifacts?query={quote(query)}").status == 200


def test_a_deleted_tag_leaves_the_search(api: Api) -> None:
    read(api, "gone/lamp", push_chart(api, "gone/lamp", "1.0.0"))
    eventually(lambda: names(api, "query=lamp"), ["gone/lamp"])

    api("DELETE", "/repository/gone/lamp/tag/1.0.0")

    eventually(lambda: names(api, "query=lamp"), [])


def test_a_deleted_repository_leaves_the_search(api: Api) -> None:
    read(api, "gone/sofa", push_chart(api, "gone/sofa", "1.0.0"))
    eventually(lambda: names(api, "query=sofa"), ["gone/sofa"])

    assert api("DELETE", "/repository/gone/sofa").status == 204

    assert names(api, "query=sofa") == []


def test_dependents_users_and_missing_dependencies_are_known(market: Api) -> None:
    dependents = market("GET", "/repository/market/redis/dependents").json["usages"]
    users = market("GET", "/find/usage?image=quay.io/market/web:1.0").json["usages"]
    others = market("GET", "/find/usage?image=quay.io/market/web:2.0").json["usages"]
    missing = market("GET", "/find/missing?org=market").json["missing"]

    assert [(u["repository"], u["version"], u["wanted"]) for u in dependents] == [
        ("market/shop", "2.0.0", "^1")
    ]
    assert [u["repository"] for u in users] == ["market/shop"]
    assert others == []
    assert [(m["name"], m["version"], m["needed_by"]) for m in missing] == [
        ("bank", "^2", "market/shop")
    ]


def test_a_dependency_shows_where_a_fitting_chart_lies(market: Api) -> None:
    row = market("GET", "/repository/market/shop/tags").json["tags"][0]
    path = f"/repository/market/shop/manifest/{row['digest']}/chart/dependencies"

    found = market("GET", path).json["dependencies"]

    assert [(d["name"], d["is_here"]) for d in found] == [("redis", True), ("bank", False)]
    assert found[0]["place"]["repository"] == "market/redis"
    assert found[0]["place"]["tag"] == "1.0.0"


def test_two_versions_are_compared_by_metadata_values_templates_and_images(api: Api) -> None:
    push_chart(
        api,
        "compare/app",
        "1.0.0",
        {
            "values.yaml": "# kept\nimage: x.test/app:1.0\nports:\n- 80\nold: 1\n",
            "templates/a.yaml": "one\ntwo\nthree\n",
            "templates/gone.yaml": "x\n",
        },
        appVersion="1",
        dependencies=[{"name": "db", "version": "1.0.0", "repository": "https://x.test"}],
    )
    digest = push_chart(
        api,
        "compare/app",
        "1.1.0",
        {
            "values.yaml": "# kept\nimage: x.test/app:1.1\nports:\n- 81\nnew.key: true\n",
            "templates/a.yaml": "one\n2\nthree\n",
            "templates/new.yaml": "y\n",
        },
        appVersion="2",
        dependencies=[{"name": "db", "version": "2.0.0", "repository": "https://x.test"}],
    )
    eventually(
        lambda: api("GET", "/repository/compare/app/compare?from=1.0.0&to=1.1.0").status, 200
    )

    found = api("GET", f"/repository/compare/app/compare?from=1.0.0&to={digest}").json

    assert [(c["field"], c["old"], c["new"]) for c in found["metadata"]] == [
        ("version", "1.0.0", "1.1.0"),
        ("app_version", "1", "2"),
    ]
    assert [(c["path"], c["change"], c["old"], c["new"]) for c in found["values"]] == [
        ("image", "changed", "x.test/app:1.0", "x.test/app:1.1"),
        ('"new.key"', "added", None, True),
        ("old", "removed", 1, None),
        ("ports[0]", "changed", 80, 81),
    ]
    assert [(c["name"], c["change"]) for c in found["templates"]] == [
        ("templates/a.yaml", "changed"),
        ("templates/gone.yaml", "removed"),
        ("templates/new.yaml", "added"),
    ]
    lines = found["templates"][0]["hunks"][0]["lines"]
    assert [(line["sign"], line["text"]) for line in lines] == [
        (" ", "one"),
        ("-", "two"),
        ("+", "2"),
        (" ", "three"),
    ]
    assert [(c["name"], c["old_version"], c["new_version"]) for c in found["dependencies"]] == [
        ("db", "1.0.0", "2.0.0")
    ]
    assert [(c["name"], c["old"], c["new"]) for c in found["images"]] == [
        ("x.test/app", "x.test/app:1.0", "x.test/app:1.1")
    ]


def test_tags_come_in_the_order_of_their_versions_page_by_page(api: Api) -> None:
    for tag in ("latest", "1.10.0", "1.2.0", "2.0.0-rc.1", "v2.0.0", "1.2.0-alpha"):
        push(api, "order/app", tag, [], config_type=OCI_CONFIG, annotations={"tag": tag})
    found: list[str] = []
    page, path = "", "/repository/order/app/tags?limit=2"
    while True:
        answer = api("GET", path + page).json
        found += [row["name"] for row in answer["tags"]]
        if "next_page" not in answer:
            break
        page = f"&next_page={answer['next_page']}"

    assert found == ["v2.0.0", "2.0.0-rc.1", "1.10.0", "1.2.0", "1.2.0-alpha", "latest"]
    assert api("GET", "/repository/order/app/tags?filter=1.2").json["total"] == 2


def test_a_page_of_another_list_or_order_is_no_page_of_tags(api: Api) -> None:
    for tag in ("1.0.0", "2.0.0"):
        push(api, "order/pages", tag, [], config_type=OCI_CONFIG, annotations={"tag": tag})
        push(api, f"order/page-{tag}", tag, [], config_type=OCI_CONFIG)
    tags = "/repository/order/pages/tags?limit=1"
    others = (f"{tags}&sort=size", "/repository?namespace=order&limit=1")

    for other in others:
        token = api("GET", other).json["next_page"]
        answer = api("GET", f"{tags}&next_page={token}")
        assert (answer.status, "next_page" in answer.json["message"]) == (400, True)


def test_a_chart_with_provenance_is_marked_as_signed(api: Api) -> None:
    push_chart(api, "order/signed", "1.0.0", prov=b"no message at all")
    push(api, "order/signed", "other", [Layer(HELM_PROV, b"x")], artifactType="a/b")
    signed = "/repository/order/signed/tags?signed=true"
    eventually(lambda: [row["name"] for row in api("GET", signed).json["tags"]], ["1.0.0"])
    row = api("GET", signed).json["tags"][0]

    path = f"/repository/order/signed/manifest/{row['digest']}/chart/provenance"
    provenance = api("GET", path).json["provenance"]

    assert (provenance["state"], provenance["reason"]) == ("failed", "signature block not found")
