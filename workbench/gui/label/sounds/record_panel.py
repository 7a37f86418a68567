"""The microphone in the right panel: device, level, format, and the button that records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QPoint, QSettings, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QSizePolicy, QSpinBox, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.remember import PlaceMemory, stored_number
from workbench.gui.label.sounds.devices import (
    NO_INPUT,
    RATES,
    InputDevice,
    input_devices,
    multimedia,
)
from workbench.gui.label.sounds.level_meter import LevelMeter
from workbench.gui.label.sounds.recorder import MicSettings, Recorder
from workbench.gui.label.sounds.series import RecordingSeries, series_words
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    Chip,
    ChipGroup,
    ElidedLabel,
    FlowLayout,
    IconButton,
    PrimaryButton,
    SectionTitle,
    column,
    label,
    repolish,
    row,
    widget_of,
)
from workbench.gui.widgets.inputs import ChoiceField
from workbench.gui.widgets.key_words import keyed_tip, with_keys
from workbench.gui.widgets.menu import Menu
from workbench.media.sounds.capture import StopRule

if TYPE_CHECKING:
    from PySide6.QtMultimedia import QMediaDevices

Mode = Literal["hold", "fixed", "silence"]
PRE_ROLLS = (0.0, 0.25, 0.5, 1.0, 2.0)
LENGTHS = (0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
CHANNEL_WORDS = {1: "mono", 2: "stereo"}


class RecordPanel(QWidget):
    """Shows the recorder and asks for recordings; names and labels are the owner's business."""

    pressed = Signal()
    released = Signal()
    """The record button goes down and up."""

    def __init__(self, recorder: Recorder, series: RecordingSeries, theme: Theme,
                 settings: QSettings) -> None:
        super().__init__()
        self._recorder = recorder
        self._series = series
        self._settings = settings
        self._memory = PlaceMemory(settings, "audio")
        self._project: Path | None = None
        self._watch: QMediaDevices | None = None
        self._devices: list[InputDevice] = []
        self.reason = ""
        """Why nothing can be recorded here, or ""."""
        self.recorded_class = ""
        """Class of the recording that runs."""
        self.length = stored_number(settings, "audio/record/length", 1.0,
                                    LENGTHS[0], LENGTHS[-1])
        self._make(theme)
        self._arrange()
        self._wire()
        self._restore()
        self.refresh()

    def _make(self, theme: Theme) -> None:
        self.device = ChoiceField()
        self.device.setAccessibleName(tr("Microphone"))
        self.device.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.device.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.device.setMinimumWidth(tokens.SIDE_PANEL_WIDTH // 3)
        self.power = IconButton("microphone", tr("Listen to the microphone"), bordered=True,
                                checkable=True, run=self.toggle_power)
        self.meter = LevelMeter(theme)
        self.rate = Chip("")
        self.rate.setToolTip(tr("Samples per second"))
        self.channels = Chip("")
        self.channels.setToolTip(tr("Mono or stereo"))
        self.pre_roll = Chip("")
        self.pre_roll.setToolTip(tr("Pre-roll: what was heard just before the key is kept, too"))
        self.group = QLineEdit()
        self.group.setPlaceholderText(tr("Speaker or site (optional)"))
        self.group.setAccessibleName(tr("Speaker or recording"))
        self.group.setToolTip(tr("A name for the speaker or the place. It is part of the "
                                 "file's name, "
                                 "so that training can keep one speaker's sounds together."))
        self._make_series()

    def _make_series(self) -> None:
        """How long a clip is, how many of them, and the big button."""
        self.mode = ChipGroup()
        keyed_tip(self.mode.add("hold", tr("Hold")),
                  tr("Record as long as <audio.record> or the button is held"))
        self.mode.add("fixed", "").setToolTip(
            tr("Press once; click again to choose another length"))
        self.mode.add("silence", tr("Until silence")).setToolTip(
            tr("Press once; it ends when it has been quiet for a moment"))
        # it may need a second line; a fixed height would cut that off
        policy = self.mode.sizePolicy()
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        self.mode.setSizePolicy(policy)
        self.count = QSpinBox()
        self.count.setRange(0, 1000)
        self.count.setMinimumWidth(tokens.SIDE_PANEL_WIDTH // 3)
        self.count.setSpecialValueText(tr("any number"))
        self.count.setSuffix(tr(" sounds in a row"))
        self.count.setAccessibleName(tr("Sounds for each class in a row"))
        self.count.setToolTip(tr("After this many sounds the next class comes up"))
        self.button = PrimaryButton("", "record", large=True)
        self.button.set_tone("bad")
        self.button.setMinimumWidth(tokens.SIDE_PANEL_WIDTH // 2)
        self.hint = ElidedLabel("", Qt.TextElideMode.ElideMiddle)
        self.hint.setProperty("role", "caption")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.warning = label("", "caption", "warn", wrap=True)
        self.problem = label("", "caption", wrap=True)

    def _arrange(self) -> None:
        chips = QWidget()
        flow = FlowLayout(chips)
        for chip in (self.rate, self.channels, self.pre_roll):
            flow.addWidget(chip)
        policy = chips.sizePolicy()
        policy.setHeightForWidth(True)
        chips.setSizePolicy(policy)
        line = row((self.device, 1), self.power)
        self._controls = widget_of(column(
            line, self.meter, chips, self.group, self.mode, self.count, self.button, self.hint,
            self.warning))
        self.title = SectionTitle(tr("Record"))
        edge = tokens.SPACE_L
        self.setLayout(column(self.title, self._controls, self.problem,
                              margins=(edge, 0, edge, 0)))

    def _wire(self) -> None:
        recorder = self._recorder
        recorder.level_changed.connect(self._show_level)
        recorder.state_changed.connect(self.refresh)
        self._series.changed.connect(self.refresh)
        self.device.activated.connect(lambda _index: self._apply())
        self.button.pressed.connect(self.pressed)
        self.button.released.connect(self.released)
        self.rate.clicked.connect(lambda: self._offer(
            self.rate, [(tr("{value:g} kHz",
                            value=value / 1000), value) for value in RATES], self._set_rate))
        self.channels.clicked.connect(lambda: self._offer(
            self.channels, [(words, value) for value, words in CHANNEL_WORDS.items()],
            self._set_channels))
        self.pre_roll.clicked.connect(lambda: self._offer(
            self.pre_roll, [(_pre_roll_words(value), value) for value in PRE_ROLLS],
            self._set_pre_roll))
        self.mode["fixed"].clicked.connect(self._choose_length)
        self.mode.changed.connect(self._mode_changed)
        self.count.valueChanged.connect(self._count_changed)
        self.group.textEdited.connect(self._group_typed)

    # --- what is remembered ---------------------------------------------------------------------

    def _restore(self) -> None:
        stored = self._settings
        rate = int(stored_number(stored, "audio/record/rate", 16000, 0, max(RATES)))
        channels = int(stored_number(stored, "audio/record/channels", 1, 0, max(CHANNEL_WORDS)))
        pre_roll = stored_number(stored, "audio/record/pre_roll", 0.5, 0.0, 2.0)
        self._recorder.set_settings(MicSettings(
            str(stored.value("audio/record/device", "")),
            rate if rate in RATES else 16000, channels if channels in CHANNEL_WORDS else 1,
            pre_roll))
        mode = str(stored.value("audio/record/mode", "hold"))
        if mode in ("fixed", "silence"):
            self.mode.select(mode)
        count = int(stored_number(stored, "audio/record/count", 10, self.count.minimum(),
                                  self.count.maximum()))
        self.count.setValue(count)
        self._series.set_count(count)
        self._last_mode = self.mode.selected

    def set_project(self, folder: Path | None) -> None:
        """Clips go to the project in ``folder``: speaker or site are what was typed there last."""
        self._project = folder
        self.group.setText(self._memory.of_project(folder, "group") if folder is not None else "")

    def _group_typed(self, text: str) -> None:
        if self._project is not None:
            self._memory.remember(self._project, "group", text)

    def look_for_devices(self) -> None:
        """Fill the list, and watch what is plugged in from now on."""
        try:
            media = multimedia()
            if self._watch is None:
                self._watch = media.QMediaDevices(self)
                self._watch.audioInputsChanged.connect(self._devices_changed)
            self._devices = input_devices()
            self.reason = "" if self._devices else NO_INPUT
        except WorkbenchError as error:
            self._devices, self.reason = [], str(error)
        self._fill_devices()
        self.refresh()

    def _devices_changed(self) -> None:
        known = {device.id for device in self._devices}
        used = self._recorder.settings.device
        self.look_for_devices()
        now = {device.id for device in self._devices}
        gone = used in known - now if used else not now
        if self._recorder.on and gone:
            self._recorder.unplugged()

    def _fill_devices(self) -> None:
        self.device.clear()
        for device in self._devices:
            self.device.addItem(device.name, device.id)
        at = self.device.findData(self._recorder.settings.device)
        self.device.setCurrentIndex(max(at, 0))
        self.device.setToolTip(self.device.currentText())

    # --- what is shown --------------------------------------------------------------------------

    @property
    def rule(self) -> StopRule:
        """When a recording ends by itself, as it is chosen now."""
        mode = self.mode.selected
        return StopRule(seconds=self.length if mode == "fixed" else 0.0, silence=mode == "silence")

    @property
    def holds(self) -> bool:
        """Whether a recording lasts as long as the key is held."""
        return self.mode.selected == "hold"

    def refresh(self) -> None:
        """Show what can be done."""
        recorder, settings = self._recorder, self._recorder.settings
        self._controls.setVisible(not self.reason)
        self.problem.setText(self.reason)
        self.problem.setVisible(bool(self.reason))
        self.power.setChecked(recorder.on)
        self.rate.set_text(tr("{sample_rate:g} kHz", sample_rate=settings.sample_rate / 1000))
        self.channels.set_text(CHANNEL_WORDS[settings.channels])
        self.pre_roll.set_text(_pre_roll_words(settings.pre_roll))
        self.mode["fixed"].set_text(f"{self.length:g} s")
        if not recorder.on:
            self.meter.clear()
        self._show_button()

    def _show_button(self) -> None:
        take, place = self._recorder.take, self._series.place
        name = self.recorded_class if take is not None else place.label
        what = f" “{name}”" if name else ""
        if take is not None:
            # some devices take a second to begin: what is said before that is not heard
            self.button.setText(
                tr("Recording{what}  {seconds:.1f} s", what=what, seconds=take.seconds)
                if take.seconds else tr("Wait for the microphone …"))
            self.button.setAccessibleName(
                tr("Recording{what}; let go or press to end", what=what))
        else:
            key = with_keys(tr("Hold <audio.record>") if self.holds
                            else tr("Press <audio.record>"))
            whole = tr("{key} to record{what}", key=key, what=what)
            self.button.setText(self._fitting(whole, tr("{key} for{what}",
                                                        key=key, what=what) if what else key))
            self.button.setAccessibleName(whole)
        self.hint.setText(series_words(place))
        self._show_warning()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_button()

    def _fitting(self, *texts: str) -> str:
        """The first of ``texts`` that the button has room for, or the last one's beginning."""
        metrics = self.button.fontMetrics()
        room = max(120, self.width() - 5 * tokens.SPACE_L)
        for text in texts:
            if metrics.horizontalAdvance(text) <= room:
                return text
        return metrics.elidedText(texts[-1], Qt.TextElideMode.ElideRight, room)

    def _show_warning(self) -> None:
        take = self._recorder.take
        words = []
        if take.gaps if take is not None else self._recorder.gaps:
            lost = take.lost if take is not None else 0.0
            words.append(tr("Sound was lost ({lost:.1f} s).",
                            lost=lost) if lost else tr("Sound was lost."))
        if self.meter.clipped or (take is not None and take.clipped):
            words.append(tr("Too loud: the sound is distorted."))
        repolish(self.warning, "tone", "bad" if take is not None else "warn")
        self.warning.setText(" ".join(words))

    def _show_level(self) -> None:
        level = self._recorder.level
        if self._recorder.on:
            self.meter.set_level(level.peak_db, clipped=level.clipped)
        if self._recorder.take is not None:
            self._show_button()
        else:
            self._show_warning()

    # --- what a person does ---------------------------------------------------------------------

    def toggle_power(self) -> None:
        """Open or close the microphone."""
        if self._recorder.on:
            self._recorder.switch_off()
        else:
            self._recorder.switch_on()
        self.refresh()

    def _apply(self, **changes: object) -> None:
        """Use other settings and remember them."""
        now = self._recorder.settings
        values: dict[str, object] = {
            "device": str(self.device.currentData() or ""), "sample_rate": now.sample_rate,
            "channels": now.channels, "pre_roll": now.pre_roll, **changes}
        self._recorder.set_settings(MicSettings(**values))  # type: ignore[arg-type]
        names = {"device": "device", "sample_rate": "rate", "channels": "channels",
                 "pre_roll": "pre_roll"}
        for name, key in names.items():
            self._settings.setValue(f"audio/record/{key}", values[name])
        self.device.setToolTip(self.device.currentText())
        self.refresh()

    def _set_rate(self, value: float) -> None:
        self._apply(sample_rate=int(value))

    def _set_channels(self, value: float) -> None:
        self._apply(channels=int(value))

    def _set_pre_roll(self, value: float) -> None:
        self._apply(pre_roll=float(value))

    def _set_length(self, value: float) -> None:
        self.length = float(value)
        self._settings.setValue("audio/record/length", self.length)
        self.refresh()

    def _choose_length(self) -> None:
        if self._last_mode == "fixed":
            self._offer(self.mode["fixed"], [(f"{value:g} s", value) for value in LENGTHS],
                        self._set_length)
        self._last_mode = "fixed"

    def _mode_changed(self, mode: str) -> None:
        if mode != "fixed":
            self._last_mode = mode
        self._settings.setValue("audio/record/mode", mode)
        self.refresh()

    def _count_changed(self, count: int) -> None:
        self._settings.setValue("audio/record/count", count)
        self._series.set_count(count)

    def _offer(self, chip: Chip, choices: Sequence[tuple[str, float]],
               act: Callable[[float], None]) -> None:
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, value in choices:
            item = menu.addAction(words)
            item.triggered.connect(lambda _checked=False, value=value: act(value))
        menu.popup(chip.mapToGlobal(QPoint(0, chip.height())))


def _pre_roll_words(seconds: float) -> str:
    return tr("pre {seconds:g} s", seconds=seconds)
