"""`moorage import-charts`: a whole classic repository into a namespace."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.charts_repository.made import Made, listed, make_chart, signed
from tests.conftest import Client
from tests.server import MOORAGE, PASSWORD, Server


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the URL under which it is a classic repository."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def fill(folder: Path, *charts: Made, **changed: str) -> None:
    """Archives and their index; `changed` replaces a chart's digest in it."""
    entries: dict[str, list[dict[str, Any]]] = {}
    for chart in charts:
        name, version = chart.metadata.name, chart.metadata.version
        (folder / f"{name}-{version}.tgz").write_bytes(chart.archive)
        entry = chart.metadata.document | {
            "urls": [f"{name}-{version}.tgz"],
            "digest": changed.get(name, chart.hex_digest),
        }
        entries.setdefault(name, []).append(entry)
    (folder / "index.yaml").write_text(json.dumps({"apiVersion": "v1", "entries": entries}))


def run_import(
    server: Server, home: Path, url: str, place: str, *options: str
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
    host = f"{server.host}:{server.port}"
    login = ("registry", "login", host, "-u", "admin", "--password-stdin", "--plain-http")
    subprocess.run(
        [MOORAGE, *login], input=PASSWORD, env=environment, check=True, text=True, timeout=60
    )
    command = ("import-charts", url, f"oci://{host}/{place}", "--plain-http", *options)
    return subprocess.run(
        [MOORAGE, *command], env=environment, capture_output=True, text=True, timeout=120
    )


def test_everything_is_taken_over_once_and_what_fails_is_said(
    server: Server, client: Client, place: str, site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = site
    charts = [make_chart("a", "1.0.0"), make_chart("a", "1.1.0+b"), make_chart("b", "2.0.0")]
    wrong = make_chart("wrong", "1.0.0")
    fill(folder, *charts, wrong, wrong="0" * 64)
    (folder / "b-2.0.0.tgz.prov").write_bytes(signed(charts[2]))

    first = run_import(server, tmp_path, url, place, "--json")
    fill(folder, *charts, wrong)
    second = run_import(server, tmp_path, url, place)

    report = json.loads(first.stdout)
    assert first.returncode == 1
    assert report["counts"] == {"imported": 3, "there already": 0, "failed": 1}
    assert {one["name"] for one in report["charts"] if one["signed"]} == {"b"}
    (failed,) = [one for one in report["charts"] if one["result"] == "failed"]
    assert failed["name"] == "wrong" and "digest" in failed["reason"]
    assert "[4/4]" in first.stderr
    assert (second.returncode, second.stdout) == (0, "1 imported, 3 there already, 0 failed\n")
    assert listed(client, place) == {"a": ["1.1.0+b", "1.0.0"], "b": ["2.0.0"], "wrong": ["1.0.0"]}
    assert client("GET", f"/charts/{place}/charts/b-2.0.0.tgz.prov").body == signed(charts[2])


def test_a_version_that_is_there_with_other_bytes_is_not_replaced(
    server: Server, client: Client, place: str, site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, url = site
    client("POST", f"/charts/api/{place}/charts", make_chart("a", "1.0.0").archive)
    fill(folder, make_chart("a", "1.0.0", description="other"))

    done = run_import(server, tmp_path, url, place)

    assert done.returncode == 1
    assert "is there with another archive" in done.stderr


def test_a_namespace_is_taken_over_from_our_own_repository(
    server: Server, client: Client, place: str, tmp_path: Path
) -> None:
    """Its index is one, too; the artifact is the same."""
    client("POST", f"/charts/api/{place}/charts", make_chart("a", "1.0.0").archive)
    source = f"http://{server.host}:{server.port}/charts/{place}"
    options = ("--username", "admin", "--password", PASSWORD)

    done = run_import(server, tmp_path, source, f"{place}/copy", *options)

    assert done.returncode == 0, done.stderr
    digests = {
        client("HEAD", f"/v2/{place}{part}/a/manifests/1.0.0").headers["docker-content-digest"]
        for part in ("", "/copy")
    }
    assert len(digests) == 1
