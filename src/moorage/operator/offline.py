"""Rendering files without a cluster: what the operator would make of them."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from moorage.operator.bundle import content_of
from moorage.operator.errors import ConfigInvalid
from moorage.operator.generated import kept_offline, keys_secret, new_keys
from moorage.operator.names import KIND
from moorage.operator.plan import Live, plan_of
from moorage.operator.platform import Platform
from moorage.operator.registry import QuayRegistry
from moorage.operator.render import render

Object = dict[str, Any]


def render_documents(documents: list[Object], platform: Platform, now_s: float) -> list[Object]:
    """The objects of every QuayRegistry among `documents`. Raises Blocked.

    Secrets among them are bundles, certificates or kept keys; keys that are missing are made.
    """
    secrets = {
        one["metadata"]["name"]: _encoded(one) for one in documents if one["kind"] == "Secret"
    }
    registries = [_placed(one) for one in documents if one["kind"] == KIND]
    if not registries:
        raise ConfigInvalid(f"there is no {KIND} in the files")
    found: list[Object] = []
    for body in registries:
        registry = QuayRegistry(body)
        names = registry.names
        plan = plan_of(registry, platform, Live(secrets=secrets))
        kept_keys = secrets.get(names.keys)
        if kept_keys is None:
            kept_keys = keys_secret(registry, new_keys())
            found.append(kept_keys)
        keys = {key: value.decode() for key, value in content_of(kept_keys).items()}
        kept = kept_offline(plan, names, keys, secrets.get(names.tls), now_s)
        rendering = render(registry, plan, platform, kept)
        parts = [*rendering.parts[:-1], rendering.migration, rendering.parts[-1]]
        found += [part.object for part in parts if part is not None]
    return found


def _encoded(secret: Object) -> Object:
    """`stringData` as the API server stores it."""
    text = secret.get("stringData") or {}
    data = {key: b64encode(str(value).encode()).decode() for key, value in text.items()}
    return secret | {"data": (secret.get("data") or {}) | data}


def _placed(body: Object) -> Object:
    about = {"namespace": "default", "uid": "00000000-0000-0000-0000-000000000000"}
    return body | {"metadata": about | body["metadata"]}
