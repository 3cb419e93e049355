"""Requests recorded at a real Quay 3.18, replayed here: the same statuses and the same shapes.

`quay_3_18.json` holds what Quay answered with its default features, `quay_3_18_policies.json` what
it answered with quotas, auto-prune, mirroring, proxy caches and immutability on: the method, path
and body of each request, and the status, keys and types of its answer. Whatever we answer otherwise
stands in DIFFERENCES with its reason; one that is not listed, or listed and gone, fails the test.

Three rules hold for all: a refusal has Quay's full shape and always `message`; where one side has
null the other may have a value; `next_page` is there when there is one.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import Api

FACTS = ("quay_3_18", "quay_3_18_policies")
ERROR_KEYS = {"message", "detail", "error_message", "error_type", "title", "type", "status"}

# Maps from names of things: only what they hold is compared.
NAMED = {"teams", "permissions", "tags", "metadata", "config", "features", "oauth"}

HTML = "JSON that names the key, where Quay answers a page of HTML"
NOTIFICATIONS = "notifications come later: the answer says that they are not switched on"
POLICIES = "auto-prune comes later: the answer says that it is not switched on"
QUOTAS = "quotas come later: the answer says that they are not switched on"
IMMUTABILITY = "immutable tags come later: the answer says that they are not switched on"
MIRRORING = "mirroring comes later: the answer says that it is not switched on"
PROXY = "proxy caches come later: the answer says that they are not switched on"
STATE = "NORMAL and READ_ONLY are always possible; Quay takes the request for another one"

DIFFERENCES = {
    ("quay_3_18", 7): "an organization without anything public is not there for a stranger",
    **{("quay_3_18", number): STATE for number in (42, 43)},
    **{("quay_3_18", number): HTML for number in (93, 94, 95, 96, 102, 103, 120)},
    **{("quay_3_18", number): NOTIFICATIONS for number in range(97, 102)},
    ("quay_3_18", 104): "robots of a namespace that the caller administers are found as well",
    ("quay_3_18", 107): "repositories are found as well",
    ("quay_3_18", 125): "we are healthy; the recorded server was not",
    **{("quay_3_18_policies", number): POLICIES for number in range(3, 21)},
    **{("quay_3_18_policies", number): QUOTAS for number in (21, 22, 23, 24, 25, 26, 28)},
    **{("quay_3_18_policies", number): IMMUTABILITY for number in range(29, 38)},
    **{("quay_3_18_policies", number): MIRRORING for number in (39, 40, 42, 43, 44)},
    **{("quay_3_18_policies", number): PROXY for number in (46, 47, 48)},
}


def load(name: str) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = json.loads((Path(__file__).parent / f"{name}.json").read_text())
    return facts


@pytest.mark.parametrize("name", FACTS)
def test_quay_and_moorage_answer_alike(api: Api, name: str) -> None:
    known = _prepare(api)

    found = {}
    for number, fact in enumerate(load(name)):
        difference = _replay(api, fact, known)
        if difference is not None:
            found[name, number] = f"{fact['method']} {fact['path']}: {difference}"

    listed = {key: reason for key, reason in DIFFERENCES.items() if key[0] == name}
    for key in sorted(set(found) | set(listed)):
        print(f"{key[1]:4} {found.get(key, 'no difference')}\n     {listed.get(key, 'NO REASON')}")
    print(f"{len(load(name))} requests, {len(found)} answered differently, for the reasons above")
    assert set(found) == set(listed)


def _prepare(api: Api) -> dict[str, str]:
    """An organization with one chart, as the recorded server had; the values of placeholders."""
    api("DELETE", "/organization/helm")
    assert (
        api("POST", "/organization/", {"name": "helm", "email": "helm@example.com"}).status == 201
    )
    digest, _ = api.registry().push_manifest(
        "helm/etherpad",
        "0.1.0",
        layers=[
            {
                "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
                "digest": api.registry().push_blob("helm/etherpad", b"chart"),
                "size": 5,
            }
        ],
        annotations={"org.opencontainers.image.title": "etherpad"},
    )
    month_s = 30 * 86_400
    return {"digest": digest, "next month": str(int(time.time()) + month_s)}


def _replay(api: Api, fact: dict[str, Any], known: dict[str, str]) -> str | None:
    """What is different in our answer, or None."""
    path, body = fact["path"], json.dumps(fact["body"])
    body = body.replace('"{next month}"', known["next month"])
    for name, value in known.items():
        path, body = path.replace(f"{{{name}}}", value), body.replace(f"{{{name}}}", value)
    caller = api if fact["auth"] == "bearer" else api.anonymous()
    answer = caller(fact["method"], path, json.loads(body))
    is_json = not answer.text or answer.headers["content-type"].startswith("application/json")
    for name, place in fact.get("captures", {}).items():
        inner: Any = answer.json
        for key in place.split("."):
            inner = inner.get(key, {})
        known[name] = inner if isinstance(inner, str) else name
    if answer.status != fact["status"]:
        return f"status {answer.status} instead of {fact['status']}: {answer.text[:100]}"
    if not is_json or fact["answer"] == "html":
        return f"{answer.headers['content-type']} instead of HTML"
    if answer.status >= 400:
        missing = ERROR_KEYS - set(answer.json)
        return f"the refusal lacks {sorted(missing)}" if missing else None
    return _mismatch(fact["answer"], answer.json, "")


def _mismatch(expected: Any, actual: Any, place: str) -> str | None:
    """Where the shape of `actual` is not `expected`."""
    if expected in ("null", "document") or actual is None:
        return None
    if isinstance(expected, dict):
        return _mismatch_of_maps(expected, actual, place)
    if isinstance(expected, list):
        if not isinstance(actual, list):
            return f"{place} is no list"
        shapes = [_mismatch(expected[0], one, f"{place}[]") for one in actual if expected]
        return next((shape for shape in shapes if shape is not None), None)
    kinds = {"string": str, "number": (int, float), "boolean": bool}
    if not isinstance(actual, kinds[expected]):  # type: ignore[arg-type]
        return f"{place} is {actual!r} instead of a {expected}"
    return None


def _mismatch_of_maps(expected: dict[str, Any], actual: Any, place: str) -> str | None:
    if not isinstance(actual, dict):
        return f"{place} is no map"
    if place.rpartition(".")[2] in NAMED:
        value = next(iter(expected.values()), None)
        pairs = [(f"{place}.{key}", value, one) for key, one in actual.items() if value is not None]
        if place.endswith(("metadata", "config", "features", "oauth")):
            return None
    else:
        lacks = sorted(set(expected) - set(actual) - {"next_page"})
        adds = sorted(set(actual) - set(expected) - {"next_page"})
        if lacks or adds:
            return f"{place or 'the answer'} lacks {lacks} and adds {adds}"
        pairs = [(f"{place}.{key}", value, actual.get(key)) for key, value in expected.items()]
    found = (_mismatch(value, one, at) for at, value, one in pairs)
    return next((one for one in found if one is not None), None)
