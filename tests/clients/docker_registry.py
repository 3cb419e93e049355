"""Debian's docker-registry in the network, with a htpasswd user: a registry that is not ours."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.clients.network import (
    REGISTRY_ADDRESS,
    REGISTRY_HOST,
    Daemon,
    Network,
    program,
    wait_until_it_answers,
)
from tests.clients.registry import PASSWORD, USER, Authority

PORT = 9443
_SALT = "$2y$05$abcdefghijklmnopqrstuu"


@dataclass(slots=True)
class DockerRegistry:
    host: str
    daemon: Daemon


def start_docker_registry(network: Network, authority: Authority, folder: Path) -> DockerRegistry:
    """On PORT, over TLS, with HTTP Basic and an empty storage."""
    # Perl, which every Debian has, reaches the system's bcrypt.
    hashing = [program("perl"), "-e", f"print crypt($ARGV[0], q{{{_SALT}}})", PASSWORD]
    hashed = subprocess.run(hashing, capture_output=True, text=True, check=True).stdout
    assert hashed.startswith(_SALT), hashed
    (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
    (folder / "config.yml").write_text(
        f"""\
version: 0.1
storage: {{filesystem: {{rootdirectory: {folder}/data}}}}
http:
  addr: {REGISTRY_ADDRESS}:{PORT}
  tls: {{certificate: {authority.certificate}, key: {authority.key}}}
auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}
log: {{level: error, accesslog: {{disabled: true}}}}
"""
    )
    log = folder / "registry.log"
    daemon = network.start("docker-registry", "serve", str(folder / "config.yml"), log=log)
    host = f"{REGISTRY_HOST}:{PORT}"
    wait_until_it_answers(network, f"https://{host}/v2/", daemon, authority.ca)
    return DockerRegistry(host, daemon)
