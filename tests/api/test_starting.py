"""What is there when a registry starts: given tokens and passwords, keys that replicas share."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import Api
from tests.conftest import DATABASES
from tests.postgres_server import new_database
from tests.server import MOORAGE, PASSWORD, environment_of, free_port, running_server

TOKEN = "a-token-from-a-mounted-secret-0123456789"


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "sqlite":
        return {}
    return {"DB_URI": new_database(request.getfixturevalue("postgres"))}


def test_a_mounted_token_is_good_from_the_first_start_until_it_is_taken_away(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN + "\n")
    data = tmp_path / "data"
    given = settings | {"BOOTSTRAP_TOKEN_FILE": str(secret), "BOOTSTRAP_TOKEN_OWNER": "robotics"}

    with running_server(data, given, workers=2) as server:
        api = Api(server, data, given, TOKEN)
        user = api("GET", "/user/").json
        made = api("POST", "/organization/", {"name": "acme"})
    with running_server(data, given | {"BOOTSTRAP_TOKEN_SCOPE": "user:read"}) as server:
        weak = Api(server, data, given, TOKEN)("POST", "/organization/", {"name": "more"})
    with running_server(data, settings) as server:
        gone = Api(server, data, settings, TOKEN)("GET", "/user/")

    assert (user["username"], user["super_user"], made.status) == ("robotics", True, 201)
    assert (weak.status, gone.status) == (403, 401)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("BOOTSTRAP_TOKEN", "short", "at least 40 characters"),
        ("BOOTSTRAP_TOKEN_FILE", "/does/not/exist", "/does/not/exist cannot be read"),
        ("BOOTSTRAP_TOKEN_SCOPE", "repo:everything", "repo:everything is unknown"),
        ("BOOTSTRAP_TOKEN_OWNER", "nobody", "there is no user nobody"),
    ],
)
def test_a_token_that_cannot_be_used_keeps_the_server_from_starting(
    tmp_path: Path, key: str, value: str, told: str
) -> None:
    if key == "BOOTSTRAP_TOKEN_OWNER":  # who is made on an empty database
        with running_server(tmp_path):
            pass
    given = {"BOOTSTRAP_TOKEN": TOKEN} if key.endswith(("SCOPE", "OWNER")) else {}

    done = subprocess.run(
        [MOORAGE, "serve", "--data", tmp_path, "--port", str(free_port())],
        env=environment_of(given | {key: value}),
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode != 0
    assert key in done.stderr
    assert told in done.stderr + done.stdout
    assert TOKEN not in done.stderr


@pytest.mark.skipif("postgres" not in DATABASES, reason="needs PostgreSQL")
def test_replicas_without_keys_read_each_others_tokens(tmp_path: Path, postgres: str) -> None:
    settings = {"DB_URI": new_database(postgres)}
    folders = [tmp_path / name for name in ("first", "second", "third")]
    with (
        running_server(folders[0], settings) as first,
        running_server(folders[1], settings) as second,
    ):
        one = Api(first, folders[0], settings).acting_as("admin")
        other = Api(second, folders[1], settings, one.token)
        made = one("PUT", "/user/robots/ci", {}).json["token"]
        one("PUT", "/user/robots/more", {})
        shown = other("GET", "/user/robots/ci").json["token"]
        following = one("GET", "/user/robots?limit=1").json["next_page"]
        page = other("GET", f"/user/robots?limit=1&next_page={following}")
    keyed = settings | {"DATABASE_SECRET_KEY": "a key that was set later"}
    with running_server(folders[2], keyed) as third:
        later = Api(third, folders[2], keyed, one.token)
        still = later("GET", "/user/robots/ci").json["token"]
        renewed = later("POST", "/user/robots/ci/regenerate").status

    assert shown == still == made
    assert (page.status, renewed) == (200, 200)
    assert not any((folder / "secret.key").exists() for folder in folders)


def test_the_first_password_may_lie_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("a password from a file\n")

    with running_server(tmp_path / "data", {"ADMIN_PASSWORD_FILE": str(secret)}) as server:
        api = Api(server, tmp_path / "data", {})
        from_file = api.registry("admin", "a password from a file")("GET", "/v2/").status
        other = api.registry("admin", PASSWORD)("GET", "/v2/").status

    assert (from_file, other) == (200, 401)
