"""Checking a config.yaml with Quay's keys: every problem at once, each with what to do.

An unknown key is a warning, for a configuration may be newer than we are; a wrong type or value is
an error, for it would be guesswork to go on. A key that Quay has and we do not act on is named.
"""

from __future__ import annotations

import difflib
import json
import re
import typing
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from moorage.settings import SECRET_KEYS, Settings

_BOOLEANS = """
    SETUP_COMPLETE FEATURE_STORAGE_REPLICATION FEATURE_BUILD_SUPPORT FEATURE_RATE_LIMITS
    FEATURE_FIPS FEATURE_UI_V2 QUOTA_BACKFILL FEATURE_ADVERTISE_V2
    FEATURE_MANIFEST_SUBJECT_BACKFILL FEATURE_EXTENDED_REPOSITORY_NAMES FEATURE_LIBRARY_SUPPORT
    FEATURE_REFERRERS_API FEATURE_PUBLIC_CATALOG FEATURE_EDIT_QUOTA FEATURE_VERIFY_QUOTA
    FEATURE_ASSIGN_OAUTH_TOKEN FEATURE_LOG_EXPORT FEATURE_UI_MODELCARD FEATURE_SIGNING
    FEATURE_USER_LAST_ACCESSED FEATURE_RESTRICTED_V1_PUSH FEATURE_PERMANENT_SESSIONS
    FEATURE_NAMESPACE_GARBAGE_COLLECTION FEATURE_REPOSITORY_GARBAGE_COLLECTION
    FEATURE_PARTIAL_USER_AUTOCOMPLETE FEATURE_USERNAME_CONFIRMATION
    FEATURE_AGGREGATED_LOG_COUNT_RETRIEVAL FEATURE_REPOSITORY_ACTION_COUNTER
    REPO_MIRROR_TLS_VERIFY FEATURE_IMMUTABLE_TAGS_CAN_EXPIRE MAIL_USE_TLS
    PERMANENTLY_DELETE_TAGS
""".split()
_LATER = {
    "FEATURE_MAILING": "mail",
    "FEATURE_SECURITY_SCANNER": "security scanning",
    "FEATURE_SECURITY_NOTIFICATIONS": "security notifications",
    "FEATURE_PROXY_CACHE": "proxy caches",
    "FEATURE_REPO_MIRROR": "repository mirroring",
    "FEATURE_ORG_MIRROR": "organization mirroring",
    "FEATURE_TEAM_SYNCING": "team syncing",
    "FEATURE_QUOTA_MANAGEMENT": "quotas",
    "FEATURE_QUOTA_NOTIFICATIONS": "quota notifications",
    "FEATURE_AUTO_PRUNE": "auto-prune policies",
    "FEATURE_IMMUTABLE_TAGS": "immutable tags",
    "FEATURE_IMAGE_EXPIRY_TRIGGER": "notifications of expiring images",
    "FEATURE_IMAGE_PULL_STATS": "pull statistics of each tag",
    "FEATURE_INVITE_ONLY_USER_CREATION": "sign-up by invitation",
    "FEATURE_REQUIRE_ENCRYPTED_BASIC_AUTH": "encrypted passwords",
    "FEATURE_PROGRAMMATIC_BOOTSTRAP": "a token made at the start (BOOTSTRAP_TOKEN takes one)",
    "FEATURE_BUILD_SUPPORT": "image builds",
    "FEATURE_STORAGE_REPLICATION": "storage replication",
}
_STRINGS = """
    BUILD_LOGS_STORE DEFAULT_UI AVATAR_KIND FEATURE_LISTEN_IP_VERSION CORS_ORIGIN
    USERFILES_LOCATION LOG_ARCHIVE_LOCATION PROMETHEUS_NAMESPACE SECURITY_SCANNER_V4_ENDPOINT
    SECURITY_SCANNER_V4_PSK MAIL_SERVER MAIL_USERNAME MAIL_PASSWORD MAIL_DEFAULT_SENDER
    REPO_MIRROR_SERVER_HOSTNAME TEAM_RESYNC_STALE_TIME
    BOOTSTRAP_TOKEN_PATH LDAP_URI LDAP_ADMIN_DN LDAP_ADMIN_PASSWD
    LDAP_UID_ATTR LDAP_EMAIL_ATTR LDAP_USER_FILTER LDAP_SUPERUSER_FILTER DOCUMENTATION_ROOT
""".split()
_INTEGERS = """
    QUOTA_TOTAL_DELAY_SECONDS DEFAULT_SYSTEM_REJECT_QUOTA_BYTES REPO_MIRROR_INTERVAL MAIL_PORT
""".split()
_LISTS = """
    DISTRIBUTED_STORAGE_DEFAULT_LOCATIONS SSL_PROTOCOLS SSL_CIPHERS SSRF_ALLOWED_HOSTS
    LDAP_BASE_DN LDAP_USER_RDN PUBLIC_NAMESPACES LABEL_KEY_RESERVED_PREFIXES
    DEFAULT_LABEL_KEY_RESERVED_PREFIXES WEBHOOK_HOSTNAME_BLACKLIST
""".split()
_MAPS = """
    BUILDLOGS_REDIS USER_EVENTS_REDIS PULL_METRICS_REDIS DATA_MODEL_CACHE_CONFIG
    DB_CONNECTION_ARGS LOGS_MODEL_CONFIG DEFAULT_NAMESPACE_AUTOPRUNE_POLICY
""".split()
_TYPES: dict[str, type] = {
    **dict.fromkeys(_BOOLEANS, bool),
    **dict.fromkeys(_LATER, bool),
    **dict.fromkeys(_STRINGS, str),
    **dict.fromkeys(_INTEGERS, int),
    **dict.fromkeys(_LISTS, list),
    **dict.fromkeys(_MAPS, dict),
}
"""Keys of Quay that we know and do not act on."""

_REDIS = ("host", "port", "password", "ssl", "socket_timeout", "ssl_cert_reqs", "db")
_NESTED = dict.fromkeys(("BUILDLOGS_REDIS", "USER_EVENTS_REDIS", "PULL_METRICS_REDIS"), _REDIS)
_LOGIN_CONFIG = "_LOGIN_CONFIG"
_PATH = re.compile(r"(?:unknown key )?([A-Za-z_][\w.\[\]]*)")
_JSON_NAMES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "list",
    dict: "map",
}
_EXPECTED = {
    "int_type": "integer",
    "bool_type": "boolean",
    "string_type": "string",
    "list_type": "list",
    "dict_type": "map",
    "path_type": "a path as string",
}


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    severity: Severity
    message: str

    def __str__(self) -> str:
        return f"{self.severity}: {self.message}"


def check(document: dict[str, Any]) -> list[Problem]:
    """Every problem of a configuration, the errors first. Needs no network."""
    problems: list[Problem] = []
    without_effect: list[str] = []
    usable: dict[str, Any] = {}
    for key, value in document.items():
        if value is None:
            continue
        if (field := Settings.model_fields.get(key.lower())) is not None and key.isupper():
            found = _errors_of(key, field, value)
            problems += found
            if not found:
                usable[key] = value
        elif key in _TYPES or key.endswith(_LOGIN_CONFIG):
            problems += _check_known(key, value)
            without_effect.append(key)
        else:
            problems.append(_unknown(key, [*_TYPES, *(f.upper() for f in Settings.model_fields)]))
    problems += _check_together(document) + _refused_by_settings(usable)
    if without_effect:
        names = ", ".join(sorted(without_effect))
        problems.append(Problem(Severity.NOTE, f"known keys of Quay without effect here: {names}"))
    return sorted(problems, key=lambda problem: list(Severity).index(problem.severity))


def located(problems: list[Problem], text: str) -> list[Problem]:
    """The same problems, each with the line of the config.yaml that it is about."""
    lines = _lines(yaml.compose(text, Loader=yaml.SafeLoader))
    found = []
    for problem in problems:
        named = _PATH.match(problem.message)
        path = named[1] if named else ""
        while path and path not in lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        place = f"line {lines[path]}: " if path else ""
        found.append(Problem(problem.severity, f"{place}{problem.message}"))
    return found


def _lines(node: yaml.Node | None, path: str = "") -> dict[str, int]:
    """Path as in a message -> line of a key or an element."""
    found: dict[str, int] = {}
    match node:
        case yaml.MappingNode():
            for key, value in node.value:
                inner = f"{path}.{key.value}" if path else str(key.value)
                found |= {inner: key.start_mark.line + 1} | _lines(value, inner)
        case yaml.SequenceNode():
            for index, value in enumerate(node.value):
                inner = f"{path}[{index}]"
                found |= {inner: value.start_mark.line + 1} | _lines(value, inner)
    return found


def _errors_of(key: str, field: FieldInfo, value: Any) -> list[Problem]:
    """What is wrong with a value, without any guess: "true" is no boolean, "a" no list."""
    kind: Any = field.annotation
    if typing.get_origin(kind) is list and not isinstance(value, list):
        return [Problem(Severity.ERROR, f"{key}: expected list, got {_shown(key, value)}")]
    for extra in field.metadata:
        kind = Annotated[kind, extra]
    try:
        TypeAdapter(kind).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        return [
            Problem(Severity.ERROR, _sentence(key, problem["loc"], problem))
            for problem in error.errors()
        ]
    return []


def _refused_by_settings(usable: dict[str, Any]) -> list[Problem]:
    """What the settings refuse of keys whose types are right."""
    try:
        Settings(**usable)
    except ValidationError as error:
        problems = [(str(p["loc"][0]) if p["loc"] else "", p) for p in error.errors()]
        return [
            Problem(Severity.ERROR, _sentence(key, p["loc"][1:], p).removeprefix(": "))
            for key, p in problems
        ]
    return []


def _sentence(key: str, place: tuple[int | str, ...], problem: Any) -> str:
    """The path as one writes it: a driver's name stands for the arguments behind it."""
    path = key + "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}"
        for part in (1 if str(part).endswith("Storage") else part for part in place)
        if part not in ("str", "int", "list[str]")
    )
    if problem["type"] == "value_error":
        return f"{path}: {problem['ctx']['error']}"
    got = _shown(path, problem["input"])
    if problem["type"] == "literal_error":
        return f"{path}: expected {problem['ctx']['expected']}, got {got}"
    expected = _EXPECTED.get(problem["type"])
    if expected is not None:
        return f"{path}: expected {expected}, got {got}"
    return f"{path}: {problem['msg']}, got {got}"


def _check_known(key: str, value: Any) -> list[Problem]:
    expected = dict if key.endswith(_LOGIN_CONFIG) else _TYPES[key]
    is_right = isinstance(value, expected) and not (expected is int and isinstance(value, bool))
    if not is_right:
        text = f"{key}: expected {_JSON_NAMES[expected]}, got {_shown(key, value)}"
        return [Problem(Severity.ERROR, text)]
    if value is True and key in _LATER:
        return [Problem(Severity.WARNING, f"{key} is on, but {_LATER[key]} are not there yet")]
    found = []
    for inner in value if key in _NESTED else ():
        if inner not in _NESTED[key]:
            found.append(_unknown(f"{key}.{inner}", [f"{key}.{one}" for one in _NESTED[key]]))
    return found


def _unknown(key: str, known: list[str]) -> Problem:
    if key.upper() in known:
        return Problem(Severity.WARNING, f"unknown key {key}: did you mean {key.upper()}?")
    near = difflib.get_close_matches(key.upper() if "." not in key else key, known, 1, 0.8)
    hint = f": did you mean {near[0]}?" if near else ""
    return Problem(Severity.WARNING, f"unknown key {key}{hint}")


def _check_together(document: dict[str, Any]) -> list[Problem]:
    """What several keys say together."""
    found = []
    storages = document.get("DISTRIBUTED_STORAGE_CONFIG")
    ids = list(storages) if isinstance(storages, dict) else []
    named: list[tuple[str, Any]] = [
        (key, document.get(key)) for key in ("USERFILES_LOCATION", "LOG_ARCHIVE_LOCATION")
    ]
    locations = document.get("DISTRIBUTED_STORAGE_DEFAULT_LOCATIONS")
    for one in locations if isinstance(locations, list) else []:
        named.append(("DISTRIBUTED_STORAGE_DEFAULT_LOCATIONS", one))
    for key, name in named:
        if isinstance(name, str) and ids and name not in ids:
            expected = f"expected one of DISTRIBUTED_STORAGE_CONFIG: {', '.join(ids)}"
            found.append(Problem(Severity.ERROR, f'{key}: got "{name}", {expected}'))
    if document.get("FEATURE_INVITE_ONLY_USER_CREATION") is True and not document.get(
        "FEATURE_USER_CREATION"
    ):
        text = "FEATURE_INVITE_ONLY_USER_CREATION: needs FEATURE_USER_CREATION: true"
        found.append(Problem(Severity.ERROR, text))
    return found


def _shown(key: str, value: Any) -> str:
    """Type and value, but never a secret's value."""
    name = _JSON_NAMES.get(type(value), type(value).__name__)
    if any(word in key.upper() for word in SECRET_KEYS) or isinstance(value, (dict, list)):
        return name
    return f"{name} {json.dumps(value, default=str)[:80]}"
