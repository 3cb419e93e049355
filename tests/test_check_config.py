"""`moorage check-config` and the start: every problem at once, with what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moorage.settings import Settings

MOORAGE = Path(sys.executable).parent / "moorage"
DOCS = Path(__file__).parents[1] / "docs"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([MOORAGE, *command], capture_output=True, text=True, check=False)


def check(folder: Path, text: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
    (folder / "config.yaml").write_text(text)
    return run("check-config", folder, *more)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('FEATURE_USER_CREATION: "true"', 'FEATURE_USER_CREATION: expected boolean, got string "t'),
        ("V2_PAGINATION_SIZE: '50'", 'V2_PAGINATION_SIZE: expected integer, got string "50"'),
        ("SUPER_USERS: admin", 'SUPER_USERS: expected list, got string "admin"'),
        ("SUPER_USERS: [admin, 5]", "SUPER_USERS[1]: expected string, got integer 5"),
        ("AUTHENTICATION_TYPE: LDAP", "AUTHENTICATION_TYPE: expected 'Database', got string"),
        ("DEFAULT_TAG_EXPIRATION: 3w", "DEFAULT_TAG_EXPIRATION: got 1814400 seconds, expected one"),
        ("DEFAULT_TAG_EXPIRATION: soon", "DEFAULT_TAG_EXPIRATION: got 'soon', expected a number"),
        ("SERVER_HOSTNAME: https://a/b", "SERVER_HOSTNAME: got 'https://a/b', expected host"),
        ("SETUP_COMPLETE: yes please", "SETUP_COMPLETE: expected boolean, got string"),
        (
            "DISTRIBUTED_STORAGE_CONFIG: {a: []}\nUSERFILES_LOCATION: b",
            'USERFILES_LOCATION: got "b", expected one of DISTRIBUTED_STORAGE_CONFIG: a',
        ),
        ("SERVER_HOSTNAME: [", "is not YAML"),
    ],
)
def test_a_wrong_value_is_an_error_with_its_path(tmp_path: Path, text: str, message: str) -> None:
    done = check(tmp_path, text)

    assert done.returncode == 1
    assert message in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("FEATURE_PROXY_CASHE: true", "did you mean FEATURE_PROXY_CACHE?"),
        ("super_users: [a]", "unknown key super_users: did you mean SUPER_USERS?"),
        ("BUILDLOGS_REDIS: {prot: 1}", "BUILDLOGS_REDIS.prot: did you mean BUILDLOGS_REDIS.port?"),
        ("FEATURE_PROXY_CACHE: true", "FEATURE_PROXY_CACHE is on, but proxy caches are not there"),
        ("SETUP_COMPLETE: true", "known keys of Quay without effect here: SETUP_COMPLETE"),
    ],
)
def test_what_is_not_acted_on_is_said_and_does_not_stop(
    tmp_path: Path, text: str, message: str
) -> None:
    done = check(tmp_path, text)

    assert done.returncode == 0
    assert message in done.stdout


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    done = check(tmp_path, "SUPER_USERS: admin\nDISABLE_PUSHES: 1\nDEFAULT_TAG_EXPIRATION: 3w\n")

    assert done.stdout.count("error: ") == 3


def test_a_secret_is_never_shown(tmp_path: Path) -> None:
    done = check(tmp_path, "DATABASE_SECRET_KEY: 4711\nMAIL_PASSWORD: 4712\n")

    assert "DATABASE_SECRET_KEY: expected string, got integer" in done.stdout
    assert "471" not in done.stdout


def test_a_problem_comes_with_its_line(tmp_path: Path) -> None:
    text = "REGISTRY_TITLE: x\nDISTRIBUTED_STORAGE_CONFIG:\n  default:\n  - S3Storage\n"
    done = check(tmp_path, f"{text}  - s3_bucket: b\n    port: '443'\nFEATURE_PROXY_CASHE: true\n")

    assert "line 7: unknown key FEATURE_PROXY_CASHE" in done.stdout
    assert (
        "error: line 6: DISTRIBUTED_STORAGE_CONFIG.default[1].port: expected integer" in done.stdout
    )


def test_text_that_is_no_yaml_is_placed_and_not_quoted(tmp_path: Path) -> None:
    done = check(tmp_path, "REGISTRY_TITLE: x\nMAIL_PASSWORD: hidden: hidden\n")

    assert "config.yaml line 2, column 22 is not YAML" in done.stderr
    assert "hidden" not in done.stdout + done.stderr


def test_the_server_does_not_start_on_an_error_and_says_the_same(tmp_path: Path) -> None:
    text = "SUPER_USERS: admin\nV2_PAGINATION_SIZE: '50'\n"
    said = check(tmp_path, text).stdout.replace("error: ", "").strip()

    started = run("serve", "--config", tmp_path, "--data", tmp_path / "data")

    assert started.returncode == 2
    assert said in started.stderr


def test_https_needs_a_certificate_or_a_proxy_that_has_one(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("PREFERRED_URL_SCHEME: https\n")

    started = run("serve", "--config", tmp_path, "--data", tmp_path / "data")

    assert started.returncode == 2
    assert "ssl.cert and ssl.key" in started.stderr


def test_online_tries_database_and_storage(tmp_path: Path) -> None:
    unreachable = "DB_URI: postgresql://nobody:hidden@127.0.0.1:1/none\n"

    good = check(tmp_path, "REGISTRY_TITLE: x\n", "--online", "--data", tmp_path / "data")
    bad = check(tmp_path, unreachable, "--online", "--data", tmp_path / "data")

    assert (good.returncode, bad.returncode) == (0, 1)
    assert "database: answers\nstorage: answers" in good.stdout
    assert "database: error" in bad.stdout
    assert "hidden" not in bad.stdout


def test_the_published_schema_is_that_of_the_settings() -> None:
    published = json.loads((DOCS / "settings.schema.json").read_text())

    assert published == Settings.model_json_schema()
    assert json.loads(run("check-config", "--schema").stdout) == published
