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
import ssl
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
UNVERIFIED = ssl.create_default_context()
UNVERIFIED.check_hostname = False
UNVERIFIED.verify_mode = ssl.CERT_NONE


@dataclass(frozen=True, slots=True)
class Peer:
    """One running server. `pid` leads the process tree whose CPU time and memory are counted."""

    name: str
    port: int
    pid: int
    authorization: str | None = None
    data: Path = field(default_factory=Path)
    is_static: bool = False
    is_tls: bool = False
    database_url: str = ""
    """Of a moorage."""

    @property
    def address(self) -> str:
        return f"{'https' if self.is_tls else 'http'}://127.0.0.1:{self.port}"

    def connect(self, timeout: float = 120) -> http.client.HTTPConnection:
        return connection_to(self.port, self.is_tls, timeout)


def connection_to(port: int, is_tls: bool, timeout: float) -> http.client.HTTPConnection:
    """To a server of this machine, whose certificate nobody has signed."""
    if not is_tls:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=UNVERIFIED)


def write_certificate(folder: Path) -> Path:
    """A folder of ssl.cert and ssl.key, as all peers take them."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    (folder / "ssl.cert").write_bytes(_certificate(key))
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "ssl.key").write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    return folder


@contextmanager
def moorage(
    data: Path,
    settings: dict[str, str] | None = None,
    name: str = "moorage",
    tls: Path | None = None,
) -> Iterator[Peer]:
    more = {"REGISTRY_TOKEN_SECONDS": "3600", "LOG_LEVEL": "warning"} | (settings or {})
    server = start_server(data, more, workers=WORKERS, tls=tls)
    try:
        token = moorage_token(server.port, "admin", ADMIN_SCOPES, is_tls=tls is not None)
        yield Peer(
            name,
            server.port,
            server.process.pid,
            f"Bearer {token}",
            data,
            is_tls=tls is not None,
            database_url=server.database_url,
        )
    finally:
        server.stop()


@contextmanager
def docker_registry(data: Path, tls: Path | None = None) -> Iterator[Peer]:
    key = ec.generate_private_key(ec.SECP256R1())
    trust = {"rootcertbundle": ("root.pem", _certificate(key))}
    token = _go_token(key, _libtrust_id(key))
    name, program = "docker-registry", shutil.which("docker-registry")
    with _go_registry(name, program, data, trust, token, tls) as it:
        yield it


@contextmanager
def distribution_v3(data: Path, tls: Path | None = None) -> Iterator[Peer]:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": "bench", "use": "sig"}
    trust = {"jwks": ("jwks.json", json.dumps({"keys": [jwk]}).encode())}
    token = _go_token(key, "bench")
    name, program = "distribution-v3", str(TOOLS / "registry")
    with _go_registry(name, program, data, trust, token, tls) as it:
        yield it


@contextmanager
def nginx(data: Path, tls: Path | None = None) -> Iterator[Peer]:
    """Serves what lies below `data`; the rows lay their content there."""
    port = free_port()
    (data / "v2").mkdir(parents=True)
    config = data / "nginx.conf"
    secure = f"ssl_certificate {tls}/ssl.cert; ssl_certificate_key {tls}/ssl.key;" if tls else ""
    listen = f"127.0.0.1:{port}{' ssl' if tls else ''}"
    config.write_text(
        f"""
        user root; worker_processes {WORKERS}; pid {data}/pid; error_log {data}/errors; daemon off;
        events {{ worker_connections 1024; }}
        http {{
            access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
            default_type application/octet-stream;
            server {{ listen {listen}; {secure} root {data}; }}
        }}
        """
    )
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    is_tls = tls is not None
    with _running("nginx", [program, "-c", str(config)], port, {}, is_tls) as pid:
        yield Peer("nginx", port, pid, None, data, is_static=True, is_tls=is_tls)


@contextmanager
def _go_registry(
    name: str,
    program: str | None,
    data: Path,
    trust: dict[str, tuple[str, bytes]],
    token: str,
    tls: Path | None,
) -> Iterator[Peer]:
    """`trust` is the key of its configuration that names a file of keys, and that file."""
    data.mkdir(parents=True)
    port = free_port()
    auth = {"realm": "http://127.0.0.1/none", "service": "bench", "issuer": "bench"}
    for key, (file, content) in trust.items():
        (data / file).write_bytes(content)
        auth[key] = str(data / file)
    listener: dict[str, object] = {"addr": f"127.0.0.1:{port}"}
    if tls is not None:
        listener["tls"] = {"certificate": str(tls / "ssl.cert"), "key": str(tls / "ssl.key")}
    config = {
        "version": 0.1,
        "log": {"level": "error", "accesslog": {"disabled": True}},
        "storage": {
            "cache": {"blobdescriptor": "inmemory"},
            "filesystem": {"rootdirectory": str(data / "storage")},
            "delete": {"enabled": True},
        },
        "http": listener,
        "auth": {"token": auth},
    }
    (data / "config.yml").write_text(yaml.safe_dump(config))
    environment = {"OTEL_TRACES_EXPORTER": "none", "GOMAXPROCS": str(WORKERS)}
    command = [program, "serve", str(data / "config.yml")]
    with _running(name, command, port, environment, tls is not None) as pid:
        yield Peer(name, port, pid, f"Bearer {token}", data, is_tls=tls is not None)


@contextmanager
def _running(
    name: str, command: list[str | None], port: int, environment: dict[str, str], is_tls: bool
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
        _wait(name, process, port, is_tls)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def _wait(name: str, process: subprocess.Popen[bytes], port: int, is_tls: bool) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        connection = connection_to(port, is_tls, 5)
        try:
            connection.request("GET", "/v2/")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.02)
        finally:
            connection.close()
    raise SystemExit(f"{name} did not start on port {port}")


def moorage_token(port: int, user: str, scopes: str, *, is_tls: bool = False) -> str:
    """A registry token for a user with the tests' password; `scopes` as in a query."""
    connection = connection_to(port, is_tls, 30)
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
    access = [
        {"type": "repository", "name": REPOSITORY, "actions": ["pull", "push"]},
        {"type": "registry", "name": "catalog", "actions": ["*"]},
    ]
    claims = {"iss": "bench", "aud": "bench", "sub": "bench", "access": access}
    times = {"iat": now, "nbf": now - 10, "exp": now + 7200, "jti": "1"}
    return jwt.encode(claims | times, key, "ES256", headers={"kid": kid})
