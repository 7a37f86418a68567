"""Which classes are not shown, and which are shown but not to be changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from workbench.core.signal import Signal
from workbench.core.text import count, tr
from workbench.gui.widgets.key_words import with_keys

Names = frozenset[str]


class ClassStates:
    """Hidden and locked classes of the open project, by name.

    Objects of hidden classes are neither drawn nor picked, those of locked ones are drawn, but
    cannot be selected and so not be changed. ``changed`` tells that it is others.
    """

    def __init__(self) -> None:
        self.hidden: Names = frozenset()
        self.locked: Names = frozenset()
        self.changed: Signal[()] = Signal()

    def shows(self, name: str) -> bool:
        return name not in self.hidden

    def allows(self, name: str) -> bool:
        """Whether objects of the class can be selected."""
        return name not in self.hidden and name not in self.locked

    def toggle_hidden(self, name: str) -> None:
        self.set(self.hidden ^ {name}, self.locked)

    def toggle_locked(self, name: str) -> None:
        self.set(self.hidden, self.locked ^ {name})

    def show(self, names: Iterable[str]) -> None:
        """Hide these no longer."""
        self.set(self.hidden - set(names), self.locked)

    def show_only(self, name: str, others: Iterable[str]) -> None:
        """Hide ``others``, but not ``name``."""
        self.set(set(others) - {name}, self.locked)

    def show_all(self) -> None:
        self.set((), self.locked)

    def rename(self, old: str, new: str) -> None:
        """The class ``old`` is called ``new`` now, and is hidden and locked as before."""
        self.set(*({new if name == old else name for name in names if name != new}
                   for names in (self.hidden, self.locked)))

    def set(self, hidden: Iterable[str], locked: Iterable[str]) -> None:
        before = (self.hidden, self.locked)
        self.hidden, self.locked = frozenset(hidden), frozenset(locked)
        if (self.hidden, self.locked) != before:
            self.changed.emit()

    def marks(self, name: str) -> tuple[bool, bool]:
        """Whether a class is hidden, and whether it is locked."""
        return name in self.hidden, name in self.locked

    def stored(self) -> str:
        """As a text; "" where no class is hidden or locked."""
        both = [sorted(self.hidden), sorted(self.locked)]
        return json.dumps(both) if any(both) else ""

    def restore(self, text: str) -> None:
        """Take over what :meth:`stored` gave; of anything else nothing."""
        try:
            hidden, locked = ({str(name) for name in names}
                              for names in json.loads(text or "[[], []]"))
        except (ValueError, TypeError):
            hidden, locked = set(), set()
        self.set(hidden, locked)


def hidden_words(states: ClassStates, classes: Sequence[str]) -> str:
    """ "Only “cell” is shown.", or "2 classes are hidden."; "" where all are shown."""
    shown = [name for name in classes if states.shows(name)]
    hidden = [name for name in classes if not states.shows(name)]
    if len(shown) == 1 and hidden:
        return tr("Only “{name}” is shown.", name=shown[0])
    if len(hidden) == 1:
        return tr("“{name}” is hidden.", name=hidden[0])
    return tr("{classes} are hidden.",
              classes=count(len(hidden), "class", "classes")) if hidden else ""


def locked_words(name: str) -> str:
    """Why nothing is drawn into a class."""
    return with_keys(tr("“{name}” is locked. <images.lock_class> unlocks it.", name=name))
