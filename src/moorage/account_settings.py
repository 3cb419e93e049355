"""Quay's keys that decide who may do what, how one signs in and what is logged."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, NoDecode

_DURATION = re.compile(r"([0-9]{1,9})([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def duration(value: Any) -> Any:
    """`2w` as seconds."""
    if not isinstance(value, str) or value.isdigit():
        return value
    found = _DURATION.fullmatch(value)
    if found is None:
        raise ValueError(f"got {value!r}, expected a number and one of s, m, h, d, w, such as 2w")
    return int(found[1]) * _SECONDS[found[2]]


def listed(value: Any) -> Any:
    """A list, or in the environment its elements parted by commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _durations(value: Any) -> Any:
    found = listed(value)
    return [duration(one) for one in found] if isinstance(found, list) else found


Duration = Annotated[int, BeforeValidator(duration), Field(ge=0)]
Names = Annotated[list[str], NoDecode, BeforeValidator(listed)]


class AccountSettings(BaseSettings):
    secret_key: str | None = None
    """Signs sessions' CSRF tokens and page tokens. Absent: DATABASE_SECRET_KEY, or the key that is
    kept in its place."""

    database_secret_key: str | None = None
    """Encrypts robot and app tokens in the database. Absent: made once and kept, with SQLite in the
    data folder (secret.key, readable by its owner only), else in the database, where all replicas
    find it, and whoever reads a dump."""

    authentication_type: Literal["Database"] = "Database"
    """Where passwords are checked. Only Database is there today."""

    super_users: Names = []
    """Users who may use the superuser API, besides those made with `--superuser`."""

    global_readonly_super_users: Names = []
    """Users who may read every repository and the superuser lists, and change nothing."""

    feature_superusers_full_access: bool = False
    """Superusers may do everything in everybody's namespaces."""

    feature_superusers_org_creation_only: bool = False
    """Only superusers create organizations."""

    feature_superuser_configdump: bool = False
    """GET /superuser/config answers the settings, without secrets."""

    feature_user_initialize: bool = False
    """POST /user/initialize makes the first user of an empty database. While it is true, no
    `admin` is made at the first start."""

    bootstrap_token: str | None = Field(default=None, min_length=40)
    """An OAuth token for automation, of 40 characters or more; best from a mounted file,
    MOORAGE_BOOTSTRAP_TOKEN_FILE. It is good while it stands here. On an empty database its owner
    is made, a superuser. Own key."""

    bootstrap_token_owner: str = "admin"
    """Whom the token acts as."""

    bootstrap_token_scope: str = "repo:read repo:write repo:admin repo:create user:read user:admin \
org:admin super:user"
    """What the token is good for."""

    bootstrap_token_expiration: int | None = Field(default=None, ge=1)
    """Its life in seconds from the first start with it. Own default: Quay's is 3600."""

    feature_user_creation: bool = False
    """Anybody may sign up (POST /user/). Own default: Quay's is true."""

    feature_direct_login: bool = True
    """Passwords of the database are accepted."""

    feature_app_specific_tokens: bool = True
    """App tokens (user name $app) can be made and used."""

    app_specific_token_expiration: Duration | None = None
    """Life of an app token, such as 90d. Absent: for ever."""

    feature_restricted_users: bool = False
    """Users may not make repositories in their own namespaces, but for those listed next."""

    restricted_users_whitelist: Names = []
    """Users whom FEATURE_RESTRICTED_USERS leaves alone."""

    create_namespace_on_push: bool = False
    """A push to an unknown namespace makes an organization that the pusher owns."""

    feature_require_team_invite: bool = False
    """Accepted; members are added to teams without an invitation. Own default: Quay's is true."""

    default_tag_expiration: Duration = 14 * 86_400
    """How long deleted and overwritten tags can be restored; one of TAG_EXPIRATION_OPTIONS."""

    tag_expiration_options: Annotated[list[int], NoDecode, BeforeValidator(_durations)] = [
        0,
        86_400,
        604_800,
        1_209_600,
        2_419_200,
    ]
    """What an organization may choose instead, in seconds or as 0s, 1d, 2w."""

    feature_change_tag_expiration: bool = True
    """Organizations and users may choose."""

    robots_disallow: bool = False
    """Robots neither sign in nor are made, but for those listed next."""

    robots_whitelist: Names = []
    """Robots (namespace+name) whom ROBOTS_DISALLOW leaves alone."""

    wrong_passwords_per_account: int = Field(default=10, ge=1)
    """Wrong passwords for one account from one address in a minute, before they have to wait; ten
    times as many from everywhere, before all but known addresses have to. Own key."""

    wrong_passwords_per_address: int = Field(default=50, ge=1)
    """Wrong passwords and tokens from one address in a minute, whatever the account. Own key."""

    session_timeout: Duration = 31 * 86_400
    """How long a browser stays signed in."""

    fresh_login_timeout: Duration = 600
    """How long after signing in a browser may do what needs the password again."""

    logs_model: Literal["database"] = "database"
    """Where the usage log is kept."""

    feature_user_log_access: bool = False
    """Users who may write a repository may read its usage log, not only its admins."""

    feature_action_log_rotation: bool = False
    """Usage-log lines older than the next key are deleted."""

    action_log_rotation_threshold: Duration = 30 * 86_400
    """How long usage-log lines are kept, such as 30d."""

    allow_pulls_without_strict_logging: bool = True
    """Pulls are logged within a second, in the background, and never fail for the log's sake.
    Own default and only value."""

    registry_title: str = "moorage"
    """The registry's name on its pages."""

    registry_title_short: str = "moorage"
    """The same where there is little room."""

    enterprise_logo_url: str | None = None
    """A logo for the console."""

    branding: dict[str, str | None] = {}
    """Quay's map: logo, footer_img, footer_url."""

    footer_links: dict[str, str] = {}
    """Links at the foot of the console: text -> URL."""

    contact_info: Names = []
    """Whom to ask: mailto:, tel: or https: links."""

    search_results_per_page: int = Field(default=10, ge=1, le=100)
    """Results in one page of a search."""

    search_max_result_page_count: int = Field(default=10, ge=1, le=100)
    """Pages of a search."""

    @model_validator(mode="after")
    def _expiration_is_an_option(self) -> AccountSettings:
        if self.default_tag_expiration not in self.tag_expiration_options:
            raise ValueError(
                f"DEFAULT_TAG_EXPIRATION: got {self.default_tag_expiration} seconds, expected one "
                f"of TAG_EXPIRATION_OPTIONS {self.tag_expiration_options}"
            )
        return self
