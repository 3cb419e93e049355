"""Credentials in files that Helm, docker and podman share, and from credential helpers.

{"auths": {"HOST[:PORT]": {"auth": base64(USER:PASSWORD)} | {"identitytoken": TOKEN}},
 "credHelpers": {"HOST": NAME}, "credsStore": NAME}          program docker-credential-NAME
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moorage.remote.errors import RemoteError
from moorage.remote.files import locked, write_whole

DOCKER_HUB_KEY = "https://index.docker.io/v1/"
HELPER_SECONDS = 60
_TOKEN_USER = "<token>"


@dataclass(frozen=True, slots=True)
class Credential:
    """A user and a password, or a refresh token of a registry's token service."""

    username: str
    password: str
    identity_token: str = ""

    def __repr__(self) -> str:
        return f"Credential({self.username!r})"  # secrets stay out of logs and traces

    @property
    def basic(self) -> str:
        """The value of a Basic Authorization header."""
        pair = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"


@dataclass(frozen=True, slots=True)
class CredentialFiles:
    """`written` are changed by a login and a logout; `read_only` are looked at after them."""

    written: tuple[Path, ...]
    read_only: tuple[Path, ...] = ()

    def find(self, host: str) -> Credential | None:
        """What is known for HOST[:PORT]; the first file that knows it wins."""
        for path in (*self.written, *self.read_only):
            document = _read(path)
            found = _from_helper(document, host) or _from_auths(document, host)
            if found is not None:
                return found
        return None

    def store(self, host: str, credential: Credential) -> None:
        for path in self.written:
            with locked(path):
                document = _read(path)
                helper = _helper(document, host)
                entry = _entry(credential)
                if helper is not None:
                    secret = credential.identity_token or credential.password
                    user = _TOKEN_USER if credential.identity_token else credential.username
                    wanted = {"ServerURL": host, "Username": user, "Secret": secret}
                    _run_helper(helper, "store", json.dumps(wanted))
                    entry = {}
                document.setdefault("auths", {})[host] = entry
                _write(path, document)

    def erase(self, host: str) -> bool:
        """Forget what is stored for a host. False if nothing was."""
        was_there = False
        for path in self.written:
            if not path.exists():
                continue
            with locked(path):
                document = _read(path)
                helper = _helper(document, host)
                if helper is not None and _from_helper(document, host) is not None:
                    _run_helper(helper, "erase", host)
                    was_there = True
                for key in _keys(host):
                    was_there |= document.setdefault("auths", {}).pop(key, None) is not None
                _write(path, document)
        return was_there


def _keys(host: str) -> Iterable[str]:
    yield host
    if host in ("docker.io", "index.docker.io", "registry-1.docker.io"):
        yield DOCKER_HUB_KEY
    yield from (f"https://{host}", f"http://{host}")


def _from_auths(document: dict[str, Any], host: str) -> Credential | None:
    auths: Mapping[str, Any] = document.get("auths") or {}
    entry = next((auths[key] for key in _keys(host) if auths.get(key)), None)
    if not isinstance(entry, dict):
        return None
    username, password = str(entry.get("username", "")), str(entry.get("password", ""))
    if entry.get("auth"):
        try:
            pair = base64.b64decode(str(entry["auth"])).decode()
        except ValueError:
            raise RemoteError(
                f"the credentials stored for {host} cannot be decoded",
                f"log in again: moorage registry login {host}",
            ) from None
        username, _, password = pair.partition(":")
    token = str(entry.get("identitytoken", ""))
    return Credential(username, password.rstrip("\0"), token) if username or token else None


def _entry(credential: Credential) -> dict[str, str]:
    if credential.identity_token:
        return {"identitytoken": credential.identity_token}
    return {"auth": credential.basic.removeprefix("Basic ")}


def _helper(document: dict[str, Any], host: str) -> str | None:
    named = (document.get("credHelpers") or {}).get(host) or document.get("credsStore")
    return str(named) if named else None


def _from_helper(document: dict[str, Any], host: str) -> Credential | None:
    helper = _helper(document, host)
    if helper is None:
        return None
    for key in _keys(host):
        answer = _run_helper(helper, "get", key, may_fail=True)
        if answer:
            found = json.loads(answer)
            user, secret = str(found.get("Username", "")), str(found.get("Secret", ""))
            is_token = user == _TOKEN_USER
            return Credential("", "", secret) if is_token else Credential(user, secret)
    return None


def _run_helper(helper: str, verb: str, sent: str, *, may_fail: bool = False) -> str:
    """What the helper prints; nothing where it fails and may. Raises RemoteError."""
    program = f"docker-credential-{os.path.basename(helper)}"
    try:
        done = subprocess.run(
            [program, verb], input=sent, capture_output=True, text=True, timeout=HELPER_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise RemoteError(
            f"the credential helper {program} cannot be run: {error}",
            "install it, or take it out of credsStore and credHelpers of the credentials file",
        ) from None
    if done.returncode != 0 and not may_fail:
        raise RemoteError(f"the credential helper {program} failed: {done.stdout.strip()}")
    return done.stdout if done.returncode == 0 else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise RemoteError(f"the credentials file {path} is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise RemoteError(f"the credentials file {path} is not a JSON object")
    return document


def _write(path: Path, document: dict[str, Any]) -> None:
    write_whole(path, json.dumps(document, indent="\t").encode(), mode=0o600)
