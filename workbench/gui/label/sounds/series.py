"""Recording some clips of each class in a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.core.signal import Signal
from workbench.core.text import tr


@dataclass(frozen=True, slots=True)
class NextRecording:
    """Where one is: the class, the number of the clip to come (from 1), and what follows."""

    label: str
    number: int
    count: int
    following: str


class RecordingSeries:
    """Which class is recorded next."""

    def __init__(self, count: int = 10) -> None:
        self.changed: Signal[()] = Signal()
        """Another clip or class is next."""
        self.count = count
        """Clips for each class in a row; 0 stays with one class."""
        self.done = 0
        self._classes: tuple[str, ...] = ()
        self.label = ""
        """The class of the clip to come, "" for none."""

    @property
    def place(self) -> NextRecording:
        return NextRecording(self.label, self.done + 1, self.count, self._following())

    def set_classes(self, classes: Sequence[str]) -> None:
        """The project has these classes."""
        self._classes = tuple(classes)
        if self.label not in self._classes:
            self.label, self.done = (self._classes[0] if self._classes else ""), 0
        self.changed.emit()

    def follow(self, old: str, new: str) -> None:
        """Class ``old`` is called ``new``, or is one with it."""
        if self.label == old:
            self.label = new

    def choose(self, label: str) -> None:
        """Go on with ``label``."""
        if label != self.label:
            if label in self._classes:  # else it is the same class, which is being renamed
                self.done = 0
            self.label = label
            self.changed.emit()

    def set_count(self, count: int) -> None:
        self.count = max(0, count)
        self.done = min(self.done, max(0, self.count - 1)) if self.count else 0
        self.changed.emit()

    def recorded(self, label: str) -> None:
        """A clip of ``label`` was recorded: the next one, perhaps of the next class, is offered."""
        if not self.count or label != self.label:
            return
        self.done += 1
        if self.done >= self.count:
            self.label, self.done = self._following() or self.label, 0
        self.changed.emit()

    def taken_back(self) -> None:
        """The last clip was deleted."""
        if self.done:
            self.done -= 1
            self.changed.emit()

    def _following(self) -> str:
        if self.label not in self._classes or len(self._classes) < 2:
            return ""
        return self._classes[(self._classes.index(self.label) + 1) % len(self._classes)]


def series_words(place: NextRecording) -> str:
    """ "clip 4 of 10 · then “four”"."""
    if not place.label:
        return tr("Add a class, and sounds are named by it")
    if not place.count:
        return tr("sounds of “{label}”", label=place.label)
    words = tr("sound {number} of {count}", number=place.number, count=place.count)
    return tr("{words} · then “{following}”",
              words=words, following=place.following) if place.following else words
