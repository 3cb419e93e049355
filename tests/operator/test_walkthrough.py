"""The walk-through's two files, unchanged, and every order in which they may come."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.clients.machine import Machine
from tests.clients.network import QUAY_HOST, REGISTRY_ADDRESS, REGISTRY_HOST, Network
from tests.clients.registry import Authority
from tests.operator.cluster import Cluster
from tests.operator.conftest import new_namespace
from tests.operator.nodes import running_nodes
from tests.operator.pod import OPENSHIFT, PodRunner
from tests.operator.running import Registry, admit, bound_volumes, running_operator

BUNDLE = """\
apiVersion: v1
stringData:
  config.yaml: |
    FEATURE_GENERAL_OCI_SUPPORT: true
    FEATURE_HELM_OCI_SUPPORT: true
kind: Secret
metadata:
  name: quay-config-bundle
  namespace: quay-enterprise
type: Opaque
"""
REGISTRY = """\
apiVersion: quay.redhat.com/v1
kind: QuayRegistry
metadata:
  name: example-registry
  namespace: quay-enterprise
spec:
  configBundleSecret: quay-config-bundle
"""


ETHERPAD = Path(__file__).parents[1] / "clients/charts/redhat-cop/etherpad-0.0.4.tgz"
OPTIONS = ("--domain", "apps.user1.example.com")


def test_the_two_files_give_a_registry_that_helm_logs_in_to_and_pushes_to(
    cluster: Cluster,
    network: Network,
    machine: Machine,
    authority: Authority,
    apis: Callable[..., AbstractContextManager[None]],
    tmp_path: Path,
) -> None:
    (tmp_path / "quay-config-bundle.yaml").write_text(BUNDLE)
    (tmp_path / "quay-registry.yaml").write_text(REGISTRY)
    with (
        apis("routes"),
        new_namespace(cluster, "quay-enterprise") as namespace,
        running_operator(cluster, namespace, tmp_path / "log", *OPTIONS),
        running_nodes(cluster, namespace),
        bound_volumes(cluster, namespace),
    ):
        create = ("create", "-n", namespace, "-f")
        said = [
            cluster.kubectl(*create, tmp_path / "quay-config-bundle.yaml"),
            cluster.kubectl(*create, tmp_path / "quay-registry.yaml"),
        ]
        registry = Registry(cluster, namespace, "example-registry")
        admit(registry)
        registry.until("Available", "True", reason="HealthChecksPassing")

        assert said == [
            "secret/quay-config-bundle created\n",
            "quayregistry.quay.redhat.com/example-registry created\n",
        ]
        assert len(registry.get()["status"]["conditions"]) == 14
        shown = cluster.kubectl("get", "quayregistry", "-n", namespace)
        print(*said, shown, cluster.kubectl("describe", "quayregistry", "-n", namespace))
        assert shown.split()[:4] == ["NAME", "VERSION", "ENDPOINT", "AVAILABLE"]
        assert shown.split()[7:9] == [f"https://{QUAY_HOST}", "True"]
        assert registry.config()["FEATURE_HELM_OCI_SUPPORT"] is True
        assert registry.get()["spec"] == {"configBundleSecret": "quay-config-bundle"}

        runner = PodRunner(cluster, namespace, network, tmp_path / "pods")
        spec = registry.deployment()["spec"]["template"]["spec"]
        with router(network, authority, 8080, tmp_path), runner.running(spec, OPENSHIFT):
            push_and_pull(machine, QUAY_HOST, first_password(registry))


def test_inside_the_cluster_clients_trust_the_published_ca(
    cluster: Cluster,
    namespace: str,
    network: Network,
    new_machine: Callable[..., Machine],
    tmp_path: Path,
) -> None:
    with (
        running_operator(cluster, namespace, tmp_path / "log"),
        running_nodes(cluster, namespace),
        bound_volumes(cluster, namespace),
    ):
        registry = Registry(cluster, namespace, "inside")
        registry.bundle("b", f"SERVER_HOSTNAME: {REGISTRY_HOST}:8443\n")
        registry.create({"configBundleSecret": "b"}, **{"moorage/exposure": "Service"})
        registry.until("Available", "True")
        ca = cluster.api("GET", registry.object("configmaps", "inside-quay-ca"))["data"]["ca.crt"]
        (tmp_path / "ca.crt").write_text(ca)

        runner = PodRunner(cluster, namespace, network, tmp_path / "pods")
        spec = registry.deployment()["spec"]["template"]["spec"]
        with runner.running(spec):
            machine = new_machine("inside", str(tmp_path / "ca.crt"))
            push_and_pull(machine, f"{REGISTRY_HOST}:8443", first_password(registry))


@contextmanager
def router(network: Network, authority: Authority, port: int, folder: Path) -> Iterator[None]:
    """OpenShift's router: TLS ends here."""
    keys = (str(authority.certificate), str(authority.key))
    listen, target = f"{REGISTRY_ADDRESS}:443", f"{REGISTRY_ADDRESS}:{port}"
    entrance = str(Path(__file__).with_name("entrance.py"))
    daemon = network.start("python3", entrance, listen, target, *keys, log=folder / "router.log")
    try:
        yield
    finally:
        daemon.stop()


def first_password(registry: Registry) -> str:
    """That of the user admin, as whoever may read the Secret finds it."""
    name = f"{registry.name}-quay-registry-managed-secret-keys"
    found = registry.cluster.api("GET", registry.object("secrets", name))["data"]
    return b64decode(found["MOORAGE_ADMIN_PASSWORD"]).decode()


def push_and_pull(machine: Machine, host: str, password: str) -> None:
    """The walk-through's commands with Helm 3.5, and Helm 4 pulls what it needs to."""
    old = machine.tool("helm-3.5.4", HELM_EXPERIMENTAL_OCI="1")
    new = machine.tool("helm-4.3.1")
    ref = f"{host}/admin/etherpad:0.0.4"
    said = old("registry", "login", host, "-u", "admin", "--password-stdin", stdin=password)
    assert "Login succeeded" in said.stdout + said.stderr
    old("chart", "save", str(ETHERPAD), ref)
    assert "0.0.4: pushed to remote (1 layer" in old("chart", "push", ref).stdout
    old("chart", "rm", ref)
    assert "Downloaded newer chart" in old("chart", "pull", ref).stdout
    new("registry", "login", host, "-u", "admin", "--password-stdin", stdin=password)
    new("push", str(ETHERPAD), f"oci://{host}/admin/new")
    new("pull", f"oci://{host}/admin/new/etherpad", "--version", "0.0.4")
    assert (machine.work / ETHERPAD.name).read_bytes() == ETHERPAD.read_bytes()
