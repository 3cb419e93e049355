"""Provenance beside Helm 4: the same archives, signatures and keyrings, the same answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.clients.charts import SIGNER, Keyring, make_keyring, write_chart
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST, Result
from tests.clients.registry import MOORAGE, PASSWORD, USER, Registry

LOGIN = ("registry", "login", QUAY_HOST, "-u", USER, "--password-stdin")
ARCHIVE = "etherpad-0.0.4.tgz"


@dataclass(frozen=True, slots=True)
class Signed:
    """A machine with a signed archive in its working folder."""

    machine: Machine
    keyring: Keyring

    @property
    def helm(self) -> Tool:
        return self.machine.tool("helm-4.3.1")

    @property
    def moorage(self) -> Tool:
        return self.machine.tool(MOORAGE)

    @property
    def archive(self) -> Path:
        return self.machine.work / ARCHIVE

    @property
    def provenance(self) -> Path:
        return self.machine.work / f"{ARCHIVE}.prov"

    def both(self, *arguments: str) -> tuple[Result, Result]:
        """Helm's answer and ours."""
        return self.helm.run(*arguments), self.moorage.run(*arguments)

    def new_keyring(self, name: str) -> Path:
        """A keyring with a key that signed nothing."""
        home = self.machine.home / name
        home.mkdir(mode=0o700)
        gpg = self.machine.tool("gpg", "--batch", "--yes", "--homedir", str(home))
        make = ("--quick-generate-key", "Somebody <else@example.test>", "rsa2048", "sign")
        gpg("--passphrase", "", *make)
        path = self.machine.work / f"{name}.gpg"
        gpg("--output", str(path), "--export")
        return path


@pytest.fixture(params=["helm", "moorage", "gpg"])
def signed(request: pytest.FixtureRequest, machine: Machine) -> Signed:
    """Signed by Helm 4, by us, and by gpg itself."""
    found = Signed(machine, make_keyring(machine))
    chart = write_chart(machine.home / "charts", "etherpad", "0.0.4")
    key = ("--sign", "--key", "Example", "--keyring", found.keyring.secret)
    if request.param == "gpg":
        found.moorage("package", chart, *key)
        text = machine.tool("gpg", "--homedir", str(machine.home), "--decrypt")(
            str(found.provenance)
        ).stdout
        found.provenance.unlink()
        sign = ("--batch", "--digest-algo", "SHA512", "--clearsign", "--output")
        gpg = machine.tool("gpg", "--homedir", str(machine.home))
        gpg(*sign, str(found.provenance), stdin=text)
    else:
        (found.helm if request.param == "helm" else found.moorage)("package", chart, *key)
    return found


def test_a_good_signature_is_verified_by_both(signed: Signed) -> None:
    theirs, ours = signed.both("verify", ARCHIVE, "--keyring", signed.keyring.public)

    assert theirs.code == ours.code == 0, (theirs, ours)
    assert theirs.stdout == ours.stdout
    assert ours.lines[0] == f"Signed by: {SIGNER}"
    assert ours.lines[1] == f"Using Key With Fingerprint: {signed.keyring.fingerprint}"


def test_an_armoured_keyring_is_read_by_both(signed: Signed) -> None:
    armoured = signed.machine.work / "public.asc"
    gpg = signed.machine.tool("gpg", "--homedir", str(signed.machine.home))
    gpg("--armor", "--output", str(armoured), "--export")

    theirs, ours = signed.both("verify", ARCHIVE, "--keyring", str(armoured))

    assert theirs.code == ours.code == 0, (theirs, ours)
    assert theirs.stdout == ours.stdout


def test_a_changed_archive_is_refused_by_both(signed: Signed) -> None:
    signed.archive.write_bytes(signed.archive.read_bytes() + b"\0")

    theirs, ours = signed.both("verify", ARCHIVE, "--keyring", signed.keyring.public)

    assert theirs.code == ours.code == 1, (theirs, ours)
    assert theirs.stderr.splitlines()[0] == ours.stderr.splitlines()[0]
    assert f"sha256 sum does not match for {ARCHIVE}" in ours.stderr


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"version: 0.0.4", b"version: 0.0.5"), (b"sha256:", b"sha256:0"), (b"\n...\n", b"\n..\n")],
    ids=["metadata", "digest", "separator"],
)
def test_a_changed_signature_is_refused_by_both(
    signed: Signed, before: bytes, after: bytes
) -> None:
    raw = signed.provenance.read_bytes()
    signed.provenance.write_bytes(raw.replace(before, after, 1))

    theirs, ours = signed.both("verify", ARCHIVE, "--keyring", signed.keyring.public)

    assert theirs.code == ours.code == 1, (theirs, ours)
    assert ours.stderr.startswith("Error: openpgp: invalid signature: ")
    assert theirs.stderr.startswith("Error: openpgp: invalid signature: ")


def test_a_signer_who_is_not_in_the_keyring_is_refused_by_both(signed: Signed) -> None:
    wrong = signed.new_keyring("wrong")

    theirs, ours = signed.both("verify", ARCHIVE, "--keyring", str(wrong))

    assert theirs.code == ours.code == 1, (theirs, ours)
    assert "openpgp: signature made by unknown entity" in theirs.stderr
    assert ours.stderr.startswith("Error: openpgp: signature made by unknown entity\n")


def test_a_missing_signature_is_refused_by_both(signed: Signed) -> None:
    signed.provenance.unlink()

    theirs, ours = signed.both("verify", ARCHIVE, "--keyring", signed.keyring.public)

    assert theirs.code == ours.code == 1, (theirs, ours)
    for answer in (theirs, ours):
        assert "could not load provenance file" in answer.stderr, answer


def test_a_signature_that_is_none_is_refused_by_both(signed: Signed) -> None:
    signed.provenance.write_text("files:\n  etherpad-0.0.4.tgz: sha256:00\n")

    theirs, ours = signed.both("verify", ARCHIVE, "--keyring", signed.keyring.public)

    assert theirs.code == ours.code == 1, (theirs, ours)
    assert "signature block not found" in theirs.stderr and "not found" in ours.stderr


def test_a_renamed_archive_is_known_by_its_bytes(signed: Signed) -> None:
    """Helm looks for the name, so that charts pulled by digest never verify. We do not."""
    signed.archive.rename(signed.machine.work / "renamed.tgz")
    signed.provenance.rename(signed.machine.work / "renamed.tgz.prov")

    theirs, ours = signed.both("verify", "renamed.tgz", "--keyring", signed.keyring.public)

    assert theirs.code == 1
    assert 'does not contain a SHA for a file named "renamed.tgz"' in theirs.stderr
    assert ours.code == 0, ours


def test_a_signature_travels_with_the_chart(signed: Signed, registry: Registry) -> None:
    """Pushed by one and pulled by the other, verified on the way."""
    name = _organization(registry, "travels")
    signed.moorage(*LOGIN, stdin=PASSWORD)
    url = f"oci://{QUAY_HOST}/{name}/etherpad"
    verify = ("--version", "0.0.4", "--verify", "--keyring", signed.keyring.public)

    signed.moorage("push", ARCHIVE, f"oci://{QUAY_HOST}/{name}")
    theirs = signed.helm("pull", url, *verify)
    signed.helm("push", ARCHIVE, f"oci://{QUAY_HOST}/{name}")
    signed.archive.unlink()
    signed.provenance.unlink()
    ours = signed.moorage("pull", url, *verify)

    assert theirs.lines[-3:] == ours.lines[-3:]
    assert ours.lines[-3] == f"Signed by: {SIGNER}"
    assert signed.archive.is_file() and signed.provenance.is_file()


def test_a_tampered_chart_in_a_registry_is_not_kept(signed: Signed, registry: Registry) -> None:
    """With --verify an archive that nobody signed never reaches the folder."""
    _organization(registry, "tampered")
    signed.moorage(*LOGIN, stdin=PASSWORD)
    chart = write_chart(signed.machine.home / "other", "etherpad", "0.0.4")
    (Path(chart) / "values.yaml").write_text("replicas: 666\n")
    provenance = signed.provenance.read_bytes()
    signed.moorage("package", chart)
    signed.provenance.write_bytes(provenance)
    signed.moorage("push", ARCHIVE, f"oci://{QUAY_HOST}/tampered")
    signed.archive.unlink()

    refused = signed.moorage.fails(
        "pull",
        f"oci://{QUAY_HOST}/tampered/etherpad:0.0.4",
        "--verify",
        "--keyring",
        signed.keyring.public,
    )

    assert f"sha256 sum does not match for {ARCHIVE}" in refused.stderr
    assert not signed.archive.exists()


def test_an_unsigned_chart_fails_the_verification(machine: Machine, registry: Registry) -> None:
    moorage, helm = machine.tool(MOORAGE), machine.tool("helm-4.3.1")
    keyring = make_keyring(machine)
    _organization(registry, "unsigned")
    moorage(*LOGIN, stdin=PASSWORD)
    moorage("package", write_chart(machine.home / "charts", "etherpad", "0.0.4"))
    moorage("push", ARCHIVE, f"oci://{QUAY_HOST}/unsigned")
    url = f"oci://{QUAY_HOST}/unsigned/etherpad"
    verify = ("pull", url, "--version", "0.0.4", "--verify", "--keyring", keyring.public)

    theirs, ours = helm.fails(*verify), moorage.fails(*verify)

    assert theirs.stderr.splitlines()[0] == ours.stderr.splitlines()[0]


def test_a_key_with_a_passphrase_signs(machine: Machine) -> None:
    """The passphrase comes from a file, or from stdin; a wrong one is said to be wrong."""
    home = machine.home / "keys"
    home.mkdir(mode=0o700)
    gpg = machine.tool("gpg", "--batch", "--yes", "--homedir", str(home))
    locked = ("--pinentry-mode", "loopback", "--passphrase", "open sesame")
    gpg(*locked, "--quick-generate-key", SIGNER, "rsa2048", "sign")
    gpg(*locked, "--armor", "--output", str(machine.work / "key.asc"), "--export-secret-keys")
    gpg("--output", str(machine.work / "public.gpg"), "--export")
    chart = write_chart(machine.home / "charts", "etherpad", "0.0.4")
    moorage = machine.tool(MOORAGE)
    sign = ("package", chart, "--sign", "--keyring", "key.asc")

    missing = moorage.fails(*sign)
    wrong = moorage.fails(*sign, "--passphrase-file", "-", stdin="close sesame\n")
    moorage(*sign, "--passphrase-file", "-", stdin="open sesame\n")
    verified = machine.tool("helm-4.3.1")("verify", ARCHIVE, "--keyring", "public.gpg")

    assert "--passphrase-file" in missing.stderr
    assert "passphrase does not fit" in wrong.stderr
    assert verified.lines[0] == f"Signed by: {SIGNER}"


def _organization(registry: Registry, name: str) -> str:
    """Made by the first test that wants it."""
    made = registry.folder / f"organization-{name}"
    if not made.exists():
        registry.create_organization(name)
        made.touch()
    return name
