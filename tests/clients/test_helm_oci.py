"""What Helm 3.8.1 and 4.3.1 have in common: push, pull, versions, provenance, dependencies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.clients.charts import SIGNER, make_keyring, write_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER, Registry, tree_of

NOTICE = """contains an underscore.

OCI artifact references (e.g. tags) do not support the plus sign (+). To support
storing semantic versions, Helm adopts the convention of changing plus (+) to
an underscore (_) in chart version tags when pushing to a registry and back to
a plus (+) when pulling from a registry.
"""
REFUSED = "insufficient_scope: authorization failed|401|403"


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace of the registry that a test has for itself."""

    path: str

    @property
    def url(self) -> str:
        return f"oci://{self.path}"

    def chart(self, name: str = "etherpad") -> str:
        return f"{self.url}/{name}"


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("charts")


@pytest.fixture(params=["3.8.1", "4.3.1"])
def helm(request: pytest.FixtureRequest, machine: Machine) -> Tool:
    return machine.tool(f"helm-{request.param}")


@pytest.fixture
def logged_in(helm: Tool) -> Tool:
    _log_in(helm)
    return helm


@pytest.fixture
def place(request: pytest.FixtureRequest) -> Place:
    slug = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    return Place(f"{QUAY_HOST}/charts/{slug}")


def test_a_chart_is_pushed_to_a_new_repository_and_again(logged_in: Tool, place: Place) -> None:
    """The repository is made by the push; the same archive has the same digest."""
    archive = _package(logged_in, "etherpad", "0.0.4")

    first = logged_in("push", archive, place.url)
    second = logged_in("push", archive, place.url)

    assert _shown(first.stdout + first.stderr, "Pushed") == f"{place.path}/etherpad:0.0.4"
    assert _digest(first.stdout + first.stderr) == _digest(second.stdout + second.stderr)


def test_the_manifest_is_stored_as_it_was_pushed(logged_in: Tool, place: Place) -> None:
    """The digest that Helm prints is that of the bytes another client gets."""
    digest = _push(logged_in, place, "0.0.4")
    oras = logged_in.machine.tool("oras")
    oras("login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)

    fetched = oras("manifest", "fetch", "--descriptor", f"{place.path}/etherpad:0.0.4")
    manifest = json.loads(oras("manifest", "fetch", f"{place.path}/etherpad@{digest}").stdout)

    assert json.loads(fetched.stdout)["digest"] == digest
    assert manifest["config"]["mediaType"] == "application/vnd.cncf.helm.config.v1+json"
    assert [layer["mediaType"] for layer in manifest["layers"]] == [
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
    ]


def test_an_exact_version_is_pulled(logged_in: Tool, place: Place) -> None:
    digest = _push(logged_in, place, "0.0.4")

    pulled = _pull(logged_in, place, "--version", "0.0.4")

    assert _shown(pulled, "Pulled") == f"{place.path}/etherpad:0.0.4"
    assert _digest(pulled) == digest
    assert tree_of(logged_in.machine.work) == ["etherpad-0.0.4.tgz"]


def test_a_plus_in_the_version_becomes_an_underscore(logged_in: Tool, place: Place) -> None:
    """In the tag only; the pulled file has the plus again."""
    archive = _package(logged_in, "etherpad", "1.3.0+build.7")
    pushed = logged_in("push", archive, place.url)

    pulled = _pull(logged_in, place, "--version", "1.3.0+build.7")

    assert f"{place.path}/etherpad:1.3.0_build.7 {NOTICE}" in pushed.stdout + pushed.stderr
    assert _shown(pulled, "Pulled") == f"{place.path}/etherpad:1.3.0_build.7"
    assert tree_of(logged_in.machine.work) == ["etherpad-1.3.0+build.7.tgz"]


def test_a_range_takes_the_highest_tag_that_fits(logged_in: Tool, place: Place) -> None:
    """Found by the list of tags; pre-releases count only with --devel."""
    for version in ("0.0.4", "1.2.3", "1.3.0+build.7", "2.0.0-rc.1"):
        _push(logged_in, place, version)

    def tag(*asked: str) -> str:
        return _shown(_pull(logged_in, place, *asked), "Pulled").rpartition(":")[2]

    assert tag("--version", "^1.0") == "1.3.0_build.7"
    assert tag("--version", "~1.2.0") == "1.2.3"
    assert tag("--version", "<1") == "0.0.4"
    assert tag() == "1.3.0_build.7"
    assert tag("--devel") == "2.0.0-rc.1"


def test_a_range_that_nothing_fits_is_an_error(logged_in: Tool, place: Place) -> None:
    _push(logged_in, place, "0.0.4")

    failed = logged_in.fails("pull", place.chart(), "--version", ">=9")

    assert "could not locate a version matching provided version string >=9" in (
        failed.stderr.lower()
    )


def test_what_is_missing_is_not_found(logged_in: Tool, place: Place) -> None:
    """A missing version, a missing repository, and the tags of a missing repository."""
    _push(logged_in, place, "0.0.4")

    version = logged_in.fails("pull", place.chart(), "--version", "9.9.9")
    repository = logged_in.fails("pull", place.chart("nothere"), "--version", "1.0.0")
    tags = logged_in.fails("pull", place.chart("nothere"))

    assert version.stderr.endswith(f"{place.path}/etherpad:9.9.9: not found\n")
    assert repository.stderr.endswith(f"{place.path}/nothere:1.0.0: not found\n")
    assert re.search("status code 404: name unknown: ", tags.stderr), tags


def test_a_chart_is_untarred(logged_in: Tool, place: Place) -> None:
    _push(logged_in, place, "0.0.4")

    _pull(logged_in, place, "--version", "0.0.4", "--untar", "--untardir", "there")

    assert tree_of(logged_in.machine.work / "there") == [
        "etherpad/Chart.yaml",
        "etherpad/README.md",
        "etherpad/templates/map.yaml",
        "etherpad/values.yaml",
    ]


def test_a_signed_chart_is_verified(logged_in: Tool, place: Place) -> None:
    """The provenance file goes up as a layer of its own and comes back with --verify."""
    keys = make_keyring(logged_in.machine)
    sign = ("--sign", "--key", SIGNER.partition(" <")[0], "--keyring", keys.secret)
    archive = _package(logged_in, "etherpad", "0.0.4", *sign)
    logged_in("push", archive, place.url)

    pulled = _pull(logged_in, place, "--version", "0.0.4", "--verify", "--keyring", keys.public)

    assert f"Signed by: {SIGNER}\n" in pulled
    assert f"Using Key With Fingerprint: {keys.fingerprint}\n" in pulled
    assert "Chart Hash Verified: sha256:" in pulled
    assert tree_of(logged_in.machine.work) == ["etherpad-0.0.4.tgz", "etherpad-0.0.4.tgz.prov"]


def test_an_unsigned_chart_is_not_verified(logged_in: Tool, place: Place) -> None:
    keys = make_keyring(logged_in.machine)
    _push(logged_in, place, "1.0.0")
    verify = ("--verify", "--keyring", keys.public)

    failed = logged_in.fails("pull", place.chart(), "--version", "1.0.0", *verify)

    assert f'failed to fetch provenance "{place.chart()}:1.0.0.prov"' in failed.stderr


def test_a_chart_is_shown_without_a_pull(logged_in: Tool, place: Place) -> None:
    _push(logged_in, place, "0.0.4")
    version = ("--version", "0.0.4")

    chart = logged_in("show", "chart", place.chart(), *version)
    values = logged_in("show", "values", place.chart(), *version)
    readme = logged_in("show", "readme", place.chart(), *version)
    rendered = logged_in("template", "release", place.chart(), *version)

    assert "name: etherpad\nversion: 0.0.4\n" in chart.stdout
    assert values.stdout.strip() == "replicas: 1"
    assert readme.stdout.strip() == "# etherpad"
    assert 'version: "0.0.4"' in rendered.stdout


def test_dependencies_come_from_the_registry_and_from_a_classic_repository(
    logged_in: Tool, place: Place, classic_repository: str
) -> None:
    """`dependency update` resolves a range over tags; `dependency build` follows the lock."""
    for version in ("1.0.0", "1.3.0+build.7"):
        _push(logged_in, place, version)
    wanted = [("etherpad", "^1.0", place.url), ("gitea", "0.1.4", classic_repository)]
    listed = "".join(
        f'- name: {name}\n  version: "{version}"\n  repository: {url}\n'
        for name, version, url in wanted
    )
    parent = Path(
        write_chart(logged_in.machine.work, "parent", "0.1.0", f"dependencies:\n{listed}")
    )

    logged_in("dependency", "update", str(parent))
    updated = tree_of(parent / "charts")
    for archive in (parent / "charts").iterdir():
        archive.unlink()
    logged_in("repo", "add", "redhat-cop", classic_repository)
    logged_in("dependency", "build", str(parent))

    assert updated == ["etherpad-1.3.0+build.7.tgz", "gitea-0.1.4.tgz"]
    assert tree_of(parent / "charts") == updated
    assert "  version: 1.3.0+build.7\n" in (parent / "Chart.lock").read_text()


def test_a_chart_that_helm_3_5_pushed_is_pulled(logged_in: Tool, place: Place) -> None:
    """Its layer has the old media type."""
    old = logged_in.machine.tool("helm-3.5.4", HELM_EXPERIMENTAL_OCI="1")
    ref = f"{place.path}/etherpad:0.0.4"
    _log_in(old)
    old("chart", "save", write_chart(logged_in.machine.home, "etherpad", "0.0.4"), ref)
    old("chart", "push", ref)

    pulled = logged_in("pull", place.chart(), "--version", "0.0.4")

    assert "chart media type application/tar+gzip is deprecated" in pulled.stdout + pulled.stderr
    assert tree_of(logged_in.machine.work) == ["etherpad-0.0.4.tgz"]


def test_an_image_is_not_a_chart(logged_in: Tool, place: Place) -> None:
    _push_image(logged_in.machine, f"{place.path}/etherpad:0.0.4")

    failed = logged_in.fails("pull", place.chart(), "--version", "0.0.4")

    assert "manifest does not contain minimum number of descriptors (2)" in failed.stderr


def test_a_chart_is_pulled_from_an_index_with_an_image(logged_in: Tool, place: Place) -> None:
    """One tag for both: clients take what they understand."""
    repository = f"{place.path}/etherpad"
    _push(logged_in, place, "0.0.4")
    oras = _push_image(logged_in.machine, f"{repository}:image")
    oras("manifest", "index", "create", f"{repository}:1.0.0", "image", "0.0.4")

    _pull(logged_in, place, "--version", "1.0.0")

    assert tree_of(logged_in.machine.work) == ["etherpad-1.0.0.tgz"]


def test_a_push_before_the_login_is_refused(helm: Tool, place: Place) -> None:
    refused = helm.fails("push", _package(helm, "etherpad", "0.0.4"), place.url)

    assert re.search(REFUSED, refused.stderr), refused


def test_a_wrong_password_shows_the_servers_message(helm: Tool) -> None:
    login = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")

    refused = helm.fails(*login, stdin="wrong-password")

    assert refused.stderr.endswith("unauthorized: Invalid Username or Password\n")


def test_a_private_chart_is_denied_after_the_logout(
    logged_in: Tool, place: Place, registry: Registry
) -> None:
    """Until it is made public."""
    digest = _push(logged_in, place, "0.0.4")

    logged_in("registry", "logout", QUAY_HOST)
    denied = logged_in.fails("pull", place.chart(), "--version", "0.0.4")
    registry.make_public(f"{place.path.partition('/')[2]}/etherpad")
    pulled = _pull(logged_in, place)

    assert re.search(REFUSED, denied.stderr), denied
    assert _digest(pulled) == digest


def test_a_user_without_rights_can_neither_pull_nor_push(
    logged_in: Tool,
    place: Place,
    registry: Registry,
    new_machine: Callable[..., Machine],
) -> None:
    _push(logged_in, place, "0.0.4")
    name = f"mallory-{logged_in.command[0].replace('.', '-')}"
    registry.create_user(name, "mallory's-password")
    other = new_machine("other").tool(*logged_in.command)
    login = ("registry", "login", QUAY_HOST, "-u", name, "--password-stdin")
    other(*login, stdin="mallory's-password")

    pull = other.fails("pull", place.chart(), "--version", "0.0.4")
    push = other.fails("push", _package(other, "etherpad", "0.0.5"), place.url)

    assert re.search(REFUSED, pull.stderr), pull
    assert re.search(REFUSED, push.stderr), push


def test_an_unknown_ca_is_refused(distrusting_machine: Machine, helm: Tool) -> None:
    distrusting = distrusting_machine.tool(*helm.command)
    login = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")

    refused = distrusting.fails(*login, stdin=PASSWORD)
    pull = distrusting.fails("pull", f"oci://{QUAY_HOST}/charts/any", "--version", "1.0.0")

    assert "x509: certificate signed by unknown authority" in refused.stderr
    assert "x509: certificate signed by unknown authority" in pull.stderr


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
def test_the_client_works_on_another_port(registry: Registry, helm: Tool, scheme: str) -> None:
    """The port belongs to the host; with Basic there are no tokens at all."""
    port = {"bearer": 8443, "basic": 8444}[scheme] + 10 * ("4.3.1" in helm.command[0])
    host = registry.also_listen(port, {"V2_AUTH_SCHEME": scheme})
    _log_in(helm, host)
    place = Place(f"{host}/charts/{scheme}-{port}")

    digest = _push(helm, place, "0.0.4")

    assert _digest(_pull(helm, place)) == digest


def _log_in(helm: Tool, host: str = QUAY_HOST) -> None:
    login = ("registry", "login", host, "-u", USER, "--password-stdin")
    done = helm(*login, stdin=PASSWORD)
    assert done.stdout.lower() == "login succeeded\n"


def _push_image(machine: Machine, ref: str) -> Tool:
    """An image without layers; the client that pushed it."""
    oras = machine.tool("oras")
    oras("login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    oras("push", ref, "--config", "/dev/null:application/vnd.oci.image.config.v1+json")
    return oras


def _package(helm: Tool, name: str, version: str, *options: str) -> str:
    """A chart's archive, outside the working folder; its path."""
    folder = helm.machine.home / "packages"
    helm("package", write_chart(folder, name, version), "-d", str(folder), *options)
    return str(folder / f"{name}-{version}.tgz")


def _push(helm: Tool, place: Place, version: str) -> str:
    """Package and push etherpad; the manifest's digest."""
    pushed = helm("push", _package(helm, "etherpad", version), place.url)
    return _digest(pushed.stdout + pushed.stderr)


def _pull(helm: Tool, place: Place, *options: str) -> str:
    """What a pull of etherpad prints."""
    pulled = helm("pull", place.chart(), *options)
    return pulled.stdout + pulled.stderr


def _digest(text: str) -> str:
    return _shown(text, "Digest")


def _shown(text: str, label: str) -> str:
    found = re.search(f"^{label}: (.+)$", text, re.MULTILINE)
    assert found, f"no line {label}: in\n{text}"
    return found[1]
