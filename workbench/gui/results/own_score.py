"""Taking a score that a person found in Results over into Predict and suggestions."""

from __future__ import annotations

from PySide6.QtCore import QObject

from workbench.core.background import BackgroundThread
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.background.threads import worker
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.widgets import LabeledSlider, keep_room
from workbench.project.operating import (
    OperatingScore,
    choose_score,
    forget_score,
    operating_score,
)
from workbench.project.runs import RunFolder


class OwnScore(QObject):
    """The button that does so: it is there while the slider has another value than the one that the
    model brings along."""

    def __init__(self, context: AppContext, toolbar: ResultsToolbar, slider: LabeledSlider) -> None:
        super().__init__(toolbar)
        self._context, self._button, self._slider = context, toolbar.use_button, slider
        self._run, self._own = "", None  # type: tuple[str, OperatingScore | None]
        # in place of what results say that were read before
        self._chosen: dict[tuple[object, str],
                           tuple[OperatingScore | None, OperatingScore | None]] = {}
        self._worker = worker(self, "own-score")
        for text in (tr("As found"), tr("Use in Predict")):  # the slider is dragged while it comes
            self._button.setText(text)
            self._button.setMinimumWidth(max(self._button.minimumWidth(),
                                             self._button.sizeHint().width()))
        keep_room(self._button)
        self._button.clicked.connect(self.use)
        slider.value_changed.connect(lambda _value: self._show())

    def show_run(self, run: str, own: OperatingScore | None) -> None:
        """The results of a run are shown, whose model brings ``own`` along."""
        before, chosen = self._chosen.get(self._key(run), (own, own))
        self._run, self._own = run, chosen if before == own else own
        self._show()

    def _key(self, run: str) -> tuple[object, str]:
        """Runs of two projects may have one name."""
        session = self._context.session
        return session.folder if session is not None else None, run

    @property
    def offered(self) -> bool:
        """Whether there is something to take over, or to take back."""
        return bool(self._run) and (not self._is_set or self._takes_back)

    @property
    def _is_set(self) -> bool:
        return self._own is not None and abs(self._own.score - self._slider.value()) <= 0.005

    @property
    def _takes_back(self) -> bool:
        """Whether what a person chose is set, and leads back to what was found."""
        return self._is_set and self._own is not None and self._own.by == "person"

    def _show(self) -> None:
        self._button.setVisible(self.offered)
        self._button.setText(tr("As found") if self._takes_back else tr("Use in Predict"))
        self._button.setToolTip(tr(
            "Go back to the score that is best on the validation part, here and in Predict")
            if self._takes_back else tr(
            "Predict, suggestions and “workbench predict” begin at {score:.2f} with this model",
            score=self._slider.value()) + ("" if self._own is None else " " + tr(
                "(now at {words})", words=self._own.words)))

    def use(self) -> None:
        """Have Predict and suggestions begin at the score that is set, or where a person chose that
        before, at what is found."""
        session, name, score = self._context.session, self._run, self._slider.value()
        back = self._takes_back
        if session is None or not name:
            return
        folder, classes = session.folder, tuple(session.classes)
        key, before = self._key(name), self._own

        def work(_thread: BackgroundThread) -> OperatingScore | None:
            run = RunFolder.find(folder, name)
            forget_score(run)
            found = operating_score(run, classes)
            same = found is not None and abs(found.score - score) <= 0.005
            return found if back or same else choose_score(run, score)

        def kept(own: OperatingScore | None) -> None:
            self._chosen[key] = before, own
            if self._key(self._run) == key:
                self._own = own
                if back and own is not None:
                    self._slider.set_value(own.score)
                self._show()
            self._context.say("ok", tr(
                "Predict and suggestions begin at the usual score again: this model was not judged "
                "on validation samples and brings none along.") if own is None else tr(
                "Predict and suggestions begin at {score:.2f} with this model.", score=own.score))

        self._worker.start(work, kept, lambda reason: self._context.say("bad", reason))
