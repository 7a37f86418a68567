"""The row above the pictures: play, draw, and how the spectrogram looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.key_choices import follow_keys
from workbench.gui.label.sounds.display import (
    FFT_SIZES,
    MAP_WORDS,
    MAPS,
    OVERLAPS,
    SCALES,
    DisplaySettings,
)
from workbench.gui.label.toolbar import PlaceToolbar
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    Chip,
    IconButton,
    LabeledSlider,
    PopupWindow,
    PrimaryButton,
    QuietButton,
    column,
    row,
)
from workbench.gui.widgets.menu import Menu
from workbench.media.sounds.spectrogram import WINDOWS

Choice = tuple[str, tuple[str, object], bool]
"""Words, what it changes in the settings, and whether it is the one in use."""


class RangePopup(PopupWindow):
    """Which loudness the colours stand for."""

    changed = Signal(float, float)
    """(floor, ceiling) in dB."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.floor = LabeledSlider(tr("Darkest"), -120, -10, -70, step=1, unit="dB")
        self.ceiling = LabeledSlider(tr("Brightest"), -60, 0, 0, step=1, unit="dB")
        self.follow = QuietButton(tr("Follow the sound's loudness"))
        self.follow.setCheckable(True)
        edge = tokens.SPACE_M
        self.setLayout(column(self.floor, self.ceiling, self.follow,
                              margins=(edge, edge, edge, edge)))
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH)
        for slider in (self.floor, self.ceiling):
            slider.value_changed.connect(lambda _value: self._moved())

    def _moved(self) -> None:
        floor = min(self.floor.value(), self.ceiling.value() - 10)
        self.changed.emit(floor, self.ceiling.value())


class ClipToolbar(PlaceToolbar):
    """Buttons run actions; chips choose how the spectrogram is shown."""

    display_changed = Signal(object)
    """(:class:`DisplaySettings`) a person chose another one."""

    def __init__(self, actions: ActionRegistry) -> None:
        super().__init__(actions, "audio", tr("Sound list"), tr("Record, classes and regions"))
        self._display = DisplaySettings()
        self._channels = 1
        self.play = PrimaryButton("", "play")
        self.play.setFixedWidth(tokens.CONTROL_HEIGHT + tokens.SPACE_S)
        self.play.setStyleSheet("padding: 0;")
        self.loop = self._button("loop", tr("Loop"), "refresh",
                                 tr("Play the selection over and over"))
        self.half = self._button("half_speed", "½×", "", tr("Play at half speed, an octave lower"))
        self.band = self._button("band", tr("Band"), "box",
                                 tr("Draw regions with a frequency range (or hold Shift)"))
        self.split = self._button("split", tr("Split at silence"), "split",
                                  tr("Find the sounds between silences"))
        self.scale, self.fft, self.overlap, self.range, self.colors, self.channel = (
            Chip("") for _ in range(6))
        self.more = IconButton("settings", tr("Spectrogram settings"), bordered=True)
        self.range_popup = RangePopup(self)
        self._arrange()
        self._wire()

    def _arrange(self) -> None:
        edge = tokens.SPACE_M
        self._shown: tuple[QWidget, ...] = (
            self.list_toggle, self.back, self.play, self.loop, self.half, self.undo, self.redo,
            self.band, self.split, self.more_tools, self.scale, self.fft, self.overlap,
            self.range, self.colors, self.channel, self.more, self.side_toggle)
        self.setLayout(row(*self._shown[:-1], 1, self.side_toggle,
                           margins=(edge, tokens.SPACE_S, edge, tokens.SPACE_S)))

    def _wire(self) -> None:
        self.play.clicked.connect(self.run("play"))
        follow_keys(self.play, self._actions, "audio.play", self.play.set_keys)
        self.range_popup.changed.connect(
            lambda floor, ceiling: self._choose(floor_db=floor, ceiling_db=ceiling))
        self.range_popup.follow.toggled.connect(lambda on: self._choose(follow=on))
        self.range.clicked.connect(lambda: self._open_range(self.range))
        self.scale.clicked.connect(self._offer_scale)
        self.fft.clicked.connect(self._offer_fft)
        self.overlap.clicked.connect(self._offer_overlap)
        self.channel.clicked.connect(self._offer_channel)
        self.more.clicked.connect(self._offer_all)
        self.colors.clicked.connect(self._offer_colors)
        for chip, words in ((self.scale, tr("Frequency axis")),
                            (self.fft, tr("Window of the spectrum")),
                            (self.overlap, tr("Overlap of the windows")),
                            (self.range, tr("Range of loudness")), (self.colors, tr("Colours")),
                            (self.channel, tr("Channel of the spectrogram"))):
            chip.setToolTip(words)

    # --- what is shown --------------------------------------------------------------------------

    def show_display(self, display: DisplaySettings, n_fft: int, hop: int, channels: int) -> None:
        """Say how the spectrogram of a clip with so many channels is made."""
        self._display, self._channels = display, channels
        self.scale.set_text(display.scale)
        self.fft.set_text(tr("FFT {n_fft}", n_fft=n_fft))
        self.overlap.set_text(tr("overlap {hop:.0f} %", hop=100 - 100 * hop / n_fft))
        self.range.set_text(tr("−{value:.0f}…{ceiling_db:.0f} dB",
                               value=-display.floor_db, ceiling_db=display.ceiling_db).replace("…-",
                                                                                         "…−"))
        self.colors.set_text(MAP_WORDS.get(display.colormap, display.colormap))
        self.channel.set_text(_channel_words(display.channel))
        self.fit()

    def show_playing(self, *, playing: bool) -> None:
        self.play.set_icon("pause" if playing else "play")
        words = tr("Pause") if playing else tr("Play")
        self.play.setToolTip(words)
        self.play.set_keys(self._actions.first_key("audio.play"))
        self.play.setAccessibleName(words)

    def fit(self) -> None:
        """Where there is little room, leave out what is also in menus, the least needed first."""
        spare: list[QWidget] = [
            self.channel, self.overlap, self.fft, self.colors, self.range, self.scale,
            self.half, self.band, self.redo, self.undo, self.loop, self.split]
        chips = spare[:6]
        hidden: set[QWidget] = {self.more, self.more_tools}
        if not self._back_words:
            hidden.add(self.back)
        if self._channels < 2:
            hidden.add(self.channel)
        room = self.width() - 2 * tokens.SPACE_M
        for words in (tr("Split at silence"), tr("Split")):
            self.split.setText(words)
            if self._width(hidden) <= room:
                break
        for widget in spare:
            if self._width(hidden) <= room:
                break
            hidden.add(widget)
            hidden.discard(self.more if widget in chips else self.more_tools)
        for widget in self._shown:
            widget.setVisible(widget not in hidden)
        self.leave_out([one for one in self._shown if one in spare[6:]], list(hidden))

    def _width(self, hidden: set[QWidget]) -> int:
        """Pixels that all but the ``hidden`` take in a row."""
        layout = self.layout()
        assert layout is not None
        widths = [widget.sizeHint().expandedTo(widget.minimumSize()).width()
                  for widget in self._shown if widget not in hidden]
        return sum(widths) + layout.spacing() * len(widths)

    def minimumSizeHint(self) -> QSize:
        return QSize(tokens.LIST_PANEL_WIDTH, super().minimumSizeHint().height())

    # --- choices --------------------------------------------------------------------------------

    def _choose(self, **changes: object) -> None:
        display = replace(self._display, **changes)  # type: ignore[arg-type]
        if display != self._display:
            self.display_changed.emit(display)

    def _choices(self, field: str, values: Mapping[Any, str]) -> list[Choice]:
        now = getattr(self._display, field)
        return [(words, (field, value), value == now) for value, words in values.items()]

    def _scales(self) -> list[Choice]:
        return self._choices("scale", {name: name for name in SCALES})

    def _ffts(self) -> list[Choice]:
        return self._choices("n_fft", {size: f"{size}" if size else "automatic"
                                       for size in FFT_SIZES})

    def _maps(self) -> list[Choice]:
        return self._choices("colormap", {name: MAP_WORDS.get(name, name) for name in MAPS})

    def _channel_choices(self) -> list[Choice]:
        return self._choices("channel", {number: _channel_words(number)
                                         for number in range(self._channels + 1)})

    def _offer_scale(self) -> None:
        self._offer(self.scale, self._scales())

    def _offer_fft(self) -> None:
        windows = self._choices("window", {name: name for name in WINDOWS})
        self._offer(self.fft, self._ffts(), windows)

    def _offer_overlap(self) -> None:
        self._offer(self.overlap, self._choices("overlap", OVERLAPS))

    def _offer_colors(self) -> None:
        self._offer(self.colors, self._maps())

    def _offer_channel(self) -> None:
        self._offer(self.channel, self._channel_choices())

    def _offer_all(self) -> None:
        """All that the chips offer, where there is no room for them."""
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        parts = [(tr("Frequency axis"), self._scales()), (tr("Window"), self._ffts()),
                 (tr("Overlap"), self._choices("overlap", OVERLAPS)), (tr("Colours"), self._maps())]
        if self._channels > 1:
            parts.append((tr("Channel"), self._channel_choices()))
        for words, choices in parts:
            self._fill(menu.addMenu(words), choices)
        range_action = menu.addAction(tr("Range of loudness…"))
        range_action.triggered.connect(lambda: self._open_range(self.more))
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height())))

    def _offer(self, chip: Chip, *groups: Sequence[Choice]) -> None:
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill(menu, *groups)
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))

    def _fill(self, menu: QMenu, *groups: Sequence[Choice]) -> None:
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

    def _taken(self, change: tuple[str, object], _checked: bool = False) -> None:
        self._choose(**dict([change]))

    def _open_range(self, at: QWidget) -> None:
        popup = self.range_popup
        popup.floor.set_value(self._display.floor_db, announce=False)
        popup.ceiling.set_value(self._display.ceiling_db, announce=False)
        blocked = popup.follow.blockSignals(True)
        popup.follow.setChecked(self._display.follow)
        popup.follow.blockSignals(blocked)
        popup.adjustSize()
        popup.move(at.mapToGlobal(QPoint(0, at.height() + tokens.SPACE_XS)))
        popup.show()

    # --- making ---------------------------------------------------------------------------------

    def _button(self, name: str, text: str, icon: str, tip: str) -> QuietButton:
        made = QuietButton(text, icon, tip=tip)
        made.setCheckable(name != "split")
        made.clicked.connect(self.run(name))
        self._names[made] = name
        follow_keys(made, self._actions, f"audio.{name}", made.set_keys)
        return made


def _channel_words(channel: int) -> str:
    return tr("channel {channel}", channel=channel) if channel else tr("all channels")
