"""The difference of two texts, line by line, within bounds on the time that it takes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

LINES = 20_000
"""Longer texts are shown as changed, without their lines."""
STEPS = 5_000_000
"""Lines looked at for all texts that are compared together, about two seconds' worth: texts of few
different lines take quadratic time and more."""
CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a hunk; a number is null on the side where the line is not."""

    sign: Literal[" ", "+", "-"]
    old_number: int | None
    new_number: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that changed, with three lines around them."""

    old_start: int
    old_lines: int
    new_start: int
    new_lines: int
    lines: tuple[Line, ...]


class _TooCostly(Exception):
    """There are no steps left."""


class LineDiff:
    """Compares texts, one pair after the other; the steps are for all of them."""

    def __init__(self) -> None:
        self._steps = STEPS

    def hunks(self, old: str, new: str) -> tuple[Hunk, ...]:
        """The unified difference; nothing where it would cost too much."""
        if old == new:
            return ()
        # With their ends, so that a missing last line end is a change too.
        before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
        if len(before) + len(after) > LINES:
            return ()
        try:
            groups = list(_Matcher(self, before, after).get_grouped_opcodes(CONTEXT))
        except _TooCostly:
            return ()
        return tuple(_hunk(group, before, after) for group in groups)

    def take(self, steps: int) -> None:
        """Raises _TooCostly."""
        if steps > self._steps:
            raise _TooCostly
        self._steps -= steps


class _Matcher(difflib.SequenceMatcher[str]):
    """Counts its steps: each line of a range with all lines of the other text that are like it."""

    def __init__(self, costs: LineDiff, before: list[str], after: list[str]) -> None:
        self._costs, self._before = costs, before
        super().__init__(None, before, after, autojunk=len(before) > 2_000)

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> difflib.Match:
        alike: dict[str, list[int]] = self.b2j  # type: ignore[attr-defined]  # in difflib's docs
        self._costs.take(sum(1 + len(alike.get(line, ())) for line in self._before[alo:ahi]))
        return super().find_longest_match(alo, ahi, blo, bhi)


def _hunk(group: list[tuple[str, int, int, int, int]], before: list[str], after: list[str]) -> Hunk:
    lines: list[Line] = []
    for tag, old_start, old_end, new_start, new_end in group:
        if tag == "equal":
            pairs = zip(range(old_start, old_end), range(new_start, new_end), strict=True)
            lines += [Line(" ", o + 1, n + 1, _shown_line(before[o])) for o, n in pairs]
            continue
        lines += [
            Line("-", place + 1, None, _shown_line(before[place]))
            for place in range(old_start, old_end)
        ]
        lines += [
            Line("+", None, place + 1, _shown_line(after[place]))
            for place in range(new_start, new_end)
        ]
    first, last = group[0], group[-1]
    return Hunk(first[1] + 1, last[2] - first[1], first[3] + 1, last[4] - first[3], tuple(lines))


def _shown_line(text: str) -> str:
    return text.rstrip("\r\n")
