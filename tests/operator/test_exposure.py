"""Route, Ingress, Gateway or Service: what a registry is reached by, and where TLS ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path

import pytest

from moorage.tls import new_certificates
from tests.operator.cluster import Cluster
from tests.operator.conftest import new_namespace, until_api
from tests.operator.nodes import PATCH, running_nodes
from tests.operator.running import Registry, admit, bound_volumes, running_operator

Apis = Callable[..., AbstractContextManager[None]]
_NUMBERS = count(1)
DOMAIN = "apps.user1.example.com"
WITH_DOMAIN = ("--domain", DOMAIN, "--ingress-class", "nginx")


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Iterator[str]:
    """A namespace where pods become ready and volumes bound."""
    with (
        new_namespace(cluster) as namespace,
        running_nodes(cluster, namespace),
        bound_volumes(cluster, namespace),
    ):
        yield namespace


@pytest.fixture
def registry(cluster: Cluster, place: str) -> Iterator[Registry]:
    made = Registry(cluster, place, f"e{next(_NUMBERS)}")
    yield made
    made.delete()


def host_of(registry: Registry) -> str:
    return f"{registry.name}-quay-{registry.namespace}.{DOMAIN}"


def test_on_openshift_a_route_has_the_walk_through_s_form_of_host(
    registry: Registry, apis: Apis, tmp_path: Path
) -> None:
    with (
        apis("routes"),
        running_operator(registry.cluster, registry.namespace, tmp_path / "log", *WITH_DOMAIN),
    ):
        registry.create({})
        registry.until("ComponentRouteReady", "False", says="not admitted")
        admit(registry)

        registry.until("Available", "True")
        route = registry.cluster.api("GET", registry.object("routes"))["spec"]
        assert route["host"] == host_of(registry)
        assert route["tls"]["termination"] == "edge"
        assert registry.get()["status"]["registryEndpoint"] == f"https://{host_of(registry)}"
        assert registry.config()["SERVER_HOSTNAME"] == host_of(registry)
        assert registry.config()["EXTERNAL_TLS_TERMINATION"] is True
        security = registry.deployment()["spec"]["template"]["spec"]["securityContext"]
        assert "runAsUser" not in security


def test_without_a_domain_the_router_gives_the_host(
    registry: Registry, apis: Apis, tmp_path: Path
) -> None:
    with (
        apis("routes"),
        running_operator(registry.cluster, registry.namespace, tmp_path / "log"),
    ):
        registry.create({})
        registry.until("ComponentRouteReady", "False", says="has no host yet")
        given = {"spec": {"host": host_of(registry)}}
        registry.cluster.api("PATCH", registry.object("routes"), given, **PATCH)
        admit(registry)

        registry.until("ComponentRouteReady", "True", says=host_of(registry))
        until_api(
            registry.cluster,
            registry.object("deployments"),
            lambda _: registry.config()["SERVER_HOSTNAME"] == host_of(registry),
        )


def test_a_certificate_of_the_bundle_passes_through_a_route(
    registry: Registry, apis: Apis, tmp_path: Path
) -> None:
    made = new_certificates([host_of(registry)])
    with (
        apis("routes"),
        running_operator(registry.cluster, registry.namespace, tmp_path / "log", *WITH_DOMAIN),
    ):
        registry.bundle(
            "b", "FEATURE_HELM_OCI_SUPPORT: true\n", ssl__cert=made.server, ssl__key=made.server_key
        )
        registry.create({"configBundleSecret": "b"})
        admit(registry)

        registry.until("Available", "True")
        route = registry.cluster.api("GET", registry.object("routes"))["spec"]
        assert route["tls"]["termination"] == "passthrough"
        assert route["port"]["targetPort"] == "https"
        service = registry.cluster.api("GET", registry.object("services"))["spec"]
        assert [(p["port"], p["targetPort"]) for p in service["ports"]] == [(443, 8443)]


def test_on_plain_kubernetes_an_ingress_awaits_its_address(
    registry: Registry, tmp_path: Path
) -> None:
    with running_operator(registry.cluster, registry.namespace, tmp_path / "log", *WITH_DOMAIN):
        registry.create({})
        said = registry.until("ComponentRouteReady", "False", says="no address yet")["message"]
        assert 'ingress controller for class "nginx"' in said
        path = registry.object("ingresses")
        status = {"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}
        registry.cluster.api("PATCH", f"{path}/status", status, **PATCH)

        registry.until("Available", "True")
        ingress = registry.cluster.api("GET", path)
        assert ingress["spec"]["tls"] == [
            {"hosts": [host_of(registry)], "secretName": f"{registry.name}-quay-tls"}
        ]
        assert (
            ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"] == "0"
        )
        ca = registry.cluster.api("GET", registry.object("configmaps", f"{registry.name}-quay-ca"))
        assert "BEGIN CERTIFICATE" in ca["data"]["ca.crt"]
        certificate = registry.object("secrets", f"{registry.name}-quay-tls")
        before = registry.cluster.api("GET", certificate)["data"]

        registry.cluster.api("DELETE", path)
        until_api(registry.cluster, path)
        registry.until("ComponentRouteReady", "False")
        assert registry.cluster.api("GET", certificate)["data"] == before


def test_cert_manager_is_asked_and_awaited(registry: Registry, tmp_path: Path) -> None:
    options = (*WITH_DOMAIN, "--cluster-issuer", "letsencrypt")
    with running_operator(registry.cluster, registry.namespace, tmp_path / "log", *options):
        registry.create({})
        registry.until("ComponentTLSReady", "False", says="cert-manager has not made Secret")
        ingress = registry.cluster.api("GET", registry.object("ingresses"))
        assert ingress["metadata"]["annotations"]["cert-manager.io/cluster-issuer"] == "letsencrypt"

        made = new_certificates([host_of(registry)])
        content = {"tls.crt": made.server, "tls.key": made.server_key}
        registry.secret(f"{registry.name}-quay-tls", content, "kubernetes.io/tls")

        registry.until("ComponentTLSReady", "True")


def test_a_named_gateway_gets_an_http_route_and_apis_may_come_later(
    registry: Registry, apis: Apis, tmp_path: Path
) -> None:
    options = ("--domain", DOMAIN, "--gateway", "infra/public/https")
    log = tmp_path / "log"
    with running_operator(registry.cluster, registry.namespace, log, *options) as operator:
        registry.create({}, **{"moorage/exposure": "Gateway"})
        registry.until("ComponentRouteReady", "False", reason="RouteComponentDependencyError")

        with apis("httproutes"):
            until_api(registry.cluster, registry.object("httproutes"), seconds=60)
            parent = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public"}
            condition = {
                "type": "Accepted",
                "status": "True",
                "reason": "Accepted",
                "message": "",
                "lastTransitionTime": "2026-01-01T00:00:00Z",
            }
            one = {"parentRef": parent, "controllerName": "a.b/c", "conditions": [condition]}
            path = registry.object("httproutes")
            status = {"status": {"parents": [one]}}
            registry.cluster.api("PATCH", f"{path}/status", status, **PATCH)

            registry.until("Available", "True")
            spec = registry.cluster.api("GET", path)["spec"]
            assert spec["hostnames"] == [host_of(registry)]
            assert spec["parentRefs"][0]["sectionName"] == "https"
            assert operator.probe("/healthz") == 200


def test_prometheus_is_told_where_the_metrics_are(
    registry: Registry, apis: Apis, tmp_path: Path
) -> None:
    with (
        apis("servicemonitors"),
        running_operator(registry.cluster, registry.namespace, tmp_path / "log"),
    ):
        registry.create({})

        registry.until("ComponentMonitoringReady", "True", reason="ComponentReady")
        assert registry.config()["METRICS_ADDRESS"] == "0.0.0.0:9091"
        registry.change({"components": [{"kind": "monitoring", "managed": False}]})
        registry.until("ComponentMonitoringReady", "True", reason="ComponentNotManaged")
        until_api(
            registry.cluster,
            registry.object("servicemonitors").rpartition("/")[0],
            lambda found: not found["items"],
            10,
        )
