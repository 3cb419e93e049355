"""Helm 3.8.1 and 4.3.1 in a repository with more tags than fit into two answers."""

from __future__ import annotations

from tests.clients.helm_oci.place import Place, field_of, log_in, pull_chart, push_chart
from tests.clients.machine import Machine
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER

from moorage.web.v2.lists import PAGE_LIMIT
from moorage.web.v2.manifests import TAGS_PER_PUT


def test_all_pages_of_the_tags_are_read(machine: Machine, place: Place) -> None:
    """By both clients; the highest version is on the third page, as pages go by bytes."""
    clients = [machine.tool("helm-3.8.1"), machine.tool("helm-4.3.1")]
    log_in(clients[0])
    digest = push_chart(clients[0], place, "1.0.0")
    others = [f"1.{minor}.0" for minor in range(1, 2 * PAGE_LIMIT)]
    _tag(machine, place, digest, [*others, "2.0.0"])

    for helm in clients:
        log_in(helm)
        newest = pull_chart(helm, place)
        older = pull_chart(helm, place, "--version", "^1.0")

        assert field_of(newest, "Pulled") == f"{place.path}/etherpad:2.0.0"
        assert field_of(older, "Pulled") == f"{place.path}/etherpad:1.{2 * PAGE_LIMIT - 1}.0"


def _tag(machine: Machine, place: Place, digest: str, tags: list[str]) -> None:
    """Give a manifest many tags, many at once, as no client can."""
    url = f"https://{QUAY_HOST}/v2/{place.repository}/manifests/{digest}"
    curl = machine.tool(
        "curl", "--silent", "--show-error", "--fail", "--user", f"{USER}:{PASSWORD}"
    )
    media_type = "application/vnd.oci.image.manifest.v1+json"
    curl("--header", f"Accept: {media_type}", "--output", "manifest.json", url)
    commands = ""
    for first in range(0, len(tags), TAGS_PER_PUT):
        query = "&".join(f"tag={tag}" for tag in tags[first : first + TAGS_PER_PUT])
        commands += f'url = "{url}?{query}"\nupload-file = "manifest.json"\n'
    curl("--header", f"Content-Type: {media_type}", "--config", "-", stdin=commands)
    (machine.work / "manifest.json").unlink()
