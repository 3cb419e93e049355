"""`moorage operator`: the Kubernetes operator, and what it is made of."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import yaml

from moorage import __version__
from moorage.cli.options import fail

if TYPE_CHECKING:
    from moorage.operator.platform import Platform

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Run registries on Kubernetes.")

OWN_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")

Image = Annotated[
    str, typer.Option(envvar="MOORAGE_OPERATOR_IMAGE", help="the registries' container image")
]
Domain = Annotated[
    str | None,
    typer.Option(
        envvar="MOORAGE_OPERATOR_DOMAIN", help="registries are NAME-quay-NAMESPACE.DOMAIN"
    ),
]
IngressClass = Annotated[str | None, typer.Option(envvar="MOORAGE_OPERATOR_INGRESS_CLASS")]
GatewayName = Annotated[
    str | None,
    typer.Option(
        envvar="MOORAGE_OPERATOR_GATEWAY", help="NAMESPACE/NAME or NAMESPACE/NAME/LISTENER"
    ),
]
Issuer = Annotated[
    str | None,
    typer.Option(
        envvar="MOORAGE_OPERATOR_CLUSTER_ISSUER", help="cert-manager's ClusterIssuer for Ingresses"
    ),
]
DEFAULT_IMAGE = f"moorage:{__version__}"


@app.command()
def run(
    namespace: Annotated[
        list[str] | None,
        typer.Option(
            envvar="MOORAGE_OPERATOR_NAMESPACES",
            help="watch this namespace only; may be repeated or parted by commas "
            "(default: the operator's own)",
        ),
    ] = None,
    all_namespaces: Annotated[
        bool, typer.Option(envvar="MOORAGE_OPERATOR_ALL_NAMESPACES", help="watch every namespace")
    ] = False,
    image: Image = DEFAULT_IMAGE,
    domain: Domain = None,
    ingress_class: IngressClass = None,
    gateway: GatewayName = None,
    cluster_issuer: Issuer = None,
    health_host: Annotated[str, typer.Option(help="address of /healthz and /readyz")] = "0.0.0.0",
    health_port: Annotated[int, typer.Option(min=0, max=65535)] = 8081,
    log_level: Annotated[str, typer.Option(envvar="MOORAGE_LOG_LEVEL")] = "info",
) -> None:
    """Watch QuayRegistries and run what they ask for, until SIGTERM."""
    _require_extra()
    from moorage import log
    from moorage.operator.run import Options
    from moorage.operator.run import run as run_operator

    log.configure(log_level)
    namespaces = None if all_namespaces else _namespaces(namespace)
    platform = _platform(image, domain, ingress_class, gateway, cluster_issuer)
    asyncio.run(run_operator(Options(platform, namespaces, health_host, health_port)))


@app.command()
def crd() -> None:
    """Print the CustomResourceDefinition of QuayRegistry."""
    from moorage.operator.crd import definition

    typer.echo(_dumped([definition()]), nl=False)


@app.command()
def role(
    namespace: Annotated[
        str | None, typer.Option(help="a Role for this namespace instead of a ClusterRole")
    ] = None,
) -> None:
    """Print what the operator has to be allowed."""
    from moorage.operator.rbac import role as role_of

    typer.echo(_dumped([role_of(namespace)]), nl=False)


@app.command()
def render(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    api: Annotated[
        list[str] | None,
        typer.Option(help="an API group the cluster has, such as route.openshift.io"),
    ] = None,
    image: Image = DEFAULT_IMAGE,
    domain: Domain = None,
    ingress_class: IngressClass = None,
    gateway: GatewayName = None,
    cluster_issuer: Issuer = None,
) -> None:
    """Print the objects that the operator would make of QuayRegistries and Secrets in FILES."""
    from dataclasses import replace

    from moorage.operator.errors import Blocked
    from moorage.operator.offline import render_documents

    platform = _platform(image, domain, ingress_class, gateway, cluster_issuer)
    try:
        documents = [one for file in files for one in yaml.safe_load_all(file.read_text()) if one]
        found = render_documents(
            documents, replace(platform, apis=frozenset(api or ())), time.time()
        )
    except yaml.YAMLError as error:
        fail(f"not YAML: {error}")
    except Blocked as error:
        fail(f"{error.reason}: {error}")
    typer.echo(_dumped(found), nl=False)


def _platform(
    image: str,
    domain: str | None,
    ingress_class: str | None,
    gateway: str | None,
    cluster_issuer: str | None,
) -> Platform:
    from moorage.operator.platform import Gateway, Platform

    try:
        named = Gateway.parse(gateway) if gateway else None
    except ValueError as error:
        fail(f"--gateway: {error}", code=2)
    return Platform(
        image=image,
        release=__version__,
        domain=domain or None,
        ingress_class=ingress_class or None,
        gateway=named,
        cluster_issuer=cluster_issuer or None,
    )


def _namespaces(given: list[str] | None) -> list[str]:
    names = [name.strip() for one in given or [] for name in one.split(",") if name.strip()]
    if names:
        return names
    if OWN_NAMESPACE.is_file():
        return [OWN_NAMESPACE.read_text().strip()]
    fail("name a --namespace, or watch --all-namespaces", code=2)


def _require_extra() -> None:
    try:
        import kopf  # noqa: F401
        import kubernetes_asyncio  # noqa: F401
    except ImportError:
        fail("the operator needs the extra k8s: pip install 'moorage[k8s]'")


def _dumped(documents: list[dict[str, Any]]) -> str:
    return yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


class _Dumper(yaml.SafeDumper):
    """Without anchors: the same list twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
