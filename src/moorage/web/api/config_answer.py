"""What `/config` tells: the public settings, in Quay's words."""

from __future__ import annotations

from typing import Any

from moorage.settings import Settings

# Features of Quay that moorage always has, or does not have; the others follow a key.
_ALWAYS_ON = (
    "ADVERTISE_V2 AGGREGATED_LOG_COUNT_RETRIEVAL ASSIGN_OAUTH_TOKEN EXTENDED_REPOSITORY_NAMES "
    "GARBAGE_COLLECTION LOG_EXPORT REFERRERS_API SUPER_USERS UI_V2 USER_LAST_ACCESSED"
).split()
_ALWAYS_OFF = (
    "AUTO_PRUNE BILLING BUILD_SUPPORT EDIT_QUOTA IMAGE_PULL_STATS IMMUTABLE_TAGS "
    "INVITE_ONLY_USER_CREATION LIBRARY_SUPPORT MAILING ORG_MIRROR PROXY_CACHE QUOTA_MANAGEMENT "
    "QUOTA_NOTIFICATIONS RATE_LIMITS RECAPTCHA REPO_MIRROR REQUIRE_ENCRYPTED_BASIC_AUTH "
    "SECURITY_NOTIFICATIONS SECURITY_SCANNER SIGNING STORAGE_REPLICATION TEAM_SYNCING USER_RENAME "
    "VERIFY_QUOTA"
).split()
_FOLLOW_A_KEY = (
    "ACTION_LOG_ROTATION ANONYMOUS_ACCESS APP_SPECIFIC_TOKENS CHANGE_TAG_EXPIRATION DIRECT_LOGIN "
    "GENERAL_OCI_SUPPORT HELM_OCI_SUPPORT REQUIRE_TEAM_INVITE RESTRICTED_USERS SPARSE_INDEX "
    "SUPERUSERS_FULL_ACCESS SUPERUSERS_ORG_CREATION_ONLY SUPERUSER_CONFIGDUMP USER_CREATION "
    "USER_INITIALIZE USER_LOG_ACCESS"
).split()
_UNITS = (("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60))


def config_answer(settings: Settings, url: str, version: str, *, has_users: bool) -> dict[str, Any]:
    scheme, _, host = url.partition("://")
    features = dict.fromkeys(_ALWAYS_ON, True) | dict.fromkeys(_ALWAYS_OFF, False)
    features |= {key: getattr(settings, f"feature_{key.lower()}") for key in _FOLLOW_A_KEY}
    return {
        "account_recovery_mode": False,
        "config": _public_config(settings, scheme, host) | {"SETUP_COMPLETE": has_users},
        "external_login": [],
        "features": dict(sorted(features.items())),
        "oauth": {},
        "registry_state": settings.registry_state,
        "version_number": f"moorage {version}",
    }


def _public_config(settings: Settings, scheme: str, host: str) -> dict[str, Any]:
    branding = {"logo": None, "footer_img": None, "footer_url": None} | settings.branding
    return {
        "AUTHENTICATION_TYPE": settings.authentication_type,
        "AVATAR_KIND": "local",
        "BRANDING": branding,
        "CONTACT_INFO": settings.contact_info,
        "ENTERPRISE_LOGO_URL": settings.enterprise_logo_url,
        "FOOTER_LINKS": settings.footer_links,
        "LOCAL_OAUTH_HANDLER": "/oauth/localapp",
        "PREFERRED_URL_SCHEME": scheme,
        "REGISTRY_TITLE": settings.registry_title,
        "REGISTRY_TITLE_SHORT": settings.registry_title_short,
        "SEARCH_MAX_RESULT_PAGE_COUNT": settings.search_max_result_page_count,
        "SEARCH_RESULTS_PER_PAGE": settings.search_results_per_page,
        "SERVER_HOSTNAME": host,
        "TAG_EXPIRATION_OPTIONS": [_duration(one) for one in settings.tag_expiration_options],
    }


def _duration(seconds: int) -> str:
    """`2w`, as the configuration writes it."""
    for unit, size in _UNITS:
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
