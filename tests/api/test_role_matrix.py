"""Every role against every operation, over HTTP: the table is the rule.

The columns: nobody; a stranger with an account; a member of a team without rights; a member of a
creators' team; users with the role read, write and admin in the repository; an owner of the
organization; a superuser; a read-only superuser; and the owner with a token for repo:read alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.conftest import Api, started
from tests.conftest import DATABASES

ROLES = "nobody stranger member creator reader writer admin owner super audit scoped".split()
DIGEST = "sha256:" + "0" * 64

# method, path, body, then the expected statuses in the order of ROLES.
TABLE = """
GET    /user/                                        401 200 200 200 200 200 200 200 200 200 403
GET    /organization/acme                            200 200 200 200 200 200 200 200 200 200 200
GET    /organization/hidden                          404 404 404 404 404 404 404 200 200 200 200
GET    /organization/missing                         404 404 404 404 404 404 404 404 404 404 404
PUT    /organization/acme                            401 403 403 403 403 403 403 200 403 403 403
GET    /organization/acme/members                    401 403 403 403 403 403 403 200 403 403 403
GET    /organization/acme/collaborators              401 403 403 403 403 403 403 200 403 403 403
GET    /organization/hidden/members                  401 403 403 403 403 403 403 200 403 403 403
GET    /organization/missing/members                 401 403 403 403 403 403 403 403 404 404 403
PUT    /organization/hidden/team/spare               401 403 403 403 403 403 403 200 403 403 403
PUT    /organization/missing/team/spare              401 403 403 403 403 403 403 403 404 404 403
DELETE /organization/acme/members/nobody             401 403 403 403 403 403 403 404 403 403 403
GET    /organization/acme/team                       401 403 403 403 403 403 403 200 403 403 403
PUT    /organization/acme/team/spare                 401 403 403 403 403 403 403 200 403 403 403
GET    /organization/acme/team/members/members       401 403 200 404 403 403 403 200 403 200 403
PUT    /organization/acme/team/spare/members/robot   401 403 403 403 403 403 403 400 403 403 403
DELETE /organization/acme/team/nope                  401 403 403 403 403 403 403 404 403 403 403
GET    /organization/acme/robots                     401 403 403 403 403 403 403 200 403 403 403
GET    /organization/acme/robots/ci                  401 403 403 403 403 403 403 200 403 403 403
GET    /organization/acme/robots/ci/permissions      401 403 403 403 403 403 403 200 403 403 403
POST   /organization/acme/robots/spare/regenerate    401 403 403 403 403 403 403 400 403 403 403
DELETE /organization/acme/robots/spare               401 403 403 403 403 403 403 400 403 403 403
GET    /organization/acme/prototypes                 401 403 403 403 403 403 403 200 403 403 403
POST   /organization/acme/prototypes                 401 403 403 403 403 403 403 400 403 403 403
GET    /organization/acme/applications               401 403 403 403 403 403 403 200 403 403 403
GET    /organization/acme/applications/NOPE/tokens   401 403 403 403 403 403 403 404 403 403 403
GET    /organization/acme/logs                       401 403 403 403 403 403 403 200 403 403 403
GET    /organization/acme/aggregatelogs              401 403 403 403 403 403 403 200 403 403 403
GET    /repository/acme/private                      401 403 403 403 200 200 200 200 403 200 200
GET    /repository/acme/missing                      401 403 403 404 403 403 403 404 403 403 404
GET    /repository/acme/public                       200 200 200 200 200 200 200 200 200 200 200
GET    /repository?namespace=acme                    200 200 200 200 200 200 200 200 200 200 200
PUT    /repository/acme/private                      401 403 403 403 403 200 200 200 403 403 403
PUT    /repository/acme/public                       401 403 403 403 403 403 403 200 403 403 403
POST   /repository/acme/private/changevisibility     401 403 403 403 403 403 200 200 403 403 403
PUT    /repository/acme/private/changestate          401 403 403 403 403 403 200 200 403 403 403
GET    /repository/acme/private/tag/                 401 403 403 403 200 200 200 200 403 200 200
PUT    /repository/acme/private/tag/new              401 403 403 403 403 404 404 404 403 403 403
DELETE /repository/acme/private/tag/nope             401 403 403 403 403 404 404 404 403 403 403
POST   /repository/acme/private/tag/nope/restore     401 403 403 403 403 404 404 404 403 403 403
GET    /repository/acme/private/manifest/DIGEST      401 403 403 403 404 404 404 404 403 404 404
POST   /repository/acme/private/manifest/DIGEST/labels 401 403 403 403 403 404 404 404 403 403 403
GET    /repository/acme/private/permissions/user/    401 403 403 403 403 403 200 200 403 403 403
PUT    /repository/acme/private/permissions/user/reader 401 403 403 403 403 403 200 200 403 403 403
GET    /repository/acme/private/permissions/team/    401 403 403 403 403 403 200 200 403 403 403
DELETE /repository/acme/private/permissions/team/nope 401 403 403 403 403 403 400 400 403 403 403
GET    /repository/acme/private/logs                 401 403 403 403 403 403 200 200 403 403 403
DELETE /repository/acme/missing                      401 403 403 404 403 403 403 404 403 403 404
POST   /user/starred                                 401 403 403 403 201 201 201 201 403 201 403
GET    /superuser/users/                             401 403 403 403 403 403 403 403 200 200 403
GET    /superuser/users/reader                       401 403 403 403 403 403 403 403 200 200 403
PUT    /superuser/users/reader                       401 403 403 403 403 403 403 403 200 403 403
GET    /superuser/organizations/                     401 403 403 403 403 403 403 403 200 200 403
PUT    /superuser/organizations/acme                 401 403 403 403 403 403 403 403 200 403 403
DELETE /superuser/organizations/nope                 401 403 403 403 403 403 403 403 404 403 403
GET    /superuser/logs                               401 403 403 403 403 403 403 403 200 200 403
DELETE /message/nope                                 401 403 403 403 403 403 403 403 404 403 403
GET    /v2/acme/private/tags/list                    401 403 404 404 200 200 200 200 403 200 -
GET    /v2/acme/missing/tags/list                    401 403 404 404 403 403 403 404 403 403 -
GET    /v2/acme/public/tags/list                     200 200 200 200 200 200 200 200 200 200 -
POST   /v2/acme/private/blobs/uploads/               401 403 404 404 403 202 202 202 403 403 -
POST   /v2/acme/public/blobs/uploads/                401 403 403 403 403 403 403 202 403 403 -
DELETE /v2/acme/private/manifests/nope               401 403 404 404 403 404 404 404 403 403 -
POST   /v2/nowhere/at-all/blobs/uploads/             401 403 403 403 403 403 403 403 403 403 -
"""

BODIES: dict[str, Any] = {
    "PUT /organization/acme": {"email": "acme@example.com"},
    **{
        f"PUT /organization/{organization}/team/spare": {"role": "member"}
        for organization in ("acme", "hidden", "missing")
    },
    "POST /organization/acme/prototypes": {
        "role": "read",
        "delegate": {"name": "nope", "kind": "team"},
    },
    "PUT /repository/acme/private": {"description": "d"},
    "PUT /repository/acme/public": {"description": "d"},
    "POST /repository/acme/private/changevisibility": {"visibility": "private"},
    "PUT /repository/acme/private/changestate": {"state": "NORMAL"},
    "PUT /repository/acme/private/tag/new": {"manifest_digest": DIGEST},
    "POST /repository/acme/private/tag/nope/restore": {"manifest_digest": DIGEST},
    "POST /repository/acme/private/manifest/DIGEST/labels": {
        "key": "a",
        "value": "b",
        "media_type": None,
    },
    "PUT /repository/acme/private/permissions/user/reader": {"role": "read"},
    "POST /user/starred": {"namespace": "acme", "repository": "private"},
    "PUT /superuser/users/reader": {"email": "reader@example.com"},
    "PUT /superuser/organizations/acme": {"email": "acme@example.com"},
}
ROWS = [line.split() for line in TABLE.strip().splitlines()]


@pytest.fixture(scope="module", params=DATABASES)
def callers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Api]]:
    """One client for each role; an organization with a private and a public repository, and
    one with nothing public."""
    settings = {"GLOBAL_READONLY_SUPER_USERS": "audit"}
    for api in started(request, tmp_path_factory, settings):
        people = [role for role in ROLES if role not in ("nobody", "super", "scoped", "admin")]
        for name in [*people, "keeper"]:
            api.make_user(name)
        found = {name: api.acting_as(name) for name in people}
        # The first user is called admin and is a superuser: the repository's admin is `keeper`.
        found |= {"nobody": api.anonymous(), "super": api, "admin": api.acting_as("keeper")}
        found["scoped"] = api.acting_as("owner", "repo:read")
        _prepare(found["owner"])
        yield found


def _prepare(owner: Api) -> None:
    def made(method: str, path: str, body: Any = None) -> None:
        answer = owner(method, path, body)
        assert answer.status in (200, 201), answer

    made("POST", "/organization/", {"name": "acme", "email": ""})
    made("POST", "/organization/", {"name": "hidden", "email": ""})
    hidden = {"namespace": "hidden", "repository": "private", "visibility": "private"}
    made("POST", "/repository", hidden | {"description": ""})
    for team, role in (("members", "member"), ("creators", "creator"), ("spare", "member")):
        made("PUT", f"/organization/acme/team/{team}", {"role": role})
    made("PUT", "/organization/acme/team/members/members/member")
    made("PUT", "/organization/acme/team/creators/members/creator")
    made("PUT", "/organization/acme/robots/ci", {})
    for name in ("private", "public"):
        body = {"namespace": "acme", "repository": name, "visibility": name, "description": ""}
        made("POST", "/repository", body)
    for user, role in (("reader", "read"), ("writer", "write"), ("keeper", "admin")):
        path = f"/repository/acme/private/permissions/user/{user}"
        made("PUT", path, {"role": role})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}")
def test_every_role_may_do_what_the_table_says(callers: dict[str, Api], row: list[str]) -> None:
    method, path, *expected = row

    found = [_status(callers[role], role, method, path) for role in ROLES]

    assert dict(zip(ROLES, found, strict=True)) == dict(zip(ROLES, expected, strict=True))


def test_a_search_names_organizations_only_to_those_who_know_them(callers: dict[str, Api]) -> None:
    found = {}
    for role in ("stranger", "reader", "owner", "super", "audit"):
        by_prefix = callers[role]("GET", "/entities/hid?includeOrgs=true").json["results"]
        by_word = callers[role]("GET", "/find/all?query=hid").json["results"]
        organizations = [one for one in by_word if one["kind"] == "organization"]
        found[role] = ([one["name"] for one in by_prefix], [one["name"] for one in organizations])
    public = callers["stranger"]("GET", "/entities/acm?includeOrgs=true").json["results"]

    known = (["hidden"], ["hidden"])
    assert {role for role, names in found.items() if names == known} == {"owner", "super", "audit"}
    assert {role for role, names in found.items() if names == ([], [])} == {"stranger", "reader"}
    assert [one["name"] for one in public] == ["acme"]


def _status(api: Api, role: str, method: str, path: str) -> str:
    if path.startswith("/v2"):
        if role == "scoped":
            return "-"
        names = {"super": "admin", "admin": "keeper"}
        client = api.registry(names.get(role, role))
        return str((client.anonymous() if role == "nobody" else client)(method, path).status)
    body = BODIES.get(f"{method} {path}")
    return str(api(method, path.replace("DIGEST", DIGEST), body).status)
