"""The log: one JSON object a line on stderr, or coloured text where a person looks on.

No line holds a secret: headers and query strings are never logged, statements are logged without
their values, tracebacks without their variables; what still looks like a credential is blotted out.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(
    r"(?P<kept>\b(?:basic|bearer)\s+|\b(?:password|token|secret)['\"]?\s*[=:]\s*['\"]?)[^\s'\"]{4,}"
    r"|(?P<scheme>://[^/\s:@]*:)[^/\s@]+(?=@)"
    r"|\beyJ[\w.-]{8,}",
    re.IGNORECASE,
)
BLOT = "[secret]"


def logging_config(level: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: our lines, the server's and the libraries', all alike."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"moorage": {"()": "moorage.log.formatter"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "moorage",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "moorage": {"level": level.upper()},
            # Granian sets its own logger's level, but leaves the rest to us.
            "_granian": {"level": level.upper()},
        },
    }


def configure(level: str) -> None:
    """Let this process log in our way; every process calls it once, at its start."""
    logging.config.dictConfig(logging_config(level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def formatter() -> logging.Formatter:
    is_read_by_a_person = sys.stderr.isatty()
    renderer: Any = structlog.processors.JSONRenderer()
    if is_read_by_a_person:
        # Not the pretty tracebacks: they print local variables, and those hold secrets.
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=plain)
    steps: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not is_read_by_a_person:
        steps.append(structlog.processors.format_exc_info)
    return structlog.stdlib.ProcessorFormatter(
        processors=[*steps, _blot_secrets, renderer], foreign_pre_chain=_shared()
    )


def _shared() -> list[Any]:
    return [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _blot_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET.sub(_blotted, value)
    return event


def _blotted(found: re.Match[str]) -> str:
    return (found["kept"] or found["scheme"] or "") + BLOT
