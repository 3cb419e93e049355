"""containerd (ctr) against moorage: its resolver with hosts.toml, `?ns=`, resumed downloads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_bytes

import pytest
from tests.clients.daemons import CTR
from tests.clients.images import Layout, write_layout
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import BOTH_SCHEMES, PASSWORD, USER, Authority, Registry

NODES = f"{QUAY_HOST}/nodes"
DENIED = {"bearer": "pull access denied", "basic": "401 Unauthorized"}
MIRRORED = "upstream.example"
"""A registry that does not exist: hosts.toml sends its images to moorage."""

HOSTS_TOML = """\
server = "https://{server}"
ca = "{ca}"
[host."https://{host}"]
  capabilities = ["pull", "resolve", "push"]
  ca = "{ca}"
"""

pytestmark = BOTH_SCHEMES


@pytest.fixture(scope="module", autouse=True)
def organization(registry: Registry) -> str:
    return registry.create_organization("nodes")


@pytest.fixture(scope="module")
def hosts_folder(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Path:
    """One hosts.toml for moorage, and one for a registry that moorage stands in for."""
    folder = tmp_path_factory.mktemp("hosts")
    for server in (QUAY_HOST, MIRRORED):
        _write_hosts_toml(folder, server, QUAY_HOST, authority)
    return folder


@pytest.fixture
def ctr(containerd: None, machine: Machine) -> Tool:
    """With an empty store; its system trusts no CA."""
    namespace = machine.home.parent.parent.name[:60]
    return machine.tool("ctr", **CTR, CONTAINERD_NAMESPACE=namespace, SSL_CERT_FILE="/dev/null")


@pytest.fixture
def access(hosts_folder: Path) -> list[str]:
    return ["--hosts-dir", str(hosts_folder), "--user", f"{USER}:{PASSWORD}"]


def test_an_image_is_pushed_removed_and_pulled(ctr: Tool, access: list[str]) -> None:
    """The pulled image has the digest of the pushed one and is unpacked."""
    _assert_it_comes_back(ctr, f"{NODES}/image:1.0", access)

    assert ctr("snapshots", "list").stdout.count("Committed") == 1


def test_an_image_is_pushed_again_and_under_another_name(ctr: Tool, access: list[str]) -> None:
    ref, other = f"{NODES}/again:1.0", f"{NODES}/other:2.0"
    _import(ctr, ref)

    ctr("images", "push", *access, ref)
    ctr("images", "push", *access, ref)
    ctr("images", "tag", ref, other)
    ctr("images", "push", *access, other)


def test_an_image_of_all_platforms_is_pushed_and_pulled(ctr: Tool, access: list[str]) -> None:
    ref = f"{NODES}/platforms:1.0"
    index = _import(ctr, ref, platforms=("amd64", "arm64"))
    ctr("images", "push", *access, ref)
    _forget(ctr, ref)

    ctr("content", "fetch", "--all-platforms", *access, ref)
    held = ctr("content", "list", "--quiet").lines

    assert _digests(ctr) == {ref: index.digest}
    assert sorted(held) == sorted(f"sha256:{path.name}" for path in _blobs(index))


def test_an_image_is_pulled_by_its_digest(ctr: Tool, access: list[str]) -> None:
    ref = f"{NODES}/pinned:1.0"
    image = _import(ctr, ref)
    ctr("images", "push", *access, ref)
    _forget(ctr, ref)

    pinned = f"{NODES}/pinned@{image.digest}"
    ctr("images", "pull", *access, pinned)

    assert _digests(ctr) == {pinned: image.digest}


def test_moorage_stands_in_for_another_registry(ctr: Tool, access: list[str]) -> None:
    """Every request carries `?ns=upstream.example`, which local repositories ignore."""
    ref, mirrored = f"{NODES}/mirrored:1.0", f"{MIRRORED}/nodes/mirrored:1.0"
    image = _import(ctr, ref)
    ctr("images", "push", *access, ref)
    _forget(ctr, ref)

    pulled = _talkative(ctr)("images", "pull", *access, mirrored)

    assert f"?ns={MIRRORED}" in pulled.stderr
    assert _digests(ctr) == {mirrored: image.digest}


def test_a_broken_download_is_resumed(ctr: Tool, access: list[str]) -> None:
    """What the node has of the layer stays; the rest is asked for by Range."""
    ref = f"{NODES}/resumed:1.0"
    image = _import(ctr, ref, content=token_bytes(4_000_000))
    ctr("images", "push", *access, ref)
    layer = json.loads(image.blob(image.digest))["layers"][0]["digest"]
    _forget(ctr, ref)
    _leave_half_of(ctr, layer, image.blob(layer))

    pulled = _talkative(ctr)("images", "pull", *access, ref)

    assert 'response.status="206 Partial Content"' in pulled.stderr
    assert _sha256_of(ctr, layer) == layer


def test_a_wrong_password_is_refused(ctr: Tool, hosts_folder: Path) -> None:
    wrong = ("--hosts-dir", str(hosts_folder), "--user", f"{USER}:wrong-password")

    refused = ctr.fails("images", "pull", *wrong, f"{NODES}/any:1.0")

    assert "401 Unauthorized" in refused.stderr


def test_a_missing_image_is_not_found(ctr: Tool, access: list[str]) -> None:
    ref = f"{NODES}/missing:1.0"

    assert f"{ref}: not found" in ctr.fails("images", "pull", *access, ref).stderr


def test_a_private_image_is_denied_without_a_login(
    ctr: Tool, access: list[str], registry: Registry
) -> None:
    """Until it is made public."""
    ref = f"{NODES}/private:1.0"
    image = _import(ctr, ref)
    ctr("images", "push", *access, ref)
    _forget(ctr, ref)

    denied = ctr.fails("images", "pull", *access[:2], ref)
    registry.make_public("nodes/private")
    ctr("images", "pull", *access[:2], ref)

    assert DENIED[registry.scheme] in denied.stderr
    assert _digests(ctr) == {ref: image.digest}


def test_the_client_works_on_another_port(
    ctr: Tool, access: list[str], hosts_folder: Path, registry: Registry
) -> None:
    host = registry.also_listen()
    _write_hosts_toml(hosts_folder, host, host, registry.authority)

    _assert_it_comes_back(ctr, f"{host}/nodes/port:1.0", access)


def test_plain_http_works_when_it_is_asked_for(ctr: Tool, registry: Registry) -> None:
    host = registry.also_listen(tls=False)
    access = ["--plain-http", "--user", f"{USER}:{PASSWORD}"]

    _assert_it_comes_back(ctr, f"{host}/nodes/plain:1.0", access)


def _assert_it_comes_back(ctr: Tool, ref: str, access: list[str]) -> None:
    """After a push the image can be pulled with the same digest."""
    image = _import(ctr, ref)
    ctr("images", "push", *access, ref)
    _forget(ctr, ref)

    ctr("images", "pull", *access, ref)

    assert _digests(ctr) == {ref: image.digest}


def _write_hosts_toml(folder: Path, server: str, host: str, authority: Authority) -> None:
    """Send what is asked of `server` to `host`."""
    (folder / server).mkdir(exist_ok=True)
    text = HOSTS_TOML.format(server=server, host=host, ca=authority.ca)
    (folder / server / "hosts.toml").write_text(text)


def _talkative(ctr: Tool) -> Tool:
    """It prints every request and response on stderr."""
    return Tool(ctr.machine, (*ctr.command, "--debug"), ctr.environment)


def _import(
    ctr: Tool, ref: str, content: bytes = b"hello\n", platforms: tuple[str, ...] = ("amd64",)
) -> Layout:
    """An image in the node's store, named `ref`."""
    folder = ctr.machine.work / ref.rpartition("/")[2].replace(":", "-")
    layout = write_layout(folder, content, platforms=platforms)
    ctr("images", "import", "--all-platforms", str(layout.as_archive(ref)))
    return layout


def _forget(ctr: Tool, ref: str) -> None:
    """Remove the image and all its content from the node."""
    ctr("images", "remove", "--sync", ref)
    assert ctr("content", "list", "--quiet").stdout == ""


def _digests(ctr: Tool) -> dict[str, str]:
    """The images of the node with their digests."""
    rows = [line.split() for line in ctr("images", "list").lines[1:]]
    return {row[0]: row[2] for row in rows}


def _blobs(layout: Layout) -> Iterator[Path]:
    return (layout.folder / "blobs" / "sha256").iterdir()


def _sha256_of(ctr: Tool, digest: str) -> str:
    """The digest of a blob as the node holds it."""
    get = f"ctr content get {digest} | sha256sum"
    hashed = ctr.machine.tool("sh", "-c", get, **ctr.environment)()
    return f"sha256:{hashed.stdout.split()[0]}"


def _leave_half_of(ctr: Tool, digest: str, content: bytes) -> None:
    """As a download that broke off leaves it: the first half, under the download's name."""
    half = ctr.machine.work / "half"
    half.write_bytes(content[: len(content) // 2])
    ingest = f"ctr content ingest --expected-size {len(content)} layer-{digest} <half"
    ctr.machine.tool("sh", "-c", ingest, **ctr.environment).fails()
    active = ctr("content", "active").stdout
    assert f"layer-{digest}" in active, active
