"""Other models that look at the same files, and how far they agree with the first one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.background import BackgroundThread, Worker
from workbench.core.text import tr
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import Limits
from workbench.gui.app.context import AppContext
from workbench.gui.app.model_job import ModelJob
from workbench.gui.app.models import TrainedModel
from workbench.gui.background.gui_thread import GuiThreadCaller
from workbench.gui.predict.agreement import Finders, agreement, agreement_text
from workbench.gui.predict.table import Prediction, PredictionTable, shown
from workbench.gui.style import tokens
from workbench.gui.widgets import column
from workbench.gui.widgets.inputs import ElidedBox

MOST = 2
"""Models beside the first one."""
_TOTAL_MS = 500

Files = Sequence[tuple[str, str]]
"""Paths and the names for files that are made of them."""
Ask = Callable[[ModelJob, TrainedModel, PredictionTable, Files], object]
"""Ask a model about files that it has not looked at."""


class BesideChooser(QWidget):
    """Which ones; hidden where there is no other model of the task."""

    changed = Signal()
    """Others are chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.models: Sequence[TrainedModel] = ()
        """Those that are chosen, in their order."""
        self._fitting: Sequence[TrainedModel] = ()
        self.boxes = [ElidedBox() for _ in range(MOST)]
        for number, box in enumerate(self.boxes, 2):
            box.setAccessibleName(tr("Model {number}, beside the first", number=number))
            box.setToolTip(tr("This model looks at the same files; its answers are drawn beside "
                              "those of the first. What you keep is what the first one found."))
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.activated.connect(self._activated)
        self.setLayout(column(*self.boxes, spacing=tokens.SPACE_S))
        self.set_models([], None)

    def set_models(self, models: Iterable[TrainedModel], first: TrainedModel | None) -> None:
        """Offer those that look for the same as the first one; what was chosen stays."""
        self._fitting = [item for item in models
                         if first is not None and item != first and item.task == first.task]
        self.models = [item for item in self.models if item in self._fitting]
        self._fill()

    def choose(self, models: Sequence[TrainedModel]) -> None:
        """Take some of those that are offered."""
        if list(models) != list(self.models):
            self.models = list(models)
            self._fill()
            self.changed.emit()

    def _fill(self) -> None:
        self.setVisible(bool(self._fitting))
        for place, box in enumerate(self.boxes):
            here = self.models[place] if place < len(self.models) else None
            free = [item for item in self._fitting if item == here or item not in self.models]
            box.clear()
            box.addItem(tr("A third: none") if place else tr("Compare: none"), "")
            for item in free:
                box.addItem(tr("Compare: {model}", model=item.title), item.run)
            box.setCurrentIndex(box.findData(here.run if here is not None else ""))
            box.setVisible(place <= len(self.models) and bool(free))

    def _activated(self) -> None:
        by_run = {item.run: item for item in self._fitting}
        self.choose([by_run[run] for box in self.boxes if (run := box.currentData())])


class ModelBeside:
    """One of them, and its answers."""

    def __init__(self, model: TrainedModel, display: PredictionDisplay, limits: Limits,
                 parent: QObject) -> None:
        self.model = model
        self.answers = PredictionTable(parent)
        self.answers.clear(display)
        self.answers.limits = dict(limits)
        self.asked: set[str] = set()
        """Files that it was asked about."""
        self._places: dict[tuple[str, int], Prediction] = {}

    def add(self, items: Sequence[Mapping[str, Any]], problems: Sequence[Mapping[str, Any]],
            names: Mapping[str, str]) -> None:
        """Take in answers."""
        before = len(self.answers.all)
        self.answers.add(items, problems, names)
        for item in self.answers.all[before:]:
            self._places[item.file, item.frame] = item

    def of(self, item: Prediction) -> Prediction | None:
        """What it says of the same file or frame; None where it was not there yet."""
        return self._places.get((item.file, item.frame)) or self._places.get((item.file, -1))

    def was_told(self, items: Sequence[Mapping[str, Any]],
                 problems: Sequence[Mapping[str, Any]]) -> None:
        """Answers of an earlier time are added: it need not be asked about these files."""
        films = {str(item["file"]) for item in items if item.get("frame", -1) >= 0}
        told = {str(item["file"]) for item in (*items, *problems)}
        self.asked |= told - (films - self.answers.ended)

    def was_interrupted(self) -> None:
        """What it has not answered is to be asked once more."""
        answers = self.answers
        self.asked = {item.file for item in answers.all} - (answers.films.keys() - answers.ended)

    def look_again(self, files: Files) -> None:
        """Forget that it was asked about these."""
        self.asked -= {path for path, _ in files}
        self.answers.forget(lambda item: bool(item.problem))
        self._places = {(item.file, item.frame): item for item in self.answers.all}


class ModelsBeside(QObject):
    """All of them; one after the other is asked when the first model is through."""

    counted = Signal()
    """There are other answers, or other numbers of them."""

    def __init__(self, context: AppContext, ask: Ask, parent: QObject) -> None:
        super().__init__(parent)
        self.others: list[ModelBeside] = []
        self.job = ModelJob(context, self)
        self.totals: Counter[Finders] = Counter()
        """How many things which models found in the files that all of them have looked at; 0 is the
        first model."""
        self._ask = ask
        self._asking: ModelBeside | None = None
        self._worker = Worker(name="predict-agreement", post=GuiThreadCaller(self))
        self._total_soon = QTimer(self, singleShot=True, interval=_TOTAL_MS)
        self._total_soon.timeout.connect(self._total)
        self._first: PredictionTable | None = None

    def choose(self, models: Sequence[TrainedModel], first: PredictionTable) -> None:
        """Have these models look, beside the one whose answers are in ``first``; those that looked
        before keep their answers."""
        self.job.close()
        self._first, kept = first, {item.model.run: item for item in self.others}
        self._asking, others = None, []
        for model in models:
            other = kept.pop(model.run, None)
            if other is None:
                assert first.display is not None
                other = ModelBeside(model, first.display, first.limits, self)
                other.answers.counted.connect(self.recount)
            else:
                other.was_interrupted()
            others.append(other)
        for gone in kept.values():
            gone.answers.close()
            gone.answers.deleteLater()
        self.others = others
        self.recount()

    def look(self, files: Files) -> bool:
        """Ask the next model that was not asked about all ``files``; whether there is one."""
        for other in self.others:
            left = [item for item in files if item[0] not in other.asked]
            if left:
                self._asking = other
                other.asked |= {path for path, _ in left}
                self._ask(self.job, other.model, other.answers, left)
                return True
        self._asking = None
        return False

    def take(self, items: Sequence[Mapping[str, Any]], problems: Sequence[Mapping[str, Any]],
             names: Mapping[str, str]) -> None:
        """Answers of the model that is asked."""
        if self._asking is not None:
            self._asking.add(items, problems, names)

    @property
    def asked(self) -> ModelBeside | None:
        """The model that was asked last."""
        return self._asking

    @property
    def asking(self) -> ModelBeside | None:
        """The model that is asked now."""
        return self._asking if self.job.state else None

    def set_limits(self, limits: Limits) -> None:
        """The sliders were moved."""
        for other in self.others:
            other.answers.set_limits(limits)
        self.recount()

    # --- how far they agree ---------------------------------------------------------------------

    def recount(self) -> None:
        """Count soon what all found, and what only one did."""
        if not self._total_soon.isActive():
            self._total_soon.start()
        self.counted.emit()

    def _total(self) -> None:
        first = self._first
        if first is None or not self.others:
            return
        if self._worker.busy:  # to begin anew at each answer would never end
            self._total_soon.start()
            return
        display, limits, rows = first.display, dict(first.limits), list(first.all)
        assert display is not None
        others = list(self.others)

        def work(thread: BackgroundThread) -> tuple[Counter[Finders], list[Prediction]]:
            totals: Counter[Finders] = Counter()
            differing, everyone = [], {tuple(range(1 + len(others)))}
            for item in rows:
                thread.check()
                those = [item, *(other.of(item) for other in others)]
                packed = [one for one in those if one is not None and one.packed is not None]
                if len(packed) == len(those):
                    found = agreement(display, [shown(display, one, limits) for one in packed])
                    totals += found
                    if not found.keys() <= everyone:
                        differing.append(item)
            return totals, differing

        self._worker.start(work, self._totalled)

    def _totalled(self, found: tuple[Counter[Finders], list[Prediction]]) -> None:
        assert self._first is not None
        self.totals, differing = found
        self._first.mark_differing(differing)
        self.counted.emit()

    def words(self, first: str) -> str:
        """How far they agree with the model called ``first``; "" before that is known."""
        if self._first is None or self._first.display is None or not (self.totals and self.others):
            return ""
        return agreement_text(self.totals, [first, *(other.model.title for other in self.others)],
                               self._first.display.whole)

    def of(self, item: Prediction | None) -> list[Prediction | None]:
        """What each says of a file."""
        return [other.of(item) if item is not None else None for other in self.others]

    def clear(self) -> None:
        """Forget all answers."""
        self.job.close()
        self._worker.cancel(0.0)
        self._asking, self.totals = None, Counter()
        for other in self.others:
            other.asked.clear()
            other.answers.clear()
            other.look_again(())

    def close(self) -> None:
        """End the threads."""
        self.job.close()
        self._worker.cancel()
        for other in self.others:
            other.answers.close()
