"""The official conformance suite against moorage: anything but zero fail and zero skip is red.

Runs every configuration twice on the same repositories: both versions of the specification, both
databases, PostgreSQL with an object store (pulls are redirected), both ways to authenticate, with
the suite's token cache on and off, sparse images on.
The suite's exit code misleads (it is 0 with skips), so its result file is read. Then its read-only
mode, as somebody without a login who reads a public repository.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.conformance import read_only
from tests.conformance.read_only import counts_of
from tests.postgres_server import new_database, postgres_server
from tests.s3_server import s3_server
from tests.server import PASSWORD, Server, running_server

TOOLS = Path(os.environ.get("MOORAGE_TOOLS", Path.home() / ".cache/moorage/tools"))
SUITE = TOOLS / "bin" / "conformance"
PLACES = ("sqlite", "postgres", "postgres-s3", "postgres-s3-redirect")
RESULTS = Path(__file__).parents[2] / "build" / "conformance"

# What the stable version does not have yet; nothing else may be switched off.
DISABLED_IN_STABLE = {
    "Blob upload cancel",
    "Manifest put with tag params",
    "Tag Param",
    "Tag Param sha512",
}


def main() -> int:
    if not SUITE.is_file():
        print(f"{SUITE} is missing: run python3 tools/install.py")
        return 1
    is_green = True
    with (
        postgres_server() as postgres,
        tempfile.TemporaryDirectory() as bucket,
        s3_server(Path(bucket)) as s3,
    ):
        for place, scheme in itertools.product(PLACES, ("bearer", "basic")):
            settings = {"V2_AUTH_SCHEME": scheme, "FEATURE_SPARSE_MANIFESTS": "true"}
            settings["LOG_LEVEL"] = "warning"
            if "postgres" in place:
                settings["DB_URI"] = new_database(postgres)
            if "s3" in place:
                settings |= s3.settings(f"{place}-{scheme}")
                settings["FEATURE_PROXY_STORAGE"] = str("redirect" not in place)
            # An object store knows nothing of Docker-Content-Digest, which dev wants on the answer
            # after a redirect too: with redirects on, only the stable version can be passed.
            versions = ("stable",) if "redirect" in place else ("stable", "dev")
            with (
                tempfile.TemporaryDirectory() as data,
                running_server(Path(data), settings, workers=2) as server,
            ):
                is_green &= run_on(server, f"{place}-{scheme}", versions)
    print("conformance:", "green" if is_green else "RED")
    return 0 if is_green else 1


def run_on(server: Server, label: str, versions: tuple[str, ...]) -> bool:
    address, is_green = f"{server.host}:{server.port}", True
    for version, cache in itertools.product(versions, ("true", "false")):
        for turn in (1, 2):
            name = f"{version}-{label}-cache-{cache}-{turn}"
            is_green &= run_suite(address, name, version, cache)
    public = read_only.publish(server)
    for version in versions:
        folder = RESULTS / f"{version}-{label}-read-only"
        is_green &= read_only.run_suite(SUITE, folder, address, version, public)
    return is_green


def run_suite(address: str, name: str, version: str, cache: str) -> bool:
    """One run; prints its counts and the rows that are not right."""
    folder = RESULTS / name
    result = folder / "results.yaml"
    result.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "OCI_VERSION": version,
        "OCI_REGISTRY": address,
        "OCI_TLS": "disabled",
        "OCI_REPO1": f"admin/{version}/one",
        "OCI_REPO2": f"admin/{version}/two",
        "OCI_USERNAME": "admin",
        "OCI_PASSWORD": PASSWORD,
        "OCI_CACHE_AUTH": cache,
        "OCI_DATA_SPARSE": "true",
        "OCI_RESULTS_DIR": str(folder),
    }
    with (folder / "log").open("wb") as log:
        subprocess.run([SUITE], env=environment, stdout=log, stderr=log, timeout=300, check=False)
    if not result.is_file():
        print(f"{name}: RED, no result was written: see {folder}/log")
        return False
    found = yaml.safe_load(result.read_text())
    counts, wrong = counts_of(folder / "log"), _wrong_rows(found, version)
    bad = [key for key in ("FAIL", "Error", "Skip") if counts.get(key) != 0]
    if found["config"]["version"] != version:
        wrong.append(f"[version: {found['config']['version']}]")
    is_right = not bad and not wrong and counts.get("Pass", 0) > 0
    shown = " ".join(f"{key}={value}" for key, value in counts.items())
    print(f"{name}: {'ok ' if is_right else 'RED'} {shown} {' '.join(wrong)}", flush=True)
    return is_right


def _wrong_rows(found: dict[str, Any], version: str) -> list[str]:
    lawful = DISABLED_IN_STABLE if version == "stable" else set()
    return [
        f"[{row}: {value}]"
        for kind in ("apis", "data")
        for row, value in found[kind].items()
        if value != "Pass" and not (value == "Disabled" and row in lawful)
    ]


if __name__ == "__main__":
    sys.exit(main())
