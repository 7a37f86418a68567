"""Points of a map that are sounds are heard when they are chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.data.map_pictures import MapPictures

if TYPE_CHECKING:
    from workbench.gui.label.sounds.playback import ExcerptPlayback

_LONGEST = 8.0  # seconds


class MapHearing(QObject):
    """Plays the sound of one point, as far as it is short."""

    changed = Signal()
    """Another one is heard, or it has come further."""
    failed = Signal(str)
    """(sentence) it cannot be played; of points that are only chosen each sentence once."""

    def __init__(self, pictures: MapPictures, parent: QObject) -> None:
        super().__init__(parent)
        self._pictures = pictures
        self._playback: ExcerptPlayback[int] | None = None
        self._asked = False
        self._told: set[str] = set()

    @property
    def heard(self) -> tuple[int, float] | None:
        """The point that is heard, and how far, 0..1 of its picture; None in silence."""
        playback = self._playback
        return None if playback is None or playback.key is None else (playback.key, playback.share)

    def chosen(self, row: int) -> None:
        """A point was chosen: play it."""
        self._asked = False
        self._made().play(row, self._pictures.excerpt(row))

    def toggle(self, row: int) -> None:
        """Play a point, or end that."""
        self._asked = True
        self._made().toggle(row, self._pictures.excerpt(row))

    def stop(self) -> None:
        """Be silent."""
        if self._playback is not None:
            self._playback.stop()

    def _made(self) -> ExcerptPlayback[int]:
        from workbench.gui.label.sounds.playback import ExcerptPlayback

        if self._playback is None:
            self._playback = ExcerptPlayback(self, _LONGEST)
            self._playback.changed.connect(self.changed)
            self._playback.failed.connect(self._failed)
        return self._playback

    def _failed(self, sentence: str) -> None:
        if self._asked or sentence not in self._told:
            self._told.add(sentence)
            self.failed.emit(sentence)
