"""docs/clients.md as it is written: each section's blocks are run, in a folder with its files."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from secrets import token_hex

import pytest
from tests.clients.charts import write_chart
from tests.clients.daemons import CTR
from tests.clients.images import write_layout
from tests.clients.machine import Machine
from tests.clients.network import PATH, QUAY_HOST, program
from tests.clients.registry import PASSWORD, USER, Registry

PAGE = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"^```(sh|python)\n(.+?)^```$", re.MULTILINE | re.DOTALL)
HELM = {"Helm 3.5": "helm-3.5.4", "Helm 3.8": "helm-3.8.1", "Helm 4": "helm-4.3.1"}

FILES = {
    "password": PASSWORD,
    "Containerfile": "FROM scratch\nCOPY content /content\n",
    "Dockerfile": "FROM scratch\nCOPY content /content\n",
    "content": "hello\n",
    "notes.txt": "notes\n",
    "sbom.spdx.json": "{}\n",
    "policy.rego": 'package example\nallow if input.user == "quayadmin"\n',
    "input.json": '{"user": "quayadmin"}\n',
}
STORAGE = """\
[storage]
driver = "vfs"
graphroot = "{folder}/root"
runroot = "/run/{name}"
"""


@pytest.fixture(scope="module", autouse=True)
def organizations(registry: Registry) -> None:
    registry.create_organization("helm")
    registry.create_organization("team")


def test_every_client_has_a_section() -> None:
    assert list(SECTIONS) == [
        *HELM,
        *("Docker", "Podman", "Buildah", "skopeo", "containerd", "oras", "crane", "OPA"),
    ]


@pytest.mark.usefixtures("containerd", "dockerd", "classic_repository")
@pytest.mark.parametrize("section", SECTIONS)
def test_the_commands_of_the_page_work(machine: Machine, registry: Registry, section: str) -> None:
    _write_files(machine, registry)
    blocks = BLOCK.findall(SECTIONS[section])
    shell = machine.tool("sh", "-eux", "-c", **_environment(machine, section))
    python = machine.tool(sys.executable, "-c", **_environment(machine, section))

    for language, block in blocks:
        (python if language == "python" else shell)(block)

    assert blocks, f"no commands in {section}"


def _write_files(machine: Machine, registry: Registry) -> None:
    for name, content in FILES.items():
        (machine.work / name).write_text(content)
    shutil.copytree(write_chart(machine.home, "etherpad", "0.0.4"), machine.work / "chart")
    shutil.copy(registry.authority.ca, machine.work / "rootCA.pem")
    write_layout(machine.work / "image").as_archive(f"{QUAY_HOST}/team/node:1.0")


def _environment(machine: Machine, section: str) -> dict[str, str]:
    """`helm` is the section's version; podman and buildah store in the test's folder."""
    folder = machine.home.parent
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    if section in HELM and not (programs / "helm").exists():
        (programs / "helm").symlink_to(program(HELM[section]))
    storage = STORAGE.format(folder=folder, name=token_hex(8))
    (folder / "storage.conf").write_text(storage)
    return {
        "PATH": f"{programs}:{PATH}",
        "REGISTRY": QUAY_HOST,
        "ACCOUNT": USER,
        "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        "BUILDAH_ISOLATION": "chroot",
        "DOCKER_BUILDKIT": "0",
        **CTR,
        "CONTAINERD_NAMESPACE": section.lower().replace(" ", "-"),
    }
