"""The documented walk-through with `moorage` typed in place of `helm`, beside Helm 3.5.4's run.

Both run against moorage and against docker-registry; the transcripts have to be the same text,
but for what `_compared` names.
"""

from __future__ import annotations

import difflib
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.clients.docker_registry import start_docker_registry
from tests.clients.machine import Machine, Tool
from tests.clients.network import QUAY_HOST, Network
from tests.clients.registry import MOORAGE, PASSWORD, USER, Authority, Registry, tree_of


@pytest.fixture(scope="module")
def docker_registry(
    network: Network, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    started = start_docker_registry(network, authority, tmp_path_factory.mktemp("docker"))
    yield started.host
    started.daemon.stop()


@pytest.fixture(params=["moorage", "docker-registry"])
def host(request: pytest.FixtureRequest) -> str:
    """A registry with an organization `helm`."""
    if request.param == "docker-registry":
        return str(request.getfixturevalue("docker_registry"))
    registry: Registry = request.getfixturevalue("registry")
    if not (registry.folder / "organized").exists():
        registry.create_organization("helm")
        (registry.folder / "organized").touch()
    return QUAY_HOST


def helm_on(machine: Machine) -> Tool:
    return machine.tool("helm-3.5.4", HELM_EXPERIMENTAL_OCI="1")


def moorage_on(machine: Machine) -> Tool:
    return machine.tool(MOORAGE, HELM_EXPERIMENTAL_OCI="1")


def test_the_transcripts_are_the_same(
    host: str, classic_repository: str, new_machine: Callable[..., Machine]
) -> None:
    """Every command of the documentation, and what is said when something is missing."""
    theirs = _walk(helm_on(new_machine("helm")), host, "one", classic_repository)
    ours = _walk(moorage_on(new_machine("moorage")), host, "two", classic_repository)

    helm, moorage = _compared(theirs, "one"), _compared(ours, "two")
    difference = difflib.unified_diff(helm.splitlines(), moorage.splitlines(), "helm", "moorage")
    assert helm == moorage, "\n".join(difference)


def test_the_archive_holds_the_same_files(
    host: str, classic_repository: str, new_machine: Callable[..., Machine]
) -> None:
    """And the config blob the same bytes; only times and compression differ."""
    machines = {name: new_machine(name) for name in ("helm", "moorage")}
    for name, tool in (("helm", helm_on), ("moorage", moorage_on)):
        client = tool(machines[name])
        client("repo", "add", "redhat-cop", classic_repository)
        client("pull", "redhat-cop/etherpad", "--version=0.0.4", "--untar")
        client("chart", "save", "etherpad", f"{host}/helm/etherpad")

    blobs = [_blobs(machine) for machine in machines.values()]

    assert blobs[0].configs == blobs[1].configs
    assert blobs[0].members == blobs[1].members


def test_the_login_is_asked_for_on_a_terminal(host: str, machine: Machine) -> None:
    shown = moorage_on(machine).on_a_terminal(
        "registry", "login", host, answers={"Username: ": USER, "Password: ": PASSWORD}
    )

    assert shown.code == 0, str(shown)
    assert shown.lines == [f"Username: {USER}", "Password: ", "Login succeeded"]


def _walk(client: Tool, host: str, name: str, url: str) -> str:
    """The commands in order; what each printed. `name` keeps the two runs apart."""
    ref, work = f"{host}/helm/{name}:0.0.4", client.machine.work
    shown: list[str] = []

    def run(*arguments: str, stdin: str = "") -> None:
        done = client.run(*arguments, stdin=stdin)
        first_error = done.stderr.splitlines()[:1]  # ours says below it what to do
        shown.extend([f"$ {' '.join(arguments)}", done.stdout, *first_error, f"= {done.code}\n"])

    _walk_to_the_push(run, url, ref)
    shown.append("\n".join(tree_of(work)))
    shutil.rmtree(work / "etherpad")
    run("chart", "pull", ref)
    run("chart", "pull", ref)
    run("chart", "pull", f"{host}/helm/{name}:9.9.9")
    run("chart", "pull", f"{host}/helm/{name}")
    run("chart", "export", ref)
    run("chart", "export", ref, "-d", "there")
    shown.append("\n".join(tree_of(work)))
    shown.append((work / "etherpad/Chart.yaml").read_text())
    shutil.rmtree(client.machine.home / ".cache/helm/registry")
    run("chart", "pull", ref)
    run("registry", "logout", host)
    run("repo", "remove", "redhat-cop")
    return "\n".join(shown)


def _walk_to_the_push(run: Callable[..., None], url: str, ref: str) -> None:
    host = ref.partition("/")[0]
    run("repo", "add", "redhat-cop", url)
    run("repo", "add", "redhat-cop", url)
    run("repo", "add", "redhat-cop", f"{url}/other")
    run("repo", "list")
    run("repo", "update")
    run("search", "repo", "etherpad", "-l")
    run("search", "repo", "nothing-like-it")
    run("pull", "redhat-cop/etherpad", "--version=0.0.4", "--untar")
    run("pull", "redhat-cop/etherpad", "--version=0.0.4", "--untar")
    run("chart", "list")
    run("chart", "save", "./etherpad", ref)
    run("chart", "list")
    run("chart", "push", f"{host}/helm/not-saved:1")
    run("registry", "login", host, "-u", USER, "-p", "wrong-password")
    run("registry", "login", host, "-u", USER, "--password-stdin", stdin=PASSWORD)
    run("chart", "push", ref)
    run("chart", "push", ref)
    run("chart", "rm", ref)
    run("chart", "rm", ref)
    run("chart", "list")


def _compared(text: str, name: str) -> str:
    """Without what two runs cannot have in common.

    Digests: the archive holds the time of its packing in Helm, and the same one in ours. Sizes are
    compared. Ages depend on the machine. Hints name the program.
    """
    text = text.replace(f"helm/{name}", "helm/etherpad")
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    text = re.sub(r"(?m)^(.*\t0\.0\.4  \t)[0-9a-f]{7}(\t.*)\t.*$", r"\1DIGEST7\2", text)
    text = re.sub(r"(\tSIZE *)\tCREATED *", r"\1", text)
    return text.replace("'moorage repo update'", "'helm repo update'")


class _blobs:
    """What a machine's registry cache holds."""

    def __init__(self, machine: Machine) -> None:
        import io
        import tarfile

        self.configs: list[bytes] = []
        self.members: list[tuple[str, bytes]] = []
        folder = machine.home / ".cache/helm/registry/cache/blobs/sha256"
        for path in sorted(folder.iterdir()):
            raw = Path(path).read_bytes()
            if raw.startswith(b'{"name"'):
                self.configs.append(raw)
            elif raw[:2] == b"\x1f\x8b":
                with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
                    for member in tar.getmembers():
                        content = tar.extractfile(member)
                        self.members.append((member.name, content.read() if content else b""))
