"""The spec of a QuayRegistry as types.

What the CRD's schema lets through is checked once more here: an older CRD of Quay's operator may
be the one that is installed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

ComponentKind = Literal[
    "quay",
    "postgres",
    "clair",
    "clairpostgres",
    "redis",
    "horizontalpodautoscaler",
    "objectstorage",
    "route",
    "mirror",
    "monitoring",
    "tls",
]
KINDS: tuple[ComponentKind, ...] = ComponentKind.__args__  # type: ignore[attr-defined]

SCALED = ("quay", "clair", "mirror")
STORED = ("postgres", "clairpostgres", "clair", "objectstorage")
ENVIRONED = ("quay", "clair", "mirror", "postgres", "redis", "clairpostgres")
ALLOWED: dict[str, tuple[str, ...]] = {
    "volumeSize": STORED,
    "storageClassName": STORED,
    "env": ENVIRONED,
    "replicas": SCALED,
    "affinity": SCALED,
    "resources": ENVIRONED,
    "securityContext": ("quay", "mirror"),
    "labels": KINDS,
    "annotations": KINDS,
}
"""Override -> the components that have it."""

RULES = {
    "!(has(self.overrides) && !self.managed)": "cannot set overrides on unmanaged component",
    "!(has(self.secretRef) && self.managed)": "secretRef cannot be set on a managed component",
    "!has(self.secretRef) || (has(self.secretRef.name) && self.secretRef.name != '')": (
        "secretRef.name must not be empty"
    ),
}
"""The CRD's validation rules (CEL) and what they answer."""


class Overrides(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    volumeSize: str | int | None = None
    storageClassName: str | None = None
    env: list[dict[str, Any]] = []
    replicas: int | None = Field(default=None, ge=0)
    affinity: dict[str, Any] | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    resources: dict[str, Any] | None = None
    securityContext: dict[str, Any] | None = None

    @property
    def given(self) -> list[str]:
        return sorted(self.model_fields_set & set(ALLOWED))


class SecretRef(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = ""


class Component(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: str
    managed: bool
    secretRef: SecretRef | None = None
    overrides: Overrides | None = None


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    configBundleSecret: str = ""
    components: list[Component] = []


@dataclass(frozen=True, slots=True)
class RegistrySpec:
    bundle: str | None
    """Name of the Secret with config.yaml."""
    components: dict[str, Component] = field(default_factory=dict)

    def is_managed(self, kind: ComponentKind) -> bool:
        """Managed unless told otherwise; Quay itself always is."""
        found = self.components.get(kind)
        return kind == "quay" or found is None or found.managed

    def is_demanded(self, kind: ComponentKind) -> bool:
        """Listed as managed, rather than left out."""
        found = self.components.get(kind)
        return found is not None and found.managed

    def overrides(self, kind: ComponentKind) -> Overrides:
        found = self.components.get(kind)
        return (found.overrides if found is not None else None) or Overrides()

    @property
    def tls_secret(self) -> str | None:
        """Name of the kubernetes.io/tls Secret of an unmanaged tls component."""
        found = self.components.get("tls")
        return found.secretRef.name if found is not None and found.secretRef is not None else None

    @property
    def secrets(self) -> list[str]:
        """Names of the Secrets whose content the registry depends on."""
        return [name for name in (self.bundle, self.tls_secret) if name]


class SpecInvalid(Exception):
    """The spec cannot be followed; `is_override` when overrides are to blame."""

    def __init__(self, message: str, is_override: bool) -> None:
        super().__init__(message)
        self.is_override = is_override


def parse_spec(document: Any) -> RegistrySpec:
    """Raises SpecInvalid with every problem found."""
    try:
        found = _Document.model_validate(document or {})
    except ValidationError as error:
        raise SpecInvalid("; ".join(_sentence(one) for one in error.errors()), False) from None
    problems = [text for component in found.components for text in _problems(component)]
    kinds = [component.kind for component in found.components]
    problems += [
        f"component {kind} is listed {kinds.count(kind)} times: keep one"
        for kind in dict.fromkeys(kinds)
        if kinds.count(kind) > 1
    ]
    if problems:
        raise SpecInvalid("; ".join(problems), False)
    misplaced = [text for component in found.components for text in _misplaced(component)]
    if misplaced:
        raise SpecInvalid("; ".join(misplaced), True)
    return RegistrySpec(found.configBundleSecret or None, {c.kind: c for c in found.components})


def _problems(component: Component) -> list[str]:
    place = f"components[{component.kind}]"
    found = []
    if component.kind not in KINDS:
        found.append(f'unknown component "{component.kind}": known are {", ".join(KINDS)}')
    if component.overrides is not None and not component.managed and component.kind != "quay":
        found.append(f"{place}: cannot set overrides on unmanaged component")
    if component.secretRef is not None:
        if component.managed:
            found.append(f"{place}: secretRef cannot be set on a managed component")
        if not component.secretRef.name:
            found.append(f"{place}: secretRef.name must not be empty")
        if component.kind != "tls":
            found.append(f"{place}: only tls takes a secretRef; put the keys into config.yaml")
    return found


def _misplaced(component: Component) -> list[str]:
    given = component.overrides.given if component.overrides is not None else []
    return [
        f"components[{component.kind}].overrides.{name}: {component.kind} has no such override, "
        f"only {', '.join(ALLOWED[name])}"
        for name in given
        if component.kind not in ALLOWED[name]
    ]


def _sentence(problem: Any) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem["loc"])
    return f"spec{place}: {problem['msg']}"
