"""`moorage admin ...`: accounts and repositories, straight on the database."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from moorage.cli import tokens
from moorage.cli.options import Config, Data, fail, settings_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from moorage.settings import Settings

T = TypeVar("T")
NAME_LENGTH = 255

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Accounts and repositories.")
user = typer.Typer(no_args_is_help=True, help="Users.")
organization = typer.Typer(no_args_is_help=True, help="Organizations.")
repository = typer.Typer(no_args_is_help=True, help="Repositories.")
key = typer.Typer(no_args_is_help=True, help="Keys that sign registry tokens.")
app.add_typer(user, name="user")
app.add_typer(organization, name="organization")
app.add_typer(repository, name="repository")
app.add_typer(key, name="signing-key")
app.add_typer(tokens.app, name="token")

PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="read it from stdin")]


@user.command("create")
def create_user(
    name: str,
    email: str = "",
    superuser: bool = False,
    password_stdin: PasswordStdin = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Create a user, with a namespace of the same name."""
    from moorage.auth.passwords import hashed
    from moorage.db import accounts

    settings = settings_of(config, data)
    _require_name(name)
    password_hash = hashed(_password(password_stdin))
    now_ms = int(time.time() * 1000)
    if not write(
        settings,
        lambda tx: accounts.create_user(tx, name, email, password_hash, superuser, now_ms),
    ):
        fail(f"the name {name} is taken: choose another")
    typer.echo(f"user {name} created")


@user.command("passwd")
def set_password(
    name: str,
    password_stdin: PasswordStdin = False,
    config: Config = None,
    data: Data = None,
) -> None:
    """Set a user's password; logins got with the old one end."""
    from moorage.auth.passwords import hashed
    from moorage.db import accounts, credentials
    from moorage.wiring import open_revocations

    settings = settings_of(config, data)
    password_hash = hashed(_password(password_stdin))

    def change(tx: Connection) -> bool:
        found = accounts.find_user(tx, name)
        if found is None or found.is_robot:
            return False
        accounts.set_password(tx, found.id, password_hash)
        credentials.remove_sessions(tx, found.id)
        return True

    if not write(settings, change):
        fail(f"no user {name}: see moorage admin user list")
    open_revocations(settings).note()
    typer.echo(f"password of {name} set")


@user.command("list")
def list_users(config: Config = None, data: Data = None) -> None:
    """List users; superusers are marked."""
    from moorage.db import accounts

    for found in write(settings_of(config, data), accounts.list_users):
        typer.echo(f"{found.name}{' (superuser)' if found.is_superuser else ''}")


@organization.command("create")
def create_organization(
    name: str,
    owner: Annotated[str, typer.Option(help="a user, who owns it")] = "admin",
    config: Config = None,
    data: Data = None,
) -> None:
    """Create an organization; its owner may push to it."""
    from moorage.db import accounts

    settings = settings_of(config, data)
    _require_name(name)
    now_ms = int(time.time() * 1000)

    def make(tx: Connection) -> str | None:
        found = accounts.find_user(tx, owner)
        if found is None:
            return f"no user {owner}: see moorage admin user list"
        is_new = accounts.create_organization(tx, name, found.id, now_ms)
        return None if is_new else f"the name {name} is taken: choose another"

    problem = write(settings, make)
    if problem is not None:
        fail(problem)
    typer.echo(f"organization {name} created, owned by {owner}")


@repository.command("list")
def list_repositories(config: Config = None, data: Data = None) -> None:
    """List all repositories with their visibility."""
    from moorage.db import repositories

    for found in write(settings_of(config, data), repositories.all_repositories):
        typer.echo(f"{found.name}\t{found.visibility}")


@repository.command("set-visibility")
def set_visibility(name: str, visibility: str, config: Config = None, data: Data = None) -> None:
    """Make a repository public or private."""
    from moorage.db import repositories
    from moorage.model.content import Visibility
    from moorage.wiring import open_revocations

    if visibility not in list(Visibility):
        fail(f"visibility {visibility} is not known: use public or private", code=2)
    settings = settings_of(config, data)
    if not write(
        settings, lambda tx: repositories.set_visibility(tx, name, Visibility(visibility))
    ):
        fail(f"no repository {name}: see moorage admin repository list")
    open_revocations(settings).note()
    typer.echo(f"{name} is {visibility}")


@key.command("rotate")
def rotate_key(config: Config = None, data: Data = None) -> None:
    """Sign new tokens with a new key; running servers take it up at their next start."""
    from moorage.auth.tokens import KEPT_KEYS, new_signing_key
    from moorage.db import accounts

    fresh, now_ms = new_signing_key(), int(time.time() * 1000)
    write(
        settings_of(config, data),
        lambda tx: accounts.add_signing_key(tx, fresh, now_ms, KEPT_KEYS),
    )
    typer.echo(f"new signing key {fresh.kid}")


def write(settings: Settings, query: Callable[[Connection], T]) -> T:
    """Run a query on the database, brought to this release's schema first."""
    from moorage.db.engine import open_database
    from moorage.db.migrate import migrate

    settings.data_folder.mkdir(parents=True, exist_ok=True)
    migrate(settings.database_url)

    async def run() -> T:
        database = open_database(settings.database_url)
        try:
            return await database.write(query)
        finally:
            await database.close()

    return asyncio.run(run())


def _require_name(name: str) -> None:
    from moorage.oci.errors import NameInvalid
    from moorage.oci.name import RepositoryName

    try:
        RepositoryName.parse(name)
    except NameInvalid as error:
        fail(error.message, code=2)
    if "/" in name or len(name) > NAME_LENGTH:
        fail(f"the name {name} may not contain /", code=2)


def _password(from_stdin: bool) -> str:
    from moorage.auth.passwords import PASSWORD_LENGTH

    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not 8 <= len(password) <= PASSWORD_LENGTH:
        fail(f"a password has 8 to {PASSWORD_LENGTH} characters", code=2)
    return password
