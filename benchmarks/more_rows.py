"""Rows beyond single manifests and blobs: whole charts, long lists, tokens."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
from dataclasses import replace

from tests.server import PASSWORD

from benchmarks import load
from benchmarks.content import (
    KB,
    Blob,
    manifest_of,
    random_blob,
    request,
    store_blob,
    store_manifest,
)
from benchmarks.filling import add_repositories
from benchmarks.load import Figure
from benchmarks.peers import REPOSITORY, Peer
from benchmarks.rows import Row
from moorage.db.engine import open_database

TAGS = 10_000
REPOSITORIES = 100_000
CHART_BYTES = 20 * KB


def chart_rows(seconds: float) -> list[Row]:
    """As Helm does it: HEADs, two uploads, a manifest; and back."""

    def push(peer: Peer) -> Figure:
        return load.repeat(peer, lambda: _push_chart(peer), seconds)

    def pull(peer: Peer) -> Figure:
        tag = _push_chart(peer)
        return load.repeat(peer, lambda: _pull_chart(peer, tag), seconds)

    return [
        Row("chart push", "requests/s", push, goal=2),
        Row("chart pull", "requests/s", pull),
    ]


def list_rows(seconds: float) -> list[Row]:
    def tags(peer: Peer) -> Figure:
        path = f"/v2/{REPOSITORY}/tags/list"
        return load.get(peer, path, 4, seconds, bytes_count=False)

    def catalog(peer: Peer) -> Figure:
        path = "/v2/_catalog?n=100&last=admin/r5"
        return load.repeat(peer, lambda: _ask(peer, path), seconds)

    return [
        Row(f"tags/list of {TAGS:,} tags", "requests/s", tags),
        Row(f"catalog page of {REPOSITORIES:,} repositories", "requests/s", catalog),
    ]


def token_rows(seconds: float) -> list[Row]:
    """Only moorage has a token endpoint of its own."""

    def password(peer: Peer) -> Figure:
        basic = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        asking = replace(peer, authorization=f"Basic {basic}")
        path = f"/v2/auth?scope=repository:{REPOSITORY}:pull"
        return load.get(asking, path, 4, seconds, bytes_count=False)

    return [Row("token for a password", "requests/s", password, is_ours_alone=True)]


def fill_lists(peers: list[Peer]) -> None:
    """Ten thousand tags by pushing; the repositories are laid into each peer's own store."""
    config = Blob.of(b"{}")
    manifest = manifest_of(config, [])
    for peer in peers:
        if peer.is_static:
            continue
        for number in range(TAGS):
            store_manifest(peer, f"tag-{number}", manifest)
        if peer.name.startswith("moorage"):
            _fill_moorage(peer)
        else:
            _fill_go(peer)


def _fill_go(peer: Peer) -> None:
    root = peer.data / "storage/docker/registry/v2/repositories/admin"
    for number in range(REPOSITORIES):
        for part in ("_layers", "_manifests"):
            os.makedirs(root / f"r{number}" / part)


def _fill_moorage(peer: Peer) -> None:
    async def fill() -> None:
        database = open_database(peer.database_url)
        await database.write(lambda tx: add_repositories(tx, REPOSITORIES))
        await database.close()

    asyncio.run(fill())


def _push_chart(peer: Peer) -> str:
    config = Blob.of(json.dumps({"name": "c", "version": secrets.token_hex(4)}).encode())
    layer = random_blob(CHART_BYTES)
    for blob in (config, layer):
        request(peer, "HEAD", f"/v2/{REPOSITORY}/blobs/{blob.digest}", expect=404)
        store_blob(peer, blob)
    tag = secrets.token_hex(6)
    request(peer, "HEAD", f"/v2/{REPOSITORY}/manifests/{tag}", expect=404)
    store_manifest(peer, tag, manifest_of(config, [layer]))
    return tag


def _pull_chart(peer: Peer, tag: str) -> None:
    raw = _ask(peer, f"/v2/{REPOSITORY}/manifests/{tag}")
    document = json.loads(raw)
    for descriptor in (document["config"], *document["layers"]):
        _ask(peer, f"/v2/{REPOSITORY}/blobs/{descriptor['digest']}")


def _ask(peer: Peer, path: str) -> bytes:
    return request(peer, "GET", path, expect=200)[0]
