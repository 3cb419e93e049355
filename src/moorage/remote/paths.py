"""Where Helm keeps its files, which are ours too.

config  registry.json (Helm <= 3.6)  registry/config.json (>= 3.7)  repositories.yaml
cache   registry/cache/ (an OCI layout)   repository/NAME-index.yaml  NAME-charts.txt
        moorage/partial/ (downloads that were interrupted; ours alone)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HelmPaths:
    registry_configs: tuple[Path, ...]
    """Credential files that a login writes."""
    repository_config: Path
    repository_cache: Path
    registry_cache: Path
    partial_downloads: Path
    other_credentials: tuple[Path, ...]
    """Docker's and podman's, which are only read."""

    @classmethod
    def of(
        cls,
        environment: Mapping[str, str],
        registry_config: Path | None = None,
        repository_config: Path | None = None,
        repository_cache: Path | None = None,
    ) -> HelmPaths:
        """From the variables that Helm, docker and podman know; named files win."""
        config = _folder(environment, "HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config")
        cache = _folder(environment, "HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache")
        named = registry_config or _named(environment, "HELM_REGISTRY_CONFIG")
        both = (config / "registry.json", config / "registry" / "config.json")
        return cls(
            registry_configs=(named,) if named else both,
            repository_config=repository_config
            or _named(environment, "HELM_REPOSITORY_CONFIG")
            or config / "repositories.yaml",
            repository_cache=repository_cache
            or _named(environment, "HELM_REPOSITORY_CACHE")
            or cache / "repository",
            registry_cache=cache / "registry" / "cache",
            partial_downloads=cache / "moorage" / "partial",
            other_credentials=_other_credentials(environment),
        )


def here(**named: Path | None) -> HelmPaths:
    """The paths of this process's user."""
    return HelmPaths.of(os.environ, **named)


def _folder(environment: Mapping[str, str], helm: str, xdg: str, default: str) -> Path:
    if environment.get(helm):
        return Path(environment[helm])
    base = environment.get(xdg)
    return (Path(base) if base else _home(environment) / default) / "helm"


def _named(environment: Mapping[str, str], key: str) -> Path | None:
    return Path(environment[key]) if environment.get(key) else None


def _home(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME")
    return Path(home) if home else Path.home()


def _other_credentials(environment: Mapping[str, str]) -> tuple[Path, ...]:
    docker = environment.get("DOCKER_CONFIG")
    config = environment.get("XDG_CONFIG_HOME")
    home, runtime = _home(environment), environment.get("XDG_RUNTIME_DIR")
    named = _named(environment, "REGISTRY_AUTH_FILE")
    return tuple(
        path
        for path in (
            (Path(docker) if docker else home / ".docker") / "config.json",
            named,
            Path(runtime) / "containers" / "auth.json" if runtime else None,
            (Path(config) if config else home / ".config") / "containers" / "auth.json",
        )
        if path is not None
    )
