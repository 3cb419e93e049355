"""The commands that fetch an artifact, by its kind and client, safe to paste into a shell.

A command is a list of words until it is shown; then each word is quoted. What a client cannot do
has no command: no `docker pull` of a chart, no digest for Helm 3.8. (docs/console.md)
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from moorage.artifacts.description import ArtifactKind
from moorage.artifacts.manifests import argo_application, flux_release, opa_configuration
from moorage.charts.version import find_version, tag_of, version_of_tag

_CHART_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Purpose = Literal["pull", "install", "verify", "push", "login", "script"]
Language = Literal["shell", "yaml", "json", "toml"]


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text to copy as it is. `note` says what else it needs, or why there is none."""

    client: str
    title: str
    purpose: Purpose
    text: str
    language: Language = "shell"
    reference: Literal["tag", "digest", ""] = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Host:
    """A registry as its clients name it: host[:port]."""

    name: str
    is_plain_http: bool = False

    @property
    def url(self) -> str:
        return f"{'http' if self.is_plain_http else 'https'}://{self.name}"

    @property
    def is_local(self) -> bool:
        """Docker, and Helm up to 3.17, speak plain HTTP to these without being told."""
        return self.name.startswith(("127.", "localhost", "[::1]"))


@dataclass(frozen=True, slots=True)
class Target:
    """What is fetched. `name` and `version` are a chart's own, from Chart.yaml."""

    host: Host
    repository: str
    kind: ArtifactKind
    tag: str | None
    digest: str | None
    name: str = ""
    version: str = ""
    is_readable_by_helm_3_5: bool = True
    subject: str | None = None
    """The manifest that a signature, an attestation or an SBOM is about."""

    @property
    def namespace(self) -> str:
        return self.repository.partition("/")[0]

    @property
    def path(self) -> str:
        return f"{self.host.name}/{self.repository}"

    @property
    def reference(self) -> str:
        return f"{self.path}:{self.tag}" if self.tag else f"{self.path}@{self.digest}"

    @property
    def chart_name(self) -> str:
        """Whoever pushes writes the name: one like `--post-renderer` would be read as an option."""
        return self.name if _CHART_NAME.fullmatch(self.name) else self.repository.rpartition("/")[2]

    @property
    def wanted_version(self) -> str | None:
        """What `--version` finds this tag by; None where Helm would not come to it."""
        if self.tag is None:
            return None
        if self.version and tag_of(self.version) == self.tag:
            return self.version
        return version_of_tag(self.tag) if find_version(version_of_tag(self.tag)) else None


def commands_of(target: Target) -> tuple[Snippet, ...]:
    """How each client that knows the kind gets it, first by tag and then by digest."""
    found: list[Snippet] = []
    for make in _MAKERS[target.kind]:
        if target.tag:
            by_tag = replace(target, digest=None)
            found += [replace(one, reference="tag") for one in make(by_tag)]
        if target.digest:
            by_digest = replace(target, tag=None)
            found += [replace(one, reference="digest") for one in make(by_digest)]
    return tuple(found)


def line(*words: str) -> str:
    return " ".join(shlex.quote(word) for word in words if word)


def lines(*commands: str) -> str:
    return "\n".join(command for command in commands if command)


def plain(host: Host, flag: str) -> str:
    """The flag with which a client speaks HTTP, where the registry does."""
    return flag if host.is_plain_http else ""


def local_only(host: Host, client: str) -> str:
    if host.is_plain_http and not host.is_local:
        return f"{client} speaks plain HTTP to this machine only: it needs HTTPS here."
    return ""


def _helm_4(target: Target) -> Iterator[Snippet]:
    flag, chart = plain(target.host, "--plain-http"), f"oci://{target.path}"
    version = target.wanted_version
    words = (chart, "--version", version) if version else (f"oci://{target.reference}",)
    for purpose, start in _helm_purposes(target):
        yield Snippet("helm-4", "Helm 4", purpose, line(*start, *words, flag))


def _helm_3_8(target: Target) -> Iterator[Snippet]:
    version = target.wanted_version
    if version is None:
        return
    for purpose, start in _helm_purposes(target):
        text = line(*start, f"oci://{target.path}", "--version", version)
        note = local_only(target.host, "Helm 3.8")
        yield Snippet("helm-3.8", "Helm 3.8 and later", purpose, text, note=note)


def _helm_3_5(target: Target) -> Iterator[Snippet]:
    if target.tag is None or not target.is_readable_by_helm_3_5:
        return
    fetched = (
        "export HELM_EXPERIMENTAL_OCI=1",
        line("helm", "chart", "pull", target.reference),
        line("helm", "chart", "export", target.reference),
    )
    note = local_only(target.host, "Helm 3.5")
    yield Snippet("helm-3.5", "Helm 3.0 to 3.6", "pull", lines(*fetched), note=note)
    install = line("helm", "install", target.chart_name, f"./{target.chart_name}")
    yield Snippet("helm-3.5", "Helm 3.0 to 3.6", "install", lines(*fetched, install), note=note)


def _helm_repository(target: Target) -> Iterator[Snippet]:
    """The classic repository of the namespace; every Helm knows it."""
    version = target.version if target.wanted_version == target.version else None
    if not version:
        return
    chart = f"{target.namespace}/{target.chart_name}"
    prepared = (
        line(
            "helm", "repo", "add", target.namespace, f"{target.host.url}/charts/{target.namespace}"
        ),
        line("helm", "repo", "update"),
    )
    for purpose, start in _helm_purposes(target):
        text = lines(*prepared, line(*start, chart, "--version", version))
        note = (
            "For private charts add --username NAME to the first line; Helm asks for the password."
        )
        yield Snippet("helm-repo", "Helm, classic repository", purpose, text, note=note)


def _helm_purposes(target: Target) -> Iterator[tuple[Purpose, tuple[str, ...]]]:
    yield "pull", ("helm", "pull")
    yield "install", ("helm", "install", target.chart_name)


def _moorage(target: Target) -> Iterator[Snippet]:
    flag, version = plain(target.host, "--plain-http"), target.wanted_version
    if version:
        text = line("moorage", "pull", f"oci://{target.path}", "--version", version, flag)
    else:
        text = line("moorage", "pull", f"oci://{target.reference}", flag)
    yield Snippet("moorage", "moorage", "pull", text)


def _oras(target: Target) -> Iterator[Snippet]:
    text = line("oras", "pull", plain(target.host, "--plain-http"), target.reference)
    yield Snippet("oras", "oras", "pull", text)


def _flux(target: Target) -> Iterator[Snippet]:
    text = flux_release(
        target.chart_name,
        f"oci://{target.path}",
        target.tag,
        target.digest,
        target.host.is_plain_http,
    )
    note = "For a private chart add secretRef with the name of a pull secret."
    yield Snippet("flux", "Flux", "install", text, "yaml", note=note)


def _argo(target: Target) -> Iterator[Snippet]:
    if target.wanted_version is None:
        return
    registry = target.path.rpartition("/")[0]
    chart = target.repository.rpartition("/")[2]
    text = argo_application(target.chart_name, registry, chart, target.wanted_version)
    note = "Add the registry to Argo CD as a Helm repository with OCI enabled."
    yield Snippet("argocd", "Argo CD", "install", text, "yaml", note=note)


def _docker(target: Target) -> Iterator[Snippet]:
    note = ""
    if target.host.is_plain_http and not target.host.is_local:
        note = 'Docker needs this host under "insecure-registries" in /etc/docker/daemon.json.'
    yield Snippet("docker", "Docker", "pull", line("docker", "pull", target.reference), note=note)


def _podman(target: Target) -> Iterator[Snippet]:
    text = line("podman", "pull", plain(target.host, "--tls-verify=false"), target.reference)
    yield Snippet("podman", "Podman", "pull", text)


def _skopeo(target: Target) -> Iterator[Snippet]:
    every = "--all" if target.kind is ArtifactKind.MULTIARCH_IMAGE else ""
    flag = plain(target.host, "--src-tls-verify=false")
    folder = (
        "oci:" + target.repository.rpartition("/")[2] + (f":{target.tag}" if target.tag else "")
    )
    text = line("skopeo", "copy", every, flag, f"docker://{target.reference}", folder)
    yield Snippet("skopeo", "skopeo", "pull", text)


def _nerdctl(target: Target) -> Iterator[Snippet]:
    text = line("nerdctl", plain(target.host, "--insecure-registry"), "pull", target.reference)
    yield Snippet("nerdctl", "nerdctl", "pull", text)


def _ctr(target: Target) -> Iterator[Snippet]:
    text = line("ctr", "images", "pull", plain(target.host, "--plain-http"), target.reference)
    note = "ctr keeps no login: add --user NAME for a private image, it asks for the password."
    yield Snippet("ctr", "ctr (containerd)", "pull", text, note=note)


def _crictl(target: Target) -> Iterator[Snippet]:
    yield Snippet("crictl", "crictl", "pull", line("crictl", "pull", target.reference))


def _operator_sdk(target: Target) -> Iterator[Snippet]:
    flag = plain(target.host, "--use-http")
    text = line("operator-sdk", "run", "bundle", flag, target.reference)
    yield Snippet("operator-sdk", "operator-sdk", "install", text)


def _opa(target: Target) -> Iterator[Snippet]:
    text = opa_configuration(target.host.url, target.reference)
    yield Snippet("opa", "OPA", "install", text, "yaml", note="For opa run --server -c FILE.")


def _cosign(target: Target) -> Iterator[Snippet]:
    """By digest only: what is verified must be what is used."""
    digest = target.subject or target.digest
    if digest is None:
        return
    is_attested = target.kind in (ArtifactKind.ATTESTATION, ArtifactKind.SBOM)
    verb = "verify-attestation" if is_attested else "verify"
    flag = plain(target.host, "--allow-http-registry")
    text = line("cosign", verb, "--key", "cosign.pub", flag, f"{target.path}@{digest}")
    yield Snippet("cosign", "cosign", "verify", text)


_Maker = Callable[[Target], Iterator[Snippet]]
_IMAGE: tuple[_Maker, ...] = (_docker, _podman, _skopeo, _nerdctl, _ctr, _crictl, _cosign)
_MAKERS: dict[ArtifactKind, tuple[_Maker, ...]] = {
    ArtifactKind.IMAGE: _IMAGE,
    ArtifactKind.MULTIARCH_IMAGE: _IMAGE,
    ArtifactKind.CHART: (
        *(_helm_4, _helm_3_8, _helm_3_5, _moorage, _helm_repository),
        *(_oras, _flux, _argo, _cosign),
    ),
    ArtifactKind.POLICY: (_opa, _oras, _cosign),
    ArtifactKind.OPERATOR_BUNDLE: (_operator_sdk, *_IMAGE),
    ArtifactKind.OPERATOR_CATALOG: _IMAGE,
    ArtifactKind.SBOM: (_oras, _cosign),
    ArtifactKind.SIGNATURE: (_cosign, _oras),
    ArtifactKind.ATTESTATION: (_cosign, _oras),
    ArtifactKind.WASM: (_oras, _cosign),
    ArtifactKind.GENERIC: (_oras, _cosign),
}
