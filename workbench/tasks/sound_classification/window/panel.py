"""The right side: what the sounds are, the sounds, and what one can do with them."""

from __future__ import annotations

from PySide6.QtCore import Signal

from workbench.core.text import tr
from workbench.gui.label.sounds.display import DisplaySettings
from workbench.gui.label.sounds.spectrogram_thumbs import SpectrogramThumbs
from workbench.gui.results.classifier_list import ORDERS, ScoredPanel
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, QuietButton
from workbench.tasks.sound_classification.window.list_view import SoundListView


class SoundPanel(ScoredPanel[SoundListView]):
    """Heading, sounds and keys."""

    noun = "sound"
    key_words = "Click or Space plays · a digit relabels:"
    play_pressed = Signal()
    """The button that plays and stops."""

    def __init__(self, theme: Theme, display: DisplaySettings) -> None:
        thumbs = SpectrogramThumbs(display)
        super().__init__(
            SoundListView(theme, thumbs), UpdateNotice("sound", tr("Test on them")), "sounds",
            tr("At this threshold no sound is behind this number."), ORDERS)
        self.thumbs = thumbs
        thumbs.setParent(self)
        self.make_parts()
        self.play_button = IconButton("play", tr("Play or stop the chosen sound"), keys="Space",
                                      bordered=True, run=self.play_pressed)
        self.open_button = QuietButton(tr("Open in Audio"), "external")
        self.open_button.setToolTip(tr("Open the chosen sound in Audio (Enter or double click)"))
        self.open_button.clicked.connect(self.open_chosen)
        self.arrange(self.head(self.play_button, self.open_button), self.keys)

    def show_playing(self, playing: bool) -> None:
        """Whether something is heard."""
        self.play_button.set_icon("stop" if playing else "play")

    def choice_changed(self) -> None:
        chosen = self.view.row is not None
        self.open_button.setEnabled(chosen)
        self.play_button.setEnabled(chosen)
