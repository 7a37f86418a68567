"""Playing what is shown: where it begins, what is looped, and the cursor that moves along."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from workbench.gui.label.sounds.canvas import SoundCanvas
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.player import Playback, Player
from workbench.gui.label.sounds.toolbar import ClipToolbar


class Listening(QObject):
    """Ties the player to the cursor, the selection and the buttons."""

    refused = Signal(str)
    """(sentence) why nothing is heard."""

    def __init__(self, player: Player, editor: ClipEditor, canvas: SoundCanvas,
                 toolbar: ClipToolbar) -> None:
        super().__init__()
        self._player = player
        self._editor = editor
        self._canvas = canvas
        self._toolbar = toolbar
        self.loop = False
        self.half = False
        player.moved.connect(self._moved)
        player.failed.connect(self.refused)
        player.finished.connect(self._finished)
        player.state_changed.connect(self._show)
        canvas.sought.connect(self._sought)
        editor.stretch_changed.connect(self._range_changed)
        self._began = 0.0
        self._show()

    def toggle(self) -> None:
        """Play from the cursor, or pause there."""
        if self._player.playing:
            self._player.stop()
        else:
            self._play(self._canvas.playhead)

    def from_start(self) -> None:
        """Play from the beginning of the selection, or of the clip."""
        focus = self._editor.focus_range
        self._play(focus[0] if focus is not None else 0.0)

    def set_loop(self, loop: bool) -> None:
        self.loop = loop
        self._again()

    def set_half(self, half: bool) -> None:
        self.half = half
        self._again()

    def toggle_loop(self) -> None:
        self.set_loop(not self.loop)

    def toggle_half(self) -> None:
        self.set_half(not self.half)

    def _again(self) -> None:
        """Go on with other settings where it is playing."""
        if self._player.playing:
            self._play(self._canvas.playhead)
        self._show()

    def _play(self, at: float) -> None:
        editor = self._editor
        sounds = editor.library
        if sounds is None or not editor.key or not editor.duration:
            return
        low, high = editor.focus_range or (0.0, editor.duration)
        if not low <= at < high - 0.005:
            at = low
        self._began = low if self.loop else at
        self._player.play(Playback(
            sounds.path(editor.key), at, high, self.loop, low, 0.5 if self.half else 1.0))

    def _moved(self, seconds: float) -> None:
        self._canvas.set_playhead(seconds, follow=True)

    def _finished(self) -> None:
        """Played to the end: the cursor goes back to where it began, to play it again."""
        self._canvas.set_playhead(self._began)

    def _sought(self, seconds: float) -> None:
        self._canvas.set_playhead(seconds)
        if self._player.playing:
            self._play(seconds)

    def _range_changed(self) -> None:
        if self._player.playing and self.loop:
            self._play(self._canvas.playhead)

    def _show(self) -> None:
        self._toolbar.show_playing(playing=self._player.playing)
        self._toolbar.loop.setChecked(self.loop)
        self._toolbar.half.setChecked(self.half)
