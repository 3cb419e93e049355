"""Snippets, pasted into a real shell, call the programs that they show and nothing else."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from moorage.artifacts import logins
from moorage.artifacts.commands import Host, Snippet, Target, commands_of
from moorage.artifacts.description import ArtifactKind
from tests.artifacts.shell import TOKEN, run

# One line a command; a changed command shows as one changed line.
GOLDEN = Path(__file__).parent / "commands.json"
DIGEST = "sha256:" + "ab" * 32
SECURE, PLAIN = Host("registry.example.com"), Host("127.0.0.1:8080", is_plain_http=True)
ODD = (
    "acme+ci",
    "$HOME",
    "it's",
    "a b",
    "`x`",
    "$(touch x)",
    'q"q',
    "--post-renderer=x",
    "a!b",
    "x\\y",
    "größe",
)
CHART = Target(
    SECURE,
    "helm/etherpad",
    ArtifactKind.CHART,
    "1.2.3_build.7",
    DIGEST,
    "etherpad",
    "1.2.3+build.7",
)


def target_of(kind: ArtifactKind, host: Host) -> Target:
    if kind is ArtifactKind.CHART:
        return replace(CHART, host=host)
    return Target(host, "team/tools/app", kind, "1.0", DIGEST)


def shown(snippets: tuple[Snippet, ...], folder: Path) -> dict[str, object]:
    return {
        f"{one.client} {one.purpose} {one.reference}".strip(): (
            [call["called"] for call in run(one.text, folder)]
            if one.language == "shell"
            else list(yaml.safe_load_all(one.text))
        )
        for one in snippets
    }


@pytest.mark.parametrize("kind", ArtifactKind)
@pytest.mark.parametrize("host", [SECURE, PLAIN], ids=["https", "http"])
def test_each_kind_has_the_commands_of_its_clients(
    kind: ArtifactKind, host: Host, tmp_path: Path
) -> None:
    expected = json.loads(GOLDEN.read_text())[host.url][kind]

    assert shown(commands_of(target_of(kind, host)), tmp_path) == expected


def test_a_charts_name_is_neither_read_by_the_shell_nor_as_an_option(tmp_path: Path) -> None:
    for odd in ODD:
        target = replace(CHART, name=odd, version=odd, tag="1.2.3")

        for snippet in commands_of(target):
            if snippet.language == "shell":
                for call in run(snippet.text, tmp_path):
                    assert odd not in call["called"][:3]


@pytest.mark.parametrize(
    ("tag", "version", "words"),
    [
        ("1.2.3", "1.2.3", ["oci://registry.example.com/helm/etherpad", "--version", "1.2.3"]),
        (
            "1.2.3_b",
            "1.2.3+b",
            ["oci://registry.example.com/helm/etherpad", "--version", "1.2.3+b"],
        ),
        ("1.2.3_b", "9.9.9", ["oci://registry.example.com/helm/etherpad", "--version", "1.2.3+b"]),
        ("stable", "1.2.3", ["oci://registry.example.com/helm/etherpad:stable"]),
    ],
)
def test_helm_asks_for_the_version_that_finds_this_tag(
    tag: str, version: str, words: list[str], tmp_path: Path
) -> None:
    target = replace(CHART, tag=tag, version=version)
    pull = next(
        one for one in commands_of(target) if (one.client, one.purpose) == ("helm-4", "pull")
    )

    calls = run(pull.text, tmp_path)

    assert [call["called"] for call in calls] == [["helm", "pull", *words]]


def test_what_a_client_cannot_do_has_no_command() -> None:
    def clients(target: Target) -> set[str]:
        return {f"{one.client} {one.reference}" for one in commands_of(target)}

    for kind in ArtifactKind:
        if "image" not in kind and "operator" not in kind:
            assert not clients(target_of(kind, SECURE)) & {"docker tag", "podman tag", "ctr tag"}
    assert not clients(CHART) & {"helm-3.8 digest", "helm-3.5 digest", "argocd digest"}
    assert "helm-3.5 tag" not in clients(replace(CHART, is_readable_by_helm_3_5=False))
    assert not clients(replace(CHART, tag="stable")) & {"helm-3.8 tag", "helm-repo tag"}


@pytest.mark.parametrize("username", ODD)
def test_a_login_gets_the_user_and_the_token_as_they_are(username: str, tmp_path: Path) -> None:
    for snippet in logins.login_commands(SECURE, username, "helm"):
        if snippet.language != "shell":
            continue
        called = run(snippet.text, tmp_path)

        assert len(called) == 1
        words = called[0]["called"]
        assert isinstance(words, list)
        assert words[words.index("--username") + 1] == username
        assert called[0]["stdin"] == (TOKEN if snippet.purpose == "script" else "")
        assert TOKEN not in snippet.text
        assert f"--username '{username.partition(chr(39))[0]}" in snippet.text


@pytest.mark.parametrize("client", ["github", "gitlab"])
def test_a_pipeline_runs_the_login_that_it_shows(client: str, tmp_path: Path) -> None:
    found = {one.client: one for one in logins.login_commands(SECURE, "acme+ci")}

    document = yaml.safe_load(found[client].text)
    steps = (
        document["push"]["before_script"]
        if client == "gitlab"
        else [document["jobs"]["push"]["steps"][0]["run"]]
    )
    called = run("\n".join(steps), tmp_path)

    login = "helm registry login registry.example.com --username acme+ci --password-stdin"
    assert called == [{"called": login.split(), "stdin": TOKEN}]


def test_login_files_hold_what_their_readers_look_for() -> None:
    files = {one.client: one for one in logins.login_files(SECURE, "acme+ci", TOKEN)}
    pair = base64.b64encode(f"acme+ci:{TOKEN}".encode()).decode()
    document = {"auths": {"registry.example.com": {"auth": pair}}}

    secret = yaml.safe_load(files["kubernetes"].text)
    assert json.loads(files["docker"].text) == document
    assert json.loads(files["podman"].text) == document
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert secret["metadata"] == {"name": "acme-ci-pull-secret"}
    assert json.loads(base64.b64decode(secret["data"][".dockerconfigjson"])) == document
    assert "imagePullSecrets:\n  - name: acme-ci-pull-secret" in files["kubernetes"].note
    assert files["containerd"].path == "/etc/containerd/certs.d/registry.example.com/hosts.toml"


def test_hosts_toml_is_toml() -> None:
    import tomllib

    files = {one.client: one for one in logins.login_files(PLAIN, 'q"\\', "t")}

    document = tomllib.loads(files["containerd"].text)

    assert document["server"] == "http://127.0.0.1:8080"
    header = document["host"]["http://127.0.0.1:8080"]["header"]["authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")) == b'q"\\:t'


@pytest.mark.parametrize("kind", [ArtifactKind.CHART, ArtifactKind.IMAGE, ArtifactKind.GENERIC])
def test_an_empty_repository_says_how_it_is_filled(kind: ArtifactKind, tmp_path: Path) -> None:
    expected = json.loads(GOLDEN.read_text())["push"][kind]

    assert shown(logins.push_commands(PLAIN, "helm", "", kind), tmp_path) == expected
