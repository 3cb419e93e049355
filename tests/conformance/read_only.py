"""The suite's read-only mode: pulls, lists and referrers of content that is already there.

Two slips of the pinned suite shape this. With pushing off it ends with a panic instead of
results.yaml (it reports on blob data that it never made), after it has printed the same rows: these
are read. And it knows no content here, so that it looks for the digest header of manifests in a
response that it never kept: that one check stays off, the full run makes it.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import Client
from tests.server import Server, admin

REPOSITORY = "admin/public"
WRITES = ("PUSH", "BLOBS_DELETE", "BLOBS_UPLOAD_CANCEL", "MANIFESTS_DELETE", "TAGS_DELETE")

NOT_ASKED = """
Tag delete, Tag delete atomic, Blob upload cancel, Blob push, Blob post only, Blob post put,
Blob chunked, Blob streaming, Blob mount, Blob anonymous mount, Blob delete, Blob delete atomic,
Manifest put by digest, Manifest put by tag, Manifest put with tag params,
Manifest put with subject, Manifest delete, Manifest delete atomic
"""
ASKED = """
Ping, Tag listing, Blob get, Blob head, Manifest get by digest, Manifest get by tag,
Manifest head by digest, Manifest head by tag, Referrers, Invalid Manifest Digest, Read Only Inputs
"""
EXPECTED = {
    **{row.strip(): "Disabled" for row in NOT_ASKED.split(",")},
    **{row.strip(): "Pass" for row in ASKED.split(",")},
    # Ranges need content that the suite has made itself; the full run asks for them.
    "Blob get range": "Unknown",
}


@dataclass(frozen=True, slots=True)
class Content:
    """What the public repository holds."""

    tags: list[str]
    manifests: list[str]
    blobs: list[str]
    subjects: list[str]


def publish(server: Server) -> Content:
    """Push an image and what refers to it, for everybody to read."""
    client = Client(server)
    image, raw = client.push_manifest(REPOSITORY, "v1")
    media_type = "application/vnd.oci.image.manifest.v1+json"
    subject = {"mediaType": media_type, "digest": image, "size": len(raw)}
    referrer, _ = client.push_manifest(REPOSITORY, "signature", subject=subject)
    config = client.push_blob(REPOSITORY, b"{}")
    admin(server, "repository", "set-visibility", REPOSITORY, "public")
    return Content(["v1", "signature"], [image, referrer], [config], [image])


def run_suite(suite: Path, folder: Path, address: str, version: str, content: Content) -> bool:
    """One run without credentials; prints its counts and the rows that are not as expected."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OCI_VERSION": version,
        "OCI_REGISTRY": address,
        "OCI_TLS": "disabled",
        "OCI_REPO1": REPOSITORY,
        "OCI_REPO2": f"{REPOSITORY}-2",
        "OCI_RESULTS_DIR": str(folder),
        "OCI_API_MANIFESTS_DIGEST_HEADER": "false",
        "OCI_RO_DATA_TAGS": " ".join(content.tags),
        "OCI_RO_DATA_MANIFESTS": " ".join(content.manifests),
        "OCI_RO_DATA_BLOBS": " ".join(content.blobs),
        "OCI_RO_DATA_REFERRERS": " ".join(content.subjects),
        **{f"OCI_API_{name}": "false" for name in WRITES},
    }
    log = folder / "log"
    with log.open("wb") as output:
        subprocess.run(
            [suite], env=environment, stdout=output, stderr=output, timeout=300, check=False
        )
    counts, rows = counts_of(log), rows_of(log)
    wrong = [
        f"[{row}: {rows.get(row)}, expected {EXPECTED.get(row)}]"
        for row in sorted({*rows, *EXPECTED})
        if rows.get(row) != EXPECTED.get(row)
    ]
    bad = [key for key in ("FAIL", "Error", "Skip") if counts.get(key) != 0]
    is_right = not bad and not wrong and counts.get("Pass", 0) > 0
    shown = " ".join(f"{key}={value}" for key, value in counts.items())
    print(f"{folder.name}: {'ok ' if is_right else 'RED'} {shown} {' '.join(wrong)}", flush=True)
    return is_right


def counts_of(log: Path) -> dict[str, int]:
    """The counts at the end of the suite's output: `Pass.....: 1032`."""
    counts: dict[str, int] = {}
    for line in log.read_text(errors="replace").splitlines():
        key, _, value = line.strip().partition(":")
        if key.rstrip(".") in ("Disabled", "Skip", "Pass", "FAIL", "Error", "Total"):
            counts[key.rstrip(".")] = int(value)
    return counts


def rows_of(log: Path) -> dict[str, str]:
    """The rows of both tables: `Tag listing...: Pass`."""
    tables = log.read_text(errors="replace").partition("API conformance:")[2]
    return dict(re.findall(r"^  (\w[^.\n]*)\.*: +(\w+)$", tables, re.MULTILINE))
