"""The lines and zones of the video that a place shows, and which of them is chosen there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.commands import UndoStack
from workbench.evaluation.counting import CountingPlace, PlaceKind, free_name
from workbench.gui.counting.drawn import Drawn, DrawnPlaces
from workbench.project.counting import NO_FILE, names_of


class CountingPlaces(QObject):
    """Those of the video that is shown; each change is a step that can be taken back."""

    changed = Signal()
    """There are others, or those of another video."""
    chosen_changed = Signal()
    """Another one is chosen."""

    def __init__(self, drawn: DrawnPlaces, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.drawn = drawn
        self.file = ""
        """The video, one of :data:`.NO_FILE`; "" for none."""
        self.chosen = ""
        """Name of the one that is chosen; "" for none."""
        self._names: Sequence[str] = ("",)
        drawn.changed.connect(self.changed)

    def show(self, file: str) -> None:
        """Show those of another video."""
        if file != self.file:
            self.file, self.chosen, self._names = file, "", _names_of(file)
            self.changed.emit()

    def of(self, file: str) -> Drawn:
        return self.drawn.of(_names_of(file))

    @property
    def places(self) -> Drawn:
        return self.drawn.of(self._names)

    def choose(self, name: str) -> None:
        if name != self.chosen:
            self.chosen = name
            self.chosen_changed.emit()

    # --- changes --------------------------------------------------------------------------------

    def add(self, kind: PlaceKind, points: Sequence[tuple[float, float]]) -> None:
        """A new one, with a name that no other has."""
        name = free_name(kind, (item.name for item in self.places))
        self._change((*self.places, kind(name, tuple(points))))
        self.choose(name)

    def change(self, place: CountingPlace) -> None:
        """It lies elsewhere now."""
        self._change(tuple(place if item.name == place.name else item for item in self.places))

    def rename(self, name: str, new: str) -> bool:
        """Call one something else; False where that is no name or another one has it."""
        new = new.strip()
        if not new or new == name or any(item.name == new for item in self.places):
            return False
        self._change(tuple(replace(item, name=new) if item.name == name else item
                           for item in self.places))
        self.choose(new)
        return True

    def turn(self, name: str) -> None:
        """In becomes out."""
        self._change(tuple(replace(item, points=item.points[::-1]) if item.name == name else item
                           for item in self.places))

    def remove(self, name: str) -> None:
        left = tuple(item for item in self.places if item.name != name)
        if left != self.places:
            self._change(left)
            self.choose("")

    def _change(self, places: Drawn) -> None:
        if self.file:
            self.drawn.change(self._names, places)

    @property
    def undo(self) -> UndoStack:
        """The changes of the video that is shown."""
        return self.drawn.undo(self._names)


    def last_undo(self) -> UndoStack | None:
        """The same, where the last step in the project was one of these."""
        return self.undo if self.file and self.drawn.drew_last else None


def _names_of(file: str) -> Sequence[str]:
    return (file,) if file in ("", *NO_FILE) else names_of(Path(file))
