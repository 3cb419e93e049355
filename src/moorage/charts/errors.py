"""What can be wrong with a chart.

ChartError              the text is for people, `hint` says what to do next
├── MetadataInvalid     Chart.yaml
├── ArchiveInvalid      a .tgz that is damaged, hostile or too large
├── VersionInvalid      a version or a constraint
├── IndexInvalid        index.yaml
├── ChartUnknown        an index has no such chart or version
└── ProvenanceInvalid   a .prov file, a signature or a keyring
"""

from __future__ import annotations

QUOTED_LENGTH = 120


def quoted(value: str) -> str:
    """`value` for a message: control characters escaped, cut to length."""
    shown = value if len(value) <= QUOTED_LENGTH else value[:QUOTED_LENGTH] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


class ChartError(Exception):
    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class MetadataInvalid(ChartError):
    pass


class ArchiveInvalid(ChartError):
    pass


class VersionInvalid(ChartError):
    pass


class IndexInvalid(ChartError):
    pass


class ChartUnknown(ChartError):
    pass


class ProvenanceInvalid(ChartError):
    pass
