"""The operator as a process of its own, with the rights of its ServiceAccount and no others."""

from __future__ import annotations

import os
import subprocess
import threading
import time
import urllib.error
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.operator.cluster import Cluster, Refused
from tests.operator.conftest import until_api
from tests.operator.nodes import PATCH
from tests.server import MOORAGE, free_port

ACCOUNT = "moorage-operator"
IMAGE = "registry.example.test/moorage:test"
START_SECONDS = 60
LOOK_SECONDS = 0.1
BIND_SECONDS = 0.4

Object = dict[str, Any]


@dataclass(slots=True)
class Operator:
    """One process of `moorage operator run`, and what it may be told."""

    cluster: Cluster
    namespace: str
    kubeconfig: Path
    log: Path
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    health_port: int = field(default_factory=free_port)

    def start(self) -> None:
        where = () if "--all-namespaces" in self.options else ("--namespace", self.namespace)
        with self.log.open("ab") as log:
            health = ("--health-host", "127.0.0.1", "--health-port", str(self.health_port))
            self.process = subprocess.Popen(
                [MOORAGE, "operator", "run", *where, "--image", IMAGE, *health, *self.options],
                env=os.environ | {"KUBECONFIG": str(self.kubeconfig)},
                stdout=log,
                stderr=log,
            )

    def until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.probe("/readyz") != 200:
            assert self.process is not None and self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(LOOK_SECONDS)

    def probe(self, path: str) -> int:
        """The status of the operator's own health endpoint; 0 when nobody answers."""
        try:
            url = f"http://127.0.0.1:{self.health_port}{path}"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)

    def text(self) -> str:
        return self.log.read_text(errors="replace")[-5000:]


@contextmanager
def running_operator(
    cluster: Cluster, namespace: str, log: Path, *options: str, kubeconfig: Path | None = None
) -> Iterator[Operator]:
    operator = Operator(cluster, namespace, kubeconfig or allowed(cluster, namespace), log, options)
    operator.start()
    try:
        operator.until_ready()
        yield operator
    finally:
        assert operator.process is not None
        if operator.process.poll() is None:
            operator.kill()


def allowed(cluster: Cluster, namespace: str) -> Path:
    """The kubeconfig of a ServiceAccount with the printed Role."""
    role = subprocess.run(
        [MOORAGE, "operator", "role", "--namespace", namespace], capture_output=True, check=True
    )
    name = {"name": ACCOUNT, "namespace": namespace}
    subject = {"kind": "ServiceAccount", **name}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": ACCOUNT}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": name,
        "subjects": [subject],
        "roleRef": reference,
    }
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": name}
    cluster.apply(account, yaml.safe_load(role.stdout), binding)
    return cluster.service_account(namespace, ACCOUNT)


@contextmanager
def bound_volumes(cluster: Cluster, namespace: str) -> Iterator[None]:
    """While it lasts, every PersistentVolumeClaim of the default class gets a volume."""
    stop = threading.Event()
    path = f"/api/v1/namespaces/{namespace}/persistentvolumeclaims"

    def bind() -> None:
        while not stop.wait(BIND_SECONDS):
            with suppress(Refused):
                for claim in cluster.api("GET", path)["items"]:
                    is_new = claim["status"].get("phase") != "Bound"
                    if is_new and claim["spec"].get("storageClassName") != "missing":
                        size = claim["spec"]["resources"]["requests"]
                        status = {"phase": "Bound", "capacity": size}
                        where = f"{path}/{claim['metadata']['name']}/status"
                        cluster.api("PATCH", where, {"status": status}, **PATCH)

    thread = threading.Thread(target=bind, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


@dataclass(frozen=True, slots=True)
class Registry:
    """A QuayRegistry in a namespace, as its owner sees it."""

    cluster: Cluster
    namespace: str
    name: str

    @property
    def path(self) -> str:
        root = f"/apis/quay.redhat.com/v1/namespaces/{self.namespace}/quayregistries"
        return f"{root}/{self.name}"

    def create(self, spec: Object | None = None, **annotations: str) -> None:
        about = {"name": self.name, "annotations": annotations}
        body = {"apiVersion": "quay.redhat.com/v1", "kind": "QuayRegistry", "metadata": about}
        self.cluster.api("POST", self.path.rpartition("/")[0], body | {"spec": spec or {}})

    def change(self, spec: Object) -> None:
        """Merge into the spec; components are replaced as a whole."""
        self.cluster.api("PATCH", self.path, {"spec": spec}, **PATCH)

    def annotate(self, **annotations: str | None) -> None:
        self.cluster.api("PATCH", self.path, {"metadata": {"annotations": annotations}}, **PATCH)

    def delete(self) -> None:
        self.cluster.api("DELETE", self.path)

    def get(self) -> Object:
        return dict(self.cluster.api("GET", self.path))

    def bundle(self, name: str, config: str | None, **files: bytes) -> None:
        """Create or replace the Secret; `files` have underscores for dots."""
        data = {key.replace("__", "."): value for key, value in files.items()}
        if config is not None:
            data["config.yaml"] = config.encode()
        self.secret(name, data)

    def secret(self, name: str, data: dict[str, bytes], kind: str = "Opaque") -> None:
        encoded = {key: b64encode(value).decode() for key, value in data.items()}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind}
        path = f"/api/v1/namespaces/{self.namespace}/secrets"
        try:
            self.cluster.api("POST", path, body | {"data": encoded})
        except Refused as refused:
            assert refused.status == 409
            self.cluster.api("PUT", f"{path}/{name}", body | {"data": encoded})

    def condition(self, kind: str) -> Object:
        found = self.get().get("status", {}).get("conditions", [])
        return next((dict(one) for one in found if one["type"] == kind), {})

    def until(
        self, kind: str, status: str, *, reason: str = "", says: str = "", seconds: float = 30
    ) -> Object:
        """The condition as soon as it is so."""

        def holds(found: Object) -> bool:
            conditions = found.get("status", {}).get("conditions", [])
            condition: Object = next((one for one in conditions if one["type"] == kind), {})
            return bool(
                condition.get("status") == status
                and reason in condition["reason"]
                and says in condition["message"]
            )

        until_api(self.cluster, self.path, holds, seconds)
        return self.condition(kind)

    def object(self, path: str, name: str = "") -> str:
        """The API path of one of its objects: `deployments`, or `secrets` with a name."""
        groups = {
            "deployments": "/apis/apps/v1",
            "jobs": "/apis/batch/v1",
            "ingresses": "/apis/networking.k8s.io/v1",
            "networkpolicies": "/apis/networking.k8s.io/v1",
            "poddisruptionbudgets": "/apis/policy/v1",
            "horizontalpodautoscalers": "/apis/autoscaling/v2",
            "routes": "/apis/route.openshift.io/v1",
            "httproutes": "/apis/gateway.networking.k8s.io/v1",
            "servicemonitors": "/apis/monitoring.coreos.com/v1",
        }
        root = groups.get(path, "/api/v1")
        fallback = {"deployments": f"{self.name}-quay-app", "services": f"{self.name}-quay-app"}
        name = name or fallback.get(path, f"{self.name}-quay")
        return f"{root}/namespaces/{self.namespace}/{path}/{name}"

    def deployment(self, holds: Callable[[Object], bool] = lambda _: True) -> Object:
        return until_api(self.cluster, self.object("deployments"), holds, 30)

    def config(self) -> Object:
        """The rendered config.yaml that its Deployment mounts."""
        name = self.config_secret(self.deployment())
        found = self.cluster.api("GET", self.object("secrets", name))
        return dict(yaml.safe_load(b64decode(found["data"]["config.yaml"])))

    @staticmethod
    def config_secret(deployment: Object) -> str:
        volumes = deployment["spec"]["template"]["spec"]["volumes"]
        return next(str(v["secret"]["secretName"]) for v in volumes if v["name"] == "config")

    def names(self, path: str) -> list[str]:
        """Of its objects of a kind, those that are not being deleted."""
        root = self.object(path).rpartition("/")[0]
        selector = f"quay-operator/quayregistry={self.name}"
        found = self.cluster.api("GET", f"{root}?labelSelector={selector}")["items"]
        return [o["metadata"]["name"] for o in found if "deletionTimestamp" not in o["metadata"]]

    def events(self) -> list[tuple[str, str, str]]:
        """Type, reason and message of each, in the order they came."""
        path = f"/api/v1/namespaces/{self.namespace}/events"
        chosen = f"involvedObject.kind=QuayRegistry,involvedObject.name={self.name}"
        found = self.cluster.api("GET", f"{path}?fieldSelector={chosen}")["items"]
        found.sort(key=lambda event: int(event["metadata"]["resourceVersion"]))
        return [(event["type"], event["reason"], event["message"]) for event in found]


def admit(registry: Registry) -> None:
    """What OpenShift's router reports."""
    until_api(registry.cluster, registry.object("routes"))
    condition = {"type": "Admitted", "status": "True"}
    status = {"ingress": [{"host": "x", "conditions": [condition]}]}
    path = registry.object("routes") + "/status"
    registry.cluster.api("PATCH", path, {"status": status}, **PATCH)
