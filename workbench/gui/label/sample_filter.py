"""Which samples a list shows, in which order: a text of terms that must all hold, and a chip."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.core.paths import folded
from workbench.gui.label.filter_terms import COUNT, Term, compares, quoted, terms_of

if TYPE_CHECKING:
    from workbench.project.statistics.table import ObjectTable

Test = Callable[[str, Any], bool]
"""Whether a sample, by its key and its summary, is chosen."""
Order = Callable[[str, Any], Any]
"""What samples are sorted by, from key and summary; the smallest first."""
SUGGESTED = "suggested"
"""The chip of samples with suggestions, which the list knows and the summaries do not."""

IN_LABELS = frozenset({"size", "width", "height", "aspect", "length", "low", "high", "has",
                       "split", "boxes", "polygons", "masks", "rotated", "keypoints"})
"""Fields that need every label of the project (:mod:`workbench.project.statistics.search`)."""
BY = "by"
"""What who labelled a sample is asked for with, and sorted by."""
NOBODY = "none"
_FIELDS = IN_LABELS | {"class", "name", "group", "sort", BY, COUNT}


def named(text: str, classes: Iterable[str]) -> frozenset[str]:
    """The classes of that name in small letters, or whose name holds it where there is none."""
    plain = {name: folded(name) for name in classes}
    return frozenset(name for name, low in plain.items() if low == text) \
        or frozenset(name for name, low in plain.items() if text in low)


def _by(term: Term, people: Callable[[str], str]) -> Test:
    def test(key: str, _found: Any) -> bool:
        name = folded(people(key))
        fits = not name if term.value == NOBODY else name == term.value
        return fits != term.negated

    return test


def count_filter(name: str, number: str) -> str:
    """The term for samples with so many (``>=2``) objects of a class."""
    plain = re.fullmatch(r"\w[\w-]*", name) and name.casefold() not in _FIELDS
    return f"{quoted(name, always=not plain)}{number}"


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """A choice of samples; the words and chips with a meaning of their own are a medium's.

    Terms are words, ``class:NAME``, ``name:PART``, ``objects>5`` (or ``>5``), ``NAME>=2`` of a
    class, ``polygons>0`` of a shape, ``size<32``, ``aspect:2..4``, ``has:difficult``,
    ``split:val``, each perhaps with a ``-`` before it that turns it round, and ``sort:objects``
    (``sort:-objects`` for the most first). Those about sizes and attributes, with a class beside
    them, are meant of one and the same object.
    """

    text: str = ""
    """The terms, which must all hold."""
    chip: str = "all"
    """One of :attr:`chips`; "all" chooses every sample."""
    only: frozenset[str] | None = None
    """The samples that are chosen from; None for all there are."""

    several: ClassVar[bool] = True
    """Whether a sample may have several objects of a class."""
    words: ClassVar[Mapping[str, Test]] = {}
    chips: ClassVar[Mapping[str, Test]] = {}
    orders: ClassVar[Mapping[str, Order]] = {}
    order_words: ClassVar[Sequence[tuple[str, str]]] = ()
    """What is said of orders in a menu; "-" before one turns it round."""
    choices: ClassVar[Sequence[tuple[str, Sequence[tuple[str, str]]]]] = ()
    """What a menu offers: titles, each with texts and the terms they stand for."""

    @property
    def shows_all(self) -> bool:
        return not self.text.strip() and self.chip == "all" and self.only is None

    @property
    def terms(self) -> list[Term]:
        return terms_of(self.text, _FIELDS)

    @property
    def needs_labels(self) -> bool:
        """Whether it can only be applied where all labels of the project are known."""
        return any(term.field in IN_LABELS for term in self.terms)

    @property
    def needs_people(self) -> bool:
        """Whether it depends on who labelled what."""
        return any(term.field == BY or (term.field == "sort" and term.value.endswith(BY))
                   for term in self.terms)

    def choose(self, keys: Iterable[str], summary: Callable[[str], Any],
               classes: Iterable[str] = (), table: ObjectTable | None = None,
               people: Callable[[str], str] = lambda _key: "") -> list[str]:
        """The keys to be shown, in their order; none where labels are needed and not known.
        ``people`` says who labelled a sample, "" for nobody."""
        terms = self.terms
        if self.only is not None:
            keys = filter(self.only.__contains__, keys)
        if self.needs_labels:
            keys = filter(self._by_labels(terms, table).__contains__, keys)
        tests = [test for term in terms if (test := self._test(term, classes)) is not None]
        tests += [_by(term, people) for term in terms if term.field == BY]
        if self.chip != "all":
            tests.append(self.chips[self.chip])
        chosen = []
        for key in keys:
            found = summary(key)
            if all(test(key, found) for test in tests):
                chosen.append(key)
        for term in reversed(terms):
            order = self._order(term.value.removeprefix("-"), people) \
                if term.field == "sort" else None
            if order is not None:
                values = {key: order(key, summary(key)) for key in chosen}
                chosen.sort(key=values.__getitem__, reverse=term.value.startswith("-"))
        return chosen

    def _order(self, name: str, people: Callable[[str], str]) -> Order | None:
        if name == BY:  # those without a name at the end
            return lambda key, _found: (not people(key), folded(people(key)))
        return self.orders.get(name)

    def _by_labels(self, terms: list[Term], table: ObjectTable | None) -> frozenset[str]:
        if table is None:
            return frozenset()
        from workbench.project.statistics.search import keys_where

        asked = [term for term in terms if term.field in IN_LABELS
                 or (term.field == "class" and not term.negated)]
        return keys_where(table, asked, compares)

    def _test(self, term: Term, classes: Iterable[str]) -> Test | None:
        """What a term asks of a summary; None for one that is heeded elsewhere."""
        if term.field in IN_LABELS or term.field in ("sort", BY):
            return None
        test = self._positive(term, classes)
        return (lambda key, found: not test(key, found)) if term.negated else test

    def _positive(self, term: Term, classes: Iterable[str]) -> Test:
        if term.field == COUNT:
            fits, number = compares(term.sign, term.value), self.number
            if term.name:
                names = named(term.name, classes)
                if not names:
                    return self.other(f"{term.name}{term.sign}{term.value}", classes)
                number = partial(self.number_of, names)
            return lambda _key, found: fits is not None and found is not None and bool(
                fits(number(found)))
        if term.field == "name":
            return lambda key, _found: term.value in folded(key)
        if term.field:
            return self.other(f"{term.field}:{term.value}", classes)
        return self.words.get(term.value) or self.other(term.value, classes)

    def number(self, summary: Any) -> int:
        """How many objects a sample has by its summary."""
        raise NotImplementedError

    def number_of(self, names: Collection[str], summary: Any) -> int:
        """How many objects a sample has of these classes."""
        return sum(number for name, number in dict(summary.classes).items() if name in names)

    def other(self, word: str, classes: Iterable[str]) -> Test:
        """What a word means that is none of :attr:`words`, or ``class:NAME``; in small letters."""
        raise NotImplementedError
