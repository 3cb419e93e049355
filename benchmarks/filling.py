"""A database full of rows, made by the database itself.

admin/r0, r1, ...     public; ten manifests each, two tags a manifest, a layer of its own each
hidden/r0, r1, ...    private, as many; the user `reader` may pull SEEN of them, evenly spread
"""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, text
from tests.server import PASSWORD

from moorage.db.engine import open_database
from moorage.settings import load_settings
from moorage.wiring import migrate_database, prepare

PER_REPOSITORY = 10
SEEN = 20
FILL_SECONDS = 3600.0


def fill(flags: dict[str, object], manifests: int) -> None:
    """Make the database that `flags` name, with the first user, and fill it."""
    settings = load_settings(None, flags)
    migrate_database(settings)

    async def run() -> None:
        await prepare(settings, PASSWORD)
        database = open_database(settings.database_url, FILL_SECONDS)
        await database.write(lambda tx: _fill(tx, manifests))
        await database.close()

    asyncio.run(run())


def add_repositories(tx: Connection, count: int) -> None:
    """Public repositories admin/r0, admin/r1, ..."""
    _add_repositories(tx, "admin", "public", count)


def _fill(tx: Connection, count: int) -> None:
    add_repositories(tx, count // PER_REPOSITORY)
    for total, statement in _content(tx, count):
        tx.execute(text(f"{statement.format(numbers=_numbers(tx, total))} FROM s"))
    _add_hidden(tx, count // PER_REPOSITORY)
    tx.execute(text("ANALYZE"))


def _content(tx: Connection, count: int) -> list[tuple[int, str]]:
    """Statements that select from a table `s` of numbers, and how many numbers each wants."""
    is_sqlite = tx.dialect.name == "sqlite"
    raw = "zeroblob(600)" if is_sqlite else "decode(repeat('20', 600), 'hex')"
    repository = f"(SELECT min(id) FROM repositories) + n / {PER_REPOSITORY}"
    manifest = "(SELECT min(id) FROM manifests)"
    return [
        (
            count,
            "INSERT INTO manifests (repository_id, digest, media_type, raw, created_ms) {numbers} "
            f"SELECT {repository}, {_digest(tx, 'n')}, "
            f"'application/vnd.oci.image.manifest.v1+json', {raw}, 1",
        ),
        (
            2 * count,
            "INSERT INTO tags (repository_id, name, manifest_id, started_ms) {numbers} "
            f"SELECT {repository.replace('n /', 'n / 2 /')}, "
            "CASE WHEN n % 2 = 0 THEN 't' ELSE 'latest' END || (n / 2), "
            f"{manifest} + n / 2, 1",
        ),
        (
            count,
            "INSERT INTO blobs (digest, size_bytes, location, created_ms) {numbers} "
            f"SELECT {_digest(tx, 'n + 16')}, 100, 'blobs/x/' || n, 1",
        ),
        (
            count,
            "INSERT INTO repository_blobs (repository_id, blob_id, created_ms) {numbers} "
            f"SELECT {repository}, (SELECT min(id) FROM blobs) + n, 1",
        ),
        (
            count,
            "INSERT INTO manifest_references (manifest_id, digest, repository_id, is_blob) "
            f"{{numbers}} SELECT {manifest} + n, {_digest(tx, 'n + 16')}, {repository}, true",
        ),
    ]


def _digest(tx: Connection, number: str) -> str:
    if tx.dialect.name == "sqlite":
        return f"printf('sha256:%064x', {number})"
    return f"'sha256:' || lpad(to_hex({number}), 64, '0')"


def _add_hidden(tx: Connection, count: int) -> None:
    for name, is_organization in (("hidden", "true"), ("reader", "false")):
        tx.execute(
            text(
                "INSERT INTO namespaces (name, is_organization, created_ms) "
                f"VALUES ('{name}', {is_organization}, 1)"
            )
        )
    reader = "(SELECT id FROM namespaces WHERE name = 'reader')"
    tx.execute(
        text(
            "INSERT INTO users (id, password_hash, is_superuser) "
            f"SELECT {reader}, password_hash, false FROM users WHERE is_superuser"
        )
    )
    _add_repositories(tx, "hidden", "private", count)
    first = "SELECT min(id) FROM repositories WHERE visibility = 'private'"
    tx.execute(
        text(
            "INSERT INTO repository_permissions (repository_id, user_id, role) "
            f"{_numbers(tx, SEEN)} SELECT ({first}) + n * {count // SEEN}, {reader}, 'read' FROM s"
        )
    )


def _add_repositories(tx: Connection, namespace: str, visibility: str, count: int) -> None:
    tx.execute(
        text(
            "INSERT INTO repositories (namespace_id, name, visibility, created_ms) "
            f"{_numbers(tx, count)} SELECT (SELECT id FROM namespaces WHERE name = '{namespace}'),"
            f" '{namespace}/r' || n, '{visibility}', 1 FROM s"
        )
    )


def _numbers(tx: Connection, count: int) -> str:
    """SQL for a table `s` of the numbers from 0 to `count` - 1."""
    if tx.dialect.name == "sqlite":
        last = count - 1
        return f"WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {last})"
    return f"WITH s(n) AS (SELECT generate_series(0, {count - 1}))"
