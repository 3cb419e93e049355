"""A Kubernetes without nodes: etcd, kube-apiserver and some controllers, on loopback.

    etcd ── kube-apiserver (RBAC, ServiceAccounts, admission as in a cluster)
                ├── kube-controller-manager: Deployments make ReplicaSets make Pods, owned objects
                │   go with their owner, Jobs, namespaces, ServiceAccounts
                └── kubectl, helm, the operator

There is no scheduler and no kubelet: `nodes.py` plays their part. Names and tokens are made up for
one run; everything lies in one folder.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
import yaml

from tests.clients.network import PATH, Result, program
from tests.server import free_port

START_SECONDS = 120
"""Other programs may keep the processors busy."""

ADMIN = "admin"
"""The user of `Cluster.kubeconfig`; he may do everything."""

CONTROLLERS = (
    "deployment-controller",
    "replicaset-controller",
    "job-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "persistentvolumeclaim-protection-controller",
    "disruption-controller",
)
"""Those that registries need; the others would cost their start and their informers."""


class Refused(Exception):
    """The API server's answer to a request, when it is not 2xx."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


@dataclass(slots=True)
class Cluster:
    """A running API server. `kubeconfig` is that of its administrator."""

    folder: Path
    port: int
    admin_token: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _pool: urllib3.HTTPSConnectionPool | None = None

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def ca(self) -> Path:
        return self.folder / "certificates" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "admin.kubeconfig"

    def kubectl(self, *arguments: str | Path, stdin: str = "", as_user: Path | None = None) -> str:
        """What `kubectl ...` prints; the test fails if its exit code is not 0.

        `as_user` is the kubeconfig of somebody else than the administrator.
        """
        result = self.run_kubectl(*arguments, stdin=stdin, as_user=as_user)
        assert result.code == 0, str(result)
        return result.stdout

    def run_kubectl(
        self, *arguments: str | Path, stdin: str = "", as_user: Path | None = None
    ) -> Result:
        """Run `kubectl ...`, whatever comes of it."""
        return self.run("kubectl-1.37.1", *arguments, stdin=stdin, as_user=as_user)

    def run(
        self, name: str, *arguments: str | Path, stdin: str = "", as_user: Path | None = None
    ) -> Result:
        """Run a program that finds the cluster by KUBECONFIG, with an empty home."""
        command = (program(name), *map(str, arguments))
        home = self.folder / "home"
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            env={
                "PATH": PATH,
                "LANG": "C.UTF-8",
                "HOME": str(home),
                "KUBECONFIG": str(as_user or self.kubeconfig),
            },
        )
        return Result(command, done.returncode, done.stdout, done.stderr)

    def apply(self, *documents: dict[str, Any]) -> None:
        """`kubectl apply`, server-side."""
        text = yaml.safe_dump_all(documents)
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request of the administrator, without the price of a kubectl. Raises Refused."""
        if self._pool is None:
            self._pool = urllib3.HTTPSConnectionPool(
                "127.0.0.1", self.port, ca_certs=str(self.ca), maxsize=4, retries=False
            )
        sent = {"Authorization": f"Bearer {self.admin_token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        content = None if body is None else json.dumps(body)
        answer = self._pool.request(method, path, body=content, headers=sent, timeout=60)
        if not 200 <= answer.status < 300:
            raise Refused(answer.status, answer.data.decode(errors="replace"))
        return answer.json()

    def user(self, name: str, token: str) -> Path:
        """The kubeconfig of somebody who has `token`."""
        path = self.folder / f"{name}.kubeconfig"
        path.write_text(json.dumps(_kubeconfig(self.url, self.ca, name, token)))
        path.chmod(0o600)
        return path

    def service_account(self, namespace: str, name: str) -> Path:
        """The kubeconfig of a ServiceAccount that is there: what a Pod of it may do."""
        token = self.kubectl("create", "token", name, "-n", namespace, "--duration=24h").strip()
        return self.user(f"{namespace}-{name}", token)

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster with the namespaces of a new one; its processes end with the context."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "home").mkdir()
    cluster = Cluster(folder, free_port(), secrets.token_hex(16))
    try:
        _start(cluster)
        yield cluster
    finally:
        # Nothing of it is kept, and a polite end takes ten seconds.
        for process in reversed(cluster.processes):
            process.kill()
            process.wait()


def _start(cluster: Cluster) -> None:
    etcd = _start_etcd(cluster)
    _start_apiserver(cluster, etcd)
    _wait_for(cluster, "kube-apiserver", "/readyz")
    _start_controllers(cluster)
    _wait_for(
        cluster, "kube-controller-manager", "/api/v1/namespaces/default/serviceaccounts/default"
    )


def _start_etcd(cluster: Cluster) -> str:
    url, peers = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    options = {
        "data-dir": cluster.folder / "etcd",
        "listen-client-urls": url,
        "advertise-client-urls": url,
        "listen-peer-urls": peers,
        "initial-advertise-peer-urls": peers,
        "initial-cluster": f"default={peers}",
    }
    # What is written is thrown away at the end: no need to wait for the disk.
    _spawn(cluster, "etcd", options, "--unsafe-no-fsync")
    return url


def _start_apiserver(cluster: Cluster, etcd: str) -> None:
    key = cluster.folder / "service-accounts.key"
    _openssl("genrsa", "-out", key, "2048")
    tokens = cluster.folder / "tokens.csv"
    tokens.write_text(f'{cluster.admin_token},{ADMIN},{ADMIN},"system:masters"\n')
    tokens.chmod(0o600)
    options = {
        "etcd-servers": etcd,
        "bind-address": "127.0.0.1",
        "advertise-address": "127.0.0.1",
        "secure-port": cluster.port,
        "cert-dir": cluster.ca.parent,
        "authorization-mode": "RBAC",
        "token-auth-file": tokens,
        "service-account-issuer": cluster.url,
        "service-account-key-file": key,
        "service-account-signing-key-file": key,
        "service-cluster-ip-range": "10.0.0.0/16",
        "allow-privileged": "true",
        # Its addresses would have to be those of another machine.
        "endpoint-reconciler-type": "none",
        "watch-cache": "true",
    }
    _spawn(cluster, "kube-apiserver", options)


def _start_controllers(cluster: Cluster) -> None:
    cluster.kubeconfig.write_text(
        json.dumps(_kubeconfig(cluster.url, cluster.ca, ADMIN, cluster.admin_token))
    )
    cluster.kubeconfig.chmod(0o600)
    options = {
        "kubeconfig": cluster.kubeconfig,
        "controllers": ",".join(CONTROLLERS),
        "leader-elect": "false",
        "bind-address": "127.0.0.1",
        "secure-port": free_port(),
        "cert-dir": cluster.folder / "controller-certificates",
        "kube-api-qps": 500,
        "kube-api-burst": 1000,
    }
    _spawn(cluster, "kube-controller-manager", options)


def _spawn(cluster: Cluster, name: str, options: dict[str, Any], *more: str) -> None:
    command = [program(name), *(f"--{option}={value}" for option, value in options.items()), *more]
    with (cluster.folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={"PATH": PATH, "HOME": str(cluster.folder / "home")},
            cwd=cluster.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    cluster.processes.append(process)


def _wait_for(cluster: Cluster, name: str, path: str) -> None:
    """Until the API server answers `path` with 200."""
    deadline, problem = time.monotonic() + START_SECONDS, "no answer"
    while time.monotonic() < deadline:
        ended = [str(one.args) for one in cluster.processes if one.poll() is not None]
        if ended:
            raise RuntimeError(f"{ended} ended at the start: {cluster.log_of(name)[-3000:]}")
        try:
            probe = urllib3.PoolManager(ca_certs=str(cluster.ca), retries=False)
            token = {"Authorization": f"Bearer {cluster.admin_token}"}
            answer = probe.request("GET", cluster.url + path, headers=token, timeout=5)
            if answer.status == 200:
                return
            problem = answer.data.decode()
        except (OSError, urllib3.exceptions.HTTPError) as error:
            problem = str(error)
        time.sleep(0.2)
    raise RuntimeError(f"{name}: {path}: {problem}\n{cluster.log_of(name)[-3000:]}")


def _kubeconfig(url: str, ca: Path, name: str, token: str) -> dict[str, Any]:
    """JSON is YAML."""
    server = {"server": url, "certificate-authority": str(ca)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": server}],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": name}}],
        "current-context": "test",
    }


def _openssl(*arguments: str | Path) -> None:
    subprocess.run([program("openssl"), *map(str, arguments)], capture_output=True, check=True)
