"""Logins and tokens, against a registry that speaks each dialect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.remote.fault_registry import BASIC, PASSWORD, USER, Fault, fault_registry
from tests.remote.person import Person

LOGIN = ("-u", USER, "--password-stdin")


@pytest.fixture
def moorage(tmp_path: Path) -> Person:
    return Person.new(tmp_path)


@pytest.mark.parametrize("refuses_get", [False, True], ids=["GET", "POST"])
@pytest.mark.parametrize("gives_refresh_token", [False, True], ids=["password", "refresh"])
def test_a_chart_is_pushed_and_pulled_with_tokens(
    moorage: Person, refuses_get: bool, gives_refresh_token: bool
) -> None:
    with fault_registry(
        scheme="bearer", refuses_get=refuses_get, gives_refresh_token=gives_refresh_token
    ) as registry:
        done = moorage("registry", "login", registry.host, *LOGIN, stdin=f"{PASSWORD}\n")
        assert done.stdout == "Login succeeded\n"
        archive = moorage.new_archive()

        moorage("push", archive, f"oci://{registry.host}/a")
        (moorage.work / archive).unlink()
        moorage("pull", f"oci://{registry.host}/a/demo", "--version", "1.2.3")

        assert (moorage.work / archive).is_file()
        for one in registry.requests("GET", "/v2/") + registry.requests("PUT", "/v2/"):
            assert one.headers.get("authorization") in (None, "Bearer good")


def test_a_refresh_token_is_kept_instead_of_the_password(moorage: Person) -> None:
    with fault_registry(scheme="bearer", gives_refresh_token=True) as registry:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD)

    for name in ("registry.json", "registry/config.json"):
        path = moorage.home / ".config/helm" / name
        kept = json.loads(path.read_text())["auths"][registry.host]
        assert kept == {"identitytoken": "refresh"}
        assert path.stat().st_mode & 0o777 == 0o600


def test_basic_needs_no_token(moorage: Person) -> None:
    with fault_registry(scheme="basic") as registry:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD)
        moorage("push", moorage.new_archive(), f"oci://{registry.host}/a")

        assert registry.manifests["1.2.3"]
        assert registry.requests("GET", "/token") == []


@pytest.mark.parametrize(
    "style",
    [
        'bearer realm="{realm}"',
        'Bearer realm="{realm}" , service="x",  scope="{scope}"',
        'Basic realm="x", Bearer realm="{realm}",service="x"',
        'Bearer realm="{realm}",service="x", Basic realm="x"',
    ],
)
def test_a_challenge_is_understood_however_it_is_written(moorage: Person, style: str) -> None:
    with fault_registry(scheme="bearer", challenge_style=style) as registry:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD)


def test_a_wrong_password_shows_the_servers_message(moorage: Person) -> None:
    with fault_registry(scheme="bearer") as registry:
        done = moorage.fails("registry", "login", registry.host, *LOGIN, stdin="wrong")

    first, hint = done.stderr.splitlines()
    assert first == f'Error: Get "http://{registry.host}/v2/": unauthorized: bad credentials'
    assert "password" in hint
    assert not (moorage.home / ".config").exists()


def test_without_a_login_the_error_says_how_to_log_in(moorage: Person) -> None:
    with fault_registry(scheme="basic") as registry:
        done = moorage.fails("pull", f"oci://{registry.host}/a/demo:1.0.0")

    assert f"moorage registry login {registry.host}" in done.stderr


def test_no_credentials_go_to_a_token_service_without_tls(moorage: Person, tmp_path: Path) -> None:
    """The registry is behind TLS; the realm that it names is not."""
    from tests.remote.test_transport import tls_pair

    context, ca = tls_pair(tmp_path)
    with fault_registry() as plain:
        style = f'Bearer realm="http://{plain.host}/token"'
        with fault_registry(context, scheme="bearer", challenge_style=style) as registry:
            login = ("registry", "login", registry.host, *LOGIN, "--ca-file", ca)
            done = moorage.fails(*login, stdin=PASSWORD)

        assert "no credentials were sent" in done.stderr
        assert plain.seen == []


def test_a_logout_forgets(moorage: Person) -> None:
    with fault_registry(scheme="basic") as registry:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD)

        assert moorage("registry", "logout", registry.host).stdout == "Logout succeeded\n"
        again = moorage("registry", "logout", registry.host)
        moorage.fails("pull", f"oci://{registry.host}/a/demo:1.0.0")

    assert again.stdout == f"Not logged in to {registry.host}\n"


def test_dockers_and_podmans_credentials_are_found(moorage: Person) -> None:
    auth = BASIC.removeprefix("Basic ")
    for name in (".docker/config.json", ".config/containers/auth.json"):
        with fault_registry(scheme="basic") as registry:
            path = moorage.home / name
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps({"auths": {registry.host: {"auth": auth}}}))

            moorage("push", moorage.new_archive(), f"oci://{registry.host}/a")


def test_a_credential_helper_is_asked_and_told(moorage: Person, tmp_path: Path) -> None:
    """docker-credential-test keeps what it is told in a file; ours holds no secret then."""
    programs = tmp_path / "bin"
    programs.mkdir()
    helper = programs / "docker-credential-test"
    helper.write_text(
        '#!/bin/sh\ncase $1 in\nstore) cat > "$HOME/stored";;\n'
        'get) cat > /dev/null; cat "$HOME/stored";;\nerase) rm "$HOME/stored";;\nesac\n'
    )
    helper.chmod(0o755)
    config = moorage.home / ".config/helm/registry.json"
    config.parent.mkdir(parents=True)
    config.write_text('{"credsStore": "test"}')
    named = {"HELM_REGISTRY_CONFIG": str(config), "PATH": f"{programs}:/usr/bin:/bin"}
    with fault_registry(scheme="basic") as registry:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD, **named)
        moorage("push", moorage.new_archive(), f"oci://{registry.host}/a", **named)

        assert json.loads((moorage.home / "stored").read_text())["Secret"] == PASSWORD
        assert PASSWORD not in config.read_text() and BASIC[6:] not in config.read_text()
        moorage("registry", "logout", registry.host, **named)

    assert not (moorage.home / "stored").exists()


def test_a_login_that_lacks_the_right_is_told_so(moorage: Person) -> None:
    with fault_registry(scheme="basic") as registry:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD)
        registry.faults.append(Fault("POST", "/uploads", 403))

        done = moorage.fails("push", moorage.new_archive(), f"oci://{registry.host}/a")

    assert "injected" in done.stderr
    assert f"{USER} lacks the right" in done.stderr


def test_hosts_are_named_without_scheme_and_path(moorage: Person) -> None:
    for host in ("oci://registry.test", "https://registry.test/", "registry.test/helm"):
        done = moorage.fails("registry", "login", host, *LOGIN, stdin=PASSWORD)

        assert done.stderr.startswith(f'Error: invalid reference: invalid registry "{host}"')
        assert "registry.test\n" in done.stderr
