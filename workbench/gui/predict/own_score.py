"""The score that a model brings along, below the slider of Predict that begins at it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.extension.tasks import tasks
from workbench.gui.app.context import AppContext
from workbench.gui.app.models import TrainedModel, score_of
from workbench.gui.background.threads import worker
from workbench.gui.widgets import LabeledSlider, LinkButton, label, row
from workbench.project.operating import OperatingScore


class OwnScoreLine(QWidget):
    """Says where the score comes from, and leads back to it when a person has moved the slider.

    Parameters
    ----------
    slider
        Gives the slider of the score, None where there is none.
    """

    def __init__(self, context: AppContext, slider: Callable[[], LabeledSlider | None]) -> None:
        super().__init__()
        self._context, self._slider = context, slider
        self._model: TrainedModel | None = None
        self._moves = False  # the slider is moved from here …
        self._found_just_now = False  # … and no person has done so
        self._read = False  # what this model brings along
        self.own: OperatingScore | None = None
        """What the model brings along; None where that is nothing, or not known yet."""
        self.chosen = False
        """Whether a person chose another score."""
        self.over: float | None = None
        """In place of which one that was; None where that was not known."""
        self.words = label("", "caption")
        self.back = LinkButton("", "refresh", run=self.reset)
        self.setLayout(row(self.words, self.back, 1))
        self._worker = worker(self, "own-score")
        self.setMinimumHeight(self.back.sizeHint().height())  # the list below stays where it is
        self.back.hide()
        self.hide()

    def begin(self, model: TrainedModel) -> None:
        """Another model is in use, whose slider stands at its first value."""
        self._worker.cancel(0.0)
        self._model, self.own, self.chosen, self.over = model, None, False, None
        self._read = False
        self._show()
        self.look()

    def look(self) -> None:
        """See on a thread what the model in use brings along by now."""
        model, session = self._model, self._context.session
        if model is not None and session is not None and tasks.get(model.task).operating:
            folder, classes = session.folder, tuple(session.classes)
            self._worker.start(lambda _thread: score_of(folder, model, classes), self._found)

    def _found(self, own: OperatingScore | None) -> None:
        if not self._read and self.over is None and own is not None:
            self.over = own.score  # what a person chose before this was known stays
        self.own, self._read = own, True
        if own is not None and own.by == "person" and self.over != own.score:
            self.chosen = False  # it was said in Results after the slider was moved
        if not self.chosen:
            self._found_just_now = True
            self.reset()
            self._found_just_now = False
        self._show()

    def reset(self) -> None:
        """Back to the model's own score."""
        self.chosen, self.over = False, None
        slider = self._slider()
        if slider is not None and self.own is not None:
            self._moves = True
            slider.set_value(self.own.score)
            self._moves = False
        self._show()

    def moved(self) -> bool:
        """The slider was moved; returns whether a person has done so."""
        if not self._moves:
            self.keep(True, None if self.own is None else self.own.score)
        return not self._found_just_now

    def keep(self, chosen: bool, over: float | None) -> None:
        """Where the slider stands was chosen by a person, in place of ``over``, or not."""
        self.chosen, self.over = chosen, over if chosen else None
        self._show()

    def _show(self) -> None:
        own, slider = self.own, self._slider()
        self.setVisible(own is not None and slider is not None)
        if own is None or slider is None or self._model is None:
            return
        other = self.chosen and abs(slider.value() - own.score) > slider.step / 2
        self.words.setVisible(not other)
        self.words.setText(own.words)
        self.back.setVisible(other)
        self.back.setText(tr("Back to {words}", words=own.words))
        for widget in (self.words, self.back):
            widget.setToolTip(own.reason(tasks.get(self._model.task).noun))
