"""What the open project offers to learn from, and which task that is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.extension.window import (
    LabelFit,
    LabelKinds,
    LabellingProgress,
    LabelSummary,
    WindowTask,
)
from workbench.gui.app.task import learn, noun_of, task_of, tasks_of_labels, window_task
from workbench.gui.train.choices import Option

if TYPE_CHECKING:
    from workbench.extension.recipe import Recipe
    from workbench.project.rounds import LabellingState
    from workbench.project.session import Session


class ProjectData(QObject):
    """Follows one open project."""

    changed = Signal()
    """There is more or less to learn from."""
    task_changed = Signal()
    """:attr:`task` is another one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session: Session | None = None
        self.task = task_of(None)
        """The open project, and the id of what is learned from it. A project may turn out to hold
        sounds while it is looked through: :meth:`look` finds out."""
        self._watched: set[str] = set()
        self._connections = Connections()

    def open(self, session: Session | None) -> None:
        """Turn to another project, or to none."""
        self._connections.end()
        self._watched.clear()
        self.session = session
        if session is not None:
            told = self.changed.emit
            self._connections.add(
                session.index.finished.connect(told), session.index.summarized.connect(told),
                session.index.summary_changed.connect(lambda _: told()),
                session.classes.changed.connect(told),
                session.undo.changed.connect(told),  # of the split
                session.outside.split_changed.connect(told),
                session.outside.settings_read.connect(told),
            )
        self.look()

    def look(self) -> None:
        """Find out what the project is about by now."""
        task = task_of(self.session)
        for id in () if self.session is None else (
                task, *(item.id for item in tasks_of_labels(self.session))):
            data = self._data(id)
            if data is not None and id not in self._watched:
                self._connections.add(*data.watch(self.session, self.changed.emit))
            self._watched.add(id)
        if task != self.task:
            self.task = task
            self.task_changed.emit()

    def learn(self, task: str) -> None:
        """Learn something else from the same labels, from now on."""
        if self.session is not None and task != self.task:
            learn(self.session, task)
            self.look()

    # --- contents -------------------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        return self.session.folder if self.session is not None else None

    @property
    def window_task(self) -> WindowTask | None:
        """What the task brings to the window."""
        return window_task(self.task)

    @property
    def sample(self) -> str:
        """What is learned from ("image", "sound")."""
        task = self.window_task
        return task.sample if task is not None else noun_of(self.task)

    def is_unlabelled(self) -> bool:
        """Whether it is certain that there is nothing to learn from."""
        data = self._data(self.task)
        # of a task that brings nothing to the window, the engine says what is missing
        return self.session is None or (data is not None and data.is_unlabelled(self.session))

    def words(self) -> str:
        """How much is labelled ("292 images, 3 classes.")."""
        data = self._data(self.task)
        return data.words(self.session) if self.session is not None and data is not None else ""

    def label_kind(self) -> str:
        """What the labels are ("class", "tags", "number"); "" where the task has one kind."""
        data = self._data(self.task)
        if self.session is None or not isinstance(data, LabelKinds):
            return ""
        return data.label_kind(self.session)

    def class_names(self) -> list[str]:
        """The classes of the project."""
        return list(self.session.classes.names) if self.session is not None else []

    def labelling(self, run: str) -> LabellingState | None:
        """How far it is labelled, ``run`` being that of the newest model; None where the task does
        not say."""
        data = self._data(self.task)
        if self.session is None or not isinstance(data, LabellingProgress):
            return None
        found: LabellingState = data.labelling(self.session, run)
        return found

    def learnable(self) -> list[Option]:
        """What can be learned from the labels: tasks by their ids."""
        found = tasks_of_labels(self.session)
        return [Option(task.id, tr(task.title), tr(shown.purpose)) for task in found
                if (shown := window_task(task.id)) is not None]

    def other_fit(self) -> tuple[str, str]:
        """What else a person may want to learn from the labels (its id), and why; ("", "") for
        nothing."""
        if self.session is None or self.task not in self._watched:
            return "", ""
        others = ((task.id, self._data(task.id)) for task in tasks_of_labels(self.session)
                  if task.id != self.task)
        return next(((id, words) for id, data in others if isinstance(data, LabelFit)
                     and (words := data.fits(self.session))), ("", ""))

    def splits(self) -> list[Option]:
        """The splits that a training can use."""
        data = self._data(self.task)
        if self.session is None or data is None:
            return [Option("default", tr("Default"))]
        options = [Option(*split) for split in data.splits(self.session)]
        known = {option.value for option in options}
        names = sorted(path.stem for path in (self.session.folder / "splits").glob("*.json"))
        return options + [Option(name, name) for name in names if name not in known]

    def own_recipes(self) -> Sequence[Recipe]:
        """Recipes that the project holds as files."""
        files = tasks.get(self.task).recipe_files if self.task in tasks else ""
        if self.session is None or not files:
            return ()
        found: Sequence[Recipe] = load(files).listed(self.session.folder)
        return found

    def _data(self, task: str) -> LabelSummary | None:
        found = window_task(task)
        data: LabelSummary | None = load(found.data) if found is not None and found.data else None
        return data
