"""`python -m benchmarks.management`: are long lists of the management API as quick at their end?

Fills a fresh SQLite registry (or `--database URL`) with repositories, robots, teams and permissions
over HTTP and straight into the database, then walks each list page by page, and prints the median
time of the first and of the last ten pages.
"""

from __future__ import annotations

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from tests.server import Server, running_server

MOORAGE = Path(sys.executable).parent / "moorage"
SCOPES = "repo:read repo:admin repo:create org:admin user:admin user:read"
Call = Callable[..., Any]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="moorage-bench-") as folder:
        data = Path(folder)
        settings = {"DB_URI": options.database} if options.database else {}
        with running_server(data, settings) as server:
            call = _caller(server, _token(data, options.database))
            call("POST", "/organization", {"name": "many"})
            rate = _create(call, options.created)
            print(f"created over HTTP, a second: {rate}")
            _fill(call, options.repositories)
            for name, path in (
                ("repositories of a namespace", "/repository?namespace=many&limit=100"),
                ("all visible repositories", "/repository?public=true&limit=100"),
                ("robots", "/organization/many/robots?limit=100"),
                ("teams", "/organization/many/team?limit=100"),
                ("permissions", "/repository/many/first/permissions/user?limit=100"),
            ):
                _walk(call, name, path)


def _create(call: Call, count: int) -> str:
    """Robots, teams and permissions, one request each."""
    body = {"namespace": "many", "repository": "first", "visibility": "private", "description": ""}
    call("POST", "/repository", body)
    found = []
    for word, path, sent in (
        ("robots", "/organization/many/robots/r{}", {}),
        ("teams", "/organization/many/team/t{}", {"role": "member"}),
        ("permissions", "/repository/many/first/permissions/user/many+r{}", {"role": "read"}),
    ):
        started = time.perf_counter()
        for number in range(count):
            call("PUT", path.format(number), sent)
        found.append(f"{count / (time.perf_counter() - started):.0f} {word}")
    return ", ".join(found)


def _fill(call: Call, count: int) -> None:
    started = time.perf_counter()
    for number in range(count):
        name = f"app-{number:06}"
        body = {"namespace": "many", "repository": name, "visibility": "private", "description": ""}
        call("POST", "/repository", body)
    print(f"repositories: {count / (time.perf_counter() - started):.0f} a second")


def _walk(call: Call, name: str, path: str) -> None:
    times, next_page = [], ""
    while True:
        started = time.perf_counter()
        answer = call("GET", path + (f"&next_page={next_page}" if next_page else ""))
        times.append((time.perf_counter() - started) * 1000)
        next_page = answer.get("next_page", "")
        if not next_page:
            break
    first, last = median(times[1:11] or times), median(times[-11:-1] or times)
    print(f"{name}: {len(times)} pages, first {first:.1f} ms, last {last:.1f} ms")


def _caller(server: Server, token: str) -> Call:
    connection = http.client.HTTPConnection(server.host, server.port)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(method: str, path: str, body: Any = None) -> Any:
        connection.request(
            method, f"/api/v1{path}", None if body is None else json.dumps(body), headers
        )
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status < 300, (answer.status, text)
        return json.loads(text) if text else None

    return call


def _token(data: Path, database: str) -> str:
    environment = {"MOORAGE_DB_URI": database} if database else {}
    command = [str(MOORAGE), "admin", "token", "create", "--scope", SCOPES, "--data", str(data)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return str(done.stdout).strip()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=int, default=100_000)
    parser.add_argument("--created", type=int, default=10_000, help="robots, teams, permissions")
    parser.add_argument("--database", default="", help="a PostgreSQL URL instead of SQLite")
    return parser.parse_args()


if __name__ == "__main__":
    main()
