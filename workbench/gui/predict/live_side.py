"""What is live in Predict: a camera, the screen, or, for a model of sounds, the microphone."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject

from workbench.core.text import tr
from workbench.gui.app.context import AppContext, ListenTarget
from workbench.gui.app.model_job import ModelJob, told_of_training
from workbench.gui.app.models import TrainedModel
from workbench.gui.app.task import place_for
from workbench.gui.predict import summary
from workbench.gui.predict.live import CameraView
from workbench.gui.predict.page import PredictPage
from workbench.gui.predict.result_saver import ResultSaver
from workbench.gui.predict.table import PredictionTable


class _Place(Protocol):
    """What is asked of the place."""

    model: TrainedModel | None
    answers: PredictionTable
    page: PredictPage
    live: CameraView
    keeping: ResultSaver

    @property
    def working(self) -> ModelJob: ...
    @property
    def hears(self) -> bool: ...
    def then(self) -> tuple[str, list[str]]: ...
    def show_page(self) -> None: ...


class LiveSide(QObject):
    """Shows the camera in place of the chosen file until it is over."""

    def __init__(self, context: AppContext, place: _Place, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._place = context, place
        place.page.screen_link.clicked.connect(lambda: self.open_camera(screen=True))
        place.live.ended.connect(self._ended)

    @property
    def listens(self) -> bool:
        """Whether the model can hear the microphone."""
        display = self._place.answers.display
        return self._place.model is not None and display is not None and display.listens

    def open(self) -> None:
        """Open the camera, or the microphone for a model of sounds."""
        if self._place.hears:
            self.listen()
        else:
            self.open_camera()

    def listen(self) -> None:
        """Go to where the model says what it hears in the microphone."""
        if self._place.model is not None:
            self._context.go(place_for("sounds", self._context.session),
                             ListenTarget(self._place.model.run, back="use"))

    def open_camera(self, *, screen: bool = False, now: bool = False) -> None:
        """Show what the model finds in a camera's pictures, or on the screen, until it is over;
        ``now`` although a training has to stand still for it."""
        place, session = self._place, self._context.session
        model, display = place.model, place.answers.display
        if session is None or model is None or display is None:
            return
        if place.working.state:
            self._context.say("warn", tr("Wait until the files before are through, or cancel."))
            return
        if not now and told_of_training(
                self._context, partial(self.open_camera, screen=screen, now=True)):
            return
        place.page.right.setCurrentWidget(place.live)
        place.live.start(str(session.folder), model.run, display, place.page.limits(),
                         place.then(), place.keeping.saving, screen)
        place.show_page()

    def _ended(self, sentence: str) -> None:
        self._place.page.right.setCurrentIndex(0)
        self._place.show_page()
        counting = self._place.live.counting
        if sentence:
            self._context.say("warn", sentence)
        elif events := len(counting.tally.in_order()):
            self._context.say("info", summary.camera_text(events), tr("Table of events…"),
                              counting.save_events)
