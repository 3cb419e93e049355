"""Run a Pod's container as a kubelet would, but as a process of this machine.

Its command, environment, mounted files, user and read-only root are those of the Pod. The root is
that of an image, or one that has this machine's programs and the checkout:

    ROOT/              read-only
      usr bin lib etc  this machine's
      conf/stack       the volume `config`: a Secret's files
      data             the volume `data`: a folder for the claim, kept from Pod to Pod
      tmp              an empty folder of this Pod
"""

from __future__ import annotations

import shutil
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

from tests.clients.network import PATH, REGISTRY_ADDRESS, Daemon, Network
from tests.operator.cluster import Cluster

Mount = tuple[Path, str, str]
"""What is mounted, where below the root, and `ro` or `rw`."""

IMAGE_USER = 1001
"""USER of deploy/Containerfile."""

READY_SECONDS = 60
CHECKOUT = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
MACHINE = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc")
KERNEL = ("/proc", "/dev", "/sys")

_START = """
root=$1 mounts=$2; shift 2
mount --bind "$root" "$root"
while read -r source place access; do
  if [ -d "$source" ]; then mkdir -p "$root$place"; else touch "$root$place"; fi
  mount --rbind "$source" "$root$place"
  if [ "$access" = ro ]; then mount -o remount,bind,ro "$root$place"; fi
done < "$mounts"
mount -o remount,bind,ro "$root"
exec chroot "$root" setpriv "$@"
"""
_UNPRIVILEGED = ("--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a container runs as."""

    user: int
    group: int
    fs_group: int


OPENSHIFT = Identity(1000650000, 0, 1000650000)
"""OpenShift takes a user from the namespace's range and leaves him in group 0."""


def identity_of(spec: dict[str, Any]) -> Identity:
    """As the Pod asks for, and else the image's user."""
    asked = spec.get("securityContext", {})
    user = asked.get("runAsUser", IMAGE_USER)
    group = asked.get("runAsGroup", 0)
    return Identity(user, group, asked.get("fsGroup", group))


@dataclass(frozen=True, slots=True)
class PodRunner:
    """Starts Pods of a namespace inside a network; claims are folders in `folder`.

    `image_root` is an unpacked image; without one the root is this machine's.
    """

    cluster: Cluster
    namespace: str
    network: Network
    folder: Path
    image_root: Path | None = None

    @contextmanager
    def running(self, spec: dict[str, Any], identity: Identity | None = None) -> Iterator[Daemon]:
        """The container from its readiness on; at the end SIGTERM has to end it with code 0."""
        daemon = self.start(spec, identity or identity_of(spec))
        try:
            self._wait_until_ready(spec, daemon)
            yield daemon
        finally:
            code = daemon.stop()
        assert code == 0, f"exit code {code} after SIGTERM:\n{daemon.log.read_text()}"

    def start(self, spec: dict[str, Any], identity: Identity) -> Daemon:
        (container,) = spec["containers"]
        pod = self.folder / f"pod-{token_hex(4)}"
        root = pod / "root"
        mounts = [*self._root(), *self._volumes(spec, container, identity, pod)]
        root.mkdir(parents=True)
        table = pod / "mounts"
        # What lies above is mounted before what lies below.
        lines = (f"{source} {place} {how}\n" for source, place, how in sorted(mounts, key=_place))
        table.write_text("".join(lines))
        who = (
            f"--reuid={identity.user}",
            f"--regid={identity.group}",
            f"--groups={identity.fs_group}",
        )
        variables = [f"{name}={value}" for name, value in self._environment(container).items()]
        command = [*container.get("command", []), *container.get("args", [])]
        inner = (*who, *_UNPRIVILEGED, "env", "-i", *variables, *command)
        outer = ("unshare", "--mount", "sh", "-euc", _START, "sh", str(root), str(table))
        return self.network.start(*outer, *inner, log=pod / "log")

    def _wait_until_ready(self, spec: dict[str, Any], daemon: Daemon) -> None:
        """Until the readiness probe passes, which checks no certificate."""
        (container,) = spec["containers"]
        probe = container["readinessProbe"]["httpGet"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        port = ports.get(probe["port"], probe["port"])
        url = f"{probe['scheme'].lower()}://{REGISTRY_ADDRESS}:{port}{probe['path']}"
        ask = ("curl", "--silent", "--fail", "--insecure", "--output", "/dev/null", url)
        deadline = time.monotonic() + READY_SECONDS
        while self.network.run(*ask, folder=daemon.log.parent).code != 0:
            text = daemon.log.read_text()
            assert daemon.is_running, f"the container ended at its start:\n{text}"
            assert time.monotonic() < deadline, f"{url} does not pass:\n{text}"
            time.sleep(0.2)

    def _root(self) -> list[Mount]:
        if self.image_root is not None:
            parts = [part for part in self.image_root.iterdir() if part.is_dir()]
            kept = [part for part in parts if f"/{part.name}" not in (*KERNEL, "/tmp")]
            found = [(part, f"/{part.name}", "ro") for part in kept]
        else:
            own = [str(CHECKOUT), str(PROGRAMS.parent), sys.base_prefix]
            found = [(Path(path), path, "ro") for path in (*MACHINE, *dict.fromkeys(own))]
        return [*found, *((Path(path), path, "rw") for path in KERNEL)]

    def _environment(self, container: dict[str, Any]) -> dict[str, str]:
        programs = "/opt/moorage/bin" if self.image_root is not None else str(PROGRAMS)
        found = {"PATH": f"{programs}:{PATH.partition(':')[2]}", "LANG": "C.UTF-8"}
        for source in container.get("envFrom", []):
            found |= self._texts("secrets", source["secretRef"]["name"])
        for variable in container.get("env", []):
            value = variable.get("value", "")
            if "valueFrom" in variable:
                (kind, reference), *_ = variable["valueFrom"].items()
                plural = {"secretKeyRef": "secrets", "configMapKeyRef": "configmaps"}[kind]
                try:
                    value = self._texts(plural, reference["name"])[reference["key"]]
                except KeyError:
                    if reference.get("optional"):
                        continue
                    raise
            found[variable["name"]] = value
        return found

    def _volumes(
        self, spec: dict[str, Any], container: dict[str, Any], identity: Identity, pod: Path
    ) -> list[Mount]:
        sources = {one["name"]: self._source(one, identity, pod) for one in spec["volumes"]}
        mounts: list[Mount] = []
        for mount in container["volumeMounts"]:
            source: Path = sources[mount["name"]]
            if "subPath" in mount:
                source /= mount["subPath"]
                _give(source, identity)
            access = "ro" if mount.get("readOnly") else "rw"
            mounts.append((source, mount["mountPath"], access))
        return mounts

    def _source(self, volume: dict[str, Any], identity: Identity, pod: Path) -> Path:
        """The folder that is a volume's content."""
        if "persistentVolumeClaim" in volume:
            claim = str(volume["persistentVolumeClaim"]["claimName"])
            return _give(self.folder / "claims" / claim, identity)
        place = pod / "volumes" / str(volume["name"])
        if "emptyDir" in volume:
            return _give(place, identity)
        place.mkdir(parents=True)
        if "secret" in volume:
            listed = volume["secret"]
            content = self._texts("secrets", listed["secretName"])
        else:
            listed = volume["configMap"]
            content = self._texts("configmaps", listed["name"])
        for item in listed.get("items") or [{"key": key, "path": key} for key in content]:
            file = place / item["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content[item["key"]])
            shutil.chown(file, 0, identity.fs_group)
            file.chmod(0o640)
        return place

    def _texts(self, plural: str, name: str) -> dict[str, str]:
        """The keys and values of a Secret or ConfigMap of the cluster."""
        path = f"/api/v1/namespaces/{self.namespace}/{plural}/{name}"
        content = self.cluster.api("GET", path).get("data") or {}
        if plural == "configmaps":
            return dict(content)
        return {key: b64decode(value).decode() for key, value in content.items()}


def _place(mount: Mount) -> str:
    return mount[1]


def _give(folder: Path, identity: Identity) -> Path:
    """A folder that the Pod's group may write to, with all that is in it: what fsGroup means."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, group=identity.fs_group)
        path.chmod(path.stat().st_mode | (0o2770 if path.is_dir() else 0o660))
    return folder
