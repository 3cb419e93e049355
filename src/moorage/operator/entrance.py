"""What leads to a registry: Service, Route, Ingress, HTTPRoute, certificates, monitoring."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from moorage.operator.bundle import Pair
from moorage.operator.configuration import METRICS_PORT
from moorage.operator.exposure import CertificateFrom, Exposure, Termination
from moorage.operator.names import INGRESS_CLASS, Names
from moorage.operator.plan import Plan
from moorage.operator.platform import Gateway, Platform
from moorage.operator.registry import QuayRegistry
from moorage.operator.workload import HTTP, HTTPS, Object, metadata, selector

TRANSFER_SECONDS = 1800
"""The longest that a request may take: a large layer on a slow line."""

_INGRESS_ANNOTATIONS = {
    "nginx.ingress.kubernetes.io/proxy-body-size": "0",
    "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
    "nginx.ingress.kubernetes.io/proxy-buffering": "off",
    "nginx.ingress.kubernetes.io/proxy-read-timeout": str(TRANSFER_SECONDS),
    "nginx.ingress.kubernetes.io/proxy-send-timeout": str(TRANSFER_SECONDS),
    "haproxy.org/timeout-server": f"{TRANSFER_SECONDS}s",
    "haproxy.org/timeout-client": f"{TRANSFER_SECONDS}s",
}
"""Layers are large: no limit of size, no buffer on the controller's disk, time enough."""


def service(names: Names, plan: Plan) -> Object:
    port = (
        {"name": "https", "port": 443, "targetPort": HTTPS}
        if plan.front.serves_tls
        else {"name": "http", "port": 80, "targetPort": HTTP}
    )
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(names, names.app, "quay", plan),
        "spec": {
            "type": "ClusterIP",
            "selector": selector(names),
            "ports": [port | {"protocol": "TCP"}],
        },
    }


def front(registry: QuayRegistry, plan: Plan, platform: Platform) -> Object | None:
    """What leads to the Service from outside of the cluster."""
    names = registry.names
    match plan.front.exposure:
        case Exposure.ROUTE:
            return _route(names, plan)
        case Exposure.INGRESS:
            return _ingress(registry, plan, platform)
        case Exposure.GATEWAY:
            assert platform.gateway is not None
            return _http_route(names, plan, platform.gateway)
    return None


def _route(names: Names, plan: Plan) -> Object:
    about = metadata(names, names.front, "route", plan)
    timeout = {"haproxy.router.openshift.io/timeout": "30m"}
    spec: Object = {
        "to": {"kind": "Service", "name": names.app, "weight": 100},
        "port": {"targetPort": "https" if plan.front.serves_tls else "http"},
        "wildcardPolicy": "None",
    }
    if plan.front.termination is not Termination.NOWHERE:
        ends = "passthrough" if plan.front.serves_tls else "edge"
        spec["tls"] = {"termination": ends, "insecureEdgeTerminationPolicy": "Redirect"}
    if plan.front.host != names.service_host:
        spec["host"] = plan.front.host.partition(":")[0]
    return {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": about | {"annotations": timeout | about.get("annotations", {})},
        "spec": spec,
    }


def _ingress(registry: QuayRegistry, plan: Plan, platform: Platform) -> Object:
    names = registry.names
    about = metadata(names, names.front, "route", plan)
    passed_on = {
        key: value
        for key, value in registry.annotations.items()
        if key.startswith("cert-manager.io/")
    }
    if plan.front.certificate is CertificateFrom.CERT_MANAGER and platform.cluster_issuer:
        passed_on = {"cert-manager.io/cluster-issuer": platform.cluster_issuer} | passed_on
    host = plan.front.host.partition(":")[0]
    backend = {"service": {"name": names.app, "port": {"name": "http"}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    spec: Object = {"rules": [{"host": host, "http": {"paths": [path]}}]}
    ingress_class = registry.annotations.get(INGRESS_CLASS, platform.ingress_class)
    if ingress_class:
        spec["ingressClassName"] = ingress_class
    if plan.front.certificate is not CertificateFrom.NONE:
        spec["tls"] = [{"hosts": [host], "secretName": plan.spec.tls_secret or names.tls}]
    annotations = _INGRESS_ANNOTATIONS | passed_on | about.get("annotations", {})
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": about | {"annotations": annotations},
        "spec": spec,
    }


def _http_route(names: Names, plan: Plan, gateway: Gateway) -> Object:
    parent: Object = {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "namespace": gateway.namespace,
        "name": gateway.name,
    }
    if gateway.listener:
        parent["sectionName"] = gateway.listener
    rule = {
        "backendRefs": [
            {"group": "", "kind": "Service", "name": names.app, "port": 80, "weight": 1}
        ],
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
    }
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(names, names.front, "route", plan),
        "spec": {
            "parentRefs": [parent],
            "hostnames": [plan.front.host.partition(":")[0]],
            "rules": [rule],
        },
    }


def certificate_objects(
    names: Names, plan: Plan, generated: Pair | None, ca: bytes
) -> list[Object]:
    """The Secret that an Ingress reads, and the CA for clients of a generated certificate."""
    found = []
    given = plan.pair if plan.spec.tls_secret is None else None
    pair = generated if plan.needs_generated_certificate else given
    is_for_ingress = plan.front.exposure is Exposure.INGRESS and pair is not None
    if pair is not None and (is_for_ingress or plan.needs_generated_certificate):
        found.append(tls_secret(names, plan, pair))
    if plan.needs_generated_certificate and ca:
        found.append(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": metadata(names, names.ca, "tls", plan),
                "data": {"ca.crt": ca.decode()},
            }
        )
    return found


def tls_secret(names: Names, plan: Plan, pair: Pair) -> Object:
    content = {"tls.crt": pair.certificate, "tls.key": pair.key}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(names, names.tls, "tls", plan),
        "type": "kubernetes.io/tls",
        "data": {key: b64encode(value).decode() for key, value in content.items()},
    }


def monitoring(names: Names, plan: Plan) -> list[Object]:
    about = metadata(names, names.metrics, "monitoring", plan)
    port: dict[str, Any] = {"name": "metrics", "port": METRICS_PORT, "targetPort": METRICS_PORT}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": about,
            "spec": {
                "type": "ClusterIP",
                "selector": selector(names),
                "ports": [port | {"protocol": "TCP"}],
            },
        },
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "ServiceMonitor",
            "metadata": about,
            "spec": {
                "selector": {"matchLabels": names.labels("monitoring")},
                "endpoints": [{"port": "metrics", "interval": "30s"}],
            },
        },
    ]
