"""What was found in a sound is heard when it is clicked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from workbench.core.text import tr
from workbench.gui.label.sounds.player import Playback, Player
from workbench.gui.predict.picture import PredictionPicture

_AROUND = 0.25
"""Seconds that are heard before and after what was found."""


class PartPlayer(QObject):
    """Plays the parts of the answer that a picture shows: a click on one plays it, or ends it.

    Parameters
    ----------
    player
        What plays all that is heard in Predict.
    """

    def __init__(self, picture: PredictionPicture, player: Player) -> None:
        super().__init__(picture)
        self._picture = picture
        self._file, self._last = "", -1
        self.player = player
        self.player.state_changed.connect(self._state_changed)
        picture.setMouseTracking(True)
        picture.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Hide:
            self.player.stop()
        elif isinstance(event, QMouseEvent) and kind == QEvent.Type.MouseMove:
            if not event.buttons():
                self._picture.setCursor(Qt.CursorShape.ArrowCursor if self._at(event.position()) < 0
                                        else Qt.CursorShape.PointingHandCursor)
        elif isinstance(event, QMouseEvent) and kind == QEvent.Type.MouseButtonPress:
            return event.button() == Qt.MouseButton.LeftButton and self._clicked(event.position())
        elif isinstance(event, QHelpEvent) and self._at(QPointF(event.pos())) >= 0:
            QToolTip.showText(event.globalPos(), tr("Click to hear it"), self._picture)
            return True
        return False

    def _at(self, point: QPointF) -> int:
        """The number of the part at ``point``; -1 for none."""
        return next((number for number, part in enumerate(self._picture.parts())
                     if any(area.contains(point) for area in part.areas)), -1)

    def _clicked(self, point: QPointF) -> bool:
        number = self._at(point)
        if number < 0:
            return False
        if self.player.playing and number == self._last and self._file == self._picture.file:
            self.player.stop()
        else:
            self.play(number)
        return True

    def play(self, number: int) -> None:
        """Play a part of the answer that is shown."""
        part = self._picture.parts()[number]
        self._file, self._last = self._picture.file, number
        if self.player.play(Playback(Path(self._file), max(0.0, part.start - _AROUND),
                                     part.end + _AROUND)):
            self._picture.mark_part(number)

    def _state_changed(self) -> None:
        if not self.player.playing:
            self._picture.mark_part(-1)
