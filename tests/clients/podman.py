"""Storage for podman and buildah that touches nothing of the machine's."""

from __future__ import annotations

from secrets import token_hex

from tests.clients.machine import Machine


def storage_of(machine: Machine) -> list[str]:
    """Options that come before the command."""
    # /run is the network's own; the clients refuse a runroot of more than 50 characters.
    places = ["--root", str(machine.home.parent / "root"), "--runroot", f"/run/{token_hex(8)}"]
    return [*places, "--storage-driver", "vfs"]
