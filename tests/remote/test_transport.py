"""TLS, proxies, redirects, retries, transfers that break: against a registry that misbehaves."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from moorage.tls import make_certificates
from tests.remote.fault_registry import (
    BASIC,
    PASSWORD,
    USER,
    Fault,
    FaultRegistry,
    fault_registry,
)
from tests.remote.person import Person

LOGIN = ("-u", USER, "--password-stdin")
BIG = 3_000_000


@pytest.fixture
def moorage(tmp_path: Path) -> Person:
    return Person.new(tmp_path)


@pytest.fixture
def registry() -> Iterator[FaultRegistry]:
    with fault_registry() as running:
        yield running


def tls_pair(folder: Path, host: str = "127.0.0.1") -> tuple[ssl.SSLContext, str]:
    """A server's TLS, and the CA's file."""
    make_certificates(folder / "tls", [host])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "tls/ssl.cert", folder / "tls/ssl.key")
    return context, str(folder / "tls/rootCA.pem")


def client_pair(folder: Path) -> tuple[str, str]:
    """A certificate for a client, which is its own authority, and its key."""
    cert, key = str(folder / "client.crt"), str(folder / "client.key")
    new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")
    names = ("-nodes", "-subj", "/CN=client", "-keyout", key, "-out", cert)
    subprocess.run([*new, *names], check=True, capture_output=True)
    return cert, key


def test_an_unknown_ca_is_refused_with_the_command_that_trusts_it(
    moorage: Person, tmp_path: Path
) -> None:
    context, ca = tls_pair(tmp_path)
    with fault_registry(context) as registry:
        url = f"oci://{registry.host}/a/demo:1.0.0"
        done = moorage.fails("pull", url)
        by_flag = moorage.fails("pull", url, "--ca-file", ca)
        by_variable = moorage.fails("pull", url, SSL_CERT_FILE=ca)
        unverified = moorage.fails("pull", url, "--insecure-skip-tls-verify")

    assert "x509: certificate signed by unknown authority" in done.stderr
    assert "update-ca-certificates" in done.stderr and "--ca-file" in done.stderr
    for known in (by_flag, by_variable, unverified):
        assert known.stderr.startswith(f"Error: {registry.host}/a/demo:1.0.0: not found")


def test_a_certificate_for_another_name_is_refused(moorage: Person, tmp_path: Path) -> None:
    context, ca = tls_pair(tmp_path, "other.test")
    with fault_registry(context) as registry:
        done = moorage.fails("pull", f"oci://{registry.host}/a/demo:1.0.0", "--ca-file", ca)

    assert f"x509: certificate is not valid for {registry.host}" in done.stderr


def test_a_client_certificate_is_shown(moorage: Person, tmp_path: Path) -> None:
    context, ca = tls_pair(tmp_path)
    cert, key = client_pair(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cert)
    with fault_registry(context) as registry:
        pull = ("pull", f"oci://{registry.host}/a/demo:1.0.0", "--ca-file", ca)
        shown = moorage.fails(*pull, "--cert-file", cert, "--key-file", key)
        missing = moorage.fails(*pull)

    assert "demo:1.0.0: not found" in shown.stderr
    assert "may want a client certificate: --cert-file" in missing.stderr


def test_nobody_listening_is_said(moorage: Person) -> None:
    done = moorage.fails("pull", "oci://127.0.0.1:1/a/demo:1.0.0")

    assert "refused" in done.stderr
    assert "is a registry running at 127.0.0.1:1?" in done.stderr


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy_is_asked_again(
    moorage: Person, registry: FaultRegistry, status: int
) -> None:
    archive = moorage.new_archive()
    moorage("push", archive, f"oci://{registry.host}/a")
    registry.faults += [Fault("GET", "/manifests/", status), Fault("GET", "/blobs/", status)]

    moorage("pull", f"oci://{registry.host}/a/demo:1.2.3")

    assert registry.faults == []


def test_retry_after_is_honoured(moorage: Person, registry: FaultRegistry) -> None:
    moorage("push", moorage.new_archive(), f"oci://{registry.host}/a")
    registry.faults.append(Fault("GET", "/manifests/", 429, {"Retry-After": "2"}))
    started = time.monotonic()

    moorage("pull", f"oci://{registry.host}/a/demo:1.2.3")

    assert time.monotonic() - started >= 2


def test_a_server_that_stays_down_is_given_up_with_its_message(
    moorage: Person, registry: FaultRegistry
) -> None:
    registry.faults += [Fault("GET", "/manifests/", 503)] * 6

    done = moorage.fails("pull", f"oci://{registry.host}/a/demo:1.2.3")

    assert "response status code 503: unauthorized: injected" in done.stderr
    assert len(registry.requests("GET", "/manifests/")) == 6


def test_a_download_that_breaks_goes_on_where_it_broke(
    moorage: Person, registry: FaultRegistry
) -> None:
    archive = moorage.new_archive(noise_bytes=BIG)
    content = (moorage.work / archive).read_bytes()
    moorage("push", archive, f"oci://{registry.host}/a")
    layer = next(digest for digest, blob in registry.blobs.items() if len(blob) > BIG)
    registry.faults.append(Fault("GET", layer, cut_after=1_500_000))

    moorage("pull", f"oci://{registry.host}/a/demo:1.2.3")

    assert (moorage.work / archive).read_bytes() == content
    first, second = registry.requests("GET", layer)
    assert "range" not in first.headers
    assert second.headers["range"] == "bytes=1500000-"


def test_a_download_goes_on_in_the_next_command(moorage: Person, registry: FaultRegistry) -> None:
    """Five breaks end the first command; the second asks for what is missing."""
    archive = moorage.new_archive(noise_bytes=BIG)
    content = (moorage.work / archive).read_bytes()
    moorage("push", archive, f"oci://{registry.host}/a")
    (moorage.work / archive).unlink()
    layer = next(digest for digest, blob in registry.blobs.items() if len(blob) > BIG)
    registry.faults += [Fault("GET", layer, cut_after=100_000) for _ in range(5)]
    moorage.fails("pull", f"oci://{registry.host}/a/demo:1.2.3")

    moorage("pull", f"oci://{registry.host}/a/demo:1.2.3")

    assert registry.requests("GET", layer)[-1].headers["range"] == "bytes=500000-"
    assert (moorage.work / archive).read_bytes() == content


def test_pulls_of_one_chart_at_the_same_time_do_not_meet(
    moorage: Person, registry: FaultRegistry
) -> None:
    """They share the partial file, one after the other."""
    archive = moorage.new_archive(noise_bytes=BIG)
    content = (moorage.work / archive).read_bytes()
    moorage("push", archive, f"oci://{registry.host}/a")
    folders = [str(number) for number in range(4)]
    for folder in folders:
        (moorage.work / folder).mkdir()

    with ThreadPoolExecutor(4) as pool:
        url = f"oci://{registry.host}/a/demo:1.2.3"
        list(pool.map(lambda folder: moorage("pull", url, "-d", folder), folders))

    assert all((moorage.work / folder / archive).read_bytes() == content for folder in folders)


def test_content_that_is_not_its_digest_is_refused(
    moorage: Person, registry: FaultRegistry
) -> None:
    archive = moorage.new_archive()
    moorage("push", archive, f"oci://{registry.host}/a")
    (moorage.work / archive).unlink()
    layer = next(digest for digest, blob in registry.blobs.items() if blob[:2] == b"\x1f\x8b")
    for part in (layer, "/manifests/1.2.3"):
        registry.faults.append(Fault("GET", part, corrupt=True))

        done = moorage.fails("pull", f"oci://{registry.host}/a/demo:1.2.3")

        assert "digest" in done.stderr
        assert not (moorage.work / archive).exists()
    assert list((moorage.home / ".cache/helm/moorage/partial").iterdir()) == []


@pytest.mark.parametrize("keeps", [False, True], ids=["from the start", "where it broke"])
def test_an_upload_that_breaks_goes_on(
    moorage: Person, registry: FaultRegistry, keeps: bool
) -> None:
    registry.keeps_partial_uploads = keeps
    archive = moorage.new_archive(noise_bytes=BIG)
    registry.faults.append(Fault("PUT", "/uploads/", cut_after=1_000_000))
    content = (moorage.work / archive).read_bytes()
    moorage("push", archive, f"oci://{registry.host}/a")

    assert content in registry.blobs.values()
    patches = [len(one.body) for one in registry.requests("PATCH", "/uploads/")]
    assert patches == ([len(content) - 1_000_000] if keeps else [])


def test_a_redirect_to_another_host_carries_no_credentials(moorage: Person) -> None:
    with fault_registry(scheme="basic") as registry, fault_registry() as storage:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD)
        moorage("push", moorage.new_archive(), f"oci://{registry.host}/a")
        layer = next(d for d, blob in registry.blobs.items() if blob[:2] == b"\x1f\x8b")
        storage.files["/signed"] = registry.blobs[layer]
        where = {"Location": f"http://{storage.host}/signed"}
        registry.faults += [Fault("GET", layer, 307, where)]

        moorage("pull", f"oci://{registry.host}/a/demo:1.2.3")

        (asked,) = storage.seen
        assert "authorization" not in asked.headers
        assert registry.requests("GET", "/blobs/")[0].headers["authorization"] == BASIC


def test_a_host_that_was_redirected_to_gets_no_token_request(moorage: Person) -> None:
    """It answers 401 and names a token service of its own."""
    with fault_registry(scheme="basic") as registry, fault_registry(scheme="bearer") as evil:
        moorage("registry", "login", registry.host, *LOGIN, stdin=PASSWORD)
        moorage("push", moorage.new_archive(), f"oci://{registry.host}/a")
        layer = next(d for d, blob in registry.blobs.items() if blob[:2] == b"\x1f\x8b")
        where = {"Location": f"http://{evil.host}/v2/a/demo/blobs/{layer}"}
        registry.faults += [Fault("GET", layer, 307, where)]

        moorage.fails("pull", f"oci://{registry.host}/a/demo:1.2.3")

        assert [one.path for one in evil.seen] == [f"/v2/a/demo/blobs/{layer}"]
        assert "authorization" not in evil.seen[0].headers


def test_an_endless_answer_is_cut_off(moorage: Person, registry: FaultRegistry) -> None:
    registry.manifests["1.0.0"] = ("application/vnd.oci.image.manifest.v1+json", bytes(17 << 20))

    done = moorage.fails("pull", f"oci://{registry.host}/a/demo:1.0.0")

    assert "answers with more than" in done.stderr


def test_a_servers_message_cannot_steer_the_terminal(
    moorage: Person, registry: FaultRegistry
) -> None:
    fault = Fault("POST", "/uploads/", 409, message="\x1b[2Jgone")
    registry.faults += [fault, fault]

    done = moorage.fails("push", moorage.new_archive(), f"oci://{registry.host}/a")

    assert "?[2Jgone" in done.stderr


def test_classic_credentials_stay_with_their_host(moorage: Person) -> None:
    """The index names an archive elsewhere; only --pass-credentials sends them there."""
    with fault_registry() as index, fault_registry() as elsewhere:
        archive = moorage.new_archive()
        content = (moorage.work / archive).read_bytes()
        elsewhere.files[f"/{archive}"] = content
        moorage("repo", "index", ".", "--url", f"http://{elsewhere.host}")
        index.files["/charts/index.yaml"] = (moorage.work / "index.yaml").read_bytes()
        url = f"http://{index.host}/charts"
        login = ("--username", USER, "--password-stdin")
        moorage("repo", "add", "one", url, *login, stdin=PASSWORD)
        moorage("repo", "add", "two", url, *login, "--pass-credentials", stdin=PASSWORD)

        moorage("pull", "one/demo")
        moorage("pull", "two/demo")

        assert index.seen[0].headers["authorization"] == BASIC
        assert "authorization" not in elsewhere.seen[0].headers
        assert elsewhere.seen[1].headers["authorization"] == BASIC
        config = moorage.home / ".config/helm/repositories.yaml"
        assert config.stat().st_mode & 0o777 == 0o600


def test_a_changed_archive_of_a_classic_repository_is_refused(moorage: Person) -> None:
    """Helm takes it: the index's digest is checked by no version of it."""
    with fault_registry() as site:
        archive = moorage.new_archive()
        moorage("repo", "index", ".")
        site.files["/index.yaml"] = (moorage.work / "index.yaml").read_bytes()
        site.files[f"/{archive}"] = (moorage.work / archive).read_bytes() + b"more"
        (moorage.work / archive).unlink()
        moorage("repo", "add", "site", f"http://{site.host}")

        done = moorage.fails("pull", "site/demo")

    assert "digest" in done.stderr
    assert not (moorage.work / archive).exists()


def test_tags_are_listed_over_all_pages(moorage: Person) -> None:
    with fault_registry(page_size=2) as registry:
        for version in ("1.0.0", "1.1.0", "1.10.0", "1.9.0", "2.0.0-rc.1"):
            moorage("push", moorage.new_archive(version=version), f"oci://{registry.host}/a")
        url = f"oci://{registry.host}/a/demo"

        newest, devel = moorage("pull", url), moorage("pull", url, "--devel")
        ranged = moorage("pull", url, "--version", "~1.1")
        missing = moorage.fails("pull", url, "--version", "1.11.0")

    assert newest.stdout.startswith(f"Pulled: {registry.host}/a/demo:1.10.0\n")
    assert devel.stdout.startswith(f"Pulled: {registry.host}/a/demo:2.0.0-rc.1\n")
    assert ranged.stdout.startswith(f"Pulled: {registry.host}/a/demo:1.1.0\n")
    assert "tags like it: 1.1.0" in missing.stderr or "1.10.0" in missing.stderr
