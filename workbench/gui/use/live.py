"""A camera's pictures with what a model finds in them, as they come.

One picture is on its way to the engine at a time. Those that come meanwhile are left out, but for
the newest, so that what is shown is never older than one look of the model.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.background import WorkQueue
from workbench.core.text import tr
from workbench.extension.window import AnswerLook, Limits, make
from workbench.gui.background.threads import work_queue
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.use.camera import Camera
from workbench.gui.widgets import QuietButton, column, label, row
from workbench.jobs.messages import CameraFrame, Control, Failed, Finished, Seen, Watch

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext

SIDE = 640
"""Pixels of the longer side that a model is shown at most."""
_QUALITY = 85
_REMEMBERED = 20
"""Looks of which the middle latency is told."""


class _Look(NamedTuple):
    number: int
    image: QImage
    taken: float


class LiveView(QWidget):
    """The picture that was looked at last, with what was found in it.

    Signals
    -------
    ended
        (sentence, or "" where a person ended it) it is over.
    """

    ended = Signal(str)

    def __init__(self, context: AppContext, color: Callable[[str], QColor],
                 camera: Camera | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera = camera or Camera(self)
        self.picture = _Picture(context.theme, color)
        self.words = label("", "caption")
        self.stop_button = QuietButton(tr("Stop"), "stop")
        self.stop_button.clicked.connect(lambda: self.stop())
        edge = tokens.SPACE_M
        layout = column(self.picture, row(self.words, 1, self.stop_button,
                                          margins=(edge, edge, edge, edge)), spacing=0)
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._context = context
        self._encoder: WorkQueue[int] = work_queue(self, "camera")  # one lasting thread
        self._job = ""
        self._listening = False
        self._newest: Any = None
        self._came = 0.0
        self._flying: _Look | None = None
        self._busy = False  # a picture is being made ready, or looked at
        self._number = self.left_out = 0
        self._delays: deque[float] = deque(maxlen=_REMEMBERED)
        self._shown_at: deque[float] = deque(maxlen=_REMEMBERED)
        self.camera.frame.connect(self._take_frame)
        self.camera.failed.connect(self.stop)

    @property
    def running(self) -> bool:
        return bool(self._job)

    def start(self, project: str, run: str, look: AnswerLook, limits: Limits) -> None:
        """Open the camera and ask the model of ``run``."""
        self.stop()
        engine = self._context.engine
        if not self._listening:
            engine.event.connect(self._take_event)
            self._listening = True
        self._newest, self._flying, self._busy, self.left_out = None, None, False, 0
        self._delays.clear()
        self._shown_at.clear()
        self.picture.begin(look, limits)
        self.words.setText(tr("Loading the model …"))
        self._job = engine.new_job()
        engine.send(Watch(self._job, project, run, score_thresh=look.asked["score_thresh"],
                          nms_thresh=look.asked["nms_thresh"]))
        self.camera.start()

    def stop(self, sentence: str = "") -> None:
        """Close the camera."""
        if not self._job:
            return
        job, self._job = self._job, ""
        self._context.engine.send(Control(job, "cancel"))
        self._encoder.cancel()
        self.camera.stop()
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
                self._flying = _Look(number, made[0], came)
                self._context.engine.send(CameraFrame(job, number, made[1]))

        self._encoder.ask(number, lambda: _encoded(frame.toImage()), send)

    def _take_event(self, event: object) -> None:
        if not self._job or getattr(event, "job", "") != self._job:
            return
        if isinstance(event, Seen):
            look = self._flying
            if look is not None and look.number == event.number:
                self._flying, self._busy = None, False
                self._send_newest()  # the engine goes on while this is painted
                self.picture.show_look(look.image, event.item)
                self._tell(look.taken)
        elif isinstance(event, Failed | Finished):
            self._job = ""
            self.camera.stop()
            self.ended.emit(event.message if isinstance(event, Failed) else "")

    def _tell(self, taken: float) -> None:
        now = time.monotonic()
        self._delays.append(now - taken)
        self._shown_at.append(now)
        self.words.setText(tr(
            "{delay:.0f} ms behind the camera   {rate:.0f} pictures a second   {number:,} left out",
            delay=1000 * self.delay, rate=self.rate, number=self.left_out))

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
        self._look: AnswerLook | None = None
        self._limits: dict[str, float] = {}
        self._image = QImage()
        self._packed: Any = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(tokens.SIDE_PANEL_WIDTH)
        self.setAccessibleName(tr("The camera's picture"))
        theme.changed.connect(self.update)

    def begin(self, look: AnswerLook, limits: Limits) -> None:
        self._look, self._limits = look, dict(limits)
        self._image, self._packed = QImage(), None
        self.update()

    def set_limits(self, limits: Limits) -> None:
        self._limits = dict(limits)
        self.update()

    def show_look(self, image: QImage, item: Mapping[str, Any]) -> None:
        assert self._look is not None
        self._image, self._packed = image, self._look.pack(item)
        self.update()

    @property
    def item(self) -> Mapping[str, Any] | None:
        """What is shown now, at the sliders' values."""
        if self._look is None or self._packed is None:
            return None
        return self._look.shown(self._packed, self._limits)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), self._theme.color("canvas"))
            item = self.item
            if item is None or self._look is None:
                return
            edge = tokens.SPACE_M
            area = self.rect().adjusted(edge, edge, -edge, -edge)
            size = QSize(self._image.size()).scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(area.left() + (area.width() - size.width()) / 2,
                           area.top() + (area.height() - size.height()) / 2,
                           size.width(), size.height())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._image)
            make(self._look.paint, painter, place, item, self._color, self._theme)
        finally:
            painter.end()
