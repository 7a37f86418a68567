"""The right side: what the sounds are, the sounds, and what one can do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui.label.sounds.look import Look
from workbench.gui.results.notice import Notice
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    ElidedLabel,
    EmptyState,
    IconButton,
    LinkButton,
    QuietButton,
    label,
    row,
)
from workbench.tasks.detection.words import Cell, count
from workbench.tasks.sound_classification.results import Order, SoundSnapshot
from workbench.tasks.sound_classification.window.list_view import SoundListView
from workbench.tasks.sound_classification.window.thumbs import SpectrogramThumbs
from workbench.tasks.sound_classification.words import cell_title

_ORDERS: dict[Order, str] = {
    "loss": "biggest mistakes first", "confident": "surest first", "unsure": "least sure first",
    "file": "by name",
}
assert set(_ORDERS) == set(get_args(Order))


class SoundPanel(QWidget):
    """Heading, sounds and keys.

    Signals
    -------
    opened
        (row) open this sound in Audio.
    order_changed
        The sounds are wanted in another order.
    cleared
        Show all sounds again.
    play_pressed
        The button that plays and stops.
    """

    opened = Signal(int)
    order_changed = Signal()
    cleared = Signal()
    play_pressed = Signal()

    def __init__(self, theme: Theme, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thumbs = SpectrogramThumbs(look, self)
        self.view = SoundListView(theme, self.thumbs)
        self._nothing = EmptyState("check", "Nothing here",
                                   "At this threshold no sound is behind this number.")
        self._stack = QStackedWidget()
        for page in (self.view, self._nothing):
            self._stack.addWidget(page)
        self.notice = Notice(noun="sound", detect_text="Test on them")
        self.keys = ElidedLabel("")
        self.keys.setProperty("role", "caption")
        self._make_head()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(tokens.SPACE_L, tokens.SPACE_M, tokens.SPACE_S, tokens.SPACE_S)
        outer.setSpacing(tokens.SPACE_S)
        outer.addLayout(self._head)
        outer.addWidget(self._stack, 1)
        outer.addWidget(self.notice)  # below, so that nothing above moves when it comes
        outer.addWidget(self.keys)
        self._connect()

    def _make_head(self) -> None:
        self.title = label("", "heading")
        self.all_button = LinkButton("All sounds")
        self.all_button.setToolTip("Show every sound again (Esc)")
        self.order_box = QComboBox()
        self.order_box.setAccessibleName("Order of the sounds")
        self.order_box.setToolTip("Order of the sounds")
        self.order_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.order_box.setMinimumWidth(80)
        for order, words in _ORDERS.items():
            self.order_box.addItem(words, order)
        self.play_button = IconButton("play", "Play or stop the chosen sound", keys="Space",
                                      bordered=True)
        self.open_button = QuietButton("Open in Audio", "external")
        self.open_button.setToolTip("Open the chosen sound in Audio (Enter or double click)")
        self._head = row(self.title, 1, self.all_button, self.order_box, self.play_button,
                         self.open_button, spacing=tokens.SPACE_S,
                         margins=(0, 0, tokens.SPACE_S, 0))

    def _connect(self) -> None:
        self.view.opened.connect(self.opened)
        self.view.left.connect(self.cleared)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._settle())
        self.view.sounds.modelReset.connect(self._settle)
        self.all_button.clicked.connect(self.cleared)
        self.order_box.activated.connect(lambda _index: self.order_changed.emit())
        self.play_button.clicked.connect(self.play_pressed)
        self.open_button.clicked.connect(self._open_chosen)
        self._settle()

    @property
    def order(self) -> Order:
        """The order that is chosen."""
        found: Order = self.order_box.currentData()
        return found

    def set_order(self, order: Order) -> None:
        """Choose an order."""
        if order != self.order:
            self.order_box.setCurrentIndex(self.order_box.findData(order))
            self.order_changed.emit()

    def set_classes(self, keyed: Sequence[tuple[str, str]]) -> None:
        """Say which digit gives which class: ``(digit, name)``."""
        words = "   ".join(f"{digit} = {name}" for digit, name in keyed)
        self.keys.setText(f"Click or Space plays · a digit relabels:   {words}" if words else "")

    def show_snapshot(self, snapshot: SoundSnapshot) -> None:
        """Show the sounds of a snapshot."""
        self.view.show_snapshot(snapshot)
        cell: Cell | None = snapshot.cell
        number = len(snapshot.rows)
        self.title.setText(count(number, "sound") if cell is None else
                           cell_title(cell, number, snapshot.results.classes,
                                      snapshot.results.background))
        self.all_button.setVisible(cell is not None)
        self._stack.setCurrentWidget(self.view if number else self._nothing)

    def show_playing(self, playing: bool) -> None:
        """Whether something is heard."""
        self.play_button.set_icon("stop" if playing else "play")

    def forget(self) -> None:
        """Another set comes: drop the sounds of the old one."""
        self.view.show_snapshot(None)
        self.title.setText("")

    def _settle(self) -> None:
        chosen = self.view.row is not None
        self.open_button.setEnabled(chosen)
        self.play_button.setEnabled(chosen)

    def _open_chosen(self) -> None:
        if self.view.row is not None:
            self.opened.emit(self.view.row)
