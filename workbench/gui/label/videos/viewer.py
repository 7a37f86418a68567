"""The middle of Videos: toolbar, canvas, time line, and what plays the video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QWidget

from workbench.core.text import tr
from workbench.core.video import time_text
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.label.images.image_source import Picture
from workbench.gui.label.images.toolbar import ZoomBar
from workbench.gui.label.images.viewer import ImageViewer
from workbench.gui.label.toolbar import action_button
from workbench.gui.label.videos.editor import VideoEditor
from workbench.gui.label.videos.frame_source import FrameSource
from workbench.gui.label.videos.suggested import suggested_choices, suggested_words
from workbench.gui.label.videos.timeline import Timeline
from workbench.gui.label.videos.toolbar import VideoToolbar
from workbench.gui.label.viewer import Remark
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ElidedLabel, QuietButton, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.fitting import MIDDLE_LEAST
from workbench.gui.widgets.key_words import keyed_tip, with_keys
from workbench.gui.widgets.menu import Menu

_TICK_MS = 15
_SPEEDS = (0.25, 0.5, 1.0, 1.5, 2.0, 4.0)
_NARROW, _ROOMY, _WORDED = 480, 600, 800
"""Logical pixels in which there is room beside what says where one is: for the speed, for the zoom
buttons, and for the word "Events"."""


def speed_words(speed: float) -> str:
    """ "0.5×"."""
    return f"{speed:g}×"


class VideoViewer(ImageViewer):
    """Shows the frames of the editor's video.

    A frame that is asked for is edited when its picture is there, so that no box is ever shown on
    another frame than its own.
    """

    moved = Signal()
    """Another frame is asked for or shown, or playing began or ended."""
    next_suggested_wanted = Signal()
    """The next suggested track is to be shown."""

    _editor: VideoEditor
    toolbar: VideoToolbar  # type: ignore[assignment]  # other buttons
    wanted = 0
    speed = 1.0
    """How many times as fast as it was filmed the video plays."""
    _first = 0  # the frame to begin with, when it is known

    def __init__(self, editor: VideoEditor, theme: Theme, colors: ClassColors,
                 actions: ActionRegistry) -> None:
        super().__init__(editor, theme, colors, actions)
        self._waiting: list[Callable[[], object]] = []
        self._clock, self._started = QElapsedTimer(), 0.0
        self._timer = QTimer(self, interval=_TICK_MS)
        self._timer.timeout.connect(self._play_on)
        self.frames.ready.connect(self._frame_ready)
        self.frames.grew.connect(self._grown)
        self.frames.failed.connect(self._failed)
        self.timeline.wanted.connect(self.go_to)

    def make_parts(self, actions: ActionRegistry) -> Sequence[QWidget | QLayout]:
        self.frames = FrameSource(self)
        self.toolbar = VideoToolbar(self._editor, actions, self._theme, self)
        self.zoom_bar = ZoomBar(self.canvas, actions, self, place="videos")
        self.timeline = Timeline(self._editor, self.frames, self._theme, self._colors, self)
        self.play = action_button(actions, "videos.play", "play", tr("Play"), bordered=True)
        self.play.setCheckable(True)
        self.previous_key = action_button(actions, "videos.previous_key", "chevron-left",
                                          tr("Previous key frame"), bordered=True)
        self.next_key = action_button(actions, "videos.next_key", "chevron-right",
                                      tr("Next key frame"), bordered=True)
        self.place_label = ElidedLabel()
        self.place_label.setProperty("role", "caption")
        edge = tokens.SPACE_M
        self.speed_button = QuietButton(speed_words(self.speed), run=self._offer_speeds)
        keyed_tip(self.speed_button, tr("How fast the video plays: slower (<videos.slower>), "
                                        "faster (<videos.faster>)"))
        self.events = QuietButton(tr("Events"), "clock", run=actions["videos.events"].run)
        self.events.setCheckable(True)
        self.events.setAccessibleName(tr("Events"))
        keyed_tip(self.events, tr("Note what happens in the video, and when (<videos.events>)"))
        strip = row(self.play, self.previous_key, self.next_key, self.speed_button, self.events,
                    self.place_label, self.zoom_bar,
                    margins=(edge, tokens.SPACE_S, edge, tokens.SPACE_XS))
        strip.setStretch(5, 1)
        return (strip, self.timeline)

    def minimumSizeHint(self) -> QSize:
        """Less than what a middle keeps, so that the panels fold away before anything is cut; the
        zoom buttons, which wheel and keys stand for, go where there is no room for them."""
        return QSize(MIDDLE_LEAST - tokens.SPACE_XL, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.zoom_bar.setVisible(self.width() >= _ROOMY)
        self.speed_button.setVisible(self.width() >= _NARROW)
        worded = self.width() >= _WORDED
        self.events.setText(tr("Events") if worded else "")
        self.events.setStyleSheet("" if worded else "padding: 0;")
        self.events.setMinimumWidth(0 if worded else tokens.CONTROL_HEIGHT)
        super().resizeEvent(event)

    # --- which frame ----------------------------------------------------------------------------

    def open_at(self, key: str, frame: int = 0) -> None:
        """Show a video, from a frame on."""
        self._first = frame
        self.open(key)

    def begin_at(self, frame: int) -> None:
        """Show a frame of the video that is open, or was just opened."""
        if self.canvas.scene.picture.settled:
            self.go_to(frame)
        else:
            self._first = frame

    def reopen(self) -> None:
        if self._editor.key:
            self.open_at(self._editor.key, self._editor.frame)

    def _image_changed(self) -> None:
        self.stop()
        self.failure, self.wanted = "", 0
        self._waiting.clear()
        session, key = self._editor.session, self._editor.key
        self.canvas.show_image(Picture())
        if session is None or not key:
            self.frames.close()
            self.notice.dismiss()
        else:
            self.frames.open(session.videos.path(key), session.folder)
            self.update_notice()
        self._tell()

    def go_to(self, frame: int) -> None:
        """Show a frame, as soon as it is decoded."""
        frame = min(max(0, frame), self.frames.last)
        if not self._editor.key or not self.frames.times:
            return
        if frame != self.wanted:
            self.canvas.settle()
            self.dismiss_chooser()
        self.wanted = frame
        if self.frames.show(frame):
            self._frame_ready(frame)
        self._tell()

    def when_there(self, act: Callable[[], object], *, walks: bool = False) -> None:
        """Do ``act`` when the frame that was asked for is shown: a key pressed right after a step
        is meant of the frame it leads to. One that ``walks`` on need not wait for that."""
        self._waiting.append(act)
        if walks and len(self._waiting) == 1:
            self._waiting.pop()()
        else:
            self._go_on()

    def _go_on(self) -> None:
        """Do what waits for the frame that is shown now."""
        while self._waiting and (self.wanted == self._editor.frame or not self.frames.times):
            self._waiting.pop(0)()

    def step(self, by: int) -> None:
        """Go some frames on or back."""
        self.stop()
        self.go_to(self.wanted + by)

    def _grown(self) -> None:
        if self.canvas.scene.picture.settled or not self.frames.times:
            self._tell()
        elif self.frames.last >= self._first or self.frames.complete:
            self.go_to(self._first)
        self.update_notice()

    def _frame_ready(self, frame: int) -> None:
        picture = self.frames.picture(frame)
        if picture is None:
            return
        known, self._first = self.canvas.scene.picture.settled, 0
        self._editor.size = picture.size
        self._editor.set_blank(False)
        self._editor.show_frame(frame)
        self.canvas.set_picture(picture)
        self._tell()
        if not known:
            self.update_notice()
            self.shown.emit()
        self._go_on()

    def _failed(self, sentence: str) -> None:
        self.stop()
        self._waiting.clear()
        if not self.canvas.scene.picture.settled:
            self.failure = sentence  # the notice says it
            self._editor.set_blank(True)
            self.canvas.show_image(Picture(failure=tr("This video cannot be shown."),
                                           complete=True))
            self.shown.emit()
        else:
            self.wanted = self._editor.frame
            self.refused.emit(sentence)
        self._tell()
        self.update_notice()

    def _tell(self) -> None:
        frames = self.frames
        self.timeline.set_frame(self.wanted)
        words = ""
        if frames.times:
            words = tr("{time}   frame {frame:,} of {count:,}", time=time_text(
                frames.time(self.wanted)), frame=self.wanted, count=len(frames.times))
            if not frames.complete:
                words += "   " + tr("counting the frames, {share:.0%}", share=frames.share)
        self.place_label.setText(words)
        self.moved.emit()

    # --- playing --------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def toggle_play(self) -> None:
        """Play on from here, from the beginning where this is the end; or stop."""
        if self.playing:
            self.stop()
        elif self.frames.times:
            if self.wanted >= self.frames.last:
                self.go_to(0)
            self._begin_clock()
            self._timer.start()
            self._show_playing()

    def _begin_clock(self) -> None:
        self._started = self.frames.time(self.wanted)
        self._clock.start()

    def set_speed(self, speed: float) -> None:
        """Play slower or faster, from now on."""
        self.speed = speed
        self.speed_button.setText(speed_words(speed))
        self._begin_clock()

    def change_speed(self, by: int) -> None:
        """Take the next faster (1) or slower (-1) of the speeds there are."""
        at = min(max(0, _SPEEDS.index(self.speed) + by), len(_SPEEDS) - 1)
        self.set_speed(_SPEEDS[at])

    def _offer_speeds(self) -> None:
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for speed in _SPEEDS:
            action = menu.addAction(speed_words(speed), partial(self.set_speed, speed))
            action.setCheckable(True)
            action.setChecked(speed == self.speed)
        menu.popup(self.speed_button.mapToGlobal(self.speed_button.rect().bottomLeft()))

    def stop(self) -> None:
        """Play no further."""
        if self.playing:
            self._timer.stop()
            self._show_playing()

    def _show_playing(self) -> None:
        self.play.setChecked(self.playing)
        self.play.set_icon("pause" if self.playing else "play")
        self.moved.emit()

    def _play_on(self) -> None:
        """Show the frame whose time it is; those between are left out where decoding is slow."""
        if self.wanted != self._editor.frame:
            return  # still being decoded
        frame = self.frames.at_time(self._started + self._clock.elapsed() / 1000 * self.speed)
        if frame != self.wanted:
            self.go_to(frame)
        if self.wanted >= self.frames.last:
            self.stop()

    # --- what an image has and a frame has not --------------------------------------------------

    def _picture_changed(self, name: str) -> None:
        pass

    def _ask_for_detail(self) -> None:
        pass

    def _path(self) -> Path | None:
        return None

    def remark(self) -> Remark | None:
        if self.frames.warning:
            return Remark("warn", self.frames.warning, (self.folder_choice,))
        suggestions = self._editor.suggestions
        if (words := suggested_words(suggestions)) and not self._editor.hidden:
            return Remark("info", words, (*suggested_choices(suggestions), (
                tr("Next"), self.next_suggested_wanted.emit,
                with_keys(tr("Go to where the next one begins (<videos.next_suggested>)")))))
        return super().remark()

    def _place_notice(self) -> None:
        """Over the picture: below it is the time line."""
        notice, edge = self.notice, tokens.SPACE_M
        if not notice.isHidden():
            width = self.width() - 2 * edge
            height = notice.heightForWidth(width)
            notice.setGeometry(edge, self.canvas.geometry().bottom() - height, width, height)
            notice.raise_()

    def close_down(self) -> None:
        """End the threads."""
        self.stop()
        self.frames.close()
        self.source.close()
