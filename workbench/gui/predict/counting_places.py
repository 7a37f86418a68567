"""The lines and zones that a person drew on a video, remembered in the project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.background import WorkQueue
from workbench.core.commands import UndoStack
from workbench.core.errors import WorkbenchError
from workbench.evaluation.counting import CountingPlace, PlaceKind, free_name
from workbench.gui.background.threads import work_queue
from workbench.project.counting import remember_places

Drawn = tuple[CountingPlace, ...]
CAMERA, SCREEN = "camera", "screen"
"""What those of camera and screen are kept under, in the place of a path."""


@dataclass(frozen=True, slots=True)
class _PlacesStep:
    """A step from what was drawn on a video (``key``) to something else."""

    key: str
    before: Drawn
    after: Drawn
    show: Callable[[str, Drawn], None]
    text: str = "lines and zones"

    def do(self) -> None:
        self.show(self.key, self.after)

    def undo(self) -> None:
        self.show(self.key, self.before)


class CountingPlaces(QObject):
    """Those of the video that is shown; each change is a step that can be taken back."""

    changed = Signal()
    """There are others, or those of another video."""
    chosen_changed = Signal()
    """Another one is chosen."""
    failed = Signal(str)
    """(sentence) they could not be remembered."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.file = ""
        """The video, :data:`CAMERA` or :data:`SCREEN`; "" for none."""
        self.chosen = ""
        """Name of the one that is chosen; "" for none."""
        self.folder: Path | None = None
        """The project's."""
        self._all: dict[str, Drawn] = {}
        self._stacks: dict[str, UndoStack] = defaultdict(UndoStack)
        self._queue: WorkQueue[str] = work_queue(self, "counting-places")

    def open_project(self, folder: Path | None, known: Mapping[str, Drawn]) -> None:
        """Show what is remembered in a project; of what was drawn meanwhile, that."""
        if folder != self.folder:
            self._all, self.file, self.chosen = {}, "", ""
            self._stacks.clear()
        self.folder = folder
        self._all = {**known, **self._all}
        self.changed.emit()

    def show(self, file: str) -> None:
        """Show those of another video."""
        if file != self.file:
            self.file, self.chosen = file, ""
            self.changed.emit()

    def of(self, file: str) -> Drawn:
        return self._all.get(file, ())

    @property
    def places(self) -> Drawn:
        return self.of(self.file)

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
        if self.file and places != self.places:
            self.undo.push(_PlacesStep(self.file, self.places, places, self._set))

    @property
    def undo(self) -> UndoStack:
        """The changes of the video that is shown."""
        return self._stacks[self.file]

    def _set(self, file: str, places: Drawn) -> None:
        self._all[file] = places
        self.changed.emit()
        if self.folder is not None:
            self._queue.ask(file, _remember(self.folder, file, places), self._told)

    def _told(self, problem: str) -> None:
        if problem:
            self.failed.emit(problem)


def _remember(folder: Path, file: str, places: Drawn) -> Callable[[], str]:
    def work() -> str:
        try:
            remember_places(folder, file, places)
        except WorkbenchError as error:
            return error.sentence()
        return ""

    return work
