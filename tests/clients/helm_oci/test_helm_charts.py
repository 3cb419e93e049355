"""Helm 3.8.1 and 4.3.1: push, pull, show, provenance, dependencies, what is no chart."""

from __future__ import annotations

import json
from pathlib import Path

from tests.clients.charts import SIGNER, make_keyring, write_chart
from tests.clients.helm_3_5.chart_commands import helm_on as old_helm_on
from tests.clients.helm_3_5.chart_commands import log_in as old_log_in
from tests.clients.helm_oci.place import (
    Place,
    digest_in,
    field_of,
    package_chart,
    pull_chart,
    push_chart,
)
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, tree_of

pytestmark = BOTH_SCHEMES


def test_a_chart_is_pushed_to_a_new_repository_and_again(logged_in: Tool, place: Place) -> None:
    """The repository is made by the push; the same archive has the same digest."""
    archive = package_chart(logged_in, "etherpad", "0.0.4")

    first = logged_in("push", archive, place.url)
    second = logged_in("push", archive, place.url)

    assert field_of(first.stdout + first.stderr, "Pushed") == f"{place.path}/etherpad:0.0.4"
    assert digest_in(first.stdout + first.stderr) == digest_in(second.stdout + second.stderr)


def test_the_manifest_is_stored_as_it_was_pushed(logged_in: Tool, place: Place) -> None:
    """The digest that Helm prints is that of the bytes another client gets."""
    digest = push_chart(logged_in, place, "0.0.4")
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
    digest = push_chart(logged_in, place, "0.0.4")

    pulled = pull_chart(logged_in, place, "--version", "0.0.4")

    assert field_of(pulled, "Pulled") == f"{place.path}/etherpad:0.0.4"
    assert digest_in(pulled) == digest
    assert tree_of(logged_in.machine.work) == ["etherpad-0.0.4.tgz"]


def test_a_chart_is_untarred(logged_in: Tool, place: Place) -> None:
    push_chart(logged_in, place, "0.0.4")

    pull_chart(logged_in, place, "--version", "0.0.4", "--untar", "--untardir", "there")

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
    archive = package_chart(logged_in, "etherpad", "0.0.4", *sign)
    logged_in("push", archive, place.url)

    pulled = pull_chart(
        logged_in, place, "--version", "0.0.4", "--verify", "--keyring", keys.public
    )

    assert f"Signed by: {SIGNER}\n" in pulled
    assert f"Using Key With Fingerprint: {keys.fingerprint}\n" in pulled
    assert "Chart Hash Verified: sha256:" in pulled
    assert tree_of(logged_in.machine.work) == ["etherpad-0.0.4.tgz", "etherpad-0.0.4.tgz.prov"]


def test_an_unsigned_chart_is_not_verified(logged_in: Tool, place: Place) -> None:
    keys = make_keyring(logged_in.machine)
    push_chart(logged_in, place, "1.0.0")
    verify = ("--verify", "--keyring", keys.public)

    failed = logged_in.fails("pull", place.chart(), "--version", "1.0.0", *verify)

    assert f'failed to fetch provenance "{place.chart()}:1.0.0.prov"' in failed.stderr


def test_a_chart_is_shown_without_a_pull(logged_in: Tool, place: Place) -> None:
    push_chart(logged_in, place, "0.0.4")
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
        push_chart(logged_in, place, version)
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
    old = old_helm_on(logged_in.machine)
    ref = f"{place.path}/etherpad:0.0.4"
    old_log_in(old)
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
    push_chart(logged_in, place, "0.0.4")
    oras = _push_image(logged_in.machine, f"{repository}:image")
    oras("manifest", "index", "create", f"{repository}:1.0.0", "image", "0.0.4")

    pull_chart(logged_in, place, "--version", "1.0.0")

    assert tree_of(logged_in.machine.work) == ["etherpad-1.0.0.tgz"]


def _push_image(machine: Machine, ref: str) -> Tool:
    """An image without layers; the client that pushed it."""
    oras = machine.tool("oras")
    oras("login", QUAY_HOST, "-u", USER, "--password-stdin", stdin=PASSWORD)
    oras("push", ref, "--config", "/dev/null:application/vnd.oci.image.config.v1+json")
    return oras
