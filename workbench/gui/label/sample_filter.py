"""Which samples a list shows: a few words that must all match, and one of a row of chips."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

Test = Callable[[str, Any], bool]
"""Whether a sample, by its key and its summary, is chosen."""


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """A choice of samples; the words and chips with a meaning of their own are a medium's.

    Parameters
    ----------
    text
        Words that must all match.
    chip
        One of :attr:`chips`; "all" chooses every sample.
    only
        The samples that are chosen from; None for all there are.
    """

    text: str = ""
    chip: str = "all"
    only: frozenset[str] | None = None

    words: ClassVar[Mapping[str, Test]] = {}
    chips: ClassVar[Mapping[str, Test]] = {}

    @property
    def shows_all(self) -> bool:
        return not self.text.strip() and self.chip == "all" and self.only is None

    def choose(self, keys: Iterable[str], summary: Callable[[str], Any],
               classes: Iterable[str] = ()) -> list[str]:
        """The keys to be shown, in their order."""
        tests = [self.words.get(word) or self.other(word, classes)
                 for word in self.text.casefold().split()]
        if self.chip != "all":
            tests.append(self.chips[self.chip])
        chosen = []
        for key in keys if self.only is None else filter(self.only.__contains__, keys):
            found = summary(key)
            if all(test(key, found) for test in tests):
                chosen.append(key)
        return chosen

    def other(self, word: str, classes: Iterable[str]) -> Test:
        """What a word means that is none of :attr:`words`; in small letters."""
        raise NotImplementedError
