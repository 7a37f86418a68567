"""The images of a project with their classes, as the grid shows them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.core.paths import folded
from workbench.core.signal import Signal
from workbench.core.text import tr
from workbench.gui.label.sample_filter import SampleFilter, Test, named
from workbench.gui.label.sample_model import SampleModel, SampleSource
from workbench.project.labelled_by import labelled_by_of
from workbench.project.statistics.facts import facts_of
from workbench.tasks.image_classification.label_store import LabelStore, labels_of
from workbench.tasks.image_classification.labels import Kind, number_of

if TYPE_CHECKING:
    from workbench.project.session import Session
    from workbench.tasks.image_classification.instant import ClassSuggestion
    from workbench.tasks.image_classification.window.suggestions import ClassSuggestions

Index = QModelIndex | QPersistentModelIndex
Order = Literal["name", "next", "class", "certainty"]
_MANY = 100


class GridEntry(NamedTuple):
    """Label of an image, or "", whether it is doubted, and the classes in it."""

    label: str = ""
    doubted: bool = False
    classes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The label as a person reads it, tags with commas between them."""
        return ", ".join(self.classes) or self.label or tr("no class yet")


class ClassFilter(SampleFilter):
    """A choice of images by a class, ``class:NAME``, a part of the file's name, or a chip."""

    words = {  # noqa: RUF012
        "unlabelled": lambda _, found: not found.label,
        "unlabeled": lambda _, found: not found.label,
        "labelled": lambda _, found: bool(found.label),
        "labeled": lambda _, found: bool(found.label),
        "doubtful": lambda _, found: found.doubted,
    }
    chips = words
    several = False
    orders = {  # noqa: RUF012
        "class": lambda _, found: found.label.casefold(),
        "name": lambda key, _: key.rpartition("/")[2].casefold(),
    }
    order_words = (("name", "By name"), ("class", "By class"))
    choices = (
        ("State", (("Unlabelled", "unlabelled"), ("Labelled", "labelled"),
                   ("To check", "doubtful"))),
    )

    def number(self, summary: GridEntry) -> int:
        return len(summary.classes)

    def number_of(self, names: Collection[str], summary: GridEntry) -> int:
        return len(set(summary.classes) & set(names))

    def other(self, word: str, classes: Iterable[str]) -> Test:
        name = word.removeprefix("class:")
        of_class = named(name, classes)
        if name != word:
            return lambda _, found: not of_class.isdisjoint(found.classes)
        return lambda key, found: (not of_class.isdisjoint(found.classes)
                                   or word in folded(key))


class LabelledImages:
    """The images of a session's index, each with its class for a summary.

    Its signals are as of :class:`~workbench.gui.label.sample_model.SampleSource`.
    """

    def __init__(self, session: Session) -> None:
        self._index = session.index
        self.store: LabelStore = labels_of(session)
        self.suggestions: ClassSuggestions | None = None
        self.reset: Signal[()] = session.index.reset
        self.appended = session.index.appended
        self.finished: Signal[()] = session.index.finished
        self.summary_changed: Signal[str] = Signal()

    def __len__(self) -> int:
        return len(self._index)

    def keys(self) -> Sequence[str]:
        return self._index.keys()

    def key(self, row: int) -> str:
        return self._index.key(row)

    def row(self, key: str) -> int | None:
        return self._index.row(key)

    def path(self, key: str) -> Path:
        return self._index.path(key)

    def summary(self, key: str) -> GridEntry:
        suggestions = self.suggestions
        return GridEntry(self.store.label(key),
                            suggestions is not None and suggestions.doubt(key) is not None,
                            self.store.tags(key))


class GridModel(SampleModel):
    """Rows are images."""

    live = True

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(ClassFilter(), lambda found: found.words, parent)
        self.order: Order = "name"
        self._next: dict[str, tuple[int, str]] = {}
        self.suggestions: ClassSuggestions | None = None

    def set_session(self, session: Session | None) -> None:
        """Show the images of another project."""
        if self.facts is not None:
            self.facts.close()
        self.facts = facts_of(session) if session is not None else None
        self.labelled_by = labelled_by_of(session) if session is not None else None
        if session is None:
            self.set_source(None)
        else:
            self.set_source(LabelledImages(session), session.classes)

    def connections(self, source: SampleSource) -> list[Callable[[], None]]:
        assert isinstance(source, LabelledImages)
        return [source.reset.connect(self.refilter), source.appended.connect(self.append),
                source.store.changed.connect(self._labels_changed)]

    def set_suggestions(self, suggestions: ClassSuggestions | None) -> None:
        """Show what a model takes the images for."""
        self.suggestions = suggestions
        if isinstance(self.source, LabelledImages):
            self.source.suggestions = suggestions

    def label(self, key: str) -> str:
        """Class of an image, or ""."""
        return self.source.store.label(key) if isinstance(self.source, LabelledImages) else ""

    def classes(self, key: str) -> tuple[str, ...]:
        """The classes of an image: its tags where images have tags, none where they have a
        number."""
        return self.source.store.tags(key) if isinstance(self.source, LabelledImages) else ()

    @property
    def kind(self) -> Kind:
        """What the labels are."""
        return self.source.store.kind if isinstance(self.source, LabelledImages) else "class"

    def suggestion(self, key: str) -> ClassSuggestion | None:
        """What an image without a class is taken for."""
        return self.suggestions.suggestion(key) if self.suggestions is not None else None

    def doubt(self, key: str) -> ClassSuggestion | None:
        """What an image looks like whose class is doubted."""
        return self.suggestions.doubt(key) if self.suggestions is not None else None

    def words(self, key: str) -> str:
        """Class or suggestion, for tooltips and screen readers."""
        suggestion, doubt = self.suggestion(key), self.doubt(key)
        words = GridEntry(self.label(key), classes=self.classes(key)).words
        if suggestion is not None:
            words = tr("{words}, perhaps {suggestion}", words=words,
                       suggestion=suggestion_text(suggestion))
        if doubt is not None:
            words = tr("{words}, but looks like {label}", words=words, label=doubt.label)
        return words

    def set_order(self, order: Order) -> None:
        """Show the images in another order; one that depends on suggestions is made anew."""
        if order != self.order or order == "certainty":
            self.order = order
            self.refilter()

    def set_next(self, order: Mapping[str, str]) -> None:
        """Take in which images are worth labelling first, each with the reason."""
        self._next = {key: (rank, reason) for rank, (key, reason) in enumerate(order.items())}
        if self.order == "next":
            self.refilter()

    def ordered(self, keys: list[str]) -> list[str]:
        if self.order == "name":
            return keys
        if self.order == "next":
            last = len(self._next), ""
            return sorted(keys, key=lambda key: (bool(self.label(key)),
                                                 self._next.get(key, last)[0]))
        if self.order == "certainty":
            made = self.suggestions
            certainty = made.certainty if made is not None else lambda _key: 1.0
            return sorted(keys, key=lambda key: (bool(self.label(key)), certainty(key)))
        if self.kind == "number":
            found = ((key, number_of(self.label(key))) for key in keys)
            numbers = {key: math.inf if number is None else number for key, number in found}
            return sorted(keys, key=numbers.__getitem__)
        place = {name: number for number, name in enumerate(self._classes)}
        return sorted(keys, key=lambda key: place.get(next(iter(self.classes(key)), ""),
                                                      len(place)))

    def refilter(self) -> None:
        self.live = self.order == "name"
        super().refilter()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        roles = Qt.ItemDataRole
        if role in (roles.ToolTipRole, roles.AccessibleTextRole) \
                and 0 <= index.row() < self.rowCount():
            key = self.key(index.row())
            reason = self._next.get(key, (0, ""))[1] if self.order == "next" else ""
            person = self._person(key)
            by = tr("labelled by {name}", name=person) if person else ""
            said = filter(None, (key, self.words(key), by, reason,
                                 self.trouble(str(self.path(key)))))
            return ("\n" if role == roles.ToolTipRole else ", ").join(said)
        return super().data(index, role)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def _labels_changed(self, keys: tuple[str, ...]) -> None:
        if not keys and not (self.live and self.filter.shows_all):
            self.refilter()
            return
        if not keys or len(keys) > _MANY:  # to look for each costs more than to paint all in view
            self.summary_changed("")
            return
        rows = [row for key in keys if (row := self.row(key)) is not None]
        if rows:
            self.dataChanged.emit(self.index(min(rows)), self.index(max(rows)))


def suggestion_text(suggestion: ClassSuggestion) -> str:
    """A class and how sure it is ("bee 88 %")."""
    return f"{suggestion.label} {min(99, int(100 * suggestion.score))} %"
