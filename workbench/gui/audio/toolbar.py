"""The row above the pictures: play, draw, and how the spectrogram looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from workbench.audio.spectrogram import WINDOWS
from workbench.gui import tokens
from workbench.gui.actions import ActionRegistry
from workbench.gui.audio.look import FFT_SIZES, HOPS, MAPS, SCALES, Look
from workbench.gui.widgets import (
    Chip,
    IconButton,
    LabeledSlider,
    Popup,
    PrimaryButton,
    QuietButton,
    column,
    row,
)

Choice = tuple[str, tuple[str, object], bool]
"""Words, what it changes in the look, and whether it is the one in use."""


class RangePopup(Popup):
    """Which loudness the colours stand for.

    Signals
    -------
    changed
        (floor, ceiling) in dB.
    """

    changed = Signal(float, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.floor = LabeledSlider("Darkest", -120, -10, -70, step=1, unit="dB")
        self.ceiling = LabeledSlider("Brightest", -60, 0, 0, step=1, unit="dB")
        self.follow = QuietButton("Follow the clip's loudness")
        self.follow.setCheckable(True)
        edge = tokens.SPACE_M
        self.setLayout(column(self.floor, self.ceiling, self.follow,
                              margins=(edge, edge, edge, edge)))
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH)
        self.setWindowFlag(Qt.WindowType.Popup)
        for slider in (self.floor, self.ceiling):
            slider.value_changed.connect(lambda _value: self._moved())

    def _moved(self) -> None:
        floor = min(self.floor.value(), self.ceiling.value() - 10)
        self.changed.emit(floor, self.ceiling.value())


class Toolbar(QWidget):
    """Buttons run actions; chips choose the look.

    Signals
    -------
    look_changed
        (:class:`Look`) a person chose another one.
    """

    look_changed = Signal(object)

    def __init__(self, actions: ActionRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self._look = Look()
        self._n_fft = self._hop = 0
        self.back = QuietButton("Back to Results", "arrow-left")
        self.back.hide()
        self._narrow = False
        self.list_toggle = self._icon("toggle_list", "panel-left", "Clip list", checkable=True)
        self.side_toggle = self._icon("toggle_side", "panel-right", "Record, classes and regions",
                                      checkable=True)
        self.play = PrimaryButton("", "play")
        self.play.setFixedWidth(tokens.CONTROL_HEIGHT + tokens.SPACE_S)
        self.play.setStyleSheet("padding: 0;")
        self.loop = self._button("loop", "Loop", "refresh", "Play the selection over and over")
        self.half = self._button("half_speed", "½×", "", "Play at half speed, an octave lower")
        self.band = self._button("band", "Band", "box",
                                 "Draw time and frequency, not time alone (Shift does, too)")
        self.split = self._button("split", "Split at silence", "split",
                                  "Find the sounds between silences")
        self.undo = self._icon("undo", "undo", "Undo", bordered=True)
        self.redo = self._icon("redo", "redo", "Redo", bordered=True)
        self.scale, self.fft, self.hop, self.range, self.colors = (Chip("") for _ in range(5))
        self.range_popup = RangePopup(self)
        self._arrange()
        self._wire()

    def _arrange(self) -> None:
        edge = tokens.SPACE_M
        chips = row(self.scale, self.fft, self.hop, self.range, self.colors, spacing=6)
        self.setLayout(row(
            self.list_toggle, self.back, self.play, self.loop, self.half, self.undo, self.redo,
            self.band, self.split, chips, 1, self.side_toggle,
            margins=(edge, tokens.SPACE_S, edge, tokens.SPACE_S)))

    def _wire(self) -> None:
        self.play.clicked.connect(self._run("play"))
        self.range_popup.changed.connect(
            lambda floor, ceiling: self._choose(floor_db=floor, ceiling_db=ceiling))
        self.range_popup.follow.toggled.connect(lambda on: self._choose(follow=on))
        self.range.clicked.connect(self._open_range)
        self.scale.clicked.connect(self._offer_scale)
        self.fft.clicked.connect(self._offer_fft)
        self.hop.clicked.connect(self._offer_hop)
        self.colors.clicked.connect(self._offer_colors)
        for chip, words in ((self.scale, "Frequency axis"), (self.fft, "Window of the spectrum"),
                            (self.hop, "Step between windows"), (self.range, "Range of loudness"),
                            (self.colors, "Colours")):
            chip.setToolTip(words)

    # --- what is shown --------------------------------------------------------------------------

    def show_look(self, look: Look, n_fft: int, hop: int) -> None:
        """Say how the spectrogram is made."""
        self._look, self._n_fft, self._hop = look, n_fft, hop
        self.scale.set_text(look.scale)
        self.fft.set_text(f"FFT {n_fft}")
        self.hop.set_text(f"hop {hop}")
        self.range.set_text(f"−{-look.floor_db:.0f}…{look.ceiling_db:.0f} dB".replace("…-", "…−"))
        self.colors.set_text(look.colormap)

    def show_playing(self, *, playing: bool) -> None:
        self.play.set_icon("pause" if playing else "play")
        words = "Pause" if playing else "Play"
        self.play.setToolTip(f"{words} (Space)")
        self.play.setAccessibleName(words)

    def show_undo(self, undo: str | None, redo: str | None) -> None:
        """Say what would be undone and redone."""
        for button, verb, what, keys in ((self.undo, "Undo", undo, "Ctrl+Z"),
                                         (self.redo, "Redo", redo, "Ctrl+Shift+Z")):
            button.setEnabled(what is not None)
            button.setToolTip(f"{verb}: {what} ({keys})" if what else f"{verb} ({keys})")

    def set_narrow(self, narrow: bool) -> None:
        """Where there is little room, leave out what is also in menus."""
        self._narrow = narrow
        for widget in (self.hop, self.colors, self.band):
            widget.setVisible(not narrow)
        for widget in (self.fft, self.range):
            widget.setVisible(not narrow or self.back.isHidden())
        self.split.setText("Split" if narrow else "Split at silence")

    def show_back(self, place: str) -> None:
        """Offer the way back to a place; "" for none."""
        self.back.setText(f"Back to {place.capitalize()}")
        self.back.setVisible(bool(place))
        self.set_narrow(self._narrow)

    # --- choices --------------------------------------------------------------------------------

    def _choose(self, **changes: object) -> None:
        look = replace(self._look, **changes)  # type: ignore[arg-type]
        if look != self._look:
            self.look_changed.emit(look)

    def _offer_scale(self) -> None:
        self._offer(self.scale, [(name, ("scale", name), name == self._look.scale)
                                 for name in SCALES])

    def _offer_fft(self) -> None:
        choices: list[Choice] = [
            (f"{size}" if size else "automatic", ("n_fft", size), size == self._look.n_fft)
            for size in FFT_SIZES]
        windows: list[Choice] = [(name, ("window", name), name == self._look.window)
                                 for name in WINDOWS]
        self._offer(self.fft, choices, windows)

    def _offer_hop(self) -> None:
        self._offer(self.hop, [(f"{size}" if size else "automatic", ("hop_length", size),
                                size == self._look.hop_length) for size in HOPS])

    def _offer_colors(self) -> None:
        self._offer(self.colors, [(name, ("colormap", name), name == self._look.colormap)
                                  for name in MAPS])

    def _offer(self, chip: Chip, *groups: Sequence[Choice]) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for number, choices in enumerate(groups):
            if number:
                menu.addSeparator()
            group = QActionGroup(menu)
            for words, change, chosen in choices:
                item = menu.addAction(words)
                item.setCheckable(True)
                item.setChecked(chosen)
                group.addAction(item)
                item.triggered.connect(partial(self._taken, change))
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))

    def _taken(self, change: tuple[str, object], _checked: bool = False) -> None:
        self._choose(**dict([change]))

    def _open_range(self) -> None:
        popup = self.range_popup
        popup.floor.set_value(self._look.floor_db, announce=False)
        popup.ceiling.set_value(self._look.ceiling_db, announce=False)
        blocked = popup.follow.blockSignals(True)
        popup.follow.setChecked(self._look.follow)
        popup.follow.blockSignals(blocked)
        popup.adjustSize()
        popup.move(self.range.mapToGlobal(QPoint(0, self.range.height() + tokens.SPACE_XS)))
        popup.show()

    # --- making ---------------------------------------------------------------------------------

    def _run(self, name: str) -> Callable[[], object]:
        return lambda: self._actions[f"audio.{name}"].run()

    def _icon(self, name: str, icon: str, text: str, *, bordered: bool = False,
              checkable: bool = False) -> IconButton:
        keys = self._actions[f"audio.{name}"].keys
        made = IconButton(icon, text, keys=keys[0] if keys else "", bordered=bordered,
                          checkable=checkable)
        made.setChecked(checkable)
        made.clicked.connect(self._run(name))
        return made

    def _button(self, name: str, text: str, icon: str, tip: str) -> QuietButton:
        made = QuietButton(text, icon)
        made.setCheckable(name != "split")
        made.setToolTip(tip)
        keys = self._actions[f"audio.{name}"].keys
        if keys:
            made.set_keys(keys[0])
        made.clicked.connect(self._run(name))
        return made
