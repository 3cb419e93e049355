"""Helm 3.8.1 and 4.3.1: logins, logouts, other users, trust, ports, busy servers."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.clients.helm_oci.place import (
    Place,
    digest_in,
    log_in,
    package_chart,
    pull_chart,
    push_chart,
)
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.proxy import running_proxy
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry, tree_of

pytestmark = BOTH_SCHEMES

REFUSED = "insufficient_scope: authorization failed|401|403|basic credential not found"
UNKNOWN_CA = "x509: certificate signed by unknown authority"


def test_a_push_before_the_login_is_refused(helm: Tool, place: Place) -> None:
    refused = helm.fails("push", package_chart(helm, "etherpad", "0.0.4"), place.url)

    assert re.search(REFUSED, refused.stderr), refused


def test_a_wrong_password_shows_the_servers_message(helm: Tool, registry: Registry) -> None:
    """With Basic the older client shows the status only."""
    login = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")

    refused = helm.fails(*login, stdin="wrong-password").stderr.strip()

    if helm.command == ("helm-3.8.1",) and registry.scheme == "basic":
        assert refused.endswith("failed with status: 401 Unauthorized")
    else:
        assert refused.endswith("unauthorized: Invalid Username or Password")


def test_a_private_chart_is_denied_after_the_logout(
    logged_in: Tool, place: Place, registry: Registry
) -> None:
    """Until it is made public."""
    digest = push_chart(logged_in, place, "0.0.4")

    logged_in("registry", "logout", QUAY_HOST)
    denied = logged_in.fails("pull", place.chart(), "--version", "0.0.4")
    registry.make_public(place.repository)
    pulled = pull_chart(logged_in, place)

    assert re.search(REFUSED, denied.stderr), denied
    assert digest_in(pulled) == digest


def test_a_user_without_rights_can_neither_pull_nor_push(
    logged_in: Tool,
    place: Place,
    registry: Registry,
    new_machine: Callable[..., Machine],
) -> None:
    push_chart(logged_in, place, "0.0.4")
    name = f"mallory-{logged_in.command[0].replace('.', '-')}"
    registry.create_user(name, "mallory's-password")
    other = new_machine("other").tool(*logged_in.command)
    login = ("registry", "login", QUAY_HOST, "-u", name, "--password-stdin")
    other(*login, stdin="mallory's-password")

    pull = other.fails("pull", place.chart(), "--version", "0.0.4")
    push = other.fails("push", package_chart(other, "etherpad", "0.0.5"), place.url)

    assert re.search(REFUSED, pull.stderr), pull
    assert re.search(REFUSED, push.stderr), push


def test_an_unknown_ca_is_refused(distrusting_machine: Machine, helm: Tool) -> None:
    distrusting = distrusting_machine.tool(*helm.command)
    login = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")

    refused = distrusting.fails(*login, stdin=PASSWORD)
    pull = distrusting.fails("pull", f"oci://{QUAY_HOST}/charts/any", "--version", "1.0.0")

    assert UNKNOWN_CA in refused.stderr
    assert UNKNOWN_CA in pull.stderr


def test_the_client_works_on_another_port(registry: Registry, helm: Tool, place: Place) -> None:
    """The port belongs to the host."""
    host = registry.also_listen()
    log_in(helm, host)
    there = place.seen_by(host)

    digest = push_chart(helm, there, "0.0.4")

    assert digest_in(pull_chart(helm, there)) == digest


def test_a_busy_server_is_asked_again(logged_in: Tool, place: Place, registry: Registry) -> None:
    """Every request of a pull by version gets 429 twice."""
    push_chart(logged_in, place, "0.0.4")

    with running_proxy(registry, logged_in.machine.home.parent, status=429, times=2) as proxy:
        log_in(logged_in, proxy.host)
        pull_chart(logged_in, place.seen_by(proxy.host), "--version", "0.0.4")

        assert tree_of(logged_in.machine.work) == ["etherpad-0.0.4.tgz"]
        refused = f" /v2/{place.repository}/manifests/0.0.4 429"
        assert sum(request.endswith(refused) for request in proxy.requests()) == 2
