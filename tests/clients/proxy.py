"""A proxy in front of the registry, to see what a client sends and to refuse it for a while."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.clients.network import PROXY_ADDRESS, PROXY_HOST, wait_until_it_answers
from tests.clients.registry import Registry, certificates_folder

PROGRAM = str(Path(__file__).with_name("fault_proxy.py"))


@dataclass(frozen=True, slots=True)
class Proxy:
    """`host` is what clients call the registry."""

    host: str
    log: Path

    def forget(self) -> None:
        """What was sent so far is of no interest."""
        self.log.write_text("")

    def requests(self) -> list[str]:
        """`METHOD PATH STATUS` of every answer, without those that are about a login."""
        lines = self.log.read_text().splitlines()
        return [line for line in lines if "/v2/auth" not in line and not line.endswith(" 401")]


@contextmanager
def running_proxy(
    registry: Registry, folder: Path, status: int = 429, times: int = 0
) -> Iterator[Proxy]:
    """Each request is refused with `status` for its first `times` times."""
    upstream = registry.also_listen(
        {"SERVER_HOSTNAME": PROXY_HOST, "EXTERNAL_TLS_TERMINATION": "true"}, tls=False
    )
    authority = registry.authority
    certificates_folder(registry.network, PROXY_HOST, authority)
    log = folder / "proxy.log"
    keys = (str(authority.certificate), str(authority.key))
    daemon = registry.network.start(
        sys.executable, PROGRAM, PROXY_ADDRESS, *keys, upstream, str(status), str(times), log=log
    )
    try:
        url = f"https://{PROXY_HOST}/"
        wait_until_it_answers(registry.network, url, daemon, authority.ca)
        yield Proxy(PROXY_HOST, log)
    finally:
        daemon.stop()
