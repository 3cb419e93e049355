"""What the management API refuses, besides what a registry refuses (`moorage.oci.errors`).

RegistryError                 error_type              status
├── NotFound                  not_found               404
├── FreshLoginRequired        fresh_login_required    401
├── SwitchedOff               not_switched_on         404 or 405
├── AlreadyThere              already_exists          409
└── CannotOpen                cannot_open             503
"""

from __future__ import annotations

from moorage.oci.errors import RegistryError


class NotFound(RegistryError):
    code, status = "not_found", 404


class FreshLoginRequired(RegistryError):
    code, status = "fresh_login_required", 401


class SwitchedOff(RegistryError):
    """A feature that the configuration does not switch on; Quay answers the same statuses."""

    code, status = "not_switched_on", 404


class SwitchedOffHere(SwitchedOff):
    status = 405


class CannotOpen(RegistryError):
    code, status = "cannot_open", 503


class AlreadyThere(RegistryError):
    code, status = "already_exists", 409
