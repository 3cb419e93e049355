"""Row 24: tokens that are forged, foreign, expired, or for something else."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from moorage.db import accounts
from moorage.db.accounts import SigningKey
from tests.conftest import Client
from tests.database import write_rows
from tests.tokens import ask_token, bearer
from tests.v2.conftest import ANN_PASSWORD

REPOSITORY = "admin/bad24"
ALL = f"repository:{REPOSITORY}:pull,push,delete"
PATH = f"/v2/{REPOSITORY}/manifests/v1"

Forge = Callable[[dict[str, Any], SigningKey], str]


@pytest.fixture
def key(client: Client) -> SigningKey:
    """The key with which the server signs."""
    return write_rows(client.server, accounts.signing_keys)[0]


@pytest.fixture
def claims(client: Client) -> dict[str, Any]:
    """What stands in a token that the server gave for everything in the repository."""
    token = json.loads(ask_token(client, ALL).body)["token"]
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(claims: dict[str, Any], key: SigningKey, **headers: Any) -> str:
    return jwt.encode(claims, key.private_pem, "ES256", headers={"kid": key.kid} | headers)


def own_key() -> tuple[str, dict[str, Any]]:
    """A key of the attacker, private as PEM and public as JWK."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    jwk: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return pem, jwk


def public_pem(key: SigningKey) -> bytes:
    private = serialization.load_pem_private_key(key.private_pem.encode(), None)
    return private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def with_hs256(claims: dict[str, Any], key: SigningKey) -> str:
    """Signed with our public key as if it were a secret: PyJWT would not, so by hand."""
    head = encoded({"alg": "HS256", "typ": "JWT", "kid": key.kid})
    text = f"{head}.{encoded(claims)}"
    mac = hmac.digest(public_pem(key), text.encode(), hashlib.sha256)
    return f"{text}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def encoded(document: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def with_own_key(claims: dict[str, Any], key: SigningKey, **headers: Any) -> str:
    return jwt.encode(claims, own_key()[0], "ES256", headers={"kid": key.kid} | headers)


def with_jwk(claims: dict[str, Any], key: SigningKey) -> str:
    pem, jwk = own_key()
    headers = {"jwk": jwk | {"kid": key.kid}, "kid": key.kid}
    return jwt.encode(claims, pem, "ES256", headers=headers)


FORGED: dict[str, Forge] = {
    "another key": with_own_key,
    "another key and kid": lambda c, _: jwt.encode(c, own_key()[0], "ES256", headers={"kid": "x"}),
    "no kid": lambda c, k: jwt.encode(c, k.private_pem, "ES256"),
    "a kid that is a path": lambda c, k: signed(c, k, kid="../../../../dev/null"),
    "a kid that is SQL": lambda c, k: signed(c, k, kid="' OR '1'='1"),
    "a kid that is a number": lambda c, k: f"{encoded({'alg': 'ES256', 'kid': 7})}.{encoded(c)}.AA",
    "its own key as jwk": with_jwk,
    "a jku": lambda c, k: with_own_key(c, k, jku="http://127.0.0.1:1/keys"),
    "an x5u": lambda c, k: with_own_key(c, k, x5u="http://127.0.0.1:1/chain"),
    "an x5c": lambda c, k: with_own_key(c, k, x5c=["AAAA"]),
    "crit": lambda c, k: signed(c, k, crit=["x"], x=1),
    "alg none": lambda c, k: f"{encoded({'alg': 'none', 'kid': k.kid})}.{encoded(c)}.",
    "alg None": lambda c, k: f"{encoded({'alg': 'nOnE', 'kid': k.kid})}.{encoded(c)}.",
    "HS256 with the public key": with_hs256,
    "no signature": lambda c, k: signed(c, k).rpartition(".")[0] + ".",
    "a signature of another token": lambda c, k: ".".join(
        (*signed(c, k).split(".")[:1], encoded(c | {"su": True}), signed(c, k).split(".")[2])
    ),
    "more rights": lambda c, k: ".".join(
        (
            signed(c, k).split(".")[0],
            encoded(c | {"uid": 1, "su": True}),
            signed(c, k).split(".")[2],
        )
    ),
    "another audience": lambda c, k: signed(c | {"aud": "elsewhere"}, k),
    "several audiences without ours": lambda c, k: signed(c | {"aud": ["a", "b"]}, k),
    "no audience": lambda c, k: signed({n: v for n, v in c.items() if n != "aud"}, k),
    "another issuer": lambda c, k: signed(c | {"iss": "elsewhere"}, k),
    "no issuer": lambda c, k: signed({n: v for n, v in c.items() if n != "iss"}, k),
    "an hour ago": lambda c, k: signed(c | {"exp": int(time.time()) - 3600}, k),
    "a minute ago": lambda c, k: signed(c | {"exp": int(time.time()) - 60}, k),
    "no end": lambda c, k: signed({n: v for n, v in c.items() if n != "exp"}, k),
    "an end that is text": lambda c, k: signed(c | {"exp": "never"}, k),
    "not yet": lambda c, k: signed(c | {"nbf": int(time.time()) + 3600}, k),
    "another type": lambda c, k: signed(c | {"typ": "session"}, k),
    "no type": lambda c, k: signed({n: v for n, v in c.items() if n != "typ"}, k),
    "two parts": lambda c, k: ".".join(signed(c, k).split(".")[:2]),
    "no parts": lambda c, k: "token",
    "nothing": lambda c, k: "",
    "deep JSON": lambda c, k: urlsafe_b64encode(b"[" * 30_000).rstrip(b"=").decode() + ".e30.AA",
    "a giant number": lambda c, k: (
        urlsafe_b64encode(b'{"kid":' + b"9" * 9000 + b"}").rstrip(b"=").decode() + ".e30.AA"
    ),
    "bytes that are no text": lambda c, k: "\xff\xfe.\xe9.\xe8",
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("path", ["/v2/", PATH])
def test_bad_24_a_forged_token_is_refused(
    client: Client, key: SigningKey, claims: dict[str, Any], path: str, forge: Forge
) -> None:
    client.push_manifest(REPOSITORY, "v1")
    caller = replace(client, authorization=f"Bearer {forge(claims, key)}")

    answer = caller("GET", path)

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_bad_24_our_own_signature_is_accepted(
    client: Client, key: SigningKey, claims: dict[str, Any]
) -> None:
    """Or the refusals above would prove nothing."""
    client.push_manifest(REPOSITORY, "v1")
    caller = replace(client, authorization=f"Bearer {signed(claims, key)}")

    assert caller("GET", PATH).status == 200


def test_bad_24_a_token_just_expired_is_taken_as_long_as_clocks_may_differ(
    client: Client, key: SigningKey, claims: dict[str, Any]
) -> None:
    client.push_manifest(REPOSITORY, "v1")
    token = signed(claims | {"exp": int(time.time()) - 5}, key)
    caller = replace(client, authorization=f"Bearer {token}")

    assert [caller("GET", PATH).status for _ in range(4)] == [200] * 4


def test_bad_24_a_refresh_token_opens_nothing_by_itself(client: Client) -> None:
    refresh = json.loads(ask_token(client, offline_token="true").body)["refresh_token"]

    answer = replace(client, authorization=f"Bearer {refresh}")("GET", "/v2/")

    assert answer.status == 401


def test_bad_24_an_access_token_is_no_refresh_token(client: Client) -> None:
    token = json.loads(ask_token(client, ALL).body)["token"]
    form = f"grant_type=refresh_token&refresh_token={token}".encode()

    answer = client.anonymous()("POST", "/v2/auth", form)

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("scope", "method", "path", "wanted"),
    [
        (f"repository:{REPOSITORY}:pull", "PUT", PATH, f"{REPOSITORY}:pull,push"),
        (f"repository:{REPOSITORY}:pull", "DELETE", PATH, f"{REPOSITORY}:delete"),
        (f"repository:{REPOSITORY}:pull,push", "DELETE", PATH, f"{REPOSITORY}:delete"),
        (f"repository:{REPOSITORY}:push", "GET", PATH, f"{REPOSITORY}:pull"),
        ("repository:admin/bad24-b:pull,push,delete", "GET", PATH, f"{REPOSITORY}:pull"),
        ("repository:admin/bad2:pull,push,delete", "PUT", PATH, f"{REPOSITORY}:pull,push"),
        ("repository:admin:pull,push,delete", "GET", PATH, f"{REPOSITORY}:pull"),
        ("registry:catalog:*", "GET", PATH, f"{REPOSITORY}:pull"),
    ],
)
def test_bad_24_a_token_for_something_else_is_sent_for_a_better_one(
    client: Client, scope: str, method: str, path: str, wanted: str
) -> None:
    _, raw = client.push_manifest(REPOSITORY, "v1")

    answer = bearer(client, scope)(method, path, raw if method == "PUT" else None)

    assert answer.status == 401
    challenge = answer.headers["www-authenticate"]
    assert f'scope="repository:{wanted}"' in challenge
    assert 'error="insufficient_scope"' in challenge
    assert client("HEAD", path).status == 200


GRANTS = {
    "*": [],
    "repository:*:*": [],
    "repository:*:pull": [],
    "repository:admin/*:pull": [],
    "repository:admin/secret:*": [],
    "repository:admin/secret:pull,push,delete": [],
    "repository:ann/own:*": ["delete", "pull", "push"],
    "repository:ann/own:pull,pull,pull": ["pull"],
    "repository:ann/own:admin,root,*x": [],
    "repository:ann/own:": [],
    "repository:ann/own": [],
    "repository:ANN/own:pull": [],
    "repository(plugin):ann/own:pull": ["pull"],
    "registry:catalog:*,admin": None,
    "system::*": [],
    "::::": [],
    ":": [],
    "repository:ann/own:pull\0": [],
}


@pytest.mark.parametrize(("scope", "actions"), GRANTS.items())
def test_bad_24_what_is_granted_is_asked_and_permitted(
    client: Client, ann: Client, scope: str, actions: list[str] | None
) -> None:
    client.push_manifest("admin/secret", "v1")
    form = {"grant_type": "password", "username": "ann", "password": ANN_PASSWORD}
    answer = client.anonymous()("POST", "/v2/auth", urlencode(form | {"scope": scope}).encode())

    assert answer.status == 200
    token = json.loads(answer.body)["token"]
    access = jwt.decode(token, options={"verify_signature": False})["access"]
    if actions is None:
        assert [entry["type"] for entry in access] == ["registry"]
    else:
        assert [entry["actions"] for entry in access] == ([actions] if actions else [])


def test_bad_24_scopes_that_repeat_add_up_to_what_is_permitted(ann: Client) -> None:
    scopes = ["repository:ann/own:pull", "repository:ann/own:push repository:ann/own:pull"]

    token = json.loads(ask_token(ann, *scopes, "repository:admin/secret:pull").body)["token"]

    access = jwt.decode(token, options={"verify_signature": False})["access"]
    assert access == [{"type": "repository", "name": "ann/own", "actions": ["pull", "push"]}]


def test_bad_24_thousands_of_scopes_give_a_token_that_fits_in_a_header(ann: Client) -> None:
    scopes = [f"repository:ann/{'x' * 200}{number}:pull,{'y' * 20}" for number in range(60)]

    answer = ask_token(ann, " ".join(scopes))

    assert answer.status == 200
    token = json.loads(answer.body)["token"]
    assert replace(ann, authorization=f"Bearer {token}")("GET", "/v2/").status == 200
