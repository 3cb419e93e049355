"""Shapes that Quay's answers share: avatars, dates, errors, bodies, pages."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Annotated, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, StringConstraints
from typing_extensions import TypedDict

from moorage.auth.sealing import Sealer
from moorage.oci.errors import RequestInvalid

PAGE = 100
LONG_PAGE = 10_000
"""Lists that Quay answers whole: more than this comes with a `next_page`."""

# Quay's palette, so that an avatar keeps its colour.
_COLORS = (
    "#969696 #aec7e8 #ff7f0e #ffbb78 #2ca02c #98df8a #d62728 #ff9896 #9467bd #c5b0d5 #8c564b "
    "#c49c94 #e377c2 #f7b6d2 #7f7f7f #c7c7c7 #bcbd22 #1f77b4 #17becf #9edae5 #393b79 #5254a3 "
    "#6b6ecf #9c9ede #9ecae1 #31a354 #b5cf6b #a1d99b #8c6d31 #ad494a #e7ba52 #a55194"
).split()

Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=10_000)]
Name = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=255)]
LongText = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=1_000_000)]


class Body(BaseModel):
    """A request body: types are not guessed, unknown keys are ignored, as in Quay."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Avatar(TypedDict):
    name: str
    hash: str
    color: str
    kind: Literal["user", "org", "team", "robot"]


class Error(TypedDict):
    """Every refusal: `message` is always there, whatever the kind."""

    message: str
    detail: str
    error_message: str
    error_type: str
    title: str
    type: str
    status: int
    session_required: NotRequired[bool]


class Empty(TypedDict):
    pass


class Success(TypedDict):
    success: bool


def avatar(name: str, kind: Literal["user", "org", "team", "robot"]) -> Avatar:
    value = hashlib.sha256(name.encode()).hexdigest()
    color = _COLORS[int(value[:2], 16) % len(_COLORS)]
    return {"name": name, "hash": value, "color": color, "kind": kind}


def user_avatar(name: str, is_robot: bool = False) -> Avatar:
    return avatar(name, "robot" if is_robot else "user")


def date(at_ms: int) -> str:
    """`Mon, 23 Nov 2026 07:14:53 -0000`."""
    return formatdate(at_ms / 1000)


def date_or_none(at_ms: int | None) -> str | None:
    return date(at_ms) if at_ms is not None else None


def iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def error(url: str, error_type: str, status: int, message: str) -> Error:
    return {
        "message": message,
        "detail": message,
        "error_message": message,
        "error_type": error_type,
        "title": error_type,
        "type": f"{url}/api/v1/error/{error_type}",
        "status": status,
    }


def name_token(sealer: Sealer, name: str, order: str = "name") -> str:
    """Where the next page of a list begins, in name order or another: opaque and signed."""
    return _token(sealer, order, name)


def after_name(sealer: Sealer, token: str | None, order: str = "name") -> str:
    """What `name_token` wrote, "" for the first page. Raises RequestInvalid."""
    return _opened(sealer, order, token) if token else ""


def id_token(sealer: Sealer, last_id: int) -> str:
    """Where the next page of a list in the order of ids begins."""
    return _token(sealer, "id", str(last_id))


def after_id(sealer: Sealer, token: str | None) -> int:
    """What `id_token` wrote, 0 for the first page. Raises RequestInvalid."""
    return int(_opened(sealer, "id", token)) if token else 0


def line_token(sealer: Sealer, at_ms: int, line_id: int) -> str:
    """Where the next page of the usage log begins."""
    return _token(sealer, "line", f"{at_ms}:{line_id}")


def before_line(sealer: Sealer, token: str | None) -> tuple[int, int] | None:
    """What `line_token` wrote. Raises RequestInvalid."""
    if not token:
        return None
    at_ms, _, line_id = _opened(sealer, "line", token).partition(":")
    return int(at_ms), int(line_id)


def _token(sealer: Sealer, kind: str, position: str) -> str:
    text = base64.urlsafe_b64encode(position.encode()).decode()
    return f"{text}.{sealer.mark(f'page by {kind}', text)[:32]}"


def _opened(sealer: Sealer, kind: str, token: str) -> str:
    # The mark tells the kinds apart: a place in one list means nothing in another.
    text, _, mark = token.rpartition(".")
    expected = sealer.mark(f"page by {kind}", text)[:32]
    if not hmac.compare_digest(mark.encode(), expected.encode()):
        raise RequestInvalid("next_page is not one of this list's: begin again without it")
    return base64.urlsafe_b64decode(text).decode()
