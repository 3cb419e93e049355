"""How each client logs in and pushes, and the files that hold a login for it.

No password stands on a command line: a client asks for it, or a script pipes it in. User names are
always quoted, because `$` and `+` in them are common (robots) and a shell reads the first.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

from moorage.artifacts.commands import Host, Language, Snippet, line, lines, local_only, plain
from moorage.artifacts.description import ArtifactKind
from moorage.artifacts.manifests import as_yaml

TOKEN = "printf '%s' \"$REGISTRY_TOKEN\""
_HELM_3_5 = "export HELM_EXPERIMENTAL_OCI=1"
_LOGINS = (
    ("helm-4", "Helm 4", ("helm", "registry", "login"), "--plain-http"),
    ("helm-3.8", "Helm 3.8 and later", ("helm", "registry", "login"), ""),
    ("helm-3.5", "Helm 3.0 to 3.6", ("helm", "registry", "login"), ""),
    ("moorage", "moorage", ("moorage", "registry", "login"), "--plain-http"),
    ("docker", "Docker", ("docker", "login"), ""),
    ("podman", "Podman", ("podman", "login"), "--tls-verify=false"),
    ("skopeo", "skopeo", ("skopeo", "login"), "--tls-verify=false"),
    ("nerdctl", "nerdctl", ("nerdctl", "login"), "--insecure-registry"),
    ("oras", "oras", ("oras", "login"), "--plain-http"),
    ("cosign", "cosign", ("cosign", "login"), ""),
)
"""Client, its name, its command, and its flag for plain HTTP."""
_LOCAL_ONLY = {"helm-3.8": "Helm 3.8", "helm-3.5": "Helm 3.5"}


@dataclass(frozen=True, slots=True)
class LoginFile:
    """A file that holds a secret; `path` is where its reader looks."""

    client: str
    title: str
    file_name: str
    path: str
    language: Language
    text: str
    note: str = ""


def quoted_user(name: str) -> str:
    return "'" + name.replace("'", "'\"'\"'") + "'"


def login_commands(host: Host, username: str, namespace: str = "") -> tuple[Snippet, ...]:
    """Each client's login, asking for the password and (`script`) reading $REGISTRY_TOKEN."""
    found = []
    for client, title, words, flag in _LOGINS:
        start = line(*words, host.name, plain(host, flag))
        command = f"{start} --username {quoted_user(username)}"
        first = _HELM_3_5 if client == "helm-3.5" else ""
        note = local_only(host, _LOCAL_ONLY[client]) if client in _LOCAL_ONLY else ""
        piped = f"{TOKEN} | {command} --password-stdin"
        found.append(Snippet(client, title, "login", lines(first, command), note=note))
        found.append(Snippet(client, title, "script", lines(first, piped), note=note))
    if namespace:
        start = line("helm", "repo", "add", namespace, f"{host.url}/charts/{namespace}")
        command, title = f"{start} --username {quoted_user(username)}", "Helm, classic repository"
        piped = f"{TOKEN} | {command} --password-stdin"
        found.append(Snippet("helm-repo", title, "login", command))
        note = "Helm 3.5 reads no password from a pipe: let it ask."
        found.append(Snippet("helm-repo", title, "script", piped, note=note))
    found += _pipelines(host, username)
    return tuple(found)


def push_commands(
    host: Host, namespace: str, repository: str, kind: ArtifactKind
) -> tuple[Snippet, ...]:
    """What fills an empty namespace or repository; `repository` is without the namespace."""
    name = repository or {"chart": "mychart", "image": "app"}.get(kind, "files")
    path = f"{host.name}/{namespace}/{name}"
    if kind is ArtifactKind.CHART:
        return _chart_pushes(host, namespace, name)
    if kind is ArtifactKind.IMAGE:
        return _image_pushes(host, path)
    text = line("oras", "push", plain(host, "--plain-http"), f"{path}:1.0", "FILE:text/plain")
    return (Snippet("oras", "oras", "push", text),)


def login_files(host: Host, username: str, token: str) -> tuple[LoginFile, ...]:
    """Files with the secret in them; whoever sends them on must forbid that they are kept."""
    pair = b64encode(f"{username}:{token}".encode()).decode()
    document = {"auths": {host.name: {"auth": pair}}}
    config = json.dumps(document, indent=2) + "\n"
    name = re.sub(r"[^a-z0-9]+", "-", username.lower()).strip("-") + "-pull-secret"
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": b64encode(json.dumps(document).encode()).decode()},
    }
    pod = as_yaml({"spec": {"imagePullSecrets": [{"name": name}]}})
    folder = f"/etc/containerd/certs.d/{host.name}/hosts.toml"
    return (
        LoginFile("docker", "Docker", "config.json", "~/.docker/config.json", "json", config),
        LoginFile(
            "podman", "Podman", "auth.json", "~/.config/containers/auth.json", "json", config
        ),
        LoginFile(
            "helm-4", "Helm", "config.json", "~/.config/helm/registry/config.json", "json", config
        ),
        LoginFile(
            "kubernetes",
            "Kubernetes pull secret",
            f"{name}.yaml",
            "",
            "yaml",
            as_yaml(secret),
            f"kubectl apply -f {name}.yaml, then in a pod or service account:\n{pod}",
        ),
        LoginFile("containerd", "containerd", "hosts.toml", folder, "toml", _hosts(host, pair)),
    )


def _hosts(host: Host, pair: str) -> str:
    """JSON's strings are TOML's basic strings. (containerd: docs/hosts.md)"""
    url = json.dumps(host.url)
    return (
        f"server = {url}\n\n[host.{url}]\n"
        'capabilities = ["pull", "resolve"]\n\n'
        f"[host.{url}.header]\nauthorization = {json.dumps(f'Basic {pair}')}\n"
    )


def _chart_pushes(host: Host, namespace: str, name: str) -> tuple[Snippet, ...]:
    """`helm push` names the namespace: the chart's own name comes below it."""
    target, flag = f"oci://{host.name}/{namespace}", plain(host, "--plain-http")
    archive, old = f"{name}-0.1.0.tgz", f"{host.name}/{namespace}/{name}:0.1.0"
    note = local_only(host, "Helm 3.8")
    return (
        Snippet("helm-4", "Helm 4", "push", line("helm", "push", archive, target, flag)),
        Snippet(
            "helm-3.8",
            "Helm 3.8 and later",
            "push",
            line("helm", "push", archive, target),
            note=note,
        ),
        Snippet(
            "helm-3.5",
            "Helm 3.0 to 3.6",
            "push",
            lines(
                _HELM_3_5,
                line("helm", "chart", "save", archive, old),
                line("helm", "chart", "push", old),
            ),
            note=local_only(host, "Helm 3.5"),
        ),
        Snippet("moorage", "moorage", "push", line("moorage", "push", archive, target, flag)),
    )


def _image_pushes(host: Host, path: str) -> tuple[Snippet, ...]:
    reference = f"{path}:1.0"
    tls = plain(host, "--tls-verify=false")
    docker = (line("docker", "tag", "IMAGE", reference), line("docker", "push", reference))
    podman = (line("podman", "push", tls, "IMAGE", reference),)
    skopeo = line(
        "skopeo",
        "copy",
        plain(host, "--dest-tls-verify=false"),
        "oci:FOLDER",
        f"docker://{reference}",
    )
    return (
        Snippet("docker", "Docker", "push", lines(*docker)),
        Snippet("podman", "Podman", "push", lines(*podman)),
        Snippet("skopeo", "skopeo", "push", skopeo),
    )


def _pipelines(host: Host, username: str) -> tuple[Snippet, ...]:
    helm = line("helm", "registry", "login", host.name, plain(host, "--plain-http"))
    run = f"{TOKEN} | {helm} --username {quoted_user(username)} --password-stdin"
    step: dict[str, Any] = {
        "name": "Log in to the registry",
        "env": {"REGISTRY_TOKEN": "${{ secrets.REGISTRY_TOKEN }}"},
        "run": run,
    }
    steps = as_yaml({"jobs": {"push": {"runs-on": "ubuntu-latest", "steps": [step]}}})
    stage = as_yaml({"push": {"stage": "deploy", "before_script": [run]}})
    secret = "Keep the token as the secret REGISTRY_TOKEN."
    variable = "Keep the token as the masked variable REGISTRY_TOKEN."
    return (
        Snippet("github", "GitHub Actions", "script", steps, "yaml", note=secret),
        Snippet("gitlab", "GitLab CI", "script", stage, "yaml", note=variable),
    )
