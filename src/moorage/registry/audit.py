"""The usage log: one line for every change, push, pull and failed sign-in.

Changes and pushes write their line in their own transaction. Pulls and sign-ins are gathered and
written once a second, so that a read never waits for a write; what a crash takes away is at most
the pulls of the last second.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from moorage.db import logs, repositories
from moorage.db.engine import Database
from moorage.db.logs import DAY_MS, LogLine, LogRow
from moorage.model.accounts import Actor, CredentialKind
from moorage.oci.name import RepositoryName

log = logging.getLogger("moorage")

FLUSH_SECONDS = 1.0
GATHERED = 100_000
"""More lines than this wait nowhere: while the database is away, the oldest are dropped."""
REMOVED_AT_ONCE = 1000


_Pull = tuple[Actor, RepositoryName, str, str, float]
"""Caller, repository, reference, address, time: a bare tuple, for every pull makes one."""


def _gathered() -> deque[_Pull]:
    return deque(maxlen=GATHERED)


@dataclass(slots=True)
class Audit:
    """Gathers the lines of reads and writes them in the background."""

    db: Database
    now_s: Callable[[], float]
    kept_seconds: int | None = None
    """How long lines are kept; None keeps them for ever."""
    _pulls: deque[_Pull] = field(default_factory=_gathered)
    _lines: list[LogLine] = field(default_factory=list)
    _users: dict[int, int] = field(default_factory=dict)
    _app_tokens: dict[str, int] = field(default_factory=dict)
    _oauth_tokens: dict[str, int] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def pulled(self, actor: Actor, name: RepositoryName, reference: str, address: str) -> None:
        self._pulls.append((actor, name, reference, address, self.now_s()))

    def signed_in(self, actor: Actor, _address: str) -> None:
        at_ms = int(self.now_s() * 1000)
        if actor.user_id is not None:
            self._users[actor.user_id] = at_ms
        if actor.credential is not None and actor.credential.kind is CredentialKind.APP_TOKEN:
            self._app_tokens[actor.credential.id] = at_ms
        if actor.credential is not None and actor.credential.kind is CredentialKind.OAUTH:
            self._oauth_tokens[actor.credential.id] = at_ms

    def sign_in_failed(self, name: str, address: str) -> None:
        if len(self._lines) < GATHERED:
            at_ms = int(self.now_s() * 1000)
            shown = {"username": name[:255]}
            self._lines.append(LogLine("login_failure", at_ms, address=address, metadata=shown))

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End the background task, once what it is writing is written, and write what is left."""
        self._ended.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    async def flush(self) -> None:
        pulls, self._pulls = list(self._pulls), _gathered()
        lines, self._lines = self._lines, []
        users, self._users = self._users, {}
        app_tokens, self._app_tokens = self._app_tokens, {}
        oauth_tokens, self._oauth_tokens = self._oauth_tokens, {}
        if not (pulls or lines or users):
            return

        def write(tx: Connection) -> None:
            _write_pulls(tx, pulls)
            logs.add_lines(tx, lines)
            logs.note_accesses(tx, users, app_tokens, oauth_tokens)

        try:
            await self.db.write(write)
        except (DBAPIError, OSError):
            log.exception("%d lines of the usage log could not be written", len(pulls) + len(lines))
            self._pulls.extendleft(reversed(pulls))
            self._lines = (lines + self._lines)[-GATHERED:]

    async def _run(self) -> None:
        while not self._ended.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), FLUSH_SECONDS)
            await self.flush()
            if self.kept_seconds is not None:
                await self._forget_old(self.kept_seconds)

    async def _forget_old(self, kept_seconds: int) -> None:
        limit_ms = int((self.now_s() - kept_seconds) * 1000)
        try:
            if await self.db.read(lambda tx: logs.has_lines_before(tx, limit_ms)):
                await self.db.write(
                    lambda tx: logs.remove_lines_before(tx, limit_ms, REMOVED_AT_ONCE)
                )
        except (DBAPIError, OSError):
            log.exception("old lines of the usage log could not be removed")


def line(
    actor: Actor,
    kind: str,
    now_ms: int,
    *,
    namespace: tuple[int, str] | None = None,
    repository_id: int | None = None,
    address: str = "",
    **metadata: Any,
) -> LogLine:
    """A line about something the caller did."""
    return LogLine(
        kind,
        now_ms,
        namespace[0] if namespace else None,
        namespace[1] if namespace else None,
        repository_id,
        actor.user_id,
        actor.name or None,
        address or actor.address,
        metadata | _credential_of(actor),
    )


def _credential_of(actor: Actor) -> dict[str, Any]:
    """With which credential, in Quay's words where it has some."""
    credential = actor.credential
    if credential is None:
        return {}
    match credential.kind:
        case CredentialKind.ROBOT:
            return {"robot": actor.name}
        case CredentialKind.APP_TOKEN:
            return {
                "app_specific_token": credential.id,
                "app_specific_token_title": credential.label,
            }
        case CredentialKind.OAUTH:
            return {
                "oauth_token_id": credential.id,
                "oauth_token_application": credential.label,
            }
    return {"auth_type": str(credential.kind)}


def _write_pulls(tx: Connection, pulls: list[_Pull]) -> None:
    """One line for each pull. Those that say the same are put into words once."""
    if not pulls:
        return
    known = repositories.ids_of(tx, {name for _, name, _, _, _ in pulls})
    counted: Counter[tuple[int, int]] = Counter()
    worded: dict[tuple[int, str, str, str], LogRow] = {}
    rows = []
    for actor, name, reference, address, at_s in pulls:
        place = known.get(name)
        if place is None:
            continue
        key = (id(actor), name, reference, address)
        row = worded.get(key)
        if row is None:
            row = worded[key] = _worded(actor, name, reference, address, place)
        at_ms = int(at_s * 1000)
        rows.append((at_ms, *row))
        counted[place[0], at_ms // DAY_MS] += 1
    logs.add_rows(tx, rows)
    logs.count_pulls(tx, counted)


def _worded(
    actor: Actor, name: RepositoryName, reference: str, address: str, place: tuple[int, int]
) -> LogRow:
    """The line without its time."""
    return logs.row_of(
        line(
            actor,
            "pull_repo",
            0,
            namespace=(place[1], name.namespace),
            repository_id=place[0],
            address=address,
            repo=name.partition("/")[2],
            **{"manifest_digest" if ":" in reference else "tag": reference},
        )
    )
