"""Why a rollout does not go on.

Blocked              what runs keeps running; the reason goes to the condition RolloutBlocked
├── ConfigInvalid
├── OverrideInvalid
└── UpgradeUnsupported
"""

from __future__ import annotations


class Blocked(Exception):
    reason = "ConfigInvalid"

    @property
    def message(self) -> str:
        return str(self)


class ConfigInvalid(Blocked):
    """Bundle or spec are missing, unreadable or contradict themselves."""


class OverrideInvalid(Blocked):
    reason = "ComponentOverrideInvalid"


class UpgradeUnsupported(Blocked):
    reason = "UpgradeUnsupported"
