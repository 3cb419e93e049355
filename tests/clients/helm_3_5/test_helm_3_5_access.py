"""Helm 3.5.4 and who may do what: logins, logouts, other users, trust, ports."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.clients.helm_3_5.chart_commands import CACHE, REF, helm_on, log_in, push_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry

pytestmark = BOTH_SCHEMES

PULL_DENIED = {
    "bearer": "Error: pull access denied, repository does not exist or may require "
    "authorization: server message: insufficient_scope: authorization failed\n",
    "basic": "Error: unexpected status code [manifests 0.0.4]: 401 Unauthorized\n",
}
REFUSED = "insufficient_scope: authorization failed|403 Forbidden"


def test_the_password_is_read_from_stdin(helm: Tool) -> None:
    done = helm("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)

    assert done.stdout == "Login succeeded\n"


def test_after_the_logout_a_private_chart_is_denied(
    logged_in: Tool, chart: Path, registry: Registry
) -> None:
    ref = push_chart(logged_in, chart, "private")

    assert logged_in("registry", "logout", QUAY_HOST).stdout == "Logout succeeded\n"
    denied = logged_in.fails("chart", "pull", ref)

    assert denied.stderr == PULL_DENIED[registry.scheme]


def test_after_the_logout_a_public_chart_can_be_pulled(
    logged_in: Tool, chart: Path, registry: Registry
) -> None:
    ref = push_chart(logged_in, chart, "public")
    registry.make_public("helm/public")

    logged_in("registry", "logout", QUAY_HOST)
    logged_in("chart", "rm", ref)
    pulled = logged_in("chart", "pull", ref)

    assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"


def test_a_user_without_rights_can_neither_pull_nor_push(
    logged_in: Tool, chart: Path, registry: Registry, new_machine: Callable[..., Machine]
) -> None:
    ref = push_chart(logged_in, chart, "guarded")
    registry.create_user("mallory", "mallory's-password")
    other = helm_on(new_machine("other"))
    login = ("registry", "login", QUAY_HOST, "-u", "mallory", "--password-stdin")
    other(*login, stdin="mallory's-password")
    other("chart", "save", str(chart), ref)

    assert re.search(REFUSED, other.fails("chart", "push", ref).stderr)
    assert re.search(REFUSED, other.fails("chart", "pull", ref).stderr)


def test_an_unknown_ca_is_refused(distrusting_machine: Machine) -> None:
    """Unless the login is told to be insecure, which pull and push cannot be."""
    helm = helm_on(distrusting_machine)
    unknown = "x509: certificate signed by unknown authority"
    login = ("registry", "login", QUAY_HOST, "-u", USER, "-p", PASSWORD)

    assert helm.fails(*login).stderr.endswith(f'Error: Get "https://{QUAY_HOST}/v2/": {unknown}\n')
    assert helm(*login, "--insecure").stdout == "Login succeeded\n"
    pull = helm.fails("chart", "pull", REF)

    assert pull.stderr.startswith("Error: failed to do request: Head")
    assert unknown in pull.stderr


def test_the_client_works_on_another_port(registry: Registry, helm: Tool, chart: Path) -> None:
    """The port belongs to the host."""
    host = registry.also_listen()
    log_in(helm, host)

    ref = push_chart(helm, chart, "port", host)
    shutil.rmtree(helm.machine.home / CACHE)
    pulled = helm("chart", "pull", ref)

    assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"
