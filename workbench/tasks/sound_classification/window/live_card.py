"""“Listening”: the classes light up while one talks into the microphone, or plays the clip."""

from __future__ import annotations

import base64
import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.model_job import gave_way_text, told_of_training
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.live_view import LiveSpectrogramView
from workbench.gui.label.sounds.player import Playback, Player
from workbench.gui.label.sounds.recorder import Recorder
from workbench.gui.style import tokens
from workbench.gui.widgets import ElidedLabel, IconButton, LabeledSlider, QuietButton, label, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.layout import widget_of
from workbench.jobs.commands import HEARD_FROM, AudioChunk, Listen
from workbench.jobs.events import Failed, Finished, ListenResult
from workbench.media.sounds.clip import ClipReader
from workbench.media.sounds.recording import from_pcm16, to_pcm16
from workbench.tasks.sound_classification.window.engine_card import EngineCard
from workbench.tasks.sound_classification.window.score_bars import ScoreBars

ROOM_FOR_WORDS = 320
"""Pixels of the card's width from which its buttons have words."""
MICROPHONE, THIS_CLIP = "Microphone", "This sound"
_TICK_MS = 40
_MOST_RECENT = 6
_TAIL_SECONDS = 0.6
"""Silence behind a clip, in which its last sound is still judged."""


class LiveCard(EngineCard):
    """Sends the microphone's sound, or the open clip's, to the engine and shows what it hears."""

    def __init__(self, context: AppContext, editor: ClipEditor, recorder: Recorder,
                 player: Player, colors: ClassColors,
                 display: Callable[[], DisplaySettings]) -> None:
        super().__init__(tr("Listening"), context)
        self._editor, self._recorder, self._player = editor, recorder, player
        self._reader: ClipReader | None = None
        self._sent = self._began = 0.0
        self._clip = Playback(Path(), 0.0, 0.0)
        self._clip_runs = False
        self._channels = 1
        self._told = 0.0
        self._smooth: dict[str, float] = {}
        self.recent: list[str] = []
        """What was heard since it began, without repetitions, the newest last."""
        self._make(LiveSpectrogramView(context.theme, colors, display),
                   ScoreBars(context.theme, colors))
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._send_clip)
        recorder.arrived.connect(self._microphone_said)
        recorder.state_changed.connect(self._microphone_changed)
        self._microphone = False
        self._last = ""
        self._show_state()

    def _make(self, view: LiveSpectrogramView, bars: ScoreBars) -> None:
        self.view, self.bars = view, bars
        self.listen_button = QuietButton(MICROPHONE, "microphone", run=lambda: self.listen(),
                                         tip=tr("Speak, and see which classes the model hears"))
        self.clip_button = QuietButton(THIS_CLIP, "play")
        self.stop_button = QuietButton(tr("Stop"), "stop", run=self.stop)
        self.fold_button = IconButton("close", tr("Hide what was heard"), side=tokens.SPACE_XL)
        for button in (self.listen_button, self.clip_button, self.stop_button, self.fold_button):
            self.add_to_head(button)
        self.listen_button.setAccessibleName(tr("Listen to the microphone"))
        self.clip_button.setAccessibleName(tr("Listen to this sound"))
        self.clip_button.setToolTip(tr("Play the open sound, and see which classes the model "
                                       "hears"))
        self.threshold = LabeledSlider(tr("Threshold"), 0.0, 0.99, HEARD_FROM)
        self.threshold.setToolTip(tr("A class lights up at this probability or above"))
        self.smoothing = LabeledSlider(tr("Smoothing"), 0.0, 1.0, 0.0, step=0.05, unit="s")
        self.smoothing.setToolTip(tr("Probabilities are averaged over about this time; longer is "
                                     "steadier but slower"))
        self.hint = label(tr("Speak into the microphone, or play the open sound: what a trained "
                             "model hears is shown here live."), "caption", wrap=True)
        self.words = label("", "caption")
        self.recent_words = ElidedLabel("", mode=Qt.TextElideMode.ElideLeft)
        self.recent_words.setProperty("role", "caption")
        self.recent_words.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._line = widget_of(row(self.words, self.recent_words, spacing=tokens.SPACE_M))
        self._foot = widget_of(row(self.smoothing, self.threshold, spacing=tokens.SPACE_L))
        for widget in (self.hint, self.view, self._line, self.bars, self._foot):
            self.add(widget)
        self.body.addStretch(1)
        self.clip_button.clicked.connect(lambda: self.listen_to_clip())
        self.fold_button.clicked.connect(self.clear)

    @property
    def listening(self) -> bool:
        return bool(self._job)

    # --- beginning and ending -------------------------------------------------------------------

    def listen(self, run: str = "", *, now: bool = False) -> None:
        """Classify what the microphone hears, until it is stopped; with the model of ``run``, or
        the one that is chosen; ``now`` although a training has to stand still for it."""
        again = partial(self.listen, run, now=True)
        if not self._may_begin(None if now else again) or not self._recorder.switch_on():
            return
        if run:
            self.box.setCurrentIndex(max(0, self.box.findData(f"run:{run}")))
        self._start(self._recorder.sample_rate, self._recorder.channels)
        self._microphone = True
        self._show_state()

    def listen_to_clip(self, *, now: bool = False) -> None:
        """Play the open clip and classify it at the same time; ``now`` as in :meth:`listen`."""
        sounds, key = self._editor.library, self._editor.key
        again = partial(self.listen_to_clip, now=True)
        if sounds is None or not key or not self._may_begin(None if now else again):
            return
        try:
            self._reader = ClipReader(sounds.path(key))
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())
            return
        info = self._reader.info
        self._start(info.sample_rate, 1)
        self._clip, self._clip_runs = Playback(sounds.path(key), 0.0, info.duration), False
        self._sent, self._began = 0.0, time.monotonic()
        self._tick.start()
        self._show_state()

    def _begin_clip(self) -> None:
        """The model hears: now the clip itself, of which nothing would be heard before."""
        self._clip_runs = True
        self._sent, self._began = 0.0, time.monotonic()
        self._player.play(self._clip)

    def stop(self) -> None:
        """Listen no more; what was heard last stays to be seen."""
        self._tick.stop()
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self.end()
        self._microphone = False
        self._show_state()

    def project_changed(self) -> None:
        self.clear()

    def left(self) -> None:
        self.stop()

    def close_down(self) -> None:
        self.stop()

    def clear(self) -> None:
        """Listen no more, forget what was heard and leave the room to the pictures."""
        self.stop()
        self.view.clear()
        self.bars.clear()
        self._show_state()

    def _may_begin(self, again: Callable[[], object] | None) -> bool:
        """Whether a model can be asked; else it is said why not, and how to go on: ``again``
        begins although a training has to stand still, None where a person wants that."""
        self.stop()
        self.fill_box()
        if not self.box.count():
            self._context.say("info", tr("Train a model of “Classes of sounds” first; then it can "
                                         "listen."),
                              tr("Train"), lambda: self._context.go("train"))
            return False
        engine = self._context.engine
        if again is not None and told_of_training(self._context, again):
            return False
        if engine.state == "busy" and not engine.training:
            self._context.say("warn", tr("The engine is busy. Listen when it is done."))
            return False
        return True

    def _start(self, rate: int, channels: int) -> None:
        session = self._context.session
        assert session is not None
        run = str(self.box.currentData()).removeprefix("run:")
        self.recent, self._last, self._smooth, self._told = [], "", {}, 0.0
        self._channels = channels
        self.bars.clear()
        self.view.begin(rate)
        self.words.setText(tr("Loading the model…"))
        self.recent_words.setText("")
        # every class that is heard is told: the threshold here can be moved while it listens
        self.begin(lambda job: Listen(job, str(session.folder), run, rate, channels, threshold=0.0))
        self._context.engine.ask_now()

    # --- sound ----------------------------------------------------------------------------------

    def _microphone_said(self, data: bytes) -> None:
        if self._microphone and self._job:
            self._send(data)

    def _microphone_changed(self) -> None:
        if self._microphone and not self._recorder.on:
            self.stop()

    def _send_clip(self) -> None:
        reader = self._reader
        if reader is None:
            return
        now, rate = time.monotonic() - self._began, reader.info.sample_rate
        if not self._clip_runs:
            self._send(bytes(2 * (round(now * rate) - round(self._sent * rate))))
            self._sent = now
            return
        block = reader.read(round(self._sent * rate), round(now * rate))
        if block.shape[1]:
            self._send(to_pcm16(block.mean(axis=0, keepdims=True)).tobytes())
        elif now < reader.info.duration + _TAIL_SECONDS:
            self._send(bytes(2 * round((now - self._sent) * rate)))
        else:
            self.stop()
        self._sent = now

    def _send(self, data: bytes) -> None:
        """To the engine, and into the picture: both count the same time."""
        self.view.feed(from_pcm16(data, self._channels))
        self._context.engine.send(
            AudioChunk(self._job, base64.b64encode(data).decode("ascii")))

    # --- answers --------------------------------------------------------------------------------

    def answered(self, event: object) -> None:
        if isinstance(event, ListenResult):
            self._hear(event)
        elif isinstance(event, Failed):
            self._job = ""
            self.stop()
            self._context.say("bad", event.message)
        elif isinstance(event, Finished):
            self._job = ""
            self.stop()
            self._context.say("warn", gave_way_text())

    def _hear(self, event: ListenResult) -> None:
        if self._reader is not None and not self._clip_runs:
            self._begin_clip()
        scores = self._smoothed(event.scores, event.time - self._told)
        self._told = event.time
        threshold = self.threshold.value()
        best = max(scores, key=lambda name: scores[name]) if scores and event.label else ""
        heard = best if best and scores[best] >= threshold else ""
        self.bars.show_scores(scores, threshold, heard)
        self.view.hear(event.time, heard)
        self._remember(heard)
        level = tr("{level_db:.0f} dBFS", level_db=max(event.level_db, -99)).replace("-", "−")
        self.words.setText(tr("{level} · {latency:.0f} ms latency",
                              level=level, latency=event.latency * 1000))
        self.recent_words.setText(" ".join(self.recent))
        self._show_state()

    def _smoothed(self, scores: Mapping[str, float], seconds: float) -> dict[str, float]:
        """Mean over the chosen time, the newest counting most; a first-order low-pass."""
        over = self.smoothing.value()
        share = 1.0 if over <= 0 or not self._smooth else 1 - math.exp(-max(seconds, 0.0) / over)
        before = self._smooth
        self._smooth = {name: before.get(name, score) * (1 - share) + score * share
                        for name, score in scores.items()}
        return self._smooth

    def _remember(self, heard: str) -> None:
        """A class counts again when another, or silence, came between."""
        if heard and heard != self._last:
            self.recent = [*self.recent, heard][-_MOST_RECENT:]
        self._last = heard

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_state()

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.LIST_PANEL_WIDTH * 9 // 10, super().minimumSizeHint().height())

    def _show_state(self) -> None:
        on = self.listening
        self.listen_button.setVisible(not on)
        self.clip_button.setVisible(not on)
        self.stop_button.setVisible(on)
        shown = on or self.view.spectrogram is not None
        room = ROOM_FOR_WORDS + (tokens.SPACE_XL + tokens.SPACE_S if shown else 0)
        choice = on or self.box.count() > 1 or self.width() < room
        self.box.setVisible(on or self.box.count() > 1)
        self.fold_button.setVisible(shown and not on)
        for button, text in ((self.listen_button, MICROPHONE), (self.clip_button, THIS_CLIP)):
            # beside the box, or in a small window, there is no room for words
            button.setText("" if choice else text)
        for widget in (self.view, self._line, self.bars, self._foot):
            widget.setVisible(shown)
        self.hint.setVisible(not shown)
