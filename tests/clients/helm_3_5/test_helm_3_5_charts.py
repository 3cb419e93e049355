"""Helm 3.5.4 off the documented path: pushes again, other caches, exports, versions, features."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.clients.helm_3_5.chart_commands import CACHE, CHART_FILES, log_in, push_chart
from tests.clients.machine import Tool
from tests.clients.network import QUAY_HOST
from tests.clients.proxy import running_proxy
from tests.clients.registry import BOTH_SCHEMES, Registry, tree_of

pytestmark = BOTH_SCHEMES


def test_the_same_chart_is_pushed_again_by_questions_alone(
    helm: Tool, chart: Path, registry: Registry
) -> None:
    """The second push says the same as the first, finds everything there and sends nothing."""
    with running_proxy(registry, helm.machine.home.parent) as proxy:
        log_in(helm, proxy.host)
        ref = f"{proxy.host}/helm/again:0.0.4"
        helm("chart", "save", str(chart), ref)
        first = helm("chart", "push", ref)
        proxy.forget()

        second = helm("chart", "push", ref)

        assert second.stdout == first.stdout
        methods = [request.split()[0] for request in proxy.requests()]
        assert methods == ["HEAD", "HEAD", "HEAD"]


def test_a_pull_asks_only_for_what_the_cache_lacks(
    helm: Tool, chart: Path, registry: Registry
) -> None:
    """`chart rm` keeps the blobs: the pull after it is a single question."""
    with running_proxy(registry, helm.machine.home.parent) as proxy:
        log_in(helm, proxy.host)
        ref = push_chart(helm, chart, "kept", proxy.host)
        helm("chart", "rm", ref)
        proxy.forget()

        helm("chart", "pull", ref)

        assert proxy.requests() == ["HEAD /v2/helm/kept/manifests/0.0.4 200"]


def test_a_pull_into_an_empty_cache_fetches_every_blob(logged_in: Tool, chart: Path) -> None:
    ref = push_chart(logged_in, chart, "fetched")
    cache = logged_in.machine.home / CACHE
    before = tree_of(cache / "blobs")
    shutil.rmtree(cache)

    pulled = logged_in("chart", "pull", ref)

    assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"
    assert tree_of(cache / "blobs") == before


def test_a_second_pull_says_that_the_chart_is_up_to_date(logged_in: Tool, chart: Path) -> None:
    ref = push_chart(logged_in, chart, "current")

    assert logged_in("chart", "pull", ref).lines[-1] == f"Status: Chart is up to date for {ref}"


def test_one_chart_goes_to_two_repositories(logged_in: Tool, chart: Path) -> None:
    """Without a tag the chart's version is the tag; a second repository gets its own blobs."""
    for name in ("first", "second"):
        saved = logged_in("chart", "save", str(chart), f"{QUAY_HOST}/helm/{name}")
        assert saved.lines[-1] == "0.0.4: saved"

        pushed = logged_in("chart", "push", f"{QUAY_HOST}/helm/{name}:0.0.4")

        assert pushed.lines[-1] == "0.0.4: pushed to remote (1 layer, 3.5 KiB total)"


def test_a_chart_is_exported_over_an_older_export(logged_in: Tool, chart: Path) -> None:
    """With `-d` into a folder, and twice, as the client overwrites silently."""
    ref = push_chart(logged_in, chart, "exported")
    shutil.rmtree(chart)

    logged_in("chart", "export", ref)
    again = logged_in("chart", "export", ref)
    elsewhere = logged_in("chart", "export", ref, "-d", "there")

    assert again.lines[-1] == "Exported chart to etherpad/"
    assert elsewhere.lines[-1] == "Exported chart to there/etherpad/"
    assert tree_of(logged_in.machine.work / "there") == CHART_FILES


def test_helm_pull_takes_the_chart_by_its_oci_url(logged_in: Tool, chart: Path) -> None:
    """As an archive or untarred; this client wants a version."""
    url = f"oci://{push_chart(logged_in, chart, 'url')}".removesuffix(":0.0.4")
    (logged_in.machine.work / "archives").mkdir()

    pulled = logged_in("pull", url, "--version", "0.0.4", "-d", "archives")
    logged_in("pull", url, "--version", "0.0.4", "--untar", "--untardir", "there")
    unversioned = logged_in.fails("pull", url)

    assert pulled.stdout == f"0.0.4: Pulling from {url.removeprefix('oci://')}\n"
    assert tree_of(logged_in.machine.work / "archives") == ["url-0.0.4.tgz"]
    assert tree_of(logged_in.machine.work / "there") == CHART_FILES
    assert "--version flag is explicitly required for OCI registries" in unversioned.stderr


def test_a_version_with_a_plus_cannot_be_a_tag(logged_in: Tool, chart: Path) -> None:
    """This client sends `+` as it is; the server refuses the tag and keeps working."""
    manifest = (chart / "Chart.yaml").read_text()
    (chart / "Chart.yaml").write_text(manifest.replace("0.0.4", "0.0.4+build.7"))
    ref = f"{QUAY_HOST}/helm/plus:0.0.4+build.7"
    logged_in("chart", "save", str(chart), ref)

    refused = logged_in.fails("chart", "push", ref)

    assert "400 Bad Request" in refused.stderr


def test_a_busy_server_is_asked_again(logged_in: Tool, chart: Path, registry: Registry) -> None:
    """A pull repeats what got 429, up to six times. (A push does not: its body is gone.)"""
    push_chart(logged_in, chart, "busy")

    with running_proxy(registry, logged_in.machine.home.parent, status=429, times=2) as proxy:
        log_in(logged_in, proxy.host)
        ref = f"{proxy.host}/helm/busy:0.0.4"
        shutil.rmtree(logged_in.machine.home / CACHE)
        pulled = logged_in("chart", "pull", ref)

        assert pulled.lines[-1] == f"Status: Downloaded newer chart for {ref}"
        assert proxy.requests().count("HEAD /v2/helm/busy/manifests/0.0.4 429") == 2


@pytest.mark.parametrize("feature", ["FEATURE_HELM_OCI_SUPPORT", "FEATURE_GENERAL_OCI_SUPPORT"])
def test_with_a_feature_off_new_charts_are_refused_and_old_ones_stay(
    registry: Registry, logged_in: Tool, chart: Path, feature: str
) -> None:
    name = feature.split("_")[1].lower()
    ref = push_chart(logged_in, chart, name)
    host = registry.also_listen({feature: "false"})
    log_in(logged_in, host)

    new = f"{host}/helm/{name}:0.0.5"
    logged_in("chart", "save", str(chart), new)
    refused = logged_in.fails("chart", "push", new)
    old = logged_in("chart", "pull", ref.replace(QUAY_HOST, host))

    assert "unexpected status: 4" in refused.stderr
    assert old.lines[-1].startswith("Status: Downloaded newer chart for")
