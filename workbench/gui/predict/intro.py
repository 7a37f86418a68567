"""What Predict shows before there are files: what it is for, and what to do first."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.gui.app.models import TrainedModel
from workbench.gui.predict import summary
from workbench.gui.predict.table import PredictionTable
from workbench.gui.widgets import EmptyState, LinkButton, QuietButton


class _Place(Protocol):
    """What is asked of the place."""

    model: TrainedModel | None

    answers: PredictionTable

    def sees(self, *, videos: bool) -> bool: ...
    def choose_files(self) -> None: ...
    def choose_folder(self) -> None: ...
    def go_to_train(self) -> None: ...


class PredictIntro(EmptyState):
    """Buttons for files, a folder and what is live, or the way to a first model."""

    def __init__(self, place: _Place, parent: QWidget) -> None:
        super().__init__("spark", "", "", tr("Choose images"), parent, button_icon="plus",
                         run=self._begin)
        self._place = place
        self.folder = QuietButton(tr("Add a folder…"), "folder", run=place.choose_folder)
        self.live_link = LinkButton("")
        self.add(self.folder)
        self.add(self.live_link)

    def show_state(self, opened: bool, looked: bool) -> None:
        """Say what to do first; whether a project is ``opened``, and was ``looked`` through for
        models."""
        place = self._place
        model, display = place.model, place.answers.display
        hears = model is not None and display is not None and display.listens
        self.live_link.setVisible(hears or place.sees(videos=True))
        self.live_link.setText(tr("Open the microphone") if hears else tr("Open the camera"))
        self.live_link.set_icon("microphone" if hears else "eye")
        words, button = summary.empty_text(opened, looked, model)
        self.set_text(tr("Put a model to work"), words, button)
        self.folder.setVisible(model is not None)
        self.button.set_icon("plus" if model is not None else "train")

    def _begin(self) -> None:
        if self._place.model is None:
            self._place.go_to_train()
        else:
            self._place.choose_files()
