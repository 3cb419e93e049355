"""How clients reach a registry: by Route, Ingress, HTTPRoute or its Service alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from moorage.operator.names import EXPOSURE, Names
from moorage.operator.platform import GATEWAYS, ROUTES, Platform
from moorage.operator.registry import QuayRegistry
from moorage.operator.spec import RegistrySpec


class Exposure(StrEnum):
    ROUTE = "Route"
    INGRESS = "Ingress"
    GATEWAY = "Gateway"
    SERVICE = "Service"


class Termination(StrEnum):
    """Where TLS ends."""

    POD = "pod"
    FRONT = "front"
    NOWHERE = "nowhere"
    """Connections are plain, or somebody we do not know of ends TLS."""


class CertificateFrom(StrEnum):
    SECRET = "secret"
    """ssl.cert and ssl.key of the bundle, or a kubernetes.io/tls Secret."""
    GENERATED = "generated"
    CERT_MANAGER = "cert-manager"
    FRONT = "front"
    """The router or the Gateway has one of its own."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Front:
    exposure: Exposure
    host: str
    termination: Termination
    certificate: CertificateFrom
    missing_api: str | None = None
    """The exposure that was asked for and that this cluster does not have."""
    awaits_host: bool = False
    """The router has not given the Route its host yet."""

    @property
    def endpoint(self) -> str:
        scheme = "http" if self.termination is Termination.NOWHERE else "https"
        return f"{scheme}://{self.host}"

    @property
    def serves_tls(self) -> bool:
        return self.termination is Termination.POD

    @property
    def is_in_cluster_only(self) -> bool:
        return self.host.endswith(".svc")


def front_of(
    registry: QuayRegistry,
    spec: RegistrySpec,
    platform: Platform,
    document: dict[str, Any],
    has_certificate: bool,
    assigned_host: str | None,
) -> Front:
    """`document` is the user's config.yaml; `assigned_host` what the router gave to the Route."""
    exposure, missing = _exposure(registry, spec, platform, document)
    host, awaits = _host(exposure, registry.names, platform, document, assigned_host)
    termination, certificate = _tls(exposure, spec, platform, document, has_certificate)
    if exposure is Exposure.INGRESS and certificate is CertificateFrom.GENERATED:
        annotated = spec.overrides("route").annotations | registry.annotations
        if any(key.startswith("cert-manager.io/") for key in annotated):
            certificate = CertificateFrom.CERT_MANAGER
    return Front(exposure, host, termination, certificate, missing, awaits)


def _exposure(
    registry: QuayRegistry, spec: RegistrySpec, platform: Platform, document: dict[str, Any]
) -> tuple[Exposure, str | None]:
    if not spec.is_managed("route"):
        return Exposure.SERVICE, None
    has_host = bool(platform.domain or document.get("SERVER_HOSTNAME"))
    possible = {
        Exposure.GATEWAY: GATEWAYS in platform.apis and platform.gateway is not None,
        Exposure.ROUTE: ROUTES in platform.apis,
        Exposure.INGRESS: has_host,
        Exposure.SERVICE: True,
    }
    wanted = registry.annotations.get(EXPOSURE)
    if wanted is not None:
        found = next((one for one in Exposure if one.value == wanted), None)
        return (found, None) if found and possible[found] else (Exposure.SERVICE, wanted)
    return next(one for one, is_possible in possible.items() if is_possible), None


def _host(
    exposure: Exposure,
    names: Names,
    platform: Platform,
    document: dict[str, Any],
    assigned_host: str | None,
) -> tuple[str, bool]:
    given = document.get("SERVER_HOSTNAME")
    if isinstance(given, str):
        return given, False
    if exposure is not Exposure.SERVICE and platform.domain:
        return names.public_host(platform.domain), False
    if exposure is Exposure.ROUTE and assigned_host:
        return assigned_host, False
    return names.service_host, exposure is Exposure.ROUTE


def _tls(
    exposure: Exposure,
    spec: RegistrySpec,
    platform: Platform,
    document: dict[str, Any],
    has_certificate: bool,
) -> tuple[Termination, CertificateFrom]:
    in_front = document.get("EXTERNAL_TLS_TERMINATION") is True
    is_managed = spec.is_managed("tls") and document.get("PREFERRED_URL_SCHEME") != "http"
    if exposure is Exposure.GATEWAY:
        return Termination.FRONT, CertificateFrom.FRONT
    if exposure is Exposure.INGRESS:
        if has_certificate:
            return Termination.FRONT, CertificateFrom.SECRET
        if not is_managed:
            return _plain(in_front)
        by_manager = platform.cluster_issuer is not None
        source = CertificateFrom.CERT_MANAGER if by_manager else CertificateFrom.GENERATED
        return Termination.FRONT, source
    if in_front:
        return Termination.FRONT, CertificateFrom.FRONT
    if has_certificate:
        return Termination.POD, CertificateFrom.SECRET
    if not is_managed:
        return _plain(in_front)
    if exposure is Exposure.ROUTE:
        return Termination.FRONT, CertificateFrom.FRONT
    return Termination.POD, CertificateFrom.GENERATED


def _plain(in_front: bool) -> tuple[Termination, CertificateFrom]:
    return (Termination.FRONT if in_front else Termination.NOWHERE), CertificateFrom.NONE
