"""schemathesis against /api/v1/discovery: no 500, no undocumented status, no other shape."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.api.conftest import Api

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)


def test_no_request_makes_the_api_break_its_word(api: Api, tmp_path: Path) -> None:
    url = f"http://{api.server.host}:{api.server.port}/api/v1/discovery"
    assert api("POST", "/organization/", {"name": "fuzzed"}).status == 201
    api.registry().push_manifest("fuzzed/image", "v1")

    done = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis",
            *("run", url, "--checks", ",".join(CHECKS), "--phases", "coverage,fuzzing"),
            *("--max-examples", "8", "--continue-on-failure", "--seed", "1", "--no-color"),
            # How many examples the generator throws away says nothing of the API.
            *("--suppress-health-check", "filter_too_much"),
            *("--header", f"Authorization: Bearer {api.token}", "--request-timeout", "30"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-20_000:]
    assert api("GET", "/user/").status == 200
