"""“What the model sees”: the exact input of a recipe, as it is and under each variation."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.core.text import tr
from workbench.extension.plugins import load_plugins
from workbench.extension.registry import recipes
from workbench.gui.app.context import AppContext
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.player import Playback, Player
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    Chip,
    IconButton,
    clear_layout,
    column,
    label,
    row,
    scrolling,
    widget_of,
)
from workbench.gui.widgets.tensor_view import TENSOR_HEIGHT, ModelInput, TensorView, picture
from workbench.jobs.commands import Explain, TrainRequest
from workbench.jobs.events import Explained, Failed, Finished
from workbench.tasks.sound_classification.kind import ID
from workbench.tasks.sound_classification.window.engine_card import EngineCard

_SOON_MS = 300


class ModelInputCard(EngineCard):
    """Asks for the views of the open clip while it is unfolded."""

    def __init__(self, context: AppContext, editor: ClipEditor) -> None:
        super().__init__(tr("What the model sees"), context)
        self._editor = editor
        self._seed = 0
        self._stale = True
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.views: list[ModelInput] = []
        self.player = Player(self)
        self.player.failed.connect(lambda sentence: context.say("warn", sentence))
        self.again_button = IconButton("refresh", tr("Draw other variations"), side=24)
        self.show_chip = Chip(tr("Show"), checkable=True)
        for widget in (self.again_button, self.show_chip):
            self.add_to_head(widget)
        self.words = label("", "caption", wrap=True)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(tokens.SPACE_M)
        holder = widget_of(self._row)
        self._area = scrolling(holder)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._area.setFixedHeight(TENSOR_HEIGHT + tokens.CONTROL_HEIGHT + tokens.SPACE_L)
        self.hint = label(tr("Exactly what a model gets for this sound, and what each "
                             "augmentation in training does to it."), "caption", wrap=True)
        self.add(self.hint)
        self.add(self.words)
        self.add(self._area)
        self.body.addStretch(1)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._ask)
        self.show_chip.toggled.connect(self._unfold)
        self.again_button.clicked.connect(self._again)
        self.box.activated.connect(lambda _index: self._look_anew())
        editor.sample_changed.connect(self._look_anew)
        self._unfold(False)

    def project_changed(self) -> None:
        """The editor tells of the next clip."""

    def left(self) -> None:
        self.player.stop()

    def close_down(self) -> None:
        """Be silent and remove the sounds that were written to be heard."""
        self.player.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    # --- asking ---------------------------------------------------------------------------------

    def _unfold(self, shown: bool) -> None:
        for widget in (self.box, self.again_button, self.words, self._area):
            widget.setVisible(shown)
        self.hint.setVisible(not shown)
        if shown:
            load_plugins()
            self.fill_box([("auto", tr("Default recipe")),
                           *((item.id, item.title) for item in recipes if item.task == ID)])
            if self._stale:
                self._soon.start()
        else:
            self.player.stop()

    def _look_anew(self) -> None:
        self._stale = True
        if self.show_chip.isChecked():
            self._soon.start()

    def _again(self) -> None:
        self._seed += 1
        self._look_anew()

    def _ask(self) -> None:
        session, key = self._context.session, self._editor.key
        if session is None or not key or not self.show_chip.isChecked():
            return
        self._stale = False
        chosen = str(self.box.currentData() or "auto")
        run = chosen.removeprefix("run:") if chosen.startswith("run:") else ""
        request = TrainRequest() if run else TrainRequest(recipe=chosen)
        self.words.setText(tr("Computing…"))
        self.begin(lambda job: Explain(job, str(session.folder), key, run, request,
                                       seed=self._seed))

    def answered(self, event: object) -> None:
        if isinstance(event, Explained):
            self._show(event)
        elif isinstance(event, Failed):
            self._job = ""
            self.words.setText(event.message)
        elif isinstance(event, Finished):
            self._job = ""

    # --- showing --------------------------------------------------------------------------------

    def _show(self, event: Explained) -> None:
        self.views = [ModelInput.from_json(item) for item in event.views]
        self._rate = int(event.features["sample_rate"])
        self.player.stop()
        clear_layout(self._row)
        own = self.views[0].values
        low, high = float(own.min()), float(own.max())
        for view in self.views:
            self._row.addWidget(self._tile(view, picture(view.values, low, high)))
        self._row.addStretch(1)
        rows, frames = own.shape
        kind = "coefficients" if event.features.get("n_mfcc") else tr("mel bands")
        self.words.setText(
            tr("{recipe} gets {rows} {kind} × {frames} frames: "
               "{float:.2f} s at {rate:g} kHz, mono.",
               recipe=event.recipe, rows=rows, kind=kind, frames=frames,
               float=float(event.features["seconds"]), rate=self._rate / 1000))

    def _tile(self, view: ModelInput, image: QImage) -> QWidget:
        play = IconButton("play", tr("Hear it: {title}", title=view.title), side=24)
        play.clicked.connect(lambda: self.play(view))
        below = row(play, label(view.title, "caption"), spacing=tokens.SPACE_XS)
        below.addStretch(1)
        return widget_of(column(TensorView(view, image), below, spacing=tokens.SPACE_XS))

    def play(self, view: ModelInput) -> None:
        """Hear one view; pressed again while it sounds, it begins anew."""
        import soundfile

        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(
                prefix="workbench-seen-", ignore_cleanup_errors=True)  # it may be open still
        self.player.stop()
        samples = np.frombuffer(view.pcm, "<i2")
        path = Path(self._folder.name) / "view.wav"
        try:
            soundfile.write(path, samples, self._rate, subtype="PCM_16")
        except (OSError, soundfile.SoundFileError) as error:
            self._context.say("warn", tr("The sound could not be prepared: {error}", error=error))
            return
        self.player.play(Playback(path, 0.0, len(samples) / self._rate))
