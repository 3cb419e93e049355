"""What is rendered, compared with files; no cluster is needed.

`MOORAGE_WRITE_GOLDEN=1 make operator-test` writes them anew: read the difference before you commit.
"""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.server import MOORAGE

GOLDEN = Path(__file__).parent / "golden"
IMAGE = "registry.example.test/moorage:1"
SHARED = """\
DB_URI: postgresql://moorage:hidden@db.example.test/registry
DISTRIBUTED_STORAGE_CONFIG:
  default:
  - S3Storage
  - {s3_bucket: registry, s3_access_key: key, s3_secret_key: hidden}
"""
KEYS = {"SECRET_KEY": "a", "DATABASE_SECRET_KEY": "b", "MOORAGE_ADMIN_PASSWORD": "c"}

CASES: dict[str, tuple[str | None, dict[str, Any], tuple[str, ...]]] = {
    "route": (
        "FEATURE_HELM_OCI_SUPPORT: true\n",
        {},
        ("--api", "route.openshift.io", "--domain", "apps.example.test"),
    ),
    "ingress": (
        None,
        {},
        ("--domain", "example.test", "--ingress-class", "nginx", "--cluster-issuer", "acme"),
    ),
    "gateway_with_replicas": (
        SHARED,
        {
            "components": [
                {"kind": "horizontalpodautoscaler", "managed": True},
                {
                    "kind": "quay",
                    "managed": True,
                    "overrides": {"labels": {"team": "a"}, "env": [{"name": "X", "value": "y"}]},
                },
            ]
        },
        (
            *("--api", "gateway.networking.k8s.io", "--api", "monitoring.coreos.com"),
            *("--gateway", "infra/public/https", "--domain", "example.test"),
        ),
    ),
    "service": (
        "DISTRIBUTED_STORAGE_CONFIG:\n"
        "  default: [LocalStorage, {storage_path: /datastorage/registry}]\n",
        {"components": [{"kind": "tls", "managed": False}, {"kind": "route", "managed": False}]},
        (),
    ),
}


def rendered(folder: Path, config: str | None, spec: dict[str, Any], *options: str) -> str:
    about = {"name": "example", "namespace": "registries"}
    keys = {key: b64encode(value.encode()).decode() for key, value in KEYS.items()}
    name = "example-quay-registry-managed-secret-keys"
    documents: list[dict[str, Any]] = [
        {"kind": "QuayRegistry", "metadata": about, "spec": spec},
        {"kind": "Secret", "metadata": about | {"name": name}, "data": keys},
    ]
    if config is not None:
        documents[0]["spec"] = spec | {"configBundleSecret": "bundle"}
        content = {"config.yaml": config}
        bundle = {"kind": "Secret", "metadata": about | {"name": "bundle"}, "stringData": content}
        documents.append(bundle)
    file = folder / "files.yaml"
    file.write_text(yaml.safe_dump_all(documents))
    command = [str(MOORAGE), "operator", "render", str(file), "--image", IMAGE, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("case", CASES)
def test_the_objects_are_those_of_the_file(tmp_path: Path, case: str) -> None:
    config, spec, options = CASES[case]

    found = rendered(tmp_path, config, spec, *options)

    golden = GOLDEN / f"{case}.yaml"
    if os.environ.get("MOORAGE_WRITE_GOLDEN"):
        golden.write_text(found)
    assert found == golden.read_text()


def test_the_same_input_renders_the_same_whatever_its_order(tmp_path: Path) -> None:
    one = rendered(
        tmp_path,
        "REGISTRY_TITLE: x\nSUPER_USERS: [a]\n",
        {},
        "--domain",
        "a.test",
        "--cluster-issuer",
        "acme",
    )
    other = rendered(
        tmp_path,
        "SUPER_USERS:\n- a\nREGISTRY_TITLE: 'x'\n",
        {},
        "--domain",
        "a.test",
        "--cluster-issuer",
        "acme",
    )

    assert one == other


def test_every_pod_is_confined(tmp_path: Path) -> None:
    for config, spec, options in CASES.values():
        documents = yaml.safe_load_all(rendered(tmp_path, config, spec, *options))
        pods = [
            one["spec"]["template"]["spec"]
            for one in documents
            if one["kind"] in ("Deployment", "Job")
        ]
        assert pods
        for pod in pods:
            security = pod["containers"][0]["securityContext"]
            assert pod["securityContext"]["runAsNonRoot"] is True
            assert security["readOnlyRootFilesystem"] is True
            assert security["capabilities"] == {"drop": ["ALL"]}
            assert pod["automountServiceAccountToken"] is False


def test_files_that_cannot_be_rendered_are_refused_with_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "registry.yaml"
    file.write_text("kind: QuayRegistry\nmetadata: {name: x}\nspec: {configBundleSecret: gone}\n")

    done = subprocess.run(
        [MOORAGE, "operator", "render", file], capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert 'ConfigInvalid: unable to get `configBundleSecret`: Secret "gone"' in done.stderr


def test_the_chart_s_definition_is_the_printed_one() -> None:
    printed = subprocess.run([MOORAGE, "operator", "crd"], capture_output=True, check=True).stdout
    folder = Path(__file__).parents[2] / "deploy" / "charts" / "moorage-operator" / "crds"

    assert [yaml.safe_load(printed)] == [
        yaml.safe_load(file.read_text()) for file in folder.glob("*.yaml")
    ]
