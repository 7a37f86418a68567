"""Finding what a person means from a few letters. Imports no Qt."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.core.paths import folded

_BORDERS = " -_./\\()…"
_SLICE = 4000
"""Names looked at between two looks at the clock, where letters may lie apart."""


def score(query: str, text: str) -> float | None:
    """How well ``query`` fits ``text``: higher is better, None where it does not fit.

    All words of the query must be found, in any order. A word found as it is, at the beginning of
    a word, counts most; letters that only follow each other count least.
    """
    lowered = folded(text)
    total = 0.0
    for word in folded(query).split():
        found = _score_word(word, lowered)
        if found is None:
            return None
        total += found
    return total - len(text) / 10000


def _score_word(word: str, text: str) -> float | None:
    at = text.find(word)
    if at >= 0:
        while at >= 0:
            if at == 0 or text[at - 1] in _BORDERS:
                end = at + len(word)
                whole = end == len(text) or text[end] in _BORDERS
                return 100.0 + 20.0 * (at == 0) + 5.0 * whole + len(word)
            at = text.find(word, at + 1)
        return 60.0 + len(word)
    return _scattered(word, text)


def _scattered(word: str, text: str) -> float | None:
    """Score of letters that lie apart: beginnings of words and neighbours count more."""
    at, last, points = -1, -2, 0.0
    for letter in word:
        border = _next_border(letter, text, at + 1)
        at = border if border is not None else text.find(letter, at + 1)
        if at < 0:
            return None
        points += 3.0 if border is not None else 2.0 if at == last + 1 else 0.5
        last = at
    return points if points >= 1.2 * len(word) else None


def _next_border(letter: str, text: str, start: int) -> int | None:
    at = text.find(letter, start)
    while at >= 0:
        if at == 0 or text[at - 1] in _BORDERS:
            return at
        at = text.find(letter, at + 1)
    return None


class NameSearch:
    """Search in very many names, in slices that one can stop between.

    Parameters
    ----------
    names
        File names or paths; the sequence may grow between two searches.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._count = -1
        self._joined = ""

    def find(self, query: str, limit: int) -> Iterator[int | None]:
        """Yield rows of fitting names, the plainly fitting first, at most ``limit``.

        None is yielded now and then, so that the caller can stop or do something else. Names that
        hold all words as they are come first, in their order; then, unless there were enough,
        those whose last part (behind the last "/") holds the letters in their order.
        """
        words = query.lower().split()
        if not words:
            return
        self._refresh()
        seen: set[int] = set()
        longest = max(words, key=len)
        for finder in (self._plain(longest, words), self._apart(words)):
            for row in finder:
                if row is None:
                    yield None
                elif row not in seen:
                    seen.add(row)
                    yield row
                    if len(seen) >= limit:
                        return

    def _refresh(self) -> None:
        if self._count != len(self._names):
            self._count = len(self._names)
            self._joined = "\n".join(self._names).lower()

    def _plain(self, longest: str, words: list[str]) -> Iterator[int | None]:
        """Search one long string: a loop over 100,000 names would be felt."""
        joined = self._joined
        row, counted = 0, 0
        at = joined.find(longest)
        tried = 0
        while at >= 0:
            row += joined.count("\n", counted, at)
            counted = at
            start = joined.rfind("\n", 0, at) + 1
            end = joined.find("\n", at)
            end = len(joined) if end < 0 else end
            line = joined[start:end]
            if all(word in line for word in words):
                yield row
            tried += 1
            if tried % _SLICE == 0:
                yield None
            at = joined.find(longest, end)

    def _apart(self, words: list[str]) -> Iterator[int | None]:
        letters = "".join(words)
        if len(letters) < 3:
            return  # two letters lie somewhere in nearly every name
        in_name = "[^/]*?".join(map(re.escape, letters)) + "[^/]*$"
        fits = re.compile(in_name, re.IGNORECASE).search
        for first in range(0, self._count, _SLICE):
            for row in range(first, min(first + _SLICE, self._count)):
                if fits(self._names[row]):
                    yield row
            yield None
