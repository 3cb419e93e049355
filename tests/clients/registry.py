"""The server under test: `moorage serve` over HTTPS in the network, and its administration."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.clients.network import (
    QUAY_HOST,
    REGISTRY_ADDRESS,
    REGISTRY_HOST,
    Daemon,
    Network,
    wait_until_it_answers,
)

MOORAGE = str(Path(sys.executable).with_name("moorage"))
"""The command of the environment that pytest runs in."""

ADMIN_PASSWORD = "the-admin's-password"
FIRST_OTHER_PORT = 8443

BOTH_SCHEMES = pytest.mark.parametrize("registry", ["bearer", "basic"], indirect=True)
"""As `pytestmark`: all tests of a module with tokens, and then with HTTP Basic on PostgreSQL."""

USER, PASSWORD = "quayadmin", "p4ss:wörd/+&=$"
"""A user with a password that every encoding on the way has to get right."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A private CA and a server certificate for every host of the network."""

    ca: Path
    certificate: Path
    key: Path


def make_authority(network: Network, folder: Path, hosts: list[str]) -> Authority:
    done = network.run(MOORAGE, "tls", "init", *hosts, "--data", str(folder), folder=folder)
    assert done.code == 0, str(done)
    tls = folder / "tls"
    return Authority(tls / "rootCA.pem", tls / "ssl.cert", tls / "ssl.key")


@dataclass(slots=True)
class Registry:
    """A server with a data folder of its own, at first empty but for the user `quayadmin`.

    It listens on port 443; `also_listen` adds servers with other settings on the same data.
    `scheme` is what it asks clients to authenticate with: `bearer` or `basic`. Without
    `database_url` its database is SQLite in the data folder.
    """

    network: Network
    authority: Authority
    folder: Path
    scheme: str = "bearer"
    database_url: str | None = None
    daemons: list[Daemon] = field(default_factory=list)

    def start(self) -> None:
        config = {
            "SERVER_HOSTNAME": QUAY_HOST,
            "PREFERRED_URL_SCHEME": "https",
            "V2_AUTH_SCHEME": self.scheme,
            "DATA_FOLDER": str(self.folder / "data"),
        }
        if self.database_url is not None:
            config["DB_URI"] = self.database_url
        text = "".join(f"{key}: {value}\n" for key, value in config.items())
        (self.folder / "config.yaml").write_text(text)
        self._serve(443, workers=2)
        self.admin("user", "create", USER, "--password-stdin", stdin=f"{PASSWORD}\n")

    def also_listen(self, settings: dict[str, str] | None = None, *, tls: bool = True) -> str:
        """Serve the same data on a port of its own; gives `host:port`. `settings` are config keys.

        podman, skopeo and buildah trust the CA there, too.
        """
        port = FIRST_OTHER_PORT + len(self.daemons)
        host = f"{REGISTRY_HOST}:{port}"
        certificates_folder(self.network, host, self.authority)
        scheme = "https" if tls else "http"
        keys = {"SERVER_HOSTNAME": host, "PREFERRED_URL_SCHEME": scheme, **(settings or {})}
        environment = {f"MOORAGE_{key}": value for key, value in keys.items()}
        self._serve(port, environment, tls=tls)
        return host

    def stop(self) -> list[int]:
        """Stop every server, the last first; the exit codes."""
        return [self.daemons.pop().stop() for _ in list(self.daemons)]

    def create_organization(self, name: str) -> str:
        """An organization whose owner is `quayadmin`."""
        self.admin("organization", "create", name, "--owner", USER)
        return name

    def create_user(self, name: str, password: str) -> None:
        self.admin("user", "create", name, "--password-stdin", stdin=f"{password}\n")

    def make_public(self, repository: str) -> None:
        self.admin("repository", "set-visibility", repository, "public")

    def admin(self, *arguments: str, stdin: str = "") -> str:
        done = self.network.run(
            MOORAGE,
            "admin",
            *arguments,
            "--config",
            str(self.folder / "config.yaml"),
            folder=self.folder,
            stdin=stdin,
        )
        assert done.code == 0, str(done)
        return done.stdout

    def _serve(
        self,
        port: int,
        environment: dict[str, str] | None = None,
        *,
        tls: bool = True,
        workers: int = 1,
    ) -> None:
        options = {
            "--config": self.folder / "config.yaml",
            "--host": REGISTRY_ADDRESS,
            "--port": port,
            "--workers": workers,
        }
        if tls:
            options |= {"--tls-cert": self.authority.certificate, "--tls-key": self.authority.key}
        command = [str(word) for option in options.items() for word in option]
        daemon = self.network.start(
            MOORAGE,
            "serve",
            *command,
            log=self.folder / f"moorage-{port}.log",
            environment={"MOORAGE_ADMIN_PASSWORD": ADMIN_PASSWORD, **(environment or {})},
        )
        self.daemons.append(daemon)
        url = f"{'https' if tls else 'http'}://{REGISTRY_HOST}:{port}/v2/"
        wait_until_it_answers(self.network, url, daemon, self.authority.ca)


def certificates_folder(network: Network, host: str, authority: Authority) -> None:
    """Trust the CA for `host` as podman, skopeo and buildah are told to."""
    folder = network.containers / "certs.d" / host
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ca.crt").write_bytes(authority.ca.read_bytes())


def tree_of(folder: Path) -> list[str]:
    """The files below a folder, sorted, as relative paths."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(os.fspath(path.relative_to(folder)) for path in found)
