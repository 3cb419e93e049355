"""Helm 3.5.4, 3.8.1 and 4.3.1 with a namespace's charts as a classic repository."""

from __future__ import annotations

import os

import pytest
from tests.clients.charts import write_chart
from tests.clients.helm_classic.conftest import (
    CREDENTIALS,
    FILES,
    PRIVATE,
    PUBLIC,
    Shelf,
    url_of,
)
from tests.clients.helm_oci.place import log_in
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER, Registry, tree_of

from moorage.charts.archive import read_packed_time

NEWEST_FIRST = ["2.0.0-rc.1", "1.3.0+build.7", "1.2.3", "0.0.4"]


def found(helm: Tool, *words: str) -> list[str]:
    """The versions in the table of `helm search repo`."""
    lines = helm("search", "repo", *words).lines[1:]
    return [line.split("\t")[1].strip() for line in lines]


@pytest.mark.parametrize("name", ["private", "public"])
def test_charts_are_searched_pulled_shown_and_rendered(shelf: Shelf, helm: Tool, name: str) -> None:
    chart, work = f"{name}/etherpad", helm.machine.work
    updated = helm("repo", "update")
    assert f'Successfully got an update from the "{name}" chart repository' in updated.stdout

    assert found(helm, chart) == ["1.3.0+build.7"]
    assert found(helm, chart, "-l", "--devel") == NEWEST_FIRST
    assert found(helm, chart, "--version", "^1.0") == ["1.3.0+build.7"]
    for options, file in (
        (("--version", "0.0.4"), "etherpad-0.0.4.tgz"),
        (("--version", "~1.2"), "etherpad-1.2.3.tgz"),
        ((), "etherpad-1.3.0+build.7.tgz"),
        (("--devel",), "etherpad-2.0.0-rc.1.tgz"),
    ):
        helm("pull", chart, *options)
        assert tree_of(work) == [file]
        (work / file).unlink()
    keys = ("--verify", "--keyring", shelf.keyring.public)
    helm("pull", chart, "--version", "1.2.3", *keys, "--untar")
    (work / "etherpad-1.2.3.tgz").unlink(missing_ok=True)
    (work / "etherpad-1.2.3.tgz.prov").unlink(missing_ok=True)
    assert tree_of(work) == [f"etherpad/{file}" for file in FILES]
    unsigned = helm.fails("pull", chart, "--version", "0.0.4", *keys)
    assert "failed to fetch provenance" in unsigned.stderr
    assert "version: 0.0.4" in helm("show", "chart", chart, "--version", "0.0.4").stdout
    assert "replicas: 1" in helm("show", "values", chart).stdout
    assert 'version: "1.2.3"' in helm("template", "x", chart, "--version", "1.2.3").stdout


def test_dependencies_are_updated_and_built(shelf: Shelf, helm: Tool) -> None:
    dependencies = "dependencies:\n" + "".join(
        f"- name: etherpad\n  alias: {alias}\n  version: {version}\n  repository: {url}\n"
        for alias, version, url in (
            ("open", "~1.2.0", url_of(PUBLIC)),
            ("closed", "0.0.4", url_of(PRIVATE)),
        )
    )
    chart = write_chart(helm.machine.work, "parent", "1.0.0", dependencies)
    archives = ["etherpad-0.0.4.tgz", "etherpad-1.2.3.tgz"]
    charts = helm.machine.work / "parent-1.0.0" / "parent" / "charts"

    helm("dependency", "update", chart)
    assert tree_of(charts) == archives
    for archive in archives:
        (charts / archive).unlink()
    helm("dependency", "build", chart)

    assert tree_of(charts) == archives


def test_the_index_of_everything_names_charts_by_namespace(shelf: Shelf, helm: Tool) -> None:
    helm("repo", "add", "all", f"https://{QUAY_HOST}/charts", *CREDENTIALS)

    names = [line.split("\t")[0].strip() for line in helm("search", "repo", "all/").lines[1:]]
    assert {f"all/{PRIVATE}/etherpad", f"all/{PUBLIC}/etherpad"} <= set(names)
    helm("pull", f"all/{PUBLIC}/etherpad", "--version", "0.0.4")

    assert tree_of(helm.machine.work) == ["etherpad-0.0.4.tgz"]


def test_a_private_namespace_is_not_there_without_credentials(shelf: Shelf, helm: Tool) -> None:
    nobody = helm.fails("repo", "add", "nobody", url_of(PRIVATE))
    missing = helm.fails("repo", "add", "missing", url_of("missing-charts"))

    assert "401 Unauthorized" in nobody.stderr
    assert nobody.stderr.replace(PRIVATE, "X") == missing.stderr.replace("missing-charts", "X")


@pytest.mark.parametrize("version", ["3.8.1", "4.3.1"])
def test_new_clients_follow_an_index_of_oci_urls(
    shelf: Shelf, machine: Machine, version: str
) -> None:
    """With the credentials of `helm registry login`; the file is named by the tag."""
    helm = machine.tool(f"helm-{version}")
    log_in(helm)
    helm("repo", "add", "oci", f"https://{QUAY_HOST}/charts-oci/{PRIVATE}", *CREDENTIALS)

    helm("pull", "oci/etherpad", "--version", "^1.0")
    rendered = helm("template", "x", "oci/etherpad", "--version", "0.0.4")

    assert tree_of(machine.work) == ["etherpad-1.3.0_build.7.tgz"]
    assert 'version: "0.0.4"' in rendered.stdout


def test_an_upload_as_cm_push_sends_it_is_pulled_by_oci(
    shelf: Shelf, registry: Registry, machine: Machine
) -> None:
    """And its digest is that of Helm 4's own push of the same file.

    Helm takes the file's time, an upload has none: that of the newest file in it counts.
    """
    helm = machine.tool("helm-4.3.1")
    old = machine.tool("helm-3.8.1")
    log_in(helm)
    folder = machine.home / "packages"
    old("package", write_chart(folder, "uploaded", "1.0.0"), "-d", str(folder))
    archive = str(folder / "uploaded-1.0.0.tgz")
    with open(archive, "rb") as stream:
        packed_s = read_packed_time(stream)
    os.utime(archive, (packed_s, packed_s))
    curl = machine.tool("curl", "--silent", "--show-error", "--user", f"{USER}:{PASSWORD}")
    url = f"https://{QUAY_HOST}/charts/api/{PRIVATE}/charts"

    saved = curl("--form", f"chart=@{archive}", url)
    pulled = helm("pull", f"oci://{QUAY_HOST}/{PRIVATE}/uploaded", "--version", "1.0.0")
    pushed = helm("push", archive, f"oci://{QUAY_HOST}/{PRIVATE}/again")

    assert saved.stdout == '{"saved":true}'
    assert (machine.work / "uploaded-1.0.0.tgz").read_bytes() == (
        folder / "uploaded-1.0.0.tgz"
    ).read_bytes()
    digest = "Digest: "
    lines = [
        next(line for line in (done.stdout + done.stderr).splitlines() if digest in line)
        for done in (pulled, pushed)
    ]
    assert lines[0] == lines[1]
