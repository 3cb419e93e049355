"""Helm 3.5.4 (`helm chart ...`) against moorage: the documented walk-through, and its edges."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER, Registry, tree_of

REPOSITORY = f"{QUAY_HOST}/helm/etherpad"
REF = f"{REPOSITORY}:0.0.4"
DENIED = "server message: insufficient_scope: authorization failed"
REFUSED = "insufficient_scope: authorization failed|403 Forbidden"
ADDED = '"redhat-cop" has been added to your repositories\n'
SKIPPED = '"redhat-cop" already exists with the same configuration, skipping\n'
UPDATED = """\
Hang tight while we grab the latest from your chart repositories...
...Successfully got an update from the "redhat-cop" chart repository
Update Complete. ⎈Happy Helming!⎈
"""
CHART_FILES = [
    "etherpad/.helmignore",
    "etherpad/.test.sh",
    "etherpad/Chart.yaml",
    "etherpad/templates/_helpers.tpl",
    "etherpad/templates/deployment.yaml",
    "etherpad/templates/ingress.yaml",
    "etherpad/templates/pvc.yaml",
    "etherpad/templates/route.yaml",
    "etherpad/templates/service.yaml",
    "etherpad/values.yaml",
]
"""etherpad 0.0.4."""


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    """The one step that is done in the server: the organization `helm`."""
    return registry.create_organization("helm")


@pytest.fixture
def helm(machine: Machine) -> Tool:
    return _helm_on(machine)


@pytest.fixture
def logged_in(helm: Tool) -> Tool:
    _log_in(helm)
    return helm


@pytest.fixture
def chart(machine: Machine, classic_repository: str) -> Path:
    """The chart's folder, as `helm pull --untar` leaves it in the working folder."""
    _fetch_chart(_helm_on(machine), classic_repository)
    return machine.work / "etherpad"


def test_the_walk_through_works_in_its_order(helm: Tool, classic_repository: str) -> None:
    """Every command of the documentation, word for word, from an empty home and server."""
    work = helm.machine.work

    assert helm("repo", "add", "redhat-cop", classic_repository).stdout == ADDED
    assert helm("repo", "add", "redhat-cop", classic_repository).stdout == SKIPPED
    assert helm("repo", "update").stdout == UPDATED
    assert helm("pull", "redhat-cop/etherpad", "--version=0.0.4", "--untar").stdout == ""

    saved = helm("chart", "save", "./etherpad", REF).stdout
    fields = saved.removesuffix("0.0.4: saved\n")
    digest, size = _digest_and_size(fields)
    assert fields == _fields(REF, digest, size)
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
    shutil.rmtree(work / "etherpad")
    pulled = helm("chart", "pull", REF).stdout
    assert pulled == (
        f"0.0.4: Pulling from {REPOSITORY}\n{fields}Status: Downloaded newer chart for {REF}\n"
    )
    assert helm("chart", "export", REF).stdout == f"{fields}Exported chart to etherpad/\n"
    assert tree_of(work) == CHART_FILES


def test_a_push_before_the_login_is_refused(helm: Tool, chart: Path) -> None:
    """Nothing may be pushed anonymously, and the client says why."""
    helm("chart", "save", str(chart), REF)

    assert helm.fails("chart", "push", REF).stderr == f"Error: {DENIED}\n"


def test_a_wrong_password_shows_the_servers_message(helm: Tool) -> None:
    """The text after `unauthorized:` is ours."""
    refused = helm.fails("registry", "login", QUAY_HOST, "-u", USER, "-p", "wrong-password")

    assert refused.stderr.splitlines()[-1] == (
        f'Error: Get "https://{QUAY_HOST}/v2/": unauthorized: Invalid Username or Password'
    )


def test_the_login_is_kept_as_a_token_and_used_for_a_push(helm: Tool, chart: Path) -> None:
    """The client asks for an offline token; the password is not kept on its disk."""
    done = helm("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    assert done.stdout == "Login succeeded\n"
    kept = json.loads((helm.machine.home / ".config/helm/registry.json").read_text())
    assert list(kept["auths"][QUAY_HOST]) == ["identitytoken"]

    helm("chart", "save", str(chart), f"{QUAY_HOST}/helm/token:0.0.4")
    pushed = helm("chart", "push", f"{QUAY_HOST}/helm/token:0.0.4")

    assert pushed.lines[-1] == "0.0.4: pushed to remote (1 layer, 3.5 KiB total)"


def test_the_same_chart_can_be_pushed_again(logged_in: Tool, chart: Path) -> None:
    """The second push finds everything there and says the same."""
    ref = f"{QUAY_HOST}/helm/again:0.0.4"
    logged_in("chart", "save", str(chart), ref)

    first, second = logged_in("chart", "push", ref), logged_in("chart", "push", ref)

    assert first.stdout == second.stdout


def test_one_chart_goes_to_two_repositories(logged_in: Tool, chart: Path) -> None:
    """Without a tag the chart's version is the tag; a second repository gets its own blobs."""
    for name in ("first", "second"):
        saved = logged_in("chart", "save", str(chart), f"{QUAY_HOST}/helm/{name}")
        assert saved.lines[-1] == "0.0.4: saved"

        pushed = logged_in("chart", "push", f"{QUAY_HOST}/helm/{name}:0.0.4")

        assert pushed.lines[-1] == "0.0.4: pushed to remote (1 layer, 3.5 KiB total)"


def test_a_pull_into_an_empty_cache_fetches_every_blob(logged_in: Tool, chart: Path) -> None:
    ref = _push(logged_in, chart, "fetched")
    cache = logged_in.machine.home / ".cache/helm/registry/cache"
    before = _blobs_in(cache)
    shutil.rmtree(cache)

    pulled = logged_in("chart", "pull", ref)

    assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"
    assert _blobs_in(cache) == before


def test_a_second_pull_says_that_the_chart_is_up_to_date(logged_in: Tool, chart: Path) -> None:
    ref = _push(logged_in, chart, "current")

    assert logged_in("chart", "pull", ref).lines[-1] == f"Status: Chart is up to date for {ref}"


def test_a_chart_is_exported_over_an_older_export(logged_in: Tool, chart: Path) -> None:
    """With `-d` into a folder, and twice, as the client overwrites silently."""
    ref = _push(logged_in, chart, "exported")
    shutil.rmtree(chart)

    logged_in("chart", "export", ref)
    again = logged_in("chart", "export", ref)
    elsewhere = logged_in("chart", "export", ref, "-d", "there")

    assert again.lines[-1] == "Exported chart to etherpad/"
    assert elsewhere.lines[-1] == "Exported chart to there/etherpad/"
    assert tree_of(logged_in.machine.work / "there") == CHART_FILES


def test_a_missing_tag_is_not_found(logged_in: Tool, chart: Path) -> None:
    repository = _push(logged_in, chart, "found").removesuffix(":0.0.4")

    assert logged_in.fails("chart", "pull", f"{repository}:9.9.9").stderr == (
        f"Error: {repository}:9.9.9: not found\n"
    )
    assert logged_in.fails("chart", "pull", repository).stderr == (
        "Error: tag explicitly required\n"
    )


def test_a_missing_repository_is_not_found_for_its_owner(logged_in: Tool) -> None:
    """Who may create it is told 404, not 401."""
    missing = f"{QUAY_HOST}/helm/never-pushed:1.0.0"

    assert logged_in.fails("chart", "pull", missing).stderr == f"Error: {missing}: not found\n"


def test_helm_pull_takes_the_chart_by_its_oci_url(logged_in: Tool, chart: Path) -> None:
    """`helm pull oci://` of 3.5 wants a version, and untars."""
    url = f"oci://{_push(logged_in, chart, 'url')}".removesuffix(":0.0.4")

    pulled = logged_in("pull", url, "--version", "0.0.4", "--untar", "--untardir", "there")
    unversioned = logged_in.fails("pull", url)

    assert pulled.stdout == f"0.0.4: Pulling from {url.removeprefix('oci://')}\n"
    assert tree_of(logged_in.machine.work / "there") == CHART_FILES
    assert "--version flag is explicitly required for OCI registries" in unversioned.stderr


def test_after_the_logout_a_private_chart_is_denied(logged_in: Tool, chart: Path) -> None:
    ref = _push(logged_in, chart, "private")

    assert logged_in("registry", "logout", QUAY_HOST).stdout == "Logout succeeded\n"
    denied = logged_in.fails("chart", "pull", ref)

    assert denied.stderr == (
        "Error: pull access denied, repository does not exist or may require authorization: "
        f"{DENIED}\n"
    )


def test_after_the_logout_a_public_chart_can_be_pulled(
    logged_in: Tool, chart: Path, registry: Registry
) -> None:
    ref = _push(logged_in, chart, "public")
    registry.make_public("helm/public")

    logged_in("registry", "logout", QUAY_HOST)
    logged_in("chart", "rm", ref)
    pulled = logged_in("chart", "pull", ref)

    assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"


def test_a_user_without_rights_can_neither_pull_nor_push(
    logged_in: Tool, chart: Path, registry: Registry, new_machine: Callable[..., Machine]
) -> None:
    ref = _push(logged_in, chart, "guarded")
    registry.create_user("mallory", "mallory's-password")
    other = _helm_on(new_machine("other"))
    login = ("registry", "login", QUAY_HOST, "-u", "mallory", "--password-stdin")
    other(*login, stdin="mallory's-password")
    other("chart", "save", str(chart), ref)

    assert re.search(REFUSED, other.fails("chart", "push", ref).stderr)
    assert re.search(REFUSED, other.fails("chart", "pull", ref).stderr)


def test_an_unknown_ca_is_refused(distrusting_machine: Machine) -> None:
    """Unless the login is told to be insecure, which pull and push cannot be."""
    helm = _helm_on(distrusting_machine)
    unknown = "x509: certificate signed by unknown authority"
    login = ("registry", "login", QUAY_HOST, "-u", USER, "-p", PASSWORD)

    assert helm.fails(*login).stderr.endswith(f'Error: Get "https://{QUAY_HOST}/v2/": {unknown}\n')
    assert helm(*login, "--insecure").stdout == "Login succeeded\n"
    assert helm.fails("chart", "pull", REF).stderr.startswith("Error: failed to do request: Head")
    assert unknown in helm.fails("chart", "pull", REF).stderr


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
def test_the_client_works_on_another_port(
    registry: Registry, helm: Tool, chart: Path, scheme: str
) -> None:
    """The port belongs to the host; with Basic there are no tokens at all."""
    port = {"bearer": 8443, "basic": 8444}[scheme]
    host = registry.also_listen(port, {"V2_AUTH_SCHEME": scheme})
    ref = f"{host}/helm/{scheme}:0.0.4"

    helm("registry", "login", host, "-u", USER, "-p", PASSWORD)
    helm("chart", "save", str(chart), ref)
    helm("chart", "push", ref)
    shutil.rmtree(helm.machine.home / ".cache/helm/registry/cache")
    pulled = helm("chart", "pull", ref)

    assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"


def test_a_version_with_a_plus_cannot_be_a_tag(logged_in: Tool, chart: Path) -> None:
    """This client sends `+` as it is; the server refuses the tag and keeps working."""
    manifest = (chart / "Chart.yaml").read_text()
    (chart / "Chart.yaml").write_text(manifest.replace("0.0.4", "0.0.4+build.7"))
    ref = f"{QUAY_HOST}/helm/plus:0.0.4+build.7"
    logged_in("chart", "save", str(chart), ref)

    refused = logged_in.fails("chart", "push", ref)

    assert "400 Bad Request" in refused.stderr


@pytest.mark.parametrize("feature", ["FEATURE_HELM_OCI_SUPPORT", "FEATURE_GENERAL_OCI_SUPPORT"])
def test_with_a_feature_off_new_charts_are_refused_and_old_ones_stay(
    registry: Registry, logged_in: Tool, chart: Path, feature: str
) -> None:
    name = feature.split("_")[1].lower()
    ref = _push(logged_in, chart, name)
    port = {"helm": 8445, "general": 8446}[name]
    host = registry.also_listen(port, {feature: "false"})
    logged_in("registry", "login", host, "-u", USER, "-p", PASSWORD)

    new = f"{host}/helm/{name}:0.0.5"
    logged_in("chart", "save", str(chart), new)
    refused = logged_in.fails("chart", "push", new)
    old = logged_in("chart", "pull", ref.replace(QUAY_HOST, host))

    assert "unexpected status: 4" in refused.stderr
    assert old.lines[-1].startswith("Status: Downloaded newer chart for")


def _helm_on(machine: Machine) -> Tool:
    return machine.tool("helm-3.5.4", HELM_EXPERIMENTAL_OCI="1")


def _log_in(helm: Tool, host: str = QUAY_HOST) -> None:
    helm("registry", "login", host, "-u", USER, "-p", PASSWORD)


def _fetch_chart(helm: Tool, url: str) -> None:
    helm("repo", "add", "redhat-cop", url)
    helm("pull", "redhat-cop/etherpad", "--version=0.0.4", "--untar")


def _push(helm: Tool, chart: Path, name: str) -> str:
    """Save and push the chart as helm/NAME:0.0.4; the ref."""
    ref = f"{QUAY_HOST}/helm/{name}:0.0.4"
    helm("chart", "save", str(chart), ref)
    helm("chart", "push", ref)
    return ref


def _digest_and_size(fields: str) -> tuple[str, str]:
    digest = re.search(r"^digest:  ([0-9a-f]{64})$", fields, re.MULTILINE)
    size = re.search(r"^size:    (.+)$", fields, re.MULTILINE)
    assert digest and size, fields
    return digest[1], size[1]


def _fields(ref: str, digest: str, size: str) -> str:
    return (
        f"ref:     {ref}\ndigest:  {digest}\nsize:    {size}\nname:    etherpad\nversion: 0.0.4\n"
    )


def _assert_the_only_row(lines: list[str], digest: str) -> None:
    """`chart list` shows the header and the one chart, its digest cut to 7 digits."""
    header, row = lines
    assert header.split() == ["REF", "NAME", "VERSION", "DIGEST", "SIZE", "CREATED"]
    ref, name, version, shown, size, age = (cell.strip() for cell in row.split("\t"))
    # Cells of more than 60 characters are cut.
    assert ref == f"{REF[:57]}..."
    assert (name, version, shown, size) == ("etherpad", "0.0.4", digest[:7], "3.5 KiB")
    assert "second" in age


def _blobs_in(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "blobs" / "sha256").iterdir())
