"""Which data a registry may be started on: never an older release's, never empty beside some."""

from __future__ import annotations

import re
from collections.abc import Iterable

from moorage.operator.errors import UpgradeUnsupported
from moorage.operator.plan import Plan
from moorage.operator.platform import Platform
from moorage.operator.registry import QuayRegistry
from moorage.operator.store import Object

_QUAY_DATABASE = re.compile(r".*-quay-(database|postgres-[0-9]+)")


def require_upgradable(
    registry: QuayRegistry, plan: Plan, platform: Platform, objects: Iterable[Object]
) -> None:
    """Raises UpgradeUnsupported."""
    current = registry.current_version
    is_ours = current is not None and not registry.is_handed_over
    if is_ours and _ordered(str(current)) > _ordered(platform.release):
        raise UpgradeUnsupported(
            f"the registry runs release {current}, this operator installs {platform.release}: "
            "install the operator of that release or a later one"
        )
    if plan.uses_postgres:
        return
    for one in objects:
        name = one["metadata"]["name"]
        if one["kind"] in ("Deployment", "PersistentVolumeClaim") and _QUAY_DATABASE.fullmatch(
            name
        ):
            raise UpgradeUnsupported(
                f"{one['kind']} {name} is a database of Quay's operator: moorage does not start "
                "empty beside it. Copy images and charts with `skopeo sync` into a new "
                f"QuayRegistry, or delete {name} to start without its content"
            )


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"[0-9]+", version)[:3])
