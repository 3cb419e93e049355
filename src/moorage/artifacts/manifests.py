"""Kubernetes objects and configuration files that name an artifact, serialised."""

from __future__ import annotations

from typing import Any


def as_yaml(*documents: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=1_000)


def flux_release(
    name: str, url: str, tag: str | None, digest: str | None, is_plain_http: bool
) -> str:
    """Flux 2: where the chart lies, and its release."""
    spec: dict[str, Any] = {
        "interval": "1h",
        "url": url,
        "ref": {"tag": tag} if tag else {"digest": digest},
        "layerSelector": {
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "operation": "copy",
        },
    }
    if is_plain_http:
        spec["insecure"] = True
    return as_yaml(
        {
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "OCIRepository",
            "metadata": {"name": name, "namespace": "default"},
            "spec": spec,
        },
        {
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": name, "namespace": "default"},
            "spec": {"interval": "1h", "chartRef": {"kind": "OCIRepository", "name": name}},
        },
    )


def argo_application(name: str, registry: str, chart: str, version: str) -> str:
    """Argo CD names an OCI registry without its scheme."""
    return as_yaml(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {
                "project": "default",
                "source": {"repoURL": registry, "chart": chart, "targetRevision": version},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "default"},
            },
        }
    )


def opa_configuration(url: str, reference: str) -> str:
    return as_yaml(
        {
            "services": {"registry": {"url": url, "type": "oci"}},
            "bundles": {"policy": {"service": "registry", "resource": reference}},
        }
    )
