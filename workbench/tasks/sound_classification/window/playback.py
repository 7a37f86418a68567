"""Hears the sounds of the list, one at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.label.sounds.player import Playback, Player
from workbench.project.datasets.sounds import SoundSample
from workbench.tasks.sound_classification.results import SoundKey, key_of


class SoundPlayback(QObject):
    """Which sound is played and how far.

    Qt's sound library is loaded when something is first played; where it is missing, that is said
    and everything else works.
    """

    changed = Signal()
    """:attr:`key` or :attr:`share` is another."""
    failed = Signal(str)
    """(sentence) it cannot be played."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.key: SoundKey | None = None
        self.share = 0.0
        self._sound: SoundSample | None = None
        self.player = Player(self)
        self.player.moved.connect(self._moved)
        self.player.state_changed.connect(self._state_changed)
        self.player.failed.connect(self.failed)

    def play(self, sound: SoundSample) -> None:
        """Play a sound from its beginning; what was playing stops."""
        self.player.stop()
        self._sound = sound
        if self.player.play(Playback(sound.path, sound.start, sound.end)):
            self.key, self.share = key_of(sound), 0.0
            self.changed.emit()

    def toggle(self, sound: SoundSample) -> None:
        """Stop if this sound is heard, else play it."""
        if self.key == key_of(sound):
            self.stop()
        else:
            self.play(sound)

    def stop(self) -> None:
        self.player.stop()

    def _moved(self, seconds: float) -> None:
        if self._sound is not None:
            length = max(self._sound.duration, 1e-6)
            self.share = min(1.0, max(0.0, (seconds - self._sound.start) / length))
            self.changed.emit()

    def _state_changed(self) -> None:
        if not self.player.playing:
            self.key, self.share = None, 0.0
            self.changed.emit()
