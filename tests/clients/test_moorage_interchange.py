"""One person, two programs: what `moorage` and Helm leave on the disk, the other goes on with."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from tests.clients.charts import write_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import MOORAGE, PASSWORD, USER, Registry, tree_of

EVERY_KEY = """\
apiVersion: v2
name: every
version: 1.0.0
description: |
  two lines, <b>bold</b> & "quoted"
  with an umlaut: ü
type: application
kubeVersion: ">=1.19.0-0"
home: https://a.test/?a=b&c=d
sources: [https://a.test/source]
keywords: [one, "2"]
icon: https://a.test/icon.png
appVersion: "1.10"
deprecated: true
condition: a.b
tags: x,y
annotations: {b: "1", a: "multi\\nline"}
maintainers: [{name: A, email: a@a.test, url: https://a.test}, {name: B}]
dependencies:
- name: sub
  version: 1.x
  repository: ""
  condition: sub.on
  tags: [t]
  enabled: true
  import-values: [data, {child: c, parent: p}]
  alias: other
unknown: dropped
"""
LOGIN = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("helm")


@pytest.fixture
def moorage(machine: Machine) -> Tool:
    return machine.tool(MOORAGE)


@pytest.fixture
def helm(machine: Machine) -> Tool:
    """Helm 3.5.4 on the same machine, with the same home."""
    return machine.tool("helm-3.5.4", HELM_EXPERIMENTAL_OCI="1")


@pytest.fixture
def pair(request: pytest.FixtureRequest, moorage: Tool, helm: Tool) -> tuple[Tool, Tool]:
    return (moorage, helm) if request.param == "moorage first" else (helm, moorage)


both_ways = pytest.mark.parametrize("pair", ["moorage first", "helm first"], indirect=True)


@both_ways
def test_what_one_saves_the_other_lists_pushes_and_exports(pair: tuple[Tool, Tool]) -> None:
    first, second = pair
    ref = _ref("saved")
    chart = write_chart(first.machine.home / "charts", "etherpad", "0.0.4")
    first(*LOGIN, stdin=PASSWORD)

    saved = first("chart", "save", chart, ref)
    listed = second("chart", "list")
    pushed = second("chart", "push", ref)
    exported = second("chart", "export", ref)

    fields = saved.lines[:5]
    digest = fields[1].split()[1]
    assert listed.lines[1].split("\t")[3].strip() == digest[:7]
    assert pushed.lines[1:6] == fields and exported.lines[:5] == fields
    assert tree_of(first.machine.work / "etherpad") == [
        "Chart.yaml",
        "README.md",
        "templates/map.yaml",
        "values.yaml",
    ]


@both_ways
def test_what_one_pulls_the_other_has(pair: tuple[Tool, Tool]) -> None:
    """No request for a blob is needed, and the tag is up to date."""
    first, second = pair
    ref = _ref("pulled")
    chart = write_chart(first.machine.home / "charts", "etherpad", "0.0.4")
    first(*LOGIN, stdin=PASSWORD)
    first("chart", "save", chart, ref)
    first("chart", "push", ref)
    shutil.rmtree(first.machine.home / ".cache/helm/registry")

    first("chart", "pull", ref)
    again = second("chart", "pull", ref)
    removed = second("chart", "rm", ref)

    assert again.lines[-1] == f"Status: Chart is up to date for {ref}"
    assert removed.stdout == "0.0.4: removed\n"
    assert len(first("chart", "list").lines) == 1


@both_ways
def test_what_one_exports_the_other_saves_as_the_same_chart(pair: tuple[Tool, Tool]) -> None:
    """The config blob, which is Chart.yaml, gets the same digest."""
    first, second = pair
    chart = write_chart(first.machine.home / "charts", "etherpad", "0.0.4")
    first("chart", "save", chart, _ref("first"))
    first("chart", "export", _ref("first"))
    second("chart", "save", "etherpad", _ref("second"))

    index = json.loads(_cache(first, "index.json"))
    manifests = [_blob(first, one["digest"]) for one in index["manifests"]]

    assert manifests[0]["config"] == manifests[1]["config"]


def test_a_chart_with_every_key_gets_the_same_config(moorage: Tool, helm: Tool) -> None:
    chart = Path(write_chart(moorage.machine.home / "charts", "every", "1.0.0"))
    (chart / "Chart.yaml").write_text(EVERY_KEY)
    shutil.copytree(write_chart(chart.parent / "x", "sub", "1.2.3"), chart / "charts/sub")

    for name, client in (("theirs", helm), ("ours", moorage)):
        client("chart", "save", str(chart), _ref(name))

    index = json.loads(_cache(moorage, "index.json"))
    manifests = [_blob(moorage, one["digest"]) for one in index["manifests"]]
    assert manifests[0]["config"] == manifests[1]["config"]


@both_ways
def test_a_login_of_one_is_used_and_ended_by_the_other(pair: tuple[Tool, Tool]) -> None:
    first, second = pair
    first(*LOGIN, stdin=PASSWORD)
    chart = write_chart(first.machine.home / "charts", "etherpad", "0.0.4")
    second("chart", "save", chart, _ref("login"))
    second("chart", "push", _ref("login"))

    assert second("registry", "logout", QUAY_HOST).stdout == "Logout succeeded\n"
    kept = json.loads((first.machine.home / ".config/helm/registry.json").read_text())
    assert kept == {"auths": {}}


def test_a_login_is_one_for_helm_4_too(moorage: Tool) -> None:
    helm = moorage.machine.tool("helm-4.3.1")
    moorage(*LOGIN, stdin=PASSWORD)
    chart = write_chart(moorage.machine.home / "charts", "etherpad", "0.0.4")
    moorage("package", chart)

    pushed = helm("push", "etherpad-0.0.4.tgz", f"oci://{QUAY_HOST}/helm/four")
    again = moorage("push", "etherpad-0.0.4.tgz", f"oci://{QUAY_HOST}/helm/four")

    assert pushed.stdout == again.stdout  # the digest too: the same manifest, byte for byte


@both_ways
def test_a_repository_added_by_one_is_the_others(
    pair: tuple[Tool, Tool], classic_repository: str
) -> None:
    """Its index too, which the other searches, updates and pulls from without asking for it."""
    first, second = pair
    first("repo", "add", "redhat-cop", classic_repository)

    listed = [client("repo", "list").stdout for client in pair]
    found = [client("search", "repo", "", "-l").stdout for client in pair]
    again = second("repo", "add", "redhat-cop", classic_repository)
    second("pull", "redhat-cop/etherpad", "--version", "0.0.7")
    second("repo", "remove", "redhat-cop")

    assert listed[0] == listed[1] and found[0] == found[1]
    assert again.stdout.endswith("already exists with the same configuration, skipping\n")
    assert tree_of(first.machine.work) == ["etherpad-0.0.7.tgz"]
    assert tree_of(first.machine.home / ".cache/helm/repository") == []


def test_the_list_of_repositories_is_written_alike(moorage: Tool, classic_repository: str) -> None:
    """Byte for byte as Helm 4 writes it."""
    helm = moorage.machine.tool("helm-4.3.1")
    texts = []
    for client in (helm, moorage):
        client("repo", "add", "b", classic_repository)
        client("repo", "add", "a", classic_repository, "--username", "x", "--password", "1")
        config = client.machine.home / ".config/helm/repositories.yaml"
        texts.append(config.read_text())
        config.unlink()

    assert texts[0] == texts[1]


def test_charts_of_the_new_type_do_not_break_helms_list(moorage: Tool, helm: Tool) -> None:
    """Helm 3.5 cannot read them; in its index one such entry would end every `chart list`."""
    moorage(*LOGIN, stdin=PASSWORD)
    chart = write_chart(moorage.machine.home / "charts", "etherpad", "0.0.4")
    moorage("package", chart)
    moorage("push", "etherpad-0.0.4.tgz", f"oci://{QUAY_HOST}/helm/new")
    moorage("chart", "save", chart, _ref("old"))

    moorage("chart", "pull", f"{QUAY_HOST}/helm/new/etherpad:0.0.4")

    assert len(helm("chart", "list").lines) == 2
    assert len(moorage("chart", "list").lines) == 3
    moorage("chart", "export", f"{QUAY_HOST}/helm/new/etherpad:0.0.4")
    assert moorage("chart", "rm", f"{QUAY_HOST}/helm/new/etherpad:0.0.4").stdout == (
        "0.0.4: removed\n"
    )


def test_a_version_with_a_plus_is_pushed_with_an_underscore(moorage: Tool) -> None:
    """Helm 3.5 saves such a chart and cannot push it."""
    moorage(*LOGIN, stdin=PASSWORD)
    chart = write_chart(moorage.machine.home / "charts", "plus", "1.3.0+build.7")
    ref = f"{QUAY_HOST}/helm/plus:1.3.0+build.7"

    moorage("chart", "save", chart, ref.partition(":")[0])
    pushed = moorage("chart", "push", ref)
    moorage("chart", "rm", ref)
    pulled = moorage("chart", "pull", ref)
    by_version = moorage("pull", f"oci://{QUAY_HOST}/helm/plus", "--version", "1.3.0+build.7")

    assert pushed.lines[-1].startswith("1.3.0+build.7: pushed to remote (1 layer, ")
    assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"
    assert re.search("plus:1.3.0_build.7 contains an underscore", by_version.stdout)
    assert tree_of(moorage.machine.work) == ["plus-1.3.0+build.7.tgz"]


def _ref(name: str) -> str:
    return f"{QUAY_HOST}/helm/{name}:0.0.4"


def _cache(client: Tool, name: str) -> str:
    return (client.machine.home / ".cache/helm/registry/cache" / name).read_text()


def _blob(client: Tool, digest: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(_cache(client, f"blobs/sha256/{digest[7:]}"))
    return found
