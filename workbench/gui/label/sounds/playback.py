"""Hears stretches of sounds that are shown as pictures, one at a time."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from workbench.gui.label.sounds.player import Playback, Player
from workbench.gui.label.sounds.spectrogram_thumbs import Excerpt

Key = TypeVar("Key", bound=Hashable)


class ExcerptPlayback(QObject, Generic[Key]):
    """Which one is played and how far.

    Qt's sound library is loaded when something is first played; where it is missing, that is said
    and everything else works.

    Parameters
    ----------
    longest
        Seconds after which it ends.
    """

    changed = Signal()
    """:attr:`key` or :attr:`share` is another."""
    failed = Signal(str)
    """(sentence) it cannot be played."""

    def __init__(self, parent: QObject | None = None, longest: float = math.inf) -> None:
        super().__init__(parent)
        self.key: Key | None = None
        self.share = 0.0
        """0..1 of its picture."""
        self._longest = longest
        self._what: Excerpt | None = None
        self.player = Player(self)
        self.player.moved.connect(self._moved)
        self.player.state_changed.connect(self._state_changed)
        self.player.failed.connect(self.failed)

    def play(self, key: Key, what: Excerpt) -> None:
        """Play from the beginning; what was playing stops."""
        self.player.stop()
        self._what = what
        stop = min(what.end, what.start + self._longest)
        if self.player.play(Playback(what.path, what.start, stop)):
            self.key, self.share = key, 0.0
            self.changed.emit()

    def toggle(self, key: Key, what: Excerpt) -> None:
        """Stop if this one is heard, else play it."""
        if self.key == key:
            self.stop()
        else:
            self.play(key, what)

    def stop(self) -> None:
        """Be silent at once."""
        self.player.stop()

    def _moved(self, seconds: float) -> None:
        if self._what is not None:
            length = max(self._what.end - self._what.start, 1e-6)
            self.share = min(1.0, max(0.0, (seconds - self._what.start) / length))
            self.changed.emit()

    def _state_changed(self) -> None:
        if not self.player.playing:
            self.key, self.share = None, 0.0
            self.changed.emit()
