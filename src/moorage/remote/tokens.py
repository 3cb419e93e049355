"""From a challenge to an Authorization header. (distribution: token and oauth specifications)

Basic    the credentials themselves
Bearer   identity token   POST realm  grant_type=refresh_token
         password         GET realm with Basic; where GET is unknown, POST grant_type=password
         nothing          GET realm
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from moorage.remote.challenge import Challenge
from moorage.remote.credentials import Credential
from moorage.remote.errors import Denied, RemoteError
from moorage.remote.transport import Answer, Transport

CLIENT_ID = "moorage"
ANSWER_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Token:
    bearer: str
    refresh_token: str = ""
    """What a login may keep instead of the password; only where it was asked for."""

    @property
    def authorization(self) -> str:
        return f"Bearer {self.bearer}"


def fetch_token(
    transport: Transport,
    challenge: Challenge,
    credential: Credential | None,
    scopes: Iterable[str],
    registry_url: str,
    *,
    is_login: bool = False,
) -> Token:
    """A token for `scopes`. A login asks for a refresh token too. Raises Denied, Unreachable."""
    realm, service = challenge.parameters.get("realm", ""), challenge.parameters.get("service")
    _require_safe(realm, registry_url)
    common = {"service": service} if service is not None else {}
    if credential is not None and credential.identity_token:
        form = {
            "client_id": CLIENT_ID,
            "grant_type": "refresh_token",
            "refresh_token": credential.identity_token,
            "scope": " ".join(scopes),
        }
        return _token(_post(transport, realm, common | form), realm, "log in again")
    query = [*common.items(), *(("scope", scope) for scope in scopes)]
    if credential is not None:
        query = [("account", credential.username), ("client_id", CLIENT_ID), *query]
        query += [("offline_token", "true")] if is_login else []
    url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"
    headers = {"Authorization": credential.basic} if credential is not None else {}
    answer = transport.request("GET", url, headers)
    if credential is not None and answer.status in (404, 405):
        form = {
            "client_id": CLIENT_ID,
            "grant_type": "password",
            "username": credential.username,
            "password": credential.password,
            "scope": " ".join(scopes),
        }
        answer = _post(transport, realm, common | form)
    return _token(answer, realm, "check the user name and the password")


def server_message(answer: Answer) -> str:
    """`errors[0].message` of a registry's answer, or its status."""
    try:
        first = json.loads(answer.data[:ANSWER_BYTES])["errors"][0]
        code = str(first.get("code", "")).lower().replace("_", " ")
        return f"{code}: {first['message']}" if first.get("message") else code
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return f"{answer.status} {answer.reason or ''}".strip()


def _post(transport: Transport, realm: str, form: dict[str, str]) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return transport.request("POST", realm, headers, urlencode(form).encode(), follow=False)


def _token(answer: Answer, realm: str, hint: str) -> Token:
    if answer.status in (400, 401, 403):
        raise Denied(server_message(answer), hint)
    if answer.status != 200:
        raise RemoteError(f'fetching a token from "{realm}": {server_message(answer)}')
    try:
        document = json.loads(answer.data[:ANSWER_BYTES])
        bearer = document.get("token") or document.get("access_token")
        refresh = str(document.get("refresh_token") or "")
    except (ValueError, AttributeError):
        bearer, refresh = None, ""
    if not isinstance(bearer, str):
        raise RemoteError(f'the token service at "{realm}" answers without a token')
    return Token(bearer, refresh)


def _require_safe(realm: str, registry_url: str) -> None:
    """A registry reached over TLS may not send the password to a plain HTTP address."""
    scheme = urlsplit(realm).scheme
    if scheme not in ("http", "https"):
        raise RemoteError(f'the registry names no usable token service: realm="{realm}"')
    if scheme == "http" and registry_url.startswith("https://"):
        raise RemoteError(
            f"the token service {realm} is plain HTTP, the registry is not",
            "the registry is set up wrongly; no credentials were sent",
        )
