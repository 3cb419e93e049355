"""Charts made for a test, and a key to sign them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.clients.machine import Machine

SIGNER = "Example Signer <signer@example.test>"

_TEMPLATE = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  version: {{ .Chart.Version | quote }}
"""
_KEY = f"""\
%no-protection
Key-Type: RSA
Key-Length: 2048
Name-Real: {SIGNER.partition(" <")[0]}
Name-Email: {SIGNER.partition("<")[2].rstrip(">")}
%commit
"""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Binary keyrings, the only form that every version of Helm reads."""

    public: str
    secret: str
    fingerprint: str


def write_chart(folder: Path, name: str, version: str, dependencies: str = "") -> str:
    """A chart's folder below `folder`; its path."""
    chart = folder / f"{name}-{version}" / name
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text(
        f"apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: 1.8.4\n"
        f"description: A chart for a test\n{dependencies}"
    )
    (chart / "values.yaml").write_text("replicas: 1\n")
    (chart / "README.md").write_text(f"# {name}\n")
    (chart / "templates" / "map.yaml").write_text(_TEMPLATE)
    return str(chart)


def make_keyring(machine: Machine) -> Keyring:
    folder = machine.home.parent
    gpg = machine.tool("gpg", "--batch", "--yes", "--homedir", str(machine.home))
    machine.home.chmod(0o700)
    gpg("--generate-key", stdin=_KEY)
    public, secret = str(folder / "public.gpg"), str(folder / "secret.gpg")
    gpg("--output", public, "--export")
    gpg("--output", secret, "--export-secret-keys")
    listed = gpg("--list-keys", "--with-colons").lines
    fingerprint = next(line.split(":")[9] for line in listed if line.startswith("fpr:"))
    return Keyring(public, secret, fingerprint)
