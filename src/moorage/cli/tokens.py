"""`moorage admin token ...`: OAuth access tokens without a browser."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from moorage.cli.options import Config, Data, fail, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(no_args_is_help=True, help="Access tokens for the management API.")

DAY_SECONDS = 86_400


@app.command("create")
def create(
    scope: Annotated[list[str], typer.Option(help="such as repo:read; repeat it for more")],
    user: Annotated[str, typer.Option(help="whom the token acts as")] = "admin",
    name: Annotated[str, typer.Option(help="what it is for")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=36_500, help="its life")] = 365,
    config: Config = None,
    data: Data = None,
) -> None:
    """Make a token and print it; it is not shown again."""
    from moorage.auth.credentials import OAUTH_TOKEN_LENGTH, hash_of, new_token
    from moorage.cli.admin import write
    from moorage.db import accounts, credentials
    from moorage.db.credentials import OauthToken
    from moorage.oci.errors import RequestInvalid
    from moorage.registry.applications import require_scopes

    settings = settings_of(config, data)
    try:
        wanted = require_scopes(" ".join(scope))
    except RequestInvalid as error:
        fail(error.message, code=2)
    token, now_ms = new_token(OAUTH_TOKEN_LENGTH), int(time.time() * 1000)
    row = OauthToken(
        id=str(uuid.uuid4()),
        name=name,
        scope=" ".join(sorted(wanted)),
        created_ms=now_ms,
        expires_ms=now_ms + days * DAY_SECONDS * 1000,
        last_accessed_ms=None,
        created_by=user,
    )

    def insert(tx: Connection) -> bool:
        found = accounts.find_user(tx, user)
        if found is None or found.is_robot:
            return False
        credentials.add_oauth_token(tx, row, hash_of(token), found.id, None)
        return True

    if not write(settings, insert):
        fail(f"no user {user}: see moorage admin user list")
    typer.echo(token)


@app.command("list")
def list_tokens(
    user: Annotated[str, typer.Option(help="whose tokens")] = "admin",
    config: Config = None,
    data: Data = None,
) -> None:
    """List a user's tokens: id, scope, name."""
    from moorage.cli.admin import write
    from moorage.db import credentials

    settings = settings_of(config, data)
    for row in write(settings, lambda tx: credentials.oauth_tokens_of(tx, user)):
        typer.echo(f"{row.id}\t{row.scope}\t{row.name}")


@app.command("revoke")
def revoke(token_id: str, config: Config = None, data: Data = None) -> None:
    """Make a token worthless, at once on this machine."""
    from moorage.cli.admin import write
    from moorage.db import credentials
    from moorage.wiring import open_revocations

    settings = settings_of(config, data)
    if not write(settings, lambda tx: credentials.revoke_oauth_token(tx, token_id)):
        fail(f"no token {token_id}: see moorage admin token list")
    open_revocations(settings).note()
    typer.echo(f"token {token_id} revoked")
