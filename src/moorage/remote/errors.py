"""What can go wrong between a client and a registry or repository.

RemoteError             the text is for people, `hint` says what to do next
├── ReferenceInvalid    the text names no artifact
├── Unreachable         no answer: the name, the network, TLS
├── NotFound            404
├── Denied              401 and 403 with the credentials that there are
├── Refused             any other answer that is no success
└── ContentMismatch     bytes that are not what their digest says
"""

from __future__ import annotations


class RemoteError(Exception):
    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ReferenceInvalid(RemoteError):
    pass


class Unreachable(RemoteError):
    pass


class NotFound(RemoteError):
    pass


class Denied(RemoteError):
    pass


class Refused(RemoteError):
    """`status` is the answer's."""

    def __init__(self, message: str, hint: str = "", *, status: int) -> None:
        super().__init__(message, hint)
        self.status = status


class ContentMismatch(RemoteError):
    pass
