""".helmignore: which files of a folder are no part of the chart, by Helm's rules.

# comment        *.swp  name below any folder       /top or a/b  path from the top
dir/  folders    !keep  everything else is ignored  **  is refused
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from moorage.charts.errors import ChartError, quoted

IGNORE_FILE = ".helmignore"
_ALWAYS = "templates/.?*"


@dataclass(frozen=True, slots=True)
class Rule:
    form: re.Pattern[str]
    is_negative: bool
    is_for_folders: bool
    is_for_paths: bool

    def matches(self, path: str) -> bool:
        return bool(self.form.fullmatch(path if self.is_for_paths else path.rpartition("/")[2]))


@dataclass(frozen=True, slots=True)
class IgnoreRules:
    rules: tuple[Rule, ...]

    @classmethod
    def parse(cls, text: str) -> IgnoreRules:
        """Raises ChartError."""
        lines = [line.strip() for line in text.splitlines()]
        kept = [line for line in lines if line and not line.startswith("#")]
        return cls(tuple(_rule(line) for line in [*kept, _ALWAYS]))

    def ignores(self, path: str, is_folder: bool) -> bool:
        """`path` is relative to the chart's folder. As in Helm, `!x` ignores all that is not x."""
        for rule in self.rules:
            if rule.is_negative:
                if (rule.is_for_folders and not is_folder) or not rule.matches(path):
                    return True
            elif (is_folder or not rule.is_for_folders) and rule.matches(path):
                return True
        return False


def _rule(line: str) -> Rule:
    if "**" in line:
        raise ChartError(f"{IGNORE_FILE}: double-star (**) syntax is not supported: {quoted(line)}")
    is_negative = line.startswith("!")
    pattern = line.removeprefix("!")
    is_for_folders = pattern.endswith("/")
    pattern = pattern.removesuffix("/")
    is_for_paths = "/" in pattern
    form = re.compile(_glob(pattern.removeprefix("/"), line), re.DOTALL)
    return Rule(form, is_negative, is_for_folders, is_for_paths)


def _glob(pattern: str, line: str) -> str:
    """A regular expression; * and ? stop at /."""
    form, place = "", 0
    while place < len(pattern):
        character = pattern[place]
        place += 1
        if character == "*":
            form += "[^/]*"
        elif character == "?":
            form += "[^/]"
        elif character == "[":
            end = pattern.find("]", place + 1)
            if end < 0:
                raise ChartError(f"{IGNORE_FILE}: a [ is not closed: {quoted(line)}")
            inside = pattern[place:end].replace("\\", "\\\\").replace("[", "\\[")
            form += f"[{inside}]"
            place = end + 1
        elif character == "\\" and place < len(pattern):
            form += re.escape(pattern[place])
            place += 1
        else:
            form += re.escape(character)
    return form
