"""Bundle, certificates and keys: what rolls out, what blocks, and what it says."""

from __future__ import annotations

import time

import pytest

from moorage.tls import new_certificates
from tests.operator.conftest import until_api
from tests.operator.running import Registry
from tests.operator.shared import generation_of, operator, registry, settled

__all__ = ["operator", "registry"]


def test_the_registry_may_come_before_its_bundle(registry: Registry) -> None:
    registry.create({"configBundleSecret": f"{registry.name}-late"})
    blocked = registry.until("RolloutBlocked", "True", reason="ConfigInvalid")

    registry.bundle(f"{registry.name}-late", "REGISTRY_TITLE: late\n")

    assert "unable to get `configBundleSecret`" in blocked["message"]
    registry.until("Available", "True")
    registry.until("RolloutBlocked", "False")
    assert registry.config()["REGISTRY_TITLE"] == "late"


def test_a_broken_bundle_leaves_the_pods_running_and_its_correction_alone_heals(
    registry: Registry,
) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: one\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})
    registry.until("Available", "True")
    generation = generation_of(registry)

    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: two\nV2_PAGINATION_SIZE: '50'\n")
    blocked = registry.until("RolloutBlocked", "True", reason="ConfigInvalid")
    assert 'line 2: V2_PAGINATION_SIZE: expected integer, got string "50"' in blocked["message"]
    assert registry.condition("Available")["status"] == "True"
    assert generation_of(registry) == generation

    registry.bundle(f"{registry.name}-b", "a: [\n")
    registry.until("RolloutBlocked", "True", says="config.yaml line 2, column 1 is not YAML")

    corrected = time.monotonic()
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: two\n")
    registry.until("RolloutBlocked", "False")
    assert time.monotonic() - corrected < 5
    assert registry.config()["REGISTRY_TITLE"] == "two"


def test_a_change_rolls_out_once_and_leaves_one_rendered_secret(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: one\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})
    registry.until("Available", "True")
    first, generation = Registry.config_secret(registry.deployment()), generation_of(registry)

    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: two\n")
    registry.deployment(lambda found: Registry.config_secret(found) != first)
    registry.until("ComponentQuayReady", "True")
    until_api(
        registry.cluster,
        registry.object("secrets").rpartition("/")[0] + f"?labelSelector=quay-component="
        f"quay-app-config,quay-operator/quayregistry={registry.name}",
        lambda found: len(found["items"]) == 1,
        10,
    )

    assert generation_of(registry) == generation + 1


def test_equal_content_restarts_nothing(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: one\nSUPER_USERS: [a]\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})
    registry.until("Available", "True")
    settled(registry)
    version = registry.deployment()["metadata"]["resourceVersion"]
    status, events = registry.get()["metadata"]["resourceVersion"], registry.events()

    registry.bundle(f"{registry.name}-b", "# as before\nSUPER_USERS:\n- a\nREGISTRY_TITLE: one\n")
    registry.annotate(touched="yes")
    time.sleep(2)

    assert registry.deployment()["metadata"]["resourceVersion"] == version
    assert int(registry.get()["metadata"]["resourceVersion"]) >= int(status)
    assert registry.events() == events


def test_unknown_keys_are_warned_of_once_and_go_on(registry: Registry) -> None:
    registry.bundle(f"{registry.name}-b", "FEATURE_PROXY_CASHE: true\n")
    registry.create({"configBundleSecret": f"{registry.name}-b"})

    registry.until("Available", "True")
    said = registry.condition("ComponentsCreated")["message"]
    assert "line 1: unknown key FEATURE_PROXY_CASHE: did you mean FEATURE_PROXY_CACHE?" in said
    settled(registry)
    warnings = [event for event in registry.events() if event[1] == "ConfigWarning"]
    assert len(warnings) == 1
    assert warnings[0][0] == "Warning"


def test_a_certificate_of_a_secret_is_served_and_its_rotation_rolled_out(
    registry: Registry,
) -> None:
    host = "registry.example.test"
    first, second = new_certificates([host]), new_certificates([host])
    name = f"{registry.name}-cert"
    kind = "kubernetes.io/tls"
    registry.secret(name, {"tls.crt": first.server, "tls.key": first.server_key}, kind)
    registry.bundle(f"{registry.name}-b", f"SERVER_HOSTNAME: {host}\n")
    tls = {"kind": "tls", "managed": False, "secretRef": {"name": name}}
    components = [tls, {"kind": "route", "managed": False}]
    registry.create({"configBundleSecret": f"{registry.name}-b", "components": components})
    registry.until("Available", "True")
    mounted = Registry.config_secret(registry.deployment())
    container = registry.deployment()["spec"]["template"]["spec"]["containers"][0]
    assert container["readinessProbe"]["httpGet"]["scheme"] == "HTTPS"
    assert registry.get()["status"]["registryEndpoint"] == f"https://{host}"

    registry.secret(name, {"tls.crt": second.server, "tls.key": second.server_key}, kind)
    found = registry.deployment(lambda now: Registry.config_secret(now) != mounted)
    rotated = Registry.config_secret(found)

    registry.cluster.api("DELETE", registry.object("secrets", name))
    registry.until("RolloutBlocked", "True", says=f'Secret "{name}" is not there')
    assert Registry.config_secret(registry.deployment()) == rotated
    registry.secret(name, {"tls.crt": first.server, "tls.key": first.server_key}, kind)
    registry.until("RolloutBlocked", "False")
    registry.deployment(lambda now: Registry.config_secret(now) == mounted)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"ssl__cert": b"x"}, "has ssl.cert without ssl.key"),
        ({"ssl__cert": b"x", "ssl__key": b"y"}, "is not a PEM certificate"),
        ({"extra_ca_cert_mine": b"no"}, "extra_ca_cert_mine of Secret"),
    ],
)
def test_certificates_of_the_bundle_are_checked(
    registry: Registry, files: dict[str, bytes], said: str
) -> None:
    registry.bundle(f"{registry.name}-b", "REGISTRY_TITLE: x\n", **files)
    registry.create({"configBundleSecret": f"{registry.name}-b"})

    assert said in registry.until("RolloutBlocked", "True", reason="ConfigInvalid")["message"]


def test_two_certificates_exclude_each_other(registry: Registry) -> None:
    made = new_certificates(["a.example.test"])
    registry.bundle(
        f"{registry.name}-b", "REGISTRY_TITLE: x\n", ssl__cert=made.server, ssl__key=made.server_key
    )
    name = f"{registry.name}-cert"
    registry.secret(name, {"tls.crt": made.server, "tls.key": made.server_key})
    tls = {"kind": "tls", "managed": False, "secretRef": {"name": name}}
    registry.create({"configBundleSecret": f"{registry.name}-b", "components": [tls]})

    registry.until("RolloutBlocked", "True", reason="ConfigInvalid", says="exclude each other")


def test_keys_that_vanish_beside_data_are_not_made_anew(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")
    keys = registry.object("secrets", f"{registry.name}-quay-registry-managed-secret-keys")
    kept = registry.cluster.api("GET", keys)

    registry.cluster.api("DELETE", keys)

    said = registry.until("RolloutBlocked", "True", reason="ConfigInvalid")["message"]
    assert "there is data that its keys encrypt: restore it" in said
    about = {key: kept["metadata"][key] for key in ("name", "labels")}
    body = {"metadata": about, "data": kept["data"]}
    registry.cluster.api("POST", keys.rpartition("/")[0], body)
    registry.until("RolloutBlocked", "False")


def test_a_condition_says_when_it_turned_and_events_do_not_repeat(registry: Registry) -> None:
    registry.create({})
    registry.until("Available", "True")
    settled(registry)
    first = registry.condition("Available")

    registry.bundle(f"{registry.name}-b", "V2_PAGINATION_SIZE: x\n")
    registry.change({"configBundleSecret": f"{registry.name}-b"})
    registry.until("RolloutBlocked", "True")

    assert registry.condition("Available")["lastTransitionTime"] == first["lastTransitionTime"]
    assert registry.condition("RolloutBlocked")["observedGeneration"] == 2
    told = registry.events()
    assert len(told) == len(set(told))
    assert ("Warning", "ConfigInvalid") in [event[:2] for event in told]
