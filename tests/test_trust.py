"""An object store whose certificate only `extra_ca_certs` vouches for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Client
from tests.s3_server import can_start, start_s3
from tests.server import MOORAGE, running_server


@pytest.mark.skipif(not can_start(), reason="needs versitygw: run python3 tools/install.py")
def test_a_store_is_trusted_by_the_certificates_beside_the_configuration(tmp_path: Path) -> None:
    subprocess.run([MOORAGE, "tls", "init", "127.0.0.1", "--data", tmp_path], check=True)
    tls, folder = tmp_path / "tls", tmp_path / "extra_ca_certs"
    folder.mkdir()
    store = start_s3(tmp_path / "s3", tls=tls)
    try:
        with running_server(tmp_path / "data", store.settings()) as server:
            stranger = Client(server)("POST", "/v2/admin/a/blobs/uploads/?digest=" + EMPTY, b"")
        shutil.copy(tls / "rootCA.pem", folder / "company.crt")
        trusting = store.settings() | {"EXTRA_CA_CERTS": str(folder)}
        with running_server(tmp_path / "data", trusting) as server:
            trusted = Client(server)("POST", "/v2/admin/a/blobs/uploads/?digest=" + EMPTY, b"")
    finally:
        store.stop()

    assert (stranger.status, trusted.status) == (503, 201)


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("SERVER_HOSTNAME: registry.example.com\n")
    (tmp_path / "extra_ca_certs").mkdir()
    (tmp_path / "extra_ca_certs" / "broken.crt").write_text("no certificate")

    done = subprocess.run(
        [MOORAGE, "check-config", tmp_path / "config.yaml"], capture_output=True, text=True
    )

    assert done.returncode == 1
    assert "EXTRA_CA_CERTS" in done.stdout + done.stderr
    assert "broken.crt holds no PEM certificate" in done.stdout + done.stderr


EMPTY = Client.digest_of(b"")
