"""Registry tokens: asked for as a client does, or made by hand."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from urllib.parse import urlencode

from tests.conftest import Answer, Client


def ask_token(client: Client, *scopes: str, **fields: str) -> Answer:
    """`GET /v2/auth` with the client's credentials."""
    query = urlencode([*(("scope", scope) for scope in scopes), *fields.items()])
    return client("GET", f"/v2/auth?{query}")


def bearer(client: Client, *scopes: str) -> Client:
    """The client with a token for the scopes, or for as much of them as it gets."""
    answer = ask_token(client, *scopes)
    assert answer.status == 200, answer
    return replace(client, authorization=f"Bearer {json.loads(answer.body)['token']}")


def challenge_of(answer: Answer) -> str:
    """The challenge of a 401, which is well-formed."""
    challenge = answer.headers["www-authenticate"]
    parts = r'realm="[^"]+",service="[^"]+"(,scope="[^"]+")?(,error="[^"]+")?'
    assert re.fullmatch(rf'Bearer {parts}|Basic realm="[^"]+"', challenge)
    return challenge
