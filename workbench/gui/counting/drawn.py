"""The lines and zones on all videos of a project, for every place that shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, SignalInstance

from workbench.core.background import WorkQueue
from workbench.core.commands import UndoStack
from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections
from workbench.evaluation.counting import CountingPlace
from workbench.gui.background.threads import work_queue, worker
from workbench.project.counting import joined, read_places, remember_places
from workbench.project.session import Session

Drawn = tuple[CountingPlace, ...]


@dataclass(frozen=True, slots=True)
class _PlacesStep:
    """A step from what was drawn on a video (``key``) to something else."""

    key: str
    before: Drawn
    after: Drawn
    show: Callable[[str, Drawn, Drawn], None]
    text: str = "lines and zones"

    def do(self) -> None:
        self.show(self.key, self.before, self.after)

    def undo(self) -> None:
        self.show(self.key, self.after, self.before)


class DrawnPlaces(QObject):
    """What is remembered in a project; each change is a step of its video that can be taken
    back, and is written at once.

    Parameters
    ----------
    session
        Asked for the project that is open now.
    say_bad
        Called with the sentence of what could not be written.
    """

    changed = Signal()
    """Something was drawn elsewhere, or others were read."""
    stepped = Signal()
    """A step was done or taken back, of these or of others: Ctrl+Z is about another one now."""
    saved = Signal()
    """A change is on the disk."""

    def __init__(self, parent: QObject, session: Callable[[], Session | None],
                 session_changed: SignalInstance, say_bad: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._session, self._say_bad = session, say_bad
        self.folder: Path | None = None
        """The project's."""
        self._all: dict[str, Drawn] = {}
        self._kept: dict[str, Drawn] = {}
        """Of videos that were drawn on here what is on the disk, as far as this window knows; of
        the thread that writes."""
        self._names: dict[str, set[str]] = defaultdict(set)
        """Of these videos all names of lines and zones that were ever shown."""
        self._stacks: dict[str, UndoStack] = defaultdict(self._stack)
        self._queue: WorkQueue[str] = work_queue(self, "counting-places")
        self._reader = worker(self, "counting-places-read")
        self.drew_last = False
        """Whether the last step in the project was one of these, which Ctrl+Z takes back then."""
        self._steps = Connections()
        session_changed.connect(self._session_changed)
        self._session_changed()

    def _session_changed(self) -> None:
        self._steps.end()
        session, self.drew_last = self._session(), False
        self._turn_to(session.folder if session is not None else None)
        if session is not None:
            self._steps.add(session.undo.changed.connect(self._stepped_elsewhere))

    def _turn_to(self, folder: Path | None) -> None:
        """What is drawn from now on is that of another project, also before its own was read."""
        if folder != self.folder:
            self.folder = folder
            self._all, self._kept = {}, {}
            self._names.clear()
            self._stacks.clear()

    def _stepped_elsewhere(self) -> None:
        self.drew_last = False
        self.stepped.emit()

    def _stack(self) -> UndoStack:
        stack = UndoStack()
        stack.changed.connect(self._drew)
        return stack

    def _drew(self) -> None:
        self.drew_last = True
        self.stepped.emit()

    def look(self) -> None:
        """Read what is remembered in the open project, as another window may have drawn there."""
        session = self._session()
        if session is not None:
            folder = session.folder
            self._reader.start(lambda _thread: read_places(folder),
                               lambda known: self.open_project(folder, known))

    def open_project(self, folder: Path, known: Mapping[str, Drawn]) -> None:
        """Show what is remembered in a project; of videos that were drawn on here, that, and what
        is new to this window."""
        before = self.folder, self._all
        self._turn_to(folder)
        own = {file: (*places, *self._new(file, known.get(file, ())))
               for file, places in self._all.items()
               if self._stacks[file].undo_step or self._stacks[file].redo_step}
        self._all = {**known, **own}
        if before != (self.folder, self._all):
            self.changed.emit()

    def _new(self, file: str, known: Drawn) -> Drawn:
        """What somebody else drew on a video that was drawn on here."""
        new = tuple(item for item in known if item.name not in self._names[file])
        self._names[file].update(item.name for item in new)
        if file in self._kept:
            self._kept[file] = (*self._kept[file], *new)
        return new

    def name(self, names: Sequence[str]) -> str:
        """Under which of its ``names`` a video is known; the first, if under none."""
        return next((name for name in names if name in self._all), names[0])

    def of(self, names: Sequence[str]) -> Drawn:
        return self._all.get(self.name(names), ())

    def undo(self, names: Sequence[str]) -> UndoStack:
        """The changes of a video."""
        return self._stacks[self.name(names)]

    def change(self, names: Sequence[str], places: Drawn) -> None:
        """Make these what is drawn on a video."""
        before = self.of(names)
        if places != before:
            self.undo(names).push(_PlacesStep(self.name(names), before, places, self._set))

    def _set(self, file: str, before: Drawn, after: Drawn) -> None:
        places = joined(self.of([file]), before, after)
        self._kept.setdefault(file, self._all.get(file, ()))
        self._names[file].update(item.name for item in (*before, *places))
        self._all[file] = places
        self.changed.emit()
        if self.folder is not None:
            self._queue.ask(file, _remember(self.folder, file, places, self._kept), self._told)

    def _told(self, problem: str) -> None:
        if problem:
            self._say_bad(problem)
        else:
            self.saved.emit()


def _remember(folder: Path, file: str, places: Drawn, kept: dict[str, Drawn]) -> Callable[[], str]:
    def work() -> str:
        try:
            remember_places(folder, file, places, kept.get(file, ()))
            kept[file] = places
        except WorkbenchError as error:
            return error.sentence()
        return ""

    return work
