"""The servers that are compared, all with two cores to use, one data folder each, no access log.

moorage           two workers, SQLite (and `moorage-pg` on PostgreSQL)
docker-registry   Debian's 2.8.2, filesystem driver with its in-memory descriptor cache
distribution-v3   the newest Go registry, the same settings
nginx             static files under the same paths: the limit of this machine, no registry

Every registry checks a bearer token on each request: moorage one of its own, the others one signed
here whose key they find in the cheapest way they know.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jwt.algorithms import ECAlgorithm
from tests.server import PASSWORD, free_port, start_server

TOOLS = Path(os.environ.get("MOORAGE_TOOLS", Path.home() / ".cache/moorage/tools")) / "bin"
WORKERS = 2
REPOSITORY = "admin/bench"
ADMIN_SCOPES = f"scope=repository:{REPOSITORY}:pull,push&scope=registry:catalog:*"
START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Peer:
    """One running server. `pid` leads the process tree whose CPU time and memory are counted."""

    name: str
    port: int
    pid: int
    authorization: str | None = None
    data: Path = field(default_factory=Path)
    is_static: bool = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def moorage(
    data: Path, settings: dict[str, str] | None = None, name: str = "moorage"
) -> Iterator[Peer]:
    more = {"REGISTRY_TOKEN_SECONDS": "3600", "LOG_LEVEL": "warning"} | (settings or {})
    server = start_server(data, more, workers=WORKERS)
    try:
        token = moorage_token(server.port, "admin", ADMIN_SCOPES)
        yield Peer(name, server.port, server.process.pid, f"Bearer {token}", data)
    finally:
        server.stop()


@contextmanager
def docker_registry(data: Path) -> Iterator[Peer]:
    key = ec.generate_private_key(ec.SECP256R1())
    trust = {"rootcertbundle": ("root.pem", _certificate(key))}
    token = _go_token(key, _libtrust_id(key))
    with _go_registry("docker-registry", shutil.which("docker-registry"), data, trust, token) as it:
        yield it


@contextmanager
def distribution_v3(data: Path) -> Iterator[Peer]:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "bench", "use": "sig"}
    trust = {"jwks": ("jwks.json", json.dumps({"keys": [jwk]}).encode())}
    token = _go_token(key, "bench")
    with _go_registry("distribution-v3", str(TOOLS / "registry"), data, trust, token) as it:
        yield it


@contextmanager
def nginx(data: Path) -> Iterator[Peer]:
    """Serves what lies below `data`; the rows lay their content there."""
    port = free_port()
    (data / "v2").mkdir(parents=True)
    config = data / "nginx.conf"
    config.write_text(
        f"""
        user root; worker_processes {WORKERS}; pid {data}/pid; error_log {data}/errors; daemon off;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
            default_type application/octet-stream;
            server {{ listen 127.0.0.1:{port}; root {data}; }}
        }}
        """
    )
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    with _running("nginx", [program, "-c", str(config)], port, {}) as pid:
        yield Peer("nginx", port, pid, None, data, is_static=True)


@contextmanager
def _go_registry(
    name: str, program: str | None, data: Path, trust: dict[str, tuple[str, bytes]], token: str
) -> Iterator[Peer]:
    """`trust` is the key of its configuration that names a file of keys, and that file."""
    data.mkdir(parents=True)
    port = free_port()
    auth = {"realm": "http://127.0.0.1/none", "service": "bench", "issuer": "bench"}
    for key, (file, content) in trust.items():
        (data / file).write_bytes(content)
        auth[key] = str(data / file)
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {
            "cache": {"blobdescriptor": "inmemory"},
            "filesystem": {"rootdirectory": str(data / "storage")},
            "delete": {"enabled": True},
        },
        "http": {"addr": f"127.0.0.1:{port}"},
        "auth": {"token": auth},
    }
    (data / "config.yml").write_text(yaml.safe_dump(config))
    environment = {"OTEL_TRACES_EXPORTER": "none", "GOMAXPROCS": str(WORKERS)}
    command = [program, "serve", str(data / "config.yml")]
    with _running(name, command, port, environment) as pid:
        yield Peer(name, port, pid, f"Bearer {token}", data)


@contextmanager
def _running(
    name: str, command: list[str | None], port: int, environment: dict[str, str]
) -> Iterator[int]:
    if command[0] is None or not Path(command[0]).is_file():
        raise SystemExit(f"{name} is missing: run python3 tools/install.py")
    process = subprocess.Popen(
        [part for part in command if part is not None],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(name, process, port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def _wait(name: str, process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/v2/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise SystemExit(f"{name} did not start on port {port}")


def moorage_token(port: int, user: str, scopes: str) -> str:
    """A registry token for a user with the tests' password; `scopes` as in a query."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    basic = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    connection.request("GET", f"/v2/auth?{scopes}", headers=headers)
    token: str = json.loads(connection.getresponse().read())["token"]
    connection.close()
    return token


def _certificate(key: ec.EllipticCurvePrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _libtrust_id(key: ec.EllipticCurvePrivateKey) -> str:
    """The fingerprint by which docker-registry knows the key of a certificate."""
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = base64.b32encode(hashlib.sha256(public).digest()[:30]).decode()
    return ":".join(text[at : at + 4] for at in range(0, len(text), 4))


def _go_token(key: ec.EllipticCurvePrivateKey, kid: str) -> str:
    now = int(time.time())
    access = [{"type": "repository", "name": REPOSITORY, "actions": ["pull", "push"]}]
    claims = {"iss": "bench", "aud": "bench", "sub": "bench", "access": access}
    times = {"iat": now, "nbf": now - 10, "exp": now + 7200, "jti": "1"}
    return jwt.encode(claims | times, key, "ES256", headers={"kid": kid})
