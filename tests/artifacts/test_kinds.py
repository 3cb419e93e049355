"""Every kind is recognised by its push and described once it has been read."""

from __future__ import annotations

import base64
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.api.conftest import Api
from tests.artifacts.things import (
    OCI_CONFIG,
    TAR_GZIP,
    Layer,
    archive,
    ask,
    page,
    push,
    push_chart,
    read,
)

CHART_FILES: dict[str, bytes | str] = {
    "README.md": "# Shop\n\nSells things.\n",
    "values.yaml": "# how many\nreplicas: 2\n"
    "image:\n  repository: quay.io/shop/web\n  tag: '1.10'\n",
    "values.schema.json": '{"type": "object"}',
    "templates/deployment.yaml": "image: docker.io/library/busybox:1.36\n"
    "name: {{ .Values.name }}\n",
    "crds/order.yaml": "kind: CustomResourceDefinition\nmetadata: {name: orders.shop.test}\n"
    "spec:\n  group: shop.test\n  names: {kind: Order}\n  versions: [{name: v1}]\n",
    "charts/cache-0.3.0.tgz": archive({"cache/Chart.yaml": "name: cache\nversion: 0.3.0\n"}),
}


def test_a_chart_is_described_with_all_that_its_archive_holds(api: Api) -> None:
    digest = push_chart(
        api,
        "kinds/shop",
        "1.2.0+build.7",
        CHART_FILES,
        description="A shop",
        appVersion="1.10",
        keywords=["trade", "web"],
        deprecated=True,
        dependencies=[
            {"name": "cache", "version": "0.3.x", "repository": "https://charts.test"},
            {"name": "bank", "version": "^2", "repository": "https://charts.test"},
        ],
    )

    found = read(api, "kinds/shop", digest)
    chart = page(api, "kinds/shop", digest, "chart")
    values = page(api, "kinds/shop", digest, "chart/values")
    templates = page(api, "kinds/shop", digest, "chart/templates")["templates"]

    assert (found["kind"], found["state"], found["reason"]) == ("chart", "described", "")
    assert (found["title"], found["version"], found["app_version"]) == (
        "shop",
        "1.2.0+build.7",
        "1.10",
    )
    assert (found["keywords"], found["is_deprecated"]) == (["trade", "web"], True)
    assert [(d["name"], d["is_bundled"]) for d in chart["dependencies"]] == [
        ("cache", True),
        ("bank", False),
    ]
    assert chart["images"] == ["docker.io/library/busybox:1.36", "quay.io/shop/web:1.10"]
    assert chart["definitions"] == [
        {
            "name": "orders.shop.test",
            "group": "shop.test",
            "kind": "Order",
            "versions": ["v1"],
            "file": "crds/order.yaml",
        }
    ]
    assert chart["provenance"]["state"] == "none"
    assert values["text"] == CHART_FILES["values.yaml"]
    assert page(api, "kinds/shop", digest, "chart/schema")["text"] == '{"type": "object"}'
    assert templates == [
        {
            "name": "templates/deployment.yaml",
            "text": CHART_FILES["templates/deployment.yaml"],
        }
    ]


def test_a_chart_pushed_by_helm_3_5_is_described_alike(api: Api) -> None:
    tgz = archive({"old/Chart.yaml": "name: old\nversion: 1.0.0\n", "old/README.md": "Old."})
    metadata = {"apiVersion": "v1", "name": "old", "version": "1.0.0"}
    layer = Layer("application/tar+gzip", tgz)
    kind = "application/vnd.cncf.helm.config.v1+json"

    digest = push(api, "kinds/old", "1.0.0", [layer], config=metadata, config_type=kind)

    assert read(api, "kinds/old", digest)["title"] == "old"
    assert page(api, "kinds/old", digest, "chart/readme")["text"] == "Old."


def test_an_image_shows_its_layers_with_the_history_that_made_them(api: Api) -> None:
    config = {
        "os": "linux",
        "architecture": "arm64",
        "created": "2026-11-24T00:00:00Z",
        "config": {
            "User": "1000",
            "Entrypoint": ["/bin/web"],
            "Env": ["A=b"],
            "ExposedPorts": {"8080/tcp": {}},
            "Labels": {"org.opencontainers.image.version": "3.1"},
        },
        "history": [
            {"created_by": "COPY web /bin/web"},
            {"created_by": "ENV A=b", "empty_layer": True},
        ],
    }

    digest = push(
        api,
        "kinds/image",
        "3.1",
        [Layer(TAR_GZIP, archive({"bin/web": "x"}))],
        config=config,
        config_type=OCI_CONFIG,
    )
    image = page(api, "kinds/image", digest, "image")

    assert read(api, "kinds/image", digest)["kind"] == "image"
    assert (image["platform"]["os"], image["platform"]["architecture"]) == ("linux", "arm64")
    assert image["layers"][0]["created_by"] == "COPY web /bin/web"
    assert [line["is_empty"] for line in image["history"]] == [False, True]
    assert image["configuration"]["ports"] == ["8080/tcp"]
    assert image["configuration"]["user"] == "1000"


def test_an_index_shows_the_platforms_of_its_images(api: Api) -> None:
    one = push(
        api, "kinds/multi", "amd", [], config={"architecture": "amd64"}, config_type=OCI_CONFIG
    )
    child = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": one,
        "size": 100,
        "platform": {"os": "linux", "architecture": "amd64"},
    }

    digest, _ = api.registry().push_manifest(
        "kinds/multi",
        "latest",
        mediaType="application/vnd.oci.image.index.v1+json",
        config=None,
        layers=None,
        manifests=[child],
    )

    assert read(api, "kinds/multi", digest)["kind"] == "multiarch_image"
    children = page(api, "kinds/multi", digest, "image")["children"]
    assert [(c["digest"], c["platform"]["architecture"]) for c in children] == [(one, "amd64")]


def test_a_policy_bundle_shows_packages_entry_points_and_data(api: Api) -> None:
    rego = (
        "# METADATA\n# entrypoint: true\npackage shop.authz\n\nimport rego.v1\n\n"
        "default allow := false\n\nallow if input.user == data.owner\n"
    )
    manifest = json.dumps({"revision": "r7", "roots": ["shop"]})
    files: dict[str, bytes | str] = {
        "/.manifest": manifest,
        "/shop/authz.rego": rego,
        "/data.json": "{}",
    }
    bundle = Layer(TAR_GZIP, archive(files), {"org.opencontainers.image.title": "bundle.tar.gz"})

    digest = push(api, "kinds/policy", "v1", [bundle], config_type=OCI_CONFIG)
    policy = page(api, "kinds/policy", digest, "policy")

    assert read(api, "kinds/policy", digest)["kind"] == "policy"
    assert (policy["revision"], policy["packages"]) == ("r7", ["shop.authz"])
    assert policy["entrypoints"] == ["shop/authz"]
    assert policy["policies"][0]["rules"] == ["allow"]
    assert [file["name"] for file in policy["data"]] == ["data.json"]


CSV = """
kind: ClusterServiceVersion
metadata:
  name: shop.v1.2.3
  annotations: {description: Runs shops, olm.skipRange: '<1.2.3'}
spec:
  version: 1.2.3
  displayName: Shop Operator
  description: |
    Runs shops.
  icon: [{base64data: aGk=, mediatype: image/svg+xml}]
  installModes: [{type: AllNamespaces, supported: true}]
  customresourcedefinitions:
    owned: [{name: shops.shop.test, kind: Shop, version: v1}]
  install:
    spec:
      clusterPermissions:
        - serviceAccountName: shop
          rules: [{apiGroups: [apps], resources: [deployments], verbs: ['*']}]
      deployments:
        - spec: {template: {spec: {containers: [{image: 'quay.io/shop/operator:1.2.3'}]}}}
"""


def test_an_operator_bundle_shows_its_service_version(api: Api) -> None:
    prefix = "operators.operatorframework.io.bundle."
    labels = {
        f"{prefix}mediatype.v1": "registry+v1",
        f"{prefix}manifests.v1": "manifests/",
        f"{prefix}package.v1": "shop",
        f"{prefix}channels.v1": "stable,beta",
        f"{prefix}channel.default.v1": "stable",
    }
    layer = Layer(TAR_GZIP, archive({"manifests/shop.clusterserviceversion.yaml": CSV}))

    digest = push(
        api,
        "kinds/operator",
        "v1.2.3",
        [layer],
        config={"config": {"Labels": labels}},
        config_type=OCI_CONFIG,
    )
    operator = page(api, "kinds/operator", digest, "operator")

    found = read(api, "kinds/operator", digest)
    assert (found["kind"], found["title"]) == ("operator_bundle", "Shop Operator")
    assert (operator["csv_name"], operator["version"]) == ("shop.v1.2.3", "1.2.3")
    assert (operator["channels"], operator["default_channel"]) == (["stable", "beta"], "stable")
    assert operator["definitions"][0]["kind"] == "Shop"
    assert operator["permissions"][0]["verbs"] == ["*"]
    assert operator["icon"] == "data:image/svg+xml;base64,aGk="
    assert operator["images"] == ["quay.io/shop/operator:1.2.3"]


def test_a_catalog_lists_its_packages(api: Api) -> None:
    blobs = (
        "schema: olm.package\nname: shop\ndefaultChannel: stable\n---\n"
        "schema: olm.channel\npackage: shop\nname: stable\n---\n"
        "schema: olm.bundle\npackage: shop\nname: shop.v1.2.3\n"
    )
    labels = {"operators.operatorframework.io.index.configs.v1": "/configs"}

    digest = push(
        api,
        "kinds/catalog",
        "latest",
        [Layer(TAR_GZIP, archive({"configs/shop/catalog.yaml": blobs}))],
        config={"config": {"Labels": labels}},
        config_type=OCI_CONFIG,
    )

    assert read(api, "kinds/catalog", digest)["kind"] == "operator_catalog"
    assert page(api, "kinds/catalog", digest, "operator")["catalog"] == [
        {
            "name": "shop",
            "default_channel": "stable",
            "channels": ["stable"],
            "bundles": 1,
            "description": "",
        }
    ]


def test_an_sbom_lists_components_and_licences_in_both_formats(api: Api) -> None:
    cyclonedx = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "components": [
            {
                "name": "zlib",
                "version": "1.3",
                "type": "library",
                "licenses": [{"license": {"id": "Zlib"}}],
                "components": [{"name": "inner", "version": "1"}],
            }
        ],
    }
    spdx = {
        "spdxVersion": "SPDX-2.3",
        "name": "shop",
        "packages": [{"name": "zlib", "versionInfo": "1.3", "licenseDeclared": "Zlib"}],
    }
    pages = []
    for tag, kind, document in (
        ("cdx", "application/vnd.cyclonedx+json", cyclonedx),
        ("spdx", "application/spdx+json", spdx),
    ):
        layer = Layer(kind, json.dumps(document).encode())
        digest = push(api, "kinds/sbom", tag, [layer], artifactType=kind)
        assert read(api, "kinds/sbom", digest)["kind"] == "sbom"
        pages.append(page(api, "kinds/sbom", digest, "sbom"))

    assert [(p["format"], p["format_version"]) for p in pages] == [
        ("CycloneDX", "1.6"),
        ("SPDX", "2.3"),
    ]
    assert [p["component_count"] for p in pages] == [2, 1]
    assert pages[1]["licenses"] == [{"license": "Zlib", "components": 1}]


def test_a_cosign_signature_marks_its_subject_as_signed(api: Api) -> None:
    subject = push(api, "kinds/signed", "v1", [], config_type=OCI_CONFIG)
    payload = json.dumps({"critical": {"image": {"docker-manifest-digest": subject}}}).encode()
    key = ec.generate_private_key(ec.SECP256R1())
    signature = base64.b64encode(key.sign(payload, ec.ECDSA(hashes.SHA256()))).decode()
    layer = Layer(
        "application/vnd.dev.cosign.simplesigning.v1+json",
        payload,
        {"dev.cosignproject.cosign/signature": signature},
    )
    assert read(api, "kinds/signed", subject)["is_signed"] is False

    tag = f"{subject.replace(':', '-')}.sig"
    digest = push(api, "kinds/signed", tag, [layer], config_type=OCI_CONFIG)
    found = page(api, "kinds/signed", digest, "signature")

    assert read(api, "kinds/signed", subject)["is_signed"] is True
    assert found["subject_digest"] == subject
    assert [(s["state"], s["signed_digest"]) for s in found["signatures"]] == [
        ("unknown_key", subject)
    ]
    assert "SIGNATURE_KEYS" in found["signatures"][0]["reason"]


def test_an_attestation_names_its_predicate_among_the_referrers(api: Api) -> None:
    subject = push(api, "kinds/attested", "v1", [], config_type=OCI_CONFIG)
    statement = {
        "predicateType": "https://slsa.dev/provenance/v1",
        "subject": [{"digest": {"sha256": subject.partition(":")[2]}}],
        "predicate": {"runDetails": {"builder": {"id": "https://ci.test"}}},
    }
    layer = Layer("application/vnd.in-toto+json", json.dumps(statement).encode())

    digest = push(
        api,
        "kinds/attested",
        "attestation",
        [layer],
        subject={
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "digest": subject,
            "size": 100,
        },
    )
    read(api, "kinds/attested", digest)

    found = page(api, "kinds/attested", digest, "signature")["statements"]
    referrers = page(api, "kinds/attested", subject, "referrers")["referrers"]
    assert found[0]["predicate_type"] == "https://slsa.dev/provenance/v1"
    assert found[0]["builder"] == "https://ci.test"
    assert [(r["digest"], r["kind"]) for r in referrers] == [(digest, "attestation")]


def test_a_web_assembly_module_shows_imports_and_exports(api: Api) -> None:
    module = (
        b"\0asm\x01\0\0\0"
        b"\x01\x04\x01\x60\x00\x00"
        b"\x02\x09\x01\x03env\x01f\x00\x00"
        b"\x03\x02\x01\x00"
        b"\x07\x07\x01\x03run\x00\x01"
    )
    layer = Layer("application/wasm", module)

    digest = push(
        api,
        "kinds/wasm",
        "v1",
        [layer],
        config={"os": "wasip1", "architecture": "wasm"},
        config_type="application/vnd.wasm.config.v0+json",
    )

    assert read(api, "kinds/wasm", digest)["kind"] == "wasm"
    found = page(api, "kinds/wasm", digest, "wasm")
    assert (found["imports"], found["exports"], found["os"]) == (["env.f"], ["run"], "wasip1")


def test_a_generic_artifact_offers_its_files_as_attachments(api: Api) -> None:
    page_ = b"<script>alert(1)</script>"
    layer = Layer("text/html", page_, {"org.opencontainers.image.title": "a/b/page.html"})

    digest = push(api, "kinds/files", "v1", [layer], artifactType="application/vnd.shop.page")
    found = read(api, "kinds/files", digest)
    files = page(api, "kinds/files", digest, "files")["files"]
    text = page(api, "kinds/files", digest, f"files/{files[0]['digest']}/text")
    content = ask(api, "kinds/files", digest, f"files/{files[0]['digest']}/content")

    assert (found["kind"], files[0]["title"]) == ("artifact", "page.html")
    assert (text["text"], text["is_truncated"]) == (page_.decode(), False)
    assert content.text == page_.decode()
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-security-policy"].startswith("sandbox")


def test_a_page_of_another_kind_is_not_found_and_says_what_it_is(api: Api) -> None:
    digest = push(api, "kinds/other", "v1", [], config_type=OCI_CONFIG)
    read(api, "kinds/other", digest)

    refused = ask(api, "kinds/other", digest, "chart")

    assert refused.status == 404
    assert refused.json["message"] == f"{digest} is of kind image"
