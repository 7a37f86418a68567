"""The second model of Predict: what is asked about each box that the first one finds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.paths import is_folder
from workbench.core.text import tr
from workbench.extension.tasks import tasks
from workbench.gui.app.context import AppContext
from workbench.gui.app.models import TrainedModel, trained_models
from workbench.gui.background.threads import worker
from workbench.gui.widgets import column
from workbench.gui.widgets.inputs import ElidedBox

_KEY = "predict/then"
_ELSEWHERE = "…"


class SecondModel(NamedTuple):
    """A model that can be asked about boxes: its name for people, and its run's folder."""

    title: str
    run: str


def second_models(folder: Path, others: Sequence[Path]) -> list[SecondModel]:
    """Those of a project, and the newest of each project of its crops and of some others; for a
    thread."""
    beside: list[Path] = []
    with suppress(OSError):  # what lies beside a project need not be readable
        beside = sorted(folder.parent.glob(f"{escape(folder.name)} crops*"))
    found = [SecondModel(item.title, str(folder / "runs" / item.run))
             for item in trained_models(folder) if _is_askable(item)]
    for project in dict.fromkeys((*beside, *others)):
        newest = newest_in(project)
        if newest is not None and newest not in found:
            found.append(newest)
    return found


def _is_askable(model: TrainedModel) -> bool:
    return model.task in tasks and tasks.get(model.task).crops  # a plugin's task may be missing


def newest_in(project: Path) -> SecondModel | None:
    """The newest model of another project that can be asked; None where there is none."""
    with suppress(WorkbenchError, OSError):  # it is no project, or cannot be read
        for item in trained_models(project):
            if _is_askable(item):
                return SecondModel(f"{item.title} ({project.name})",
                                   str(project / "runs" / item.run))
    return None


class SecondModelChooser(QWidget):
    """Which model, and about which boxes."""

    changed = Signal()
    """Another one is chosen."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._models: list[SecondModel] = []
        self.run = ""
        """The folder of its run; "" for no second model."""
        self._worker = worker(self, "second-models")
        self.model_box, self.only_box = ElidedBox(), ElidedBox()
        self.model_box.setAccessibleName(tr("Then classify each box with"))
        self.model_box.setToolTip(tr(
            "A model that tells images apart is asked about each box that is found; its label "
            "stands behind the box's class. Boxes with a score below 0.20 are not asked about."))
        self.only_box.setAccessibleName(tr("Only for"))
        for box in (self.model_box, self.only_box):
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setLayout(column(self.model_box, self.only_box))
        self.model_box.activated.connect(self._chosen)
        self.only_box.activated.connect(lambda _row: self.changed.emit())
        self._fill()

    @property
    def only(self) -> list[str]:
        """Classes of the boxes that are asked about; [] for all."""
        name = self.only_box.currentData()
        return [name] if self.run and name else []

    def look_for_models(self, folder: Path) -> None:
        """Offer what there is in a project, and beside it."""
        known = [Path(text) for text in str(self._context.settings.value(_KEY) or "").split("\n")
                 if text]
        chosen = [item for item in self._models if item.run == self.run]

        def display(_thread: BackgroundThread) -> list[SecondModel]:
            found = second_models(folder, known)  # of other projects, the newest only
            return [*found, *(item for item in chosen if item not in found
                              and is_folder(item.run))]

        self._worker.start(display, self._found)

    def forget(self) -> None:
        """Another project is open: no second model."""
        self._worker.cancel(0.0)
        self.run, self._models = "", []
        self._fill()

    def set_classes(self, classes: Sequence[str]) -> None:
        """The first model's."""
        if [self.only_box.itemData(row) for row in range(1, self.only_box.count())] == [*classes]:
            return
        self.only_box.clear()
        self.only_box.addItem(tr("For all boxes"), "")
        for name in classes:
            self.only_box.addItem(tr("Only for: {name}", name=name), name)

    def choose(self, run: str) -> None:
        """Take the model of a run that is offered; "" for none."""
        if run != self.run:
            self.run = run
            self._fill()
            self.changed.emit()

    def _found(self, models: list[SecondModel]) -> None:
        self._models = models
        if self.run not in {item.run for item in models}:
            self.run = ""  # it was thrown away
        self._fill()

    def _fill(self) -> None:
        self.model_box.clear()
        self.model_box.addItem(tr("Then: no other model"), "")
        for item in self._models:
            self.model_box.addItem(tr("Then: {model}", model=item.title), item.run)
        self.model_box.addItem(tr("Then: of another project…"), _ELSEWHERE)
        self.model_box.setCurrentIndex(max(0, self.model_box.findData(self.run)))
        self.only_box.setVisible(bool(self.run))

    def _chosen(self, row: int) -> None:
        run = str(self.model_box.itemData(row))
        if run != _ELSEWHERE:
            self.choose(run)
            return
        self._fill()  # until there is another one, it is as before
        path = QFileDialog.getExistingDirectory(self, tr("A project with a model of images"))
        if path:
            self._worker.start(_asked(Path(path)), lambda found: self._other(Path(path), found))

    def _other(self, project: Path, found: SecondModel | None) -> None:
        if found is None:
            self._context.say("warn", tr(
                "“{name}” has no model that tells images apart. Train one there first.",
                name=project.name))
            return
        if found not in self._models:
            self._models.append(found)
        self._context.settings.setValue(_KEY, str(project))
        self.choose(found.run)


def _asked(project: Path) -> Callable[[BackgroundThread], SecondModel | None]:
    return lambda _thread: newest_in(project)
