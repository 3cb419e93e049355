"""A namespace that a test has for itself, and the commands that push charts there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.clients.charts import write_chart
from tests.clients.machine import Tool
from tests.clients.network import QUAY_HOST
from tests.clients.registry import PASSWORD, USER


@dataclass(frozen=True, slots=True)
class Place:
    """`path` is HOST/NAMESPACE; charts are pushed below it."""

    path: str

    @property
    def url(self) -> str:
        return f"oci://{self.path}"

    @property
    def repository(self) -> str:
        """The chart's repository as the server names it."""
        return f"{self.path.partition('/')[2]}/etherpad"

    def chart(self, name: str = "etherpad") -> str:
        return f"{self.url}/{name}"

    def seen_by(self, host: str) -> Place:
        """The same namespace where the registry has another name."""
        return Place(f"{host}/{self.path.partition('/')[2]}")


def log_in(helm: Tool, host: str = QUAY_HOST) -> None:
    login = ("registry", "login", host, "-u", USER, "--password-stdin")
    done = helm(*login, stdin=PASSWORD)
    assert done.stdout.lower() == "login succeeded\n"


def package_chart(helm: Tool, name: str, version: str, *options: str) -> str:
    """A chart's archive, outside the working folder; its path."""
    folder = helm.machine.home / "packages"
    helm("package", write_chart(folder, name, version), "-d", str(folder), *options)
    return str(folder / f"{name}-{version}.tgz")


def push_chart(helm: Tool, place: Place, version: str) -> str:
    """Package and push etherpad; the manifest's digest."""
    pushed = helm("push", package_chart(helm, "etherpad", version), place.url)
    return digest_in(pushed.stdout + pushed.stderr)


def pull_chart(helm: Tool, place: Place, *options: str) -> str:
    """What a pull of etherpad prints."""
    pulled = helm("pull", place.chart(), *options)
    return pulled.stdout + pulled.stderr


def digest_in(text: str) -> str:
    return field_of(text, "Digest")


def field_of(text: str, label: str) -> str:
    found = re.search(f"^{label}: (.+)$", text, re.MULTILINE)
    assert found, f"no line {label}: in\n{text}"
    return found[1]
