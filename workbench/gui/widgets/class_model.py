"""The classes of a project as rows: names, colours, keys and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Qt

from workbench.core import signal
from workbench.core.text import tr
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.key_words import with_keys
from workbench.gui.widgets.row_view import (
    COLOR_ROLE,
    CURRENT_ROLE,
    KEY_ROLE,
    MARKS_ROLE,
    RIGHT_ROLE,
    Mark,
    NameModel,
)

if TYPE_CHECKING:
    from workbench.project.library.catalog import SampleCatalog
    from workbench.project.session import Session

Disconnect = Callable[[], None]


class ClassEditor(Protocol):
    """What the panel needs of the editor of a place."""

    current_class: str
    class_changed: signal.Signal[()]

    def choose_class(self, name: str) -> object: ...
    def set_current_class(self, name: str) -> object: ...


class CountedEditor(ClassEditor, Protocol):
    """Of one whose objects are counted, too."""

    objects_changed: signal.Signal[()]
    sample_changed: signal.Signal[()]


class ClassMarks(Protocol):
    """Which classes are hidden and which locked."""

    changed: signal.Signal[()]

    def marks(self, name: str) -> tuple[bool, bool]: ...
    def toggle_hidden(self, name: str) -> object: ...
    def toggle_locked(self, name: str) -> object: ...
    def show_only(self, name: str, others: Iterable[str]) -> object: ...


@dataclass(frozen=True, slots=True)
class ClassUse:
    """What classes are given to in a place, and how they are changed everywhere.

    ``listen`` connects a function to all that changes the counts; ``words`` says "3 boxes";
    ``source`` has the samples, which may still be looked for;
    ``show`` and ``hint`` are what the menu and an empty list say, ``tip`` what a click does.
    ``drawn`` says that what is marked next is drawn, with tools that have keys: these are back as
    soon as a class is named.
    """

    counts: Callable[[Session], Counter[str]]
    listen: Callable[[Session, Callable[[], object]], list[Disconnect]]
    words: Callable[[int], str]
    rename: Callable[[Session, str, str], object]
    remove: Callable[[Session, str], object]
    show: str
    hint: str
    tip: str = "Click: use it for what you mark next\nDouble click: apply it to the selection"
    source: Callable[[Session], SampleCatalog[Any]] = lambda session: session.index
    drawn: bool = False
    here: Callable[[Any], Iterable[str]] | None = None
    """From the editor to the classes of all objects in the sample that is shown, where these are
    counted, too; the editor announces changes of them."""


class ClassModel(NameModel):
    """The classes in their fixed order."""

    def __init__(self, editor: ClassEditor, colors: ClassColors, use: ClassUse,
                 marks: ClassMarks | None = None) -> None:
        super().__init__()
        self._marks = marks
        self._editor = editor
        self._use = use
        self._colors = colors
        self._keys: tuple[str, ...] = ()
        self._counts: Counter[str] = Counter()
        self._here: Counter[str] = Counter()

    def load(self, session: Session | None) -> None:
        """Read names, keys and counts anew."""
        names = tuple(session.classes) if session is not None else ()
        self._counts = self._use.counts(session) if session is not None else Counter()
        if names != self.names:
            self.beginResetModel()
            self.names = names
            self._count = len(names)
            self.endResetModel()
        if session is not None:
            self._keys = tuple(session.classes.hotkey(name) or "" for name in names)
        self.redraw()

    def count_here(self) -> None:
        """Count the objects of the sample that is shown."""
        assert self._use.here is not None
        now = Counter(self._use.here(self._editor))
        if now != self._here:
            self._here = now
            self.redraw()

    def redraw(self) -> None:
        """Something that rows show is another."""
        if self._count:
            self.dataChanged.emit(self.index(0), self.index(self._count - 1))

    def name(self, row: int) -> str:
        return self.names[row]

    def count_of(self, name: str) -> int:
        """How often a class is used in the whole project, as far as it was looked at."""
        return self._counts[name]

    def cell(self, row: int, role: int) -> Any:
        name = self.names[row]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return name
        if role == COLOR_ROLE:
            return self._colors.name(name)
        if role == RIGHT_ROLE:
            here, every = self._here[name], f"{self._counts[name]:,}"
            return tr("{here:,} of {every}", here=here, every=every) if here else every
        if role == KEY_ROLE:
            return self._keys[row]
        if role == CURRENT_ROLE:
            return name == self._editor.current_class
        if role == Qt.ItemDataRole.ToolTipRole:
            return (tr("{name}: {words}\n{tip}\nF2: rename it everywhere",
                       name=name, words=self._words(name), tip=self._use.tip))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([
                tr("Class {name}, {words}", name=name, words=self._words(name)),
                *(tr(word) for word, on in zip(("hidden", "locked"), self._states(name),
                                               strict=True) if on)])
        if role == MARKS_ROLE and self._marks is not None:
            hidden, locked = self._states(name)
            return (Mark("hidden", "eye-off" if hidden else "eye", hidden,
                         tr("Show its objects") if hidden
                         else with_keys(tr("Hide its objects (<images.hide_class>)"))),
                    Mark("locked", "lock", locked, tr("Let its objects be selected and changed")
                         if locked else with_keys(tr(
                             "Lock its objects: they are shown, but nothing selects or changes "
                             "them (<images.lock_class>)"))))
        return None

    def _words(self, name: str) -> str:
        words = self._use.words(self._counts[name])
        return tr("{here:,} here of {words}", here=self._here[name], words=words) \
            if self._here[name] else words

    def _states(self, name: str) -> tuple[bool, bool]:
        return self._marks.marks(name) if self._marks is not None else (False, False)
