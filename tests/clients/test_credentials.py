"""skopeo, Helm 4 and podman with a robot, an app token and an OAuth token instead of a password."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.clients.charts import write_chart
from tests.clients.images import write_layout
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.podman import storage_of
from tests.clients.registry import USER, Authority, Registry

KINDS = ("robot", "app", "oauth")


@dataclass(frozen=True, slots=True)
class Api:
    """The management API, as a script calls it: with curl and a token from the command line."""

    curl: Tool
    token: str

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        done = self.curl(
            *("--silent", "--fail-with-body", "--request", method),
            *("--header", f"Authorization: Bearer {self.token}"),
            *("--header", "Content-Type: application/json"),
            *(("--data", json.dumps(body)) if body is not None else ()),
            f"https://{QUAY_HOST}/api/v1{path}",
        )
        return json.loads(done.stdout) if done.stdout else None


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("tokens")


@pytest.fixture
def api(registry: Registry, new_machine: Callable[..., Machine], authority: Authority) -> Api:
    scopes = [f"--scope={one}" for one in ("org:admin", "user:admin", "user:read")]
    token = registry.admin("token", "create", "--user", USER, *scopes).strip()
    curl = new_machine("script").tool("curl", "--cacert", str(authority.ca))
    return Api(curl, token)


@pytest.fixture(params=KINDS)
def login(request: pytest.FixtureRequest, registry: Registry, api: Api) -> tuple[str, str]:
    """A user name and a password that may push to and pull from the organization."""
    if request.param == "app":
        made = api("POST", "/user/apptoken", {"title": "a machine"})
        return "$app", made["token"]["token_code"]
    if request.param == "oauth":
        scopes = [f"--scope=repo:{one}" for one in ("create", "read", "write")]
        return "$oauthtoken", registry.admin("token", "create", "--user", USER, *scopes).strip()
    api("PUT", "/organization/tokens/team/builders", {"role": "creator"})
    robots = api("GET", "/organization/tokens/robots")["robots"]
    if not robots:
        robots = [api("PUT", "/organization/tokens/robots/ci", {})]
    api("PUT", "/organization/tokens/team/builders/members/tokens+ci")
    return robots[0]["name"], robots[0]["token"]


def test_skopeo_copies_there_and_back(machine: Machine, login: tuple[str, str]) -> None:
    user, password = login
    skopeo = machine.tool("skopeo", REGISTRY_AUTH_FILE=str(machine.home / "auth.json"))
    image = write_layout(machine.work / "image")
    there = f"docker://{QUAY_HOST}/tokens/skopeo-{_word(user)}:1.0"

    skopeo("login", QUAY_HOST, "-u", user, "--password-stdin", stdin=password)
    skopeo("copy", image.reference, there)
    skopeo("copy", there, "oci:back:1.0")

    assert (machine.work / "back" / "index.json").exists()


def test_helm_pushes_and_pulls(machine: Machine, login: tuple[str, str]) -> None:
    user, password = login
    helm, name = machine.tool("helm-4.3.1"), f"chart-{_word(user)}"
    helm("package", write_chart(machine.home, name, "1.0.0"), "-d", ".")

    helm("registry", "login", QUAY_HOST, "-u", user, "--password-stdin", stdin=password)
    helm("push", f"{name}-1.0.0.tgz", f"oci://{QUAY_HOST}/tokens")
    pulled = helm("pull", f"oci://{QUAY_HOST}/tokens/{name}", "--version", "1.0.0")

    assert "Digest: sha256:" in pulled.stdout


def test_podman_pushes_and_pulls(machine: Machine, login: tuple[str, str]) -> None:
    user, password = login
    auth = str(machine.home / "auth.json")
    podman = machine.tool("podman", *storage_of(machine), REGISTRY_AUTH_FILE=auth)
    (machine.work / "Containerfile").write_text("FROM scratch\nCOPY Containerfile /\n")
    there = f"{QUAY_HOST}/tokens/podman-{_word(user)}:1.0"

    podman("login", QUAY_HOST, "-u", user, "--password-stdin", stdin=password)
    podman("build", "--tag", there, ".")
    podman("push", there)
    podman("rmi", there)
    podman("pull", there)


def test_a_revoked_token_no_longer_logs_in(machine: Machine, api: Api) -> None:
    skopeo = machine.tool("skopeo", REGISTRY_AUTH_FILE=str(machine.home / "auth.json"))
    made = api("POST", "/user/apptoken", {"title": "lost"})["token"]
    login = ("login", QUAY_HOST, "-u", "$app", "--password-stdin")
    skopeo(*login, stdin=made["token_code"])

    api("DELETE", f"/user/apptoken/{made['uuid']}")
    refused = skopeo.fails(*login, stdin=made["token_code"])

    assert "invalid username/password" in refused.stderr


def _word(user: str) -> str:
    """A user name as a part of a repository's name."""
    return user.strip("$").replace("+", "-")
