"""A small network of its own: what runs inside sees one address range, our hosts and nothing else.

    pytest ── holder (unshare: network, mounts, processes)
                ├── moorage serve              198.18.0.1  registry.test, ...
                ├── folder over HTTPS          198.18.0.2  redhat-cop.github.io
                ├── fault_proxy.py             198.18.0.3  proxy.test
                └── helm, podman, oras, ...    one process a call, by nsenter

The holder reads a pipe from pytest. However pytest ends, the pipe closes, the holder ends, and
the kernel ends every process, mount and interface in it: nothing is left to clean up.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

REGISTRY_ADDRESS = "198.18.0.1"
CHARTS_ADDRESS = "198.18.0.2"
PROXY_ADDRESS = "198.18.0.3"

QUAY_HOST = "example-registry-quay-quay-enterprise.apps.user1.example.com"
REGISTRY_HOST = "registry.test"
CHARTS_HOST = "redhat-cop.github.io"
PROXY_HOST = "proxy.test"
HOSTS = {
    QUAY_HOST: REGISTRY_ADDRESS,
    REGISTRY_HOST: REGISTRY_ADDRESS,
    CHARTS_HOST: CHARTS_ADDRESS,
    PROXY_HOST: PROXY_ADDRESS,
}

TOOLS = Path(os.environ.get("MOORAGE_TOOLS") or Path.home() / ".cache" / "moorage" / "tools")
PATH = f"{TOOLS}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
_SET_UP = f"""
mount --bind "$1/hosts" /etc/hosts
mount --bind "$1/resolv.conf" "$(readlink -f /etc/resolv.conf)"
mount --bind "$1/containers" /etc/containers
mount -t tmpfs none /run
ip link set lo up
ip link add mg0 type veth peer name mg1
ip address add {REGISTRY_ADDRESS}/24 dev mg0
ip address add {CHARTS_ADDRESS}/24 dev mg0
ip address add {PROXY_ADDRESS}/24 dev mg0
ip link set mg0 up
ip link set mg1 up
echo ready
exec cat
"""


def program(name: str) -> str:
    """Where a program is. Fails the test when it is missing: nothing is skipped."""
    found = shutil.which(name, path=PATH)
    assert found, f"{name} is missing: run python3 tools/install.py"
    return found


@dataclass(frozen=True, slots=True)
class Result:
    """A command that has ended."""

    command: tuple[str, ...]
    code: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        return self.stdout.splitlines()

    def __str__(self) -> str:
        return (
            f"$ {' '.join(self.command)}\nexit code {self.code}\n"
            f"--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"
        )


class Network:
    """The holder, and ways to run programs inside it. Needs root."""

    def __init__(self, folder: Path) -> None:
        assert os.geteuid() == 0, "these tests make network namespaces: run them as root"
        _write_hosts(folder)
        namespaces = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        self._holder = subprocess.Popen(
            [program("unshare"), *namespaces, "sh", "-euc", _SET_UP, "sh", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None and self._holder.stderr is not None
        if self._holder.stdout.readline() != "ready\n":
            raise AssertionError(f"no network namespace: {self._holder.stderr.read()}")
        self._inside = _child_of(self._holder.pid)
        self.containers = folder / "containers"
        """What /etc/containers is inside."""

    def close(self) -> None:
        self._holder.communicate()

    def command(self, folder: Path, *command: str) -> list[str]:
        """`command` as it is started from outside, to run inside in `folder`."""
        enter = ("--target", str(self._inside), "--net", "--mount", "--pid", f"--wdns={folder}")
        return [program("nsenter"), *enter, "--", program(command[0]), *command[1:]]

    def run(
        self,
        *command: str,
        folder: Path,
        environment: dict[str, str] | None = None,
        stdin: str = "",
        timeout_seconds: float = 120,
    ) -> Result:
        """Run to the end, whatever the exit code."""
        done = subprocess.run(
            self.command(folder, *command),
            env={"PATH": PATH, "LANG": "C.UTF-8", **(environment or {})},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout_seconds,
        )
        return Result(command, done.returncode, done.stdout, done.stderr)

    def start(self, *command: str, log: Path, environment: dict[str, str] | None = None) -> Daemon:
        """Start a program that runs until it is stopped; what it prints goes to `log`."""
        with log.open("ab") as output:
            entered = subprocess.Popen(
                self.command(log.parent, *command),
                env={"PATH": PATH, "LANG": "C.UTF-8", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return Daemon(entered, log)


class Daemon:
    """A program in the background."""

    def __init__(self, entered: subprocess.Popen[bytes], log: Path) -> None:
        self._entered = entered
        self.log = log

    @property
    def is_running(self) -> bool:
        return self._entered.poll() is None

    def peak_memory_bytes(self) -> int:
        """The most memory that one of its processes has ever held."""
        status = [Path(f"/proc/{pid}/status").read_text() for pid in _tree_of(self._entered.pid)]
        peaks = [int(found[1]) for text in status if (found := _PEAK.search(text))]
        return 1024 * max(peaks)

    def stop(self) -> int:
        """Send SIGTERM, wait for the end; the exit code."""
        if self.is_running:
            os.kill(_child_of(self._entered.pid), signal.SIGTERM)
        return self._entered.wait(timeout=60)


def wait_until_it_answers(network: Network, url: str, daemon: Daemon, ca: Path) -> None:
    """Any HTTP answer will do; 30 seconds at most."""
    probe = ("curl", "--silent", "--output", "/dev/null", "--cacert", str(ca), url)
    for _ in range(300):
        if network.run(*probe, folder=daemon.log.parent).code == 0:
            return
        assert daemon.is_running, f"{url} ended at its start:\n{daemon.log.read_text()}"
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer:\n{daemon.log.read_text()}")


def _write_hosts(folder: Path) -> None:
    names = [("localhost", "127.0.0.1"), *HOSTS.items()]
    (folder / "hosts").write_text("".join(f"{address} {name}\n" for name, address in names))
    (folder / "resolv.conf").write_text("")
    containers = folder / "containers"
    containers.mkdir()
    (containers / "policy.json").write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
    (containers / "registries.conf").write_text("")


def _tree_of(pid: int) -> list[int]:
    """A process and all below it."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [int(child) for task in tasks for child in task.read_text().split()]
    return [pid, *(below for child in children for below in _tree_of(child))]


def _child_of(pid: int) -> int:
    """The only child of a process; nsenter and unshare fork once."""
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    for _ in range(100):
        children = listed.read_text().split()
        if children:
            return int(children[0])
        time.sleep(0.01)
    raise AssertionError(f"process {pid} has no child")
