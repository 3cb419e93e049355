"""The documentation's chapter on Helm: every command, word for word, and its error cases."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.clients.helm_3_5.chart_commands import (
    CHART_FILES,
    REF,
    REPOSITORY,
    digest_and_size,
    five_fields,
    log_in,
)
from tests.clients.machine import Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Registry, tree_of

pytestmark = BOTH_SCHEMES

ADDED = '"redhat-cop" has been added to your repositories\n'
SKIPPED = '"redhat-cop" already exists with the same configuration, skipping\n'
UPDATED = """\
Hang tight while we grab the latest from your chart repositories...
...Successfully got an update from the "redhat-cop" chart repository
Update Complete. ⎈Happy Helming!⎈
"""
LIST_HEADER = ["REF", "NAME", "VERSION", "DIGEST", "SIZE", "CREATED"]
PUSH_DENIED = {
    "bearer": "Error: server message: insufficient_scope: authorization failed\n",
    "basic": "Error: unexpected response: 401 Unauthorized\n",
}
LOGIN_DENIED = {
    "bearer": f'Get "https://{QUAY_HOST}/v2/": unauthorized: Invalid Username or Password',
    "basic": f"login attempt to https://{QUAY_HOST}/v2/ failed with status: 401 Unauthorized",
}
"""With Basic the client shows nothing of what the server says."""


def test_the_walk_through_works_in_its_order(helm: Tool, classic_repository: str) -> None:
    """From an empty home and server."""
    work = helm.machine.work

    assert helm("repo", "add", "redhat-cop", classic_repository).stdout == ADDED
    assert helm("repo", "add", "redhat-cop", classic_repository).stdout == SKIPPED
    assert helm("repo", "update").stdout == UPDATED
    assert helm("search", "repo", "etherpad").lines[1].split("\t")[:2] == [
        "redhat-cop/etherpad",
        "0.0.8        ",
    ]
    assert helm("pull", "redhat-cop/etherpad", "--version=0.0.4", "--untar").stdout == ""

    saved = helm("chart", "save", "./etherpad", REF).stdout
    fields = saved.removesuffix("0.0.4: saved\n")
    digest, size = digest_and_size(fields)
    assert fields == five_fields(REF, digest, size)
    assert size == "3.5 KiB"
    _assert_the_only_row(helm("chart", "list").lines, digest)

    login = helm.on_a_terminal(
        "registry", "login", QUAY_HOST, answers={"Username: ": USER, "Password: ": PASSWORD}
    )
    assert login.code == 0, str(login)
    assert login.lines == [f"Username: {USER}", "Password: ", "Login succeeded"]

    pushed = helm("chart", "push", REF).stdout
    assert pushed == (
        f"The push refers to repository [{REPOSITORY}]\n{fields}"
        f"0.0.4: pushed to remote (1 layer, {size} total)\n"
    )

    assert helm("chart", "rm", REF).stdout == "0.0.4: removed\n"
    assert [line.split() for line in helm("chart", "list").lines] == [LIST_HEADER]
    shutil.rmtree(work / "etherpad")
    pulled = helm("chart", "pull", REF).stdout
    assert pulled == (
        f"0.0.4: Pulling from {REPOSITORY}\n{fields}Status: Downloaded newer chart for {REF}\n"
    )
    assert helm("chart", "export", REF).stdout == f"{fields}Exported chart to etherpad/\n"
    assert tree_of(work) == CHART_FILES


def test_a_wrong_password_shows_the_servers_message(helm: Tool, registry: Registry) -> None:
    """The text after `unauthorized:` is ours."""
    refused = helm.fails("registry", "login", QUAY_HOST, "-u", USER, "-p", "wrong-password")

    assert refused.stderr.splitlines()[-1] == f"Error: {LOGIN_DENIED[registry.scheme]}"


def test_a_push_before_the_login_is_refused(helm: Tool, chart: Path, registry: Registry) -> None:
    """Nothing may be pushed anonymously, and the client says why."""
    helm("chart", "save", str(chart), REF)

    assert helm.fails("chart", "push", REF).stderr == PUSH_DENIED[registry.scheme]


def test_a_missing_tag_is_not_found(helm: Tool, chart: Path) -> None:
    """In a repository, in none that the user may make, and without a tag."""
    log_in(helm)
    helm("chart", "save", str(chart), REF)
    helm("chart", "push", REF)
    missing, nowhere = f"{REPOSITORY}:9.9.9", f"{QUAY_HOST}/helm/never-pushed:1.0.0"

    assert helm.fails("chart", "pull", missing).stderr == f"Error: {missing}: not found\n"
    assert helm.fails("chart", "pull", nowhere).stderr == f"Error: {nowhere}: not found\n"
    assert helm.fails("chart", "pull", REPOSITORY).stderr == "Error: tag explicitly required\n"


def test_a_chart_that_was_not_saved_cannot_be_pushed(helm: Tool) -> None:
    log_in(helm)

    assert helm.fails("chart", "push", REF).stderr == f"Error: Chart not found: {REF}\n"


def _assert_the_only_row(lines: list[str], digest: str) -> None:
    """`chart list` shows the header and the one chart, its digest cut to 7 digits."""
    header, row = lines
    assert header.split() == LIST_HEADER
    ref, name, version, shown, size, age = (cell.strip() for cell in row.split("\t"))
    # Cells of more than 60 characters are cut.
    assert ref == f"{REF[:57]}..."
    assert (name, version, shown, size) == ("etherpad", "0.0.4", digest[:7], "3.5 KiB")
    assert "second" in age
