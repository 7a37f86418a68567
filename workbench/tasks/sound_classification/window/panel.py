"""The right side: what the sounds are, the sounds, and what one can do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from workbench.core.text import count
from workbench.gui.label.sounds.look import Look
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.results.result_list_panel import ResultListPanel
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ElidedLabel, IconButton, LinkButton, QuietButton, row
from workbench.tasks.sound_classification.results import Order, SoundSnapshot
from workbench.tasks.sound_classification.window.list_view import SoundListView
from workbench.tasks.sound_classification.window.thumbs import SpectrogramThumbs
from workbench.tasks.sound_classification.words import cell_title

_ORDERS: dict[Order, str] = {
    "loss": "biggest mistakes first", "confident": "surest first", "unsure": "least sure first",
    "file": "by name",
}
assert set(_ORDERS) == set(get_args(Order))


class SoundPanel(ResultListPanel[SoundListView]):
    """Heading, sounds and keys.

    Signals
    -------
    play_pressed
        The button that plays and stops.
    """

    play_pressed = Signal()

    def __init__(self, theme: Theme, look: Look, parent: QWidget | None = None) -> None:
        thumbs = SpectrogramThumbs(look)
        super().__init__(
            SoundListView(theme, thumbs), UpdateNotice("sound", "Test on them"), "sounds",
            "At this threshold no sound is behind this number.", _ORDERS, parent)
        self.thumbs = thumbs
        thumbs.setParent(self)
        self.keys = ElidedLabel("")
        self.keys.setProperty("role", "caption")
        self.all_button = LinkButton("All sounds")
        self.all_button.setToolTip("Show every sound again (Esc)")
        self.all_button.clicked.connect(self.cleared)
        self.play_button = IconButton("play", "Play or stop the chosen sound", keys="Space",
                                      bordered=True)
        self.play_button.clicked.connect(self.play_pressed)
        self.open_button = QuietButton("Open in Audio", "external")
        self.open_button.setToolTip("Open the chosen sound in Audio (Enter or double click)")
        self.open_button.clicked.connect(self.open_chosen)
        self.arrange(row(self.title, 1, self.all_button, self.order_box, self.play_button,
                         self.open_button, spacing=tokens.SPACE_S), self.keys)

    def set_classes(self, keyed: Sequence[tuple[str, str]]) -> None:
        """Say which digit gives which class: ``(digit, name)``."""
        words = "   ".join(f"{digit} = {name}" for digit, name in keyed)
        self.keys.setText(f"Click or Space plays · a digit relabels:   {words}" if words else "")

    def show_snapshot(self, snapshot: SoundSnapshot) -> None:
        """Show the sounds of a snapshot."""
        self.view.show_snapshot(snapshot)
        cell = snapshot.cell
        number = len(snapshot.rows)
        self.title.setText(count(number, "sound") if cell is None else
                           cell_title(cell, number, snapshot.results.classes,
                                      snapshot.results.background))
        self.all_button.setVisible(cell is not None)
        self.stack.setCurrentWidget(self.view if number else self.nothing)

    def show_playing(self, playing: bool) -> None:
        """Whether something is heard."""
        self.play_button.set_icon("stop" if playing else "play")

    def forget(self) -> None:
        """Another set comes: drop the sounds of the old one."""
        self.view.show_snapshot(None)
        self.title.setText("")

    def choice_changed(self) -> None:
        chosen = self.view.row is not None
        self.open_button.setEnabled(chosen)
        self.play_button.setEnabled(chosen)
