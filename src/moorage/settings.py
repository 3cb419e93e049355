"""Every setting: Quay's keys of config.yaml as they are, and moorage's own.

Order of precedence: command-line flags, environment (`MOORAGE_<KEY>`), config.yaml, the default.
"""

from __future__ import annotations

import json
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    AliasGenerator,
    BeforeValidator,
    Field,
    PrivateAttr,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from moorage.account_settings import AccountSettings, Names
from moorage.artifact_settings import ArtifactSettings
from moorage.storage_settings import DEFAULT_ID, Driver, LocalStorage
from moorage.trust import FOLDER, extra_certificates

_SIZE = re.compile(r"([0-9]+)([KMGT]?)(?:i?B?)", re.IGNORECASE)
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


SECRET_KEYS = ("SECRET", "PASSWORD", "PASSWD", "_PSK", "DB_URI", "_KEY", "TOKEN")
"""Values of keys with one of these in their names are never shown."""


Origin = Literal["default", "config.yaml", "environment", "command line"]


class SettingsError(Exception):
    """The configuration cannot be used; the text says which key, what it got and what to do."""


def _size(value: Any) -> Any:
    """`20G` as bytes."""
    found = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, str) and found is None:
        raise ValueError(f"got {value!r}, expected a size such as 20G or 500M")
    return int(found[1]) * _UNITS[found[2].upper()] if found else value


class Settings(AccountSettings, ArtifactSettings):
    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=str.upper),
        populate_by_name=False,
        extra="ignore",
        frozen=True,
    )

    data_folder: Path = Path("data")
    """Where SQLite and the local blobs lie. Own key; `--data`."""

    server_hostname: str | None = None
    """host[:port] as clients name the registry: token audience and realm. Without it the Host
    header of each request is used, which is right for trying moorage out and wrong in public."""

    preferred_url_scheme: Literal["http", "https"] | None = None
    """The scheme in links; without it that of the connection."""

    external_tls_termination: bool = False
    """TLS ends in a proxy in front: links say https although the connection does not."""

    trusted_proxies: Names = Field(default=[])
    """Networks (CIDR) whose X-Forwarded-Proto and X-Forwarded-Host are believed. Own key."""

    db_uri: str | None = None
    """postgresql://user:password@host/name or sqlite:///path; default: in the data folder."""

    distributed_storage_config: dict[str, Driver] = Field(default={})
    """`id: [Driver, {arguments}]`: LocalStorage, S3Storage, RadosGWStorage, RHOCSStorage,
    GoogleCloudStorage or AzureStorage. Absent: the data folder."""

    distributed_storage_preference: Names = Field(default=[])
    """The id that is used; absent: the first of DISTRIBUTED_STORAGE_CONFIG."""

    extra_ca_certs: Path | None = None
    """Folder of certificates (PEM) that are trusted, besides the system's, of an object store.
    Absent: `extra_ca_certs` beside config.yaml, as Quay has it. Own key."""

    feature_proxy_storage: bool = False
    """Blobs of an object store go through moorage; false sends clients to a signed URL."""

    redirect_seconds: int = Field(default=1200, ge=60, le=604_800)
    """How long a signed URL is good. Long enough for a large layer on a slow line. Own key."""

    feature_general_oci_support: bool = True
    """Take OCI manifests and indexes; false leaves Docker schema 2 only."""

    feature_helm_oci_support: bool = True
    """Take Helm charts and serve the classic chart repository (charts.md). Charts that are stored
    already stay readable by OCI."""

    helm_legacy_view: str | None = Field(default=None, pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$")
    """VIEW/NAME shows the charts of repository NAME as Helm 3.0 to 3.6 can pull them, read-only.
    A namespace of that name cannot be used then. Absent: no such view. Own key."""

    allowed_oci_artifact_types: dict[str, list[str]] | None = None
    """Config or artifact type -> layer types. Absent: all types; present: only these and images."""

    ignore_unknown_mediatypes: bool = False
    """Switches ALLOWED_OCI_ARTIFACT_TYPES off."""

    feature_sparse_index: bool = False
    """Take indexes whose children are not in the repository."""

    feature_sparse_manifests: bool = False
    """Take manifests whose blobs or children are not in the repository. Own key."""

    feature_anonymous_access: bool = True
    """Public repositories can be pulled without a login."""

    create_private_repo_on_push: bool = True
    """Repositories made by a push are private; false makes them public."""

    maximum_layer_size: Annotated[int, BeforeValidator(_size)] = 20 * 1024**3
    """Largest blob, in bytes or as 20G."""

    maximum_chart_size: Annotated[int, BeforeValidator(_size)] = 20 * 1024**2
    """Largest archive that ChartMuseum's API takes, in bytes or as 20M. Own key."""

    v2_pagination_size: int = Field(default=100, ge=1, le=10_000)
    """Repositories in a page of the catalog."""

    v2_auth_scheme: Literal["bearer", "basic"] = "bearer"
    """Which challenge /v2/ sends. Basic credentials are accepted either way. Own key."""

    registry_token_seconds: int = Field(default=300, ge=60, le=3600)
    """Life of a registry token: the bound after which a lost right is lost everywhere. Own key."""

    uploads_per_user: int = Field(default=1000, ge=1)
    """Uploads one user may have open at a time. Own key."""

    feature_garbage_collection: bool = True
    """Collect in the background; `moorage collect` works either way."""

    garbage_collection_frequency: int = Field(default=30, ge=1)
    """Seconds between two looks of the collector."""

    push_temp_tag_expiration_sec: int = Field(default=3600, ge=1)
    """How long blobs without a manifest and manifests without a tag are kept, in seconds."""

    upload_expiration_seconds: int = Field(default=24 * 3600, ge=1)
    """Uploads without a request for this long are given up. Own key."""

    body_idle_seconds: int = Field(default=60, ge=1)
    """A request body that sends nothing for this long is cut off with 408. Own key."""

    storage_fsync: bool = True
    """Sync blobs to disk before they are acknowledged; false trades safety for speed. Own key."""

    shutdown_seconds: int = Field(default=30, ge=1)
    """How long transfers in flight may go on after SIGTERM. Own key."""

    registry_state: Literal["normal", "readonly"] = "normal"
    """readonly: pulls go on; pushes and deletions are refused, and no garbage is collected."""

    disable_pushes: bool = False
    """Pushes are refused; everything else goes on."""

    database_wait_seconds: float = Field(default=30, ge=1, le=300)
    """How long a request waits for a database that is locked or does not answer, before 503.
    Own key."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """From which level on lines are logged. Own key."""

    access_log: Literal["off", "writes", "all"] = "writes"
    """Requests that leave a line in the log: `writes` leaves out GET and HEAD, whose line would
    cost more than a pull. Own key."""

    prometheus_namespace: str = Field(default="quay", pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")
    """What the names of the metrics begin with."""

    metrics_networks: Names = Field(
        default=[
            "127.0.0.0/8",
            "::1/128",
        ]
    )
    """Networks (CIDR) that may read /metrics; what a proxy forwarded is always refused. Own key."""

    metrics_address: str | None = Field(default=None, pattern=r"^.+:[0-9]{1,5}$")
    """host:port where /metrics is served to everybody who reaches it, instead of on the registry's
    own address. Own key."""

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)

    @field_validator("extra_ca_certs")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is not None:
            extra_certificates(value)
        return value

    @field_validator("server_hostname")
    @classmethod
    def _only_a_host(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9.\-\[\]:]+", value):
            raise ValueError(f"got {value!r}, expected host or host:port without scheme and path")
        return value

    @field_validator("trusted_proxies", "metrics_networks")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        for network in value:
            ip_network(network, strict=False)
        return value

    @model_validator(mode="after")
    def _preference_is_known(self) -> Settings:
        known = list(self.distributed_storage_config)
        for named in self.distributed_storage_preference:
            if named not in (known or [DEFAULT_ID]):
                raise ValueError(
                    f"DISTRIBUTED_STORAGE_PREFERENCE names {named!r}, DISTRIBUTED_STORAGE_CONFIG "
                    f"has {', '.join(known) or 'nothing'}"
                )
        return self

    @property
    def storage(self) -> Driver:
        """The driver in use."""
        known = self.distributed_storage_config
        preferred = self.distributed_storage_preference or list(known)
        return known[preferred[0]] if known else LocalStorage()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    def origin_of(self, key: str) -> Origin:
        """Where a key's value comes from."""
        return self._origins.get(key.upper(), "default")

    @property
    def unknown_keys(self) -> list[str]:
        """Keys that were given and mean nothing here."""
        known = {name.upper() for name in type(self).model_fields}
        return sorted(key for key in self._origins if key not in known)

    def dump(self) -> str:
        """As JSON that `from_dump` reads, to hand the settings to another process."""
        return json.dumps([self.model_dump(mode="json"), self._origins])

    @classmethod
    def from_dump(cls, dumped: str) -> Settings:
        values, origins = json.loads(dumped)
        settings = cls(**{key.upper(): value for key, value in values.items()})
        settings._origins.update(origins)
        return settings

    @property
    def database_url(self) -> str:
        return self.db_uri or f"sqlite:///{self.data_folder.absolute()}/moorage.db"

    @property
    def url_scheme(self) -> str | None:
        return "https" if self.external_tls_termination else self.preferred_url_scheme

    @property
    def needs_certificate(self) -> bool:
        """Links say https, and nothing in front of the registry is known to end TLS."""
        in_front = self.external_tls_termination or bool(self.trusted_proxies)
        return self.preferred_url_scheme == "https" and not in_front


class _Environment(EnvSettingsSource):
    """`MOORAGE_<KEY>`: the same names as in config.yaml, with our prefix.

    `MOORAGE_<KEY>_FILE` names a file that holds the value, as secrets are mounted.
    """

    def __init__(self) -> None:
        super().__init__(Settings, env_prefix="")
        given = {
            name.lower().removeprefix("moorage_"): value
            for name, value in self.env_vars.items()
            if name.lower().startswith("moorage_")
        }
        self.env_vars = given | {
            name.removesuffix("_file"): read_secret(f"MOORAGE_{name.upper()}", Path(value))
            for name, value in given.items()
            if name.removesuffix("_file") in Settings.model_fields and name.endswith("_file")
            if value is not None
        }


def read_secret(key: str, path: Path) -> str:
    """The text of a mounted file, without the line's end. Raises SettingsError."""
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{key}: {path} cannot be read: {problem}") from None


def load_settings(config: Path | None, flags: dict[str, Any]) -> Settings:
    """Read and check the configuration. `flags` are keys with values given on the command line.

    Raises SettingsError with every problem found.
    """
    beside = {}
    if config is not None and (folder := config.parent / FOLDER).is_dir():
        beside["EXTRA_CA_CERTS"] = folder.absolute()
    given: tuple[tuple[Origin, dict[str, Any]], ...] = (
        ("config.yaml", beside | read_document(config)),
        ("environment", _Environment()()),
        ("command line", {key: value for key, value in flags.items() if value is not None}),
    )
    values = {key: value for _, found in given for key, value in found.items()}
    try:
        settings = Settings(**values)
    except ValueError as error:
        raise SettingsError(_problems(error)) from None
    settings._origins.update({key: origin for origin, found in given for key in found})
    return settings


def read_document(config: Path | None) -> dict[str, Any]:
    """The keys of a config.yaml; none without a file. Raises SettingsError."""
    if config is None:
        return {}
    try:
        text = config.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(f"{config} cannot be read: {why}") from None
    return parse_document(text, str(config))


def parse_document(text: str, name: str) -> dict[str, Any]:
    """The keys of a config.yaml's text; `name` is what errors call it. Raises SettingsError."""
    try:
        document = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        # Not the library's own text: it quotes the line, which may hold a password.
        mark = error.problem_mark or error.context_mark
        place = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SettingsError(f"{name}{place} is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{name} is not YAML: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SettingsError(f"{name} is not a map of keys and values")
    return {str(key): value for key, value in document.items() if value is not None}


def _problems(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    return "\n".join(_problem(problem) for problem in error.errors())


def _problem(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "value_error":
        text = str(problem["ctx"]["error"])
        return f"{place}: {text}" if place else text
    hidden = any(word in place for word in SECRET_KEYS)
    return f"{place}: {problem['msg']}, got {'(hidden)' if hidden else repr(problem['input'])}"
