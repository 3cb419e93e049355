"""What Prometheus reads."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import replace
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Answer, Client
from tests.server import free_port, running_server, until

OPERATIONS = (Path(__file__).parents[1] / "docs" / "operations.md").read_text()


def read(answer: Answer) -> dict[tuple[str, ...], float]:
    """Samples by name and label values."""
    assert answer.status == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


def test_every_worker_tells_what_all_have_counted(tmp_path: Path) -> None:
    with running_server(tmp_path, workers=3) as server:
        client = Client(server)
        client.push_manifest("admin/counted", "v1")
        for _ in range(30):  # a connection each: the kernel spreads them over the workers
            assert client("GET", "/v2/admin/counted/manifests/v1").status == 200
        client("GET", "/v2/admin/counted/manifests/missing")

        seen = [read(client("GET", "/metrics")) for _ in range(10)]

    for samples in seen:
        get = ("GET", "get_manifest")
        assert samples["quay_request_duration_seconds_count", *get, "2xx"] == 30
        assert samples["quay_request_duration_seconds_count", *get, "4xx"] == 1
        assert samples["quay_registry_image_pulls_total", "2xx"] == 30
        assert samples["quay_registry_image_pushes_total", "2xx"] == 1
        assert samples["quay_registry_image_pushed_bytes_total",] == 2
        assert samples["quay_registry_errors_total", "MANIFEST_UNKNOWN"] == 1
        assert samples["quay_worker_starts_total",] == 3
    busy = [
        sum(1 for key in samples if key[0] == "quay_process_resident_memory_bytes")
        for samples in seen
    ]
    assert busy == [4] * 10  # the main process and three workers


def test_a_worker_that_dies_takes_no_count_with_it(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with running_server(tmp_path / "data", workers=1, log=log) as server:
        client = Client(server)
        client.push_manifest("admin/counted", "v1")
        before = read(client("GET", "/metrics"))
        worker = int(re.findall(r"Spawning worker-1 with PID: (\d+)", log.read_text())[0])

        os.kill(worker, signal.SIGKILL)
        until(lambda: log.read_text().count("worker ready") == 2)
        client("GET", "/v2/admin/counted/manifests/v1")
        after = read(client("GET", "/metrics"))

    assert before["quay_registry_image_pushes_total", "2xx"] == 1
    assert after["quay_registry_image_pushes_total", "2xx"] == 1
    assert after["quay_registry_image_pulls_total", "2xx"] == 1
    assert after["quay_worker_starts_total",] == 2
    assert sum(1 for key in after if key[0] == "quay_process_cpu_seconds_total") == 2
    assert "Unexpected exit from worker-1" in log.read_text()


def test_bytes_and_open_uploads_are_counted(tmp_path: Path) -> None:
    settings = {"PROMETHEUS_NAMESPACE": "moorage"}
    with running_server(tmp_path, settings, workers=2) as server:
        client = Client(server)
        small = client.push_blob("admin/bytes", b"x" * 1000)
        large = client.push_blob("admin/bytes", b"y" * 300_000)
        client("POST", "/v2/admin/bytes/blobs/uploads/")
        for digest in (small, large):
            client("GET", f"/v2/admin/bytes/blobs/{digest}")
        client("GET", f"/v2/admin/bytes/blobs/{large}", Range="bytes=0-99999")

        samples = read(client("GET", "/metrics"))

    assert samples["moorage_received_bytes_total", "POST", "post_upload"] == 301_000
    assert samples["moorage_sent_bytes_total", "GET", "get_blob"] == 401_000
    assert samples["moorage_registry_image_pulled_bytes_total",] == 401_000
    assert samples["moorage_uploads_open",] == 1


def test_only_networks_that_are_named_may_read_them_and_nobody_through_a_proxy(
    tmp_path: Path,
) -> None:
    with running_server(tmp_path / "default") as server:
        near = Client(server).anonymous()("GET", "/metrics")
        forwarded = Client(server).anonymous()("GET", "/metrics", X_Forwarded_For="127.0.0.1")
    with running_server(tmp_path / "far", {"METRICS_NETWORKS": "10.0.0.0/8"}) as server:
        far = Client(server)("GET", "/metrics")

    assert near.status == 200
    assert (forwarded.status, far.status) == (403, 403)
    assert "METRICS_NETWORKS" in far.message


def test_an_address_of_their_own_takes_them_off_the_registrys(tmp_path: Path) -> None:
    port = free_port()
    settings = {"METRICS_ADDRESS": f"127.0.0.1:{port}", "METRICS_NETWORKS": "10.0.0.0/8"}
    with running_server(tmp_path, settings, workers=2) as server:
        client = Client(server)
        client("GET", "/v2/")
        own = Client(replace(server, port=port)).anonymous()

        there = [read(own("GET", "/metrics")) for _ in range(5)]
        elsewhere, pushed = own("GET", "/v2/"), own("POST", "/metrics", b"")
        here = client("GET", "/metrics")

    # The start of the test's server asks once, too.
    ping = ("quay_request_duration_seconds_count", "GET", "ping", "2xx")
    assert [samples[ping] for samples in there] == [1] * 5
    assert (elsewhere.status, pushed.status, here.status) == (404, 405, 404)


def test_unknown_paths_and_methods_make_no_new_series(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        client = Client(server)
        for number in range(20):
            client("GET", f"/nothing/{number}")
            client(f"BREW{number}", f"/v2/admin/{number}/manifests/v1")

        samples = read(client("GET", "/metrics"))

    kinds = {key[1:] for key in samples if key[0] == "quay_request_duration_seconds_count"}
    assert {key for key in kinds if key[1] == "other"} == {
        ("GET", "other", "4xx"),
        ("other", "other", "4xx"),
    }


def test_the_documented_metrics_are_those_that_are_served(client: Client) -> None:
    client.push_manifest("admin/documented", "v1")
    client("GET", "/v2/admin/documented/manifests/missing")

    text = client("GET", "/metrics").body.decode()

    served = {family.name for family in text_string_to_metric_families(text)}
    rows = re.findall(r"^\| `([a-z_]+)`", OPERATIONS, re.MULTILINE)
    documented = {f"quay_{name.removesuffix('_total')}" for name in rows}
    assert documented == served
