"""A camera's pictures with what a model finds in them, as they come.

One picture is on its way to the engine at a time. Those that come meanwhile are left out, but for
the newest, so that what is shown is never older than one look of the model.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.background import WorkQueue
from workbench.core.text import count, tr
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import Limits, Saving
from workbench.extension.window import make
from workbench.gui.app.context import AppContext
from workbench.gui.app.model_job import gave_way_text
from workbench.gui.background.threads import work_queue
from workbench.gui.counting.overlay import PlacesOverlay
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.predict.camera import Camera, Screen
from workbench.gui.predict.live_counting import LiveCounting
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ElidedLabel, QuietButton, column, row
from workbench.jobs.commands import CameraFrame, Control, Watch
from workbench.jobs.events import Failed, Finished, WatchResult
from workbench.jobs.message import is_about
from workbench.project.counting import CAMERA, SCREEN

SIDE = 640
"""Pixels of the longer side that a model is shown at most."""
_QUALITY = 85
_REMEMBERED = 20
"""Looks of which the middle latency is told."""


class _Answered(NamedTuple):
    number: int
    image: QImage
    taken: float


class CameraView(QWidget):
    """The picture that was looked at last, with what was found in it."""

    ended = Signal(str)
    """(sentence, or "" where a person ended it) it is over."""

    def __init__(self, context: AppContext, color: Callable[[str], QColor],
                 camera: Camera | None = None) -> None:
        super().__init__()
        self.camera = camera or Camera(self)
        self.screen_camera = Screen(self)
        self._source: Camera = self.camera
        self.picture = _Picture(context.theme, color)
        self.counting = LiveCounting(context.theme, self.picture,
                                     CountingPlaces(context.drawn, self))
        self.picture.overlay = self.counting.overlay
        self.words = ElidedLabel()
        self.words.setProperty("role", "caption")
        self.stop_button = QuietButton(tr("Stop"), "stop", run=lambda: self.stop())
        edge = tokens.SPACE_M
        foot = row((self.words, 1), self.stop_button, margins=(edge, edge, edge, edge))
        self.setLayout(column((self.picture, 1), self.counting, foot, spacing=0))
        self._context = context
        self._encoder: WorkQueue[int] = work_queue(self, "camera")  # one lasting thread
        self._job = ""
        self._listening = False
        self._newest: Any = None
        self._came = 0.0
        self._flying: _Answered | None = None
        self._busy = False  # a picture is being made ready, or looked at
        self._number = self.left_out = 0
        self._delays: deque[float] = deque(maxlen=_REMEMBERED)
        self._shown_at: deque[float] = deque(maxlen=_REMEMBERED)
        for source in (self.camera, self.screen_camera):
            source.frame.connect(self._take_frame)
            source.failed.connect(self.stop)

    @property
    def running(self) -> bool:
        return bool(self._job)

    def start(self, project: str, run: str, display: PredictionDisplay, limits: Limits,
              then: tuple[str, list[str]] = ("", []), saving: Saving | None = None,
              screen: bool = False) -> None:
        """Open the camera, or watch the screen, and ask the model of ``run``, and then a second
        one as in :class:`~workbench.jobs.commands.Predict`."""
        self.stop()
        self._source = self.screen_camera if screen else self.camera
        engine = self._context.engine
        if not self._listening:
            engine.event.connect(self._take_event)
            self._listening = True
        self._newest, self._flying, self._busy, self.left_out = None, None, False, 0
        self._delays.clear()
        self._shown_at.clear()
        self.picture.begin(display, limits)
        self.counting.begin(saving, SCREEN if screen else CAMERA, time.monotonic())
        self.words.setText(tr("Loading the model …"))
        self._job = engine.new_job()
        engine.send(Watch(self._job, project, run, then=then[0], then_only=then[1],
                          score_thresh=display.asked.get("score_thresh", 0.25),
                          nms_thresh=display.asked.get("nms_thresh", 0.5)))
        engine.ask_now()
        self._source.start()
        if screen and self.running:
            self._context.say("info", tr(
                "The model sees all that is on this screen until you press Stop. It stays on this "
                "machine, and nothing is stored."))

    def stop(self, sentence: str = "") -> None:
        """Close the camera."""
        if not self._job:
            return
        job, self._job = self._job, ""
        self._context.engine.send(Control(job, "cancel"))
        self._encoder.cancel()
        self._source.stop()
        self.ended.emit(sentence)

    def set_limits(self, limits: Limits) -> None:
        """The sliders were moved."""
        self.picture.set_limits(limits)

    # --- pictures go, answers come --------------------------------------------------------------

    def _take_frame(self, frame: Any) -> None:
        if not self._job:
            return
        if self._newest is not None:
            self.left_out += 1
        self._newest, self._came = frame, time.monotonic()
        self._send_newest()

    def _send_newest(self) -> None:
        frame = self._newest
        if frame is None or self._busy:
            return
        self._newest, self._busy = None, True
        self._number += 1
        job, number, came = self._job, self._number, self._came

        def send(made: tuple[QImage, str]) -> None:
            if job != self._job:
                return
            if made[0].isNull():  # the camera gave a frame without a picture
                self._busy = False
            else:
                self._flying = _Answered(number, made[0], came)
                self._context.engine.send(CameraFrame(job, number, made[1]))

        self._encoder.ask(number, lambda: _encoded(frame.toImage()), send)

    def _take_event(self, event: object) -> None:
        if not is_about(event, self._job):
            return
        if isinstance(event, WatchResult):
            answered = self._flying
            if answered is not None and answered.number == event.number:
                self._flying, self._busy = None, False
                self._send_newest()  # the engine goes on while this is painted
                self._show_answered(answered, event.item)
                self._tell(answered.taken)
        elif isinstance(event, Failed | Finished):
            self._job = ""
            self._source.stop()
            self.ended.emit(event.message if isinstance(event, Failed) else gave_way_text())

    def _show_answered(self, answered: _Answered, item: Mapping[str, Any]) -> None:
        picture = self.picture
        assert picture.display is not None
        packed = picture.display.pack(item)
        picture.show_answered(answered.image, packed, self.counting.take(
            picture.display, packed, picture.limits, answered.number, answered.taken))

    def _tell(self, taken: float) -> None:
        now = time.monotonic()
        self._delays.append(now - taken)
        self._shown_at.append(now)
        behind = tr("{delay:.0f} ms behind the camera", delay=1000 * self.delay) \
            if self._source is self.camera else tr("{delay:.0f} ms behind the screen",
                                                   delay=1000 * self.delay)
        self.words.setText(tr(
            "{behind}   {pictures} a second   {number:,} left out", behind=behind,
            pictures=count(round(self.rate), "picture"), number=self.left_out))

    @property
    def delay(self) -> float:
        """Seconds from a picture's coming to its being shown with what was found: the median."""
        return sorted(self._delays)[len(self._delays) // 2] if self._delays else 0.0

    @property
    def rate(self) -> float:
        """Pictures that are looked at in a second."""
        span = self._shown_at[-1] - self._shown_at[0] if len(self._shown_at) > 1 else 0.0
        return (len(self._shown_at) - 1) / span if span > 0 else 0.0


def _encoded(image: QImage) -> tuple[QImage, str]:
    """A picture of the size that is looked at, and base64 of it as JPEG."""
    if max(image.width(), image.height()) > SIDE:
        image = image.scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio,
                             Qt.TransformationMode.SmoothTransformation)
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "JPEG", _QUALITY)  # type: ignore[call-overload]  # its types say bytes
    return image, b64encode(buffer.data().data()).decode("ascii")


class _Picture(QWidget):
    def __init__(self, theme: Theme, color: Callable[[str], QColor]) -> None:
        super().__init__()
        self._theme, self._color = theme, color
        self.display: PredictionDisplay | None = None
        self.limits: dict[str, float] = {}
        self._image = QImage()
        self._packed: Any = None
        self._numbers: Sequence[int] = ()
        self.overlay: PlacesOverlay | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(tokens.SIDE_PANEL_WIDTH)
        self.setAccessibleName(tr("The camera's picture"))
        theme.changed.connect(self.update)

    def begin(self, display: PredictionDisplay, limits: Limits) -> None:
        self.display, self.limits = display, dict(limits)
        self._image, self._packed = QImage(), None
        self.update()

    def set_limits(self, limits: Limits) -> None:
        self.limits = dict(limits)
        self.update()

    def show_answered(self, image: QImage, packed: Any, numbers: Sequence[int]) -> None:
        """Show a picture with what was found in it; ``numbers`` of the things are as long as the
        answer's lists at the lowest score."""
        self._image, self._packed, self._numbers = image, packed, numbers
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.overlay is not None:
            self.overlay.setGeometry(self.rect())

    @property
    def item(self) -> Mapping[str, Any] | None:
        """What is shown now, at the sliders' values."""
        if self.display is None or self._packed is None:
            return None
        item = self.display.shown(self._packed, self.limits)
        return {**item, "tracks": self._numbers[:len(item["labels"])]} if self._numbers else item

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            item = self.item
            if item is None or self.display is None:
                return
            edge = tokens.SPACE_M
            area = self.rect().adjusted(edge, edge, -edge, -edge)
            size = QSize(self._image.size()).scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(area.left() + (area.width() - size.width()) / 2,
                           area.top() + (area.height() - size.height()) / 2,
                           size.width(), size.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._image)
            if self.overlay is not None:
                self.overlay.set_view(place, (self._image.width(), self._image.height()))
            make(self.display.paint, painter, place, item, self._color, self._theme)
