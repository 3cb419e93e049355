"""Whether a registry's Route, Ingress or HTTPRoute leads to it."""

from __future__ import annotations

from typing import Any

from moorage.operator.conditions import Verdict, not_managed, not_ready, ready
from moorage.operator.exposure import Exposure, Front
from moorage.operator.names import EXPOSURE, Names
from moorage.operator.plan import Plan
from moorage.operator.store import Object


def route_verdict(names: Names, plan: Plan, live: Object | None) -> Verdict:
    """`live` is the object that the exposure asks for, if it is there."""
    front = plan.front
    if front.missing_api is not None:
        return Verdict(
            False,
            "RouteComponentDependencyError",
            f'annotation {EXPOSURE} asks for "{front.missing_api}", which this cluster or the '
            f"operator's options do not offer: until then {front.endpoint} of the Service",
        )
    if not plan.spec.is_managed("route"):
        return not_managed(f"Service {names.app} only; clients are told {front.endpoint}")
    if front.exposure is Exposure.SERVICE:
        return ready(
            f"in the cluster only, at {front.endpoint}: set SERVER_HOSTNAME, or give the operator "
            "a domain or a Gateway, to be reached from outside"
        )
    kind = {Exposure.GATEWAY: "HTTPRoute"}.get(front.exposure, front.exposure.value)
    if live is None:
        return not_ready(f"{kind} {names.front} not found")
    problem = {
        Exposure.ROUTE: _route_problem,
        Exposure.INGRESS: _ingress_problem,
        Exposure.GATEWAY: _http_route_problem,
    }[front.exposure](front, live)
    if problem:
        return not_ready(f"{kind} {names.front} {problem}")
    return ready(f"{kind} {names.front} leads to {front.endpoint}")


def _route_problem(front: Front, live: Object) -> str:
    if front.awaits_host:
        return "has no host yet: the router gives it one, or set SERVER_HOSTNAME"
    routers = (live.get("status") or {}).get("ingress") or []
    conditions = [one for router in routers for one in router.get("conditions") or []]
    admitted = [one for one in conditions if one.get("type") == "Admitted"]
    if any(one.get("status") == "True" for one in admitted):
        return ""
    return _said("is not admitted by a router", admitted)


def _ingress_problem(front: Front, live: Object) -> str:
    balancer = (live.get("status") or {}).get("loadBalancer") or {}
    if balancer.get("ingress"):
        return ""
    of_class = live["spec"].get("ingressClassName")
    serves = f'class "{of_class}"' if of_class else "the default class"
    return (
        f"has no address yet: is there an ingress controller for {serves}? Without one, set "
        "components[route] to managed: false"
    )


def _http_route_problem(front: Front, live: Object) -> str:
    parents = (live.get("status") or {}).get("parents") or []
    conditions = [one for parent in parents for one in parent.get("conditions") or []]
    if not conditions:
        return "is not accepted by a Gateway yet"
    refused = [one for one in conditions if one.get("status") != "True"]
    return _said("is not accepted by its Gateway", refused) if refused else ""


def _said(text: str, conditions: list[dict[str, Any]]) -> str:
    messages = [str(one["message"]) for one in conditions if one.get("message")]
    return ": ".join([text, *messages[:1]])
