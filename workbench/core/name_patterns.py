"""Patterns of names with parts that are kept: ``{group}_{n}*``."""

from __future__ import annotations

import re
from collections.abc import Iterator

GROUP, NUMBER, ANY = "{group}", "{n}", "*"


class NamePattern:
    """What a name has at the places of ``{group}``; ``{n}`` is a number and ``*`` anything.

    What is open is as short as the rest allows, a number as long. Unlike a regular expression it
    takes no longer than the square of a name's length, whatever people type.

    Parameters
    ----------
    pattern
        All that is neither of the three stands for itself.
    """

    def __init__(self, pattern: str) -> None:
        self._parts = [part for part in re.split(r"(\{group\}|\{n\}|\*)", re.sub(
            r"\*+", "*", pattern)) if part]

    def groups(self, name: str) -> tuple[str, ...] | None:
        """What stands for each ``{group}``; None where the name as a whole does not fit."""
        found: list[tuple[int, int]] = []
        if not self._fits(name, 0, 0, found, set()):
            return None
        return tuple(name[start:end] for start, end in reversed(found))

    def _fits(self, name: str, at: int, start: int, found: list[tuple[int, int]],
              failed: set[tuple[int, int]]) -> bool:
        """Whether the parts from ``at`` on fit the name from ``start`` on; ``found`` gets where
        groups are, the last one first, and ``failed`` what was tried in vain."""
        if at == len(self._parts):
            return start == len(name)
        if (at, start) in failed:
            return False
        for end in self._ends(name, at, start):
            if self._fits(name, at + 1, end, found, failed):
                if self._parts[at] == GROUP:
                    found.append((start, end))
                return True
        failed.add((at, start))
        return False

    def _ends(self, name: str, at: int, start: int) -> Iterator[int]:
        """Where a part that begins at ``start`` may end, what is wanted most first."""
        part = self._parts[at]
        if part == NUMBER:
            end = start
            while end < len(name) and name[end].isdecimal():
                end += 1
            yield from range(end, start, -1)
        elif part not in (GROUP, ANY):
            if name.startswith(part, start):
                yield start + len(part)
        else:
            first = start + (part == GROUP)
            if at + 1 == len(self._parts):
                yield from range(max(first, len(name)), len(name) + 1)
                return
            following = self._parts[at + 1]
            if following in (GROUP, NUMBER, ANY):
                yield from range(first, len(name) + 1)
                return
            end = name.find(following, first)
            while end >= 0:
                yield end
                end = name.find(following, end + 1)
