"""Text, paths and lists of them as a command's values, without pydantic.

Typer loads pydantic to turn "a" into "a", which takes longer than `chart list` does. Its
parameters ask `get_runtime_param()` for a converter; here they get one of ours. Should a later
Typer ask otherwise, ours is not asked, and commands only start slower.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONVERTERS: dict[Any, Callable[[Any], Any]] = {
    str: str,
    Path: Path,
    bool: bool,
    list[str]: list,
    list[Path]: lambda values: [Path(value) for value in values],
}


@dataclass(frozen=True, slots=True)
class PlainValue:
    """What Typer calls with a value from the command line, or with a default."""

    convert: Callable[[Any], Any]
    is_list: bool

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return () if self.is_list else None
        return self.convert(value)


def take_plain_values(command: Any, ctx: Any) -> None:
    """Let the parameters of a command, `--help` too, convert plain values themselves."""
    for param in command.get_params(ctx):
        convert = CONVERTERS.get(param.type_descriptor.annotation)
        if convert is not None and not _is_checked(param.type_descriptor.parameter_info):
            plain = PlainValue(convert, param.multiple or param.nargs == -1)
            param.get_runtime_param = lambda plain=plain: plain


def _is_checked(info: Any) -> bool:
    """Whether more is asked of the value than its type: that is left to Typer."""
    return bool(
        info.exists
        or info.resolve_path
        or info.parser
        or not (info.file_okay and info.dir_okay)
        or not (info.min is None and info.max is None)
    )
