"""A rollout: objects, then the database's schema, then the pods, then what is no longer needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moorage.operator.apply import Applier, Failure
from moorage.operator.conditions import COMPONENTS_CREATED, Verdict, previous
from moorage.operator.names import CONFIG_HASH, SCHEMA
from moorage.operator.observe import is_rolled_out
from moorage.operator.render import KEPT, Part, Rendering
from moorage.operator.spec import ComponentKind
from moorage.operator.store import Object

IN_PROGRESS = "MigrationsInProgress"
MISSING = "MigrationsJobMissing"
FAILED = "MigrationsFailed"


@dataclass(slots=True)
class Outcome:
    failures: list[Failure] = field(default_factory=list)
    migration: Verdict | None = None
    """Why the pods were not touched yet."""

    @property
    def messages(self) -> dict[ComponentKind, str]:
        found: dict[ComponentKind, str] = {}
        for failure in self.failures:
            kind = failure.part.component
            found[kind] = f"{found[kind]}; {failure.message}" if kind in found else failure.message
        return found


async def roll_out(applier: Applier, rendering: Rendering) -> Outcome:
    """Raises Unreachable."""
    outcome = Outcome()
    *before, deployment = rendering.parts
    for part in before:
        await _apply(applier, part, outcome)
    if any(failure.part.kind == "Secret" for failure in outcome.failures):
        return outcome  # pods would wait for a configuration that is not there
    if rendering.migration is not None:
        outcome.migration = await _migrate(applier, rendering, rendering.migration, outcome)
    if outcome.migration is None:
        await _apply(applier, deployment, outcome)
    if not outcome.failures:
        await _prune(applier, rendering)
    return outcome


async def _apply(applier: Applier, part: Part, outcome: Outcome) -> None:
    failure = await applier.apply(part)
    if failure is not None:
        outcome.failures.append(failure)


async def _migrate(
    applier: Applier, rendering: Rendering, job: Part, outcome: Outcome
) -> Verdict | None:
    """None when the database has the schema of this release."""
    names = applier.registry.names
    mark = _mark(job.object)
    deployment = await applier.look("Deployment", names.namespace, names.app)
    if deployment is not None and _mark(deployment) == mark:
        return None
    live = await applier.look("Job", names.namespace, job.name)
    if live is not None and _mark(live) != mark:
        await applier.remove(live)
        return Verdict(False, IN_PROGRESS, f"job {job.name} of an earlier rollout is removed")
    if live is None:
        last = previous(applier.registry.status.get("conditions") or [], COMPONENTS_CREATED)
        has_vanished = last is not None and last.reason == IN_PROGRESS
        await _apply(applier, job, outcome)
        if has_vanished:
            text = f"job {job.name} vanished before it was finished: it is made again"
            return Verdict(False, MISSING, text)
        return Verdict(False, IN_PROGRESS, f"job {job.name} not finished")
    finished = _condition_of(live, "Complete")
    if finished is not None:
        return None
    failed = _condition_of(live, "Failed")
    if failed is not None:
        text = f"job {job.name}: {failed.get('message') or 'failed'}"
        return Verdict(False, FAILED, text)
    return Verdict(False, IN_PROGRESS, f"job {job.name} not finished")


async def _prune(applier: Applier, rendering: Rendering) -> None:
    """Remove what is ours and not rendered; what pods still use only after the rollout."""
    names = applier.registry.names
    wanted = {(part.kind, part.name) for part in rendering.parts}
    deployment = applier.store.find("Deployment", names.namespace, names.app)
    has_ended = _has_ended(deployment, rendering)
    for live in applier.store.of((names.namespace, names.registry)):
        kind, name = live["kind"], live["metadata"]["name"]
        in_use = kind == "Job" or name.startswith(names.config_prefix)
        if (kind, name) in wanted or kind in KEPT or (in_use and not has_ended):
            continue
        if applier.owns(live) and "deletionTimestamp" not in live["metadata"]:
            await applier.remove(live)


def _has_ended(deployment: Object | None, rendering: Rendering) -> bool:
    if deployment is None or not is_rolled_out(deployment):
        return False
    annotations = deployment["spec"]["template"]["metadata"].get("annotations") or {}
    return bool(annotations.get(CONFIG_HASH) == rendering.configuration.content_hash)


def _mark(document: Object) -> str | None:
    return (document["metadata"].get("annotations") or {}).get(SCHEMA)


def _condition_of(job: Object, kind: str) -> dict[str, Any] | None:
    for condition in (job.get("status") or {}).get("conditions") or []:
        if condition["type"] == kind and condition["status"] == "True":
            found: dict[str, Any] = condition
            return found
    return None
