"""What the configuration does not switch on: the statuses of Quay, and the key by its name.

These routes come first; whoever is signed in hears the same, whatever the path names.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter

from moorage.model.errors import SwitchedOff, SwitchedOffHere
from moorage.registry import access
from moorage.web.api.call import Caller

router = APIRouter(include_in_schema=False)

_FEATURES = {
    "quota": "quotas are not switched on (FEATURE_QUOTA_MANAGEMENT)",
    "proxycache": "proxy caches are not switched on (FEATURE_PROXY_CACHE)",
    "validateproxycache": "proxy caches are not switched on (FEATURE_PROXY_CACHE)",
    "autoprunepolicy": "auto-prune policies are not switched on (FEATURE_AUTO_PRUNE)",
    "immutabilitypolicy": "immutability policies are not switched on (FEATURE_IMMUTABLE_TAGS)",
    "mirror": "mirroring is not switched on (FEATURE_REPO_MIRROR)",
    "notification": "notifications are not switched on",
}


def _add(prefix: str, features: tuple[str, ...]) -> None:
    for feature in features:
        for path in (f"{prefix}/{feature}", f"{prefix}/{feature}/{{rest:path}}"):
            router.add_api_route(path, _refusal(feature, missing=True), methods=["GET"])
            router.add_api_route(
                path, _refusal(feature, missing=False), methods=["POST", "PUT", "DELETE"]
            )


def _refusal(feature: str, *, missing: bool) -> Callable[..., Awaitable[None]]:
    async def refuse(call: Caller) -> None:
        access.require_login(call.actor)
        refusal = SwitchedOff if missing else SwitchedOffHere
        raise refusal(_FEATURES[feature])

    return refuse


_add("/organization/{orgname}", ("quota", "proxycache", "validateproxycache"))
_add("/organization/{orgname}", ("autoprunepolicy", "immutabilitypolicy"))
_add("/user", ("quota", "autoprunepolicy"))
_add(
    "/repository/{namespace}/{name:path}",
    ("autoprunepolicy", "immutabilitypolicy", "mirror", "notification"),
)
