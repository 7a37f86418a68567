"""“Listening”: the classes light up while one talks into the microphone, or plays the clip."""

from __future__ import annotations

import base64
import time

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.audio.clip import ClipReader
from workbench.audio.recording import to_pcm16
from workbench.core.errors import WorkbenchError
from workbench.gui import tokens
from workbench.gui.audio.editor import ClipEditor
from workbench.gui.audio.model_card import ModelCard
from workbench.gui.audio.player import Playback, Player
from workbench.gui.audio.recorder import Recorder
from workbench.gui.context import AppContext
from workbench.gui.images.palette import ClassColors
from workbench.gui.theme import Theme
from workbench.gui.widgets import LabeledSlider, QuietButton, label, row
from workbench.jobs.messages import AudioChunk, Failed, Finished, Heard, Listen

_LINE = 20
_MOST_BARS = 10
_NAME_WIDTH = 84
_TICK_MS = 40
_MOST_RECENT = 6
_TAIL_SECONDS = 0.6
"""Silence behind a clip, in which its last sound is still judged."""


class ScoreBars(QWidget):
    """One bar for each class, the heard one strong; a line where the threshold is."""

    def __init__(self, theme: Theme, colors: ClassColors) -> None:
        super().__init__()
        self._theme, self._colors = theme, colors
        self.scores: dict[str, float] = {}
        self.heard = ""
        self.threshold = 0.6
        self.setAccessibleName("Probabilities of the classes")
        theme.changed.connect(self.update)

    def show_scores(self, scores: dict[str, float], threshold: float, silent: bool) -> None:
        """Show probabilities by class; nothing is heard in silence."""
        best = max(scores, key=lambda name: scores[name]) if scores and not silent else ""
        self.threshold = threshold
        self.heard = best if best and scores[best] >= threshold else ""
        # the order of classes stays, so that bars do not jump; of many only the first are shown
        self.scores = dict(list(scores.items())[:_MOST_BARS])
        self.setFixedHeight(max(1, len(self.scores)) * _LINE)
        self.setAccessibleDescription(self.heard or "nothing heard")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = self.width() - _NAME_WIDTH - tokens.SPACE_S
        middle = Qt.AlignmentFlag.AlignVCenter
        for at, (name, score) in enumerate(self.scores.items()):
            top = at * _LINE
            painter.setPen(self._theme.color("ink" if name == self.heard else "soft"))
            painter.drawText(QRectF(0, top, _NAME_WIDTH - tokens.SPACE_S, _LINE),
                             middle | Qt.AlignmentFlag.AlignRight,
                             painter.fontMetrics().elidedText(
                                 name, Qt.TextElideMode.ElideRight, _NAME_WIDTH - tokens.SPACE_S))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("raised"))
            lane = QRectF(_NAME_WIDTH, top + 4, width, _LINE - 8)
            painter.drawRoundedRect(lane, tokens.RADIUS_MARK, tokens.RADIUS_MARK)
            color = QColor(self._colors.color(name))
            color.setAlphaF(1.0 if name == self.heard else 0.45)
            painter.setBrush(color)
            painter.drawRoundedRect(QRectF(_NAME_WIDTH, top + 4, width * min(1.0, score),
                                           _LINE - 8), tokens.RADIUS_MARK, tokens.RADIUS_MARK)
        if self.scores:
            x = _NAME_WIDTH + width * self.threshold
            painter.setPen(QPen(self._theme.color("ink"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(round(x), 0, round(x), self.height())
        painter.end()


class LiveCard(ModelCard):
    """Sends the microphone's sound, or the open clip's, to the engine and shows what it hears."""

    def __init__(self, context: AppContext, editor: ClipEditor, recorder: Recorder,
                 player: Player, colors: ClassColors) -> None:
        super().__init__("Listening", context)
        self._editor, self._recorder, self._player = editor, recorder, player
        self._reader: ClipReader | None = None
        self._sent = self._began = 0.0
        self.recent: list[str] = []
        """What was heard since it began, without repetitions, the newest last."""
        self.listen_button = QuietButton("Microphone", "microphone")
        self.clip_button = QuietButton("This clip", "play")
        self.stop_button = QuietButton("Stop", "stop")
        for button in (self.listen_button, self.clip_button, self.stop_button):
            self.add_to_head(button)
        self.bars = ScoreBars(context.theme, colors)
        self.threshold = LabeledSlider("Threshold", 0.0, 0.99, 0.6)
        self.threshold.setMaximumWidth(160)
        self.words = label("", "caption")
        self.add(self.bars)
        self._foot = QWidget()
        self._foot.setLayout(row(self.words, 1, self.threshold))
        self.add(self._foot)
        self.body.addStretch(1)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._send_clip)
        self.listen_button.clicked.connect(self.listen)
        self.clip_button.clicked.connect(self.listen_to_clip)
        self.stop_button.clicked.connect(self.stop)
        recorder.arrived.connect(self._microphone_said)
        recorder.state_changed.connect(self._microphone_changed)
        self._microphone = False
        self._last = ""
        self._show_state()

    @property
    def listening(self) -> bool:
        return bool(self._job)

    # --- beginning and ending -------------------------------------------------------------------

    def listen(self) -> None:
        """Classify what the microphone hears, until it is stopped."""
        if not self._may_begin() or not self._recorder.switch_on():
            return
        self._start(self._recorder.sample_rate, self._recorder.channels)
        self._microphone = True
        self._show_state()

    def listen_to_clip(self) -> None:
        """Play the open clip and classify it at the same time."""
        sounds, key = self._editor.sounds, self._editor.key
        if sounds is None or not key or not self._may_begin():
            return
        try:
            self._reader = ClipReader(sounds.path(key))
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())
            return
        info = self._reader.info
        self._start(info.sample_rate, 1)
        self._player.play(Playback(sounds.path(key), 0.0, info.duration))
        self._sent, self._began = 0.0, time.monotonic()
        self._tick.start()
        self._show_state()

    def stop(self) -> None:
        """Listen no more; what was heard last stays to be seen."""
        self._tick.stop()
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        self.end()
        self._microphone = False
        self._show_state()

    def _may_begin(self) -> bool:
        self.stop()
        self.fill_box()
        if not self.box.count():
            self._context.say("info", "Train a model on sounds first; then it can listen.",
                              "Train", lambda: self._context.go("train"))
            return False
        if self._context.engine.state == "busy":
            self._context.say("warn", "The engine is at work just now. Listen when it is done.")
            return False
        return True

    def _start(self, rate: int, channels: int) -> None:
        session = self._context.session
        assert session is not None
        run = str(self.box.currentData()).removeprefix("run:")
        self.recent, self._last = [], ""
        self.words.setText("Loading the model…")
        # every class that is heard is told: the threshold here can be moved while it listens
        self.begin(lambda job: Listen(job, str(session.folder), run, rate, channels,
                                      threshold=0.0))

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
        block = reader.read(round(self._sent * rate), round(now * rate))
        if block.shape[1]:
            self._send(to_pcm16(block.mean(axis=0, keepdims=True)).tobytes())
        elif now < reader.info.duration + _TAIL_SECONDS:
            self._send(bytes(2 * round((now - self._sent) * rate)))
        else:
            self.stop()
        self._sent = now

    def _send(self, data: bytes) -> None:
        self._context.engine.send(
            AudioChunk(self._job, base64.b64encode(data).decode("ascii")))

    # --- answers --------------------------------------------------------------------------------

    def answered(self, event: object) -> None:
        if isinstance(event, Heard):
            self.bars.show_scores(event.scores, self.threshold.value(), not event.label)
            self._remember(self.bars.heard)
            heard = f"   ·   heard: {', '.join(self.recent)}" if self.recent else ""
            self.words.setText(f"{max(event.level_db, -99):.0f} dBFS   ·   "
                               f"{event.latency * 1000:.0f} ms{heard}".replace("-", "−", 1))
            self._show_state()
        elif isinstance(event, Failed):
            self._job = ""
            self.stop()
            self._context.say("bad", event.message)
        elif isinstance(event, Finished):
            self._job = ""
            self.stop()

    def _remember(self, heard: str) -> None:
        """A class counts again when another, or silence, came between."""
        if heard and heard != self._last:
            self.recent = [*self.recent, heard][-_MOST_RECENT:]
        self._last = heard

    def _show_state(self) -> None:
        on = self.listening
        self.listen_button.setVisible(not on)
        self.clip_button.setVisible(not on)
        self.stop_button.setVisible(on)
        self.box.setVisible(on or self.box.count() > 1)
        self.bars.setVisible(bool(self.bars.scores))
        self._foot.setVisible(on or bool(self.bars.scores))
