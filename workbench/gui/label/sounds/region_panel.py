"""The regions of the current clip as a list, and the exact place of the selected one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.text import tr
from workbench.gui.label.number_field import NumberField
from workbench.gui.label.object_panel import ObjectModel, ObjectPanel
from workbench.gui.label.sounds.editor import ClipEditor
from workbench.gui.label.sounds.time_view import clock_words
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, column, label
from workbench.gui.widgets.class_colors import ClassColors

_KHZ = 1000.0  # Hz


class RegionModel(ObjectModel):
    """The parts of the clip in time's order."""

    def __init__(self, editor: ClipEditor, colors: ClassColors) -> None:
        super().__init__(colors)
        self._editor = editor

    def taken(self) -> tuple[Sequence[LabeledObject], Sequence[int]]:
        regions = self._editor.objects
        return regions, sorted(self._editor.parts, key=lambda at: (regions[at].start, at))

    def right(self, item: LabeledObject) -> str:
        return f"{clock_words(item.start, 0.01)}–{clock_words(item.end, 0.01)}"

    def note(self, item: LabeledObject) -> str:
        if item.low is None or item.high is None:
            return ""
        if item.high < _KHZ:
            return tr("{low:.0f}–{high:.0f} Hz", low=item.low, high=item.high)
        return tr("{low:.1f}–{high:.1f} kHz", low=item.low / _KHZ, high=item.high / _KHZ)

    def spoken(self, item: LabeledObject) -> str:
        return tr("{start:.2f} to {end:.2f} seconds", start=item.start, end=item.end)


class RegionField(NumberField):
    """A time or a frequency with its unit."""

    def __init__(self, name: str, unit: str, decimals: int, *, empty: str = "") -> None:
        tip = tr("{name} ({unit}); arrow keys change it", name=name, unit=unit)
        super().__init__(f"{name}, {unit}", tip, lambda value: f"{value:.{decimals}f} {unit}",
                         step=10.0 ** -min(decimals, 2) if decimals else 10.0, unit=unit,
                         empty=empty)
        self.name = name


class RegionPanel(ObjectPanel):
    """A row and a region on the canvas are selected together; its numbers can be typed."""

    measures_wanted = Signal()
    """Duration, frequencies and levels should be shown."""

    _editor: ClipEditor

    def __init__(self, editor: ClipEditor, theme: Theme, colors: ClassColors) -> None:
        super().__init__(editor, theme, colors, RegionModel(editor, colors), tr("Regions"),
                         tr("Regions of this sound"), kept=2)
        self.measures_button = IconButton("results", tr("Measure regions"), side=tokens.SPACE_XL,
                                          run=self.measures_wanted)
        self.title.add(self.measures_button)
        self.hint = label(tr("Drag on the spectrogram to mark a region; hold Shift to limit its "
                             "frequency range."), "caption", wrap=True)
        self.fields = {
            "start": RegionField(tr("Begins"), "s", 3), "end": RegionField(tr("Ends"), "s", 3),
            "low": RegionField(tr("From"), tr("Hz"), 0, empty=tr("all")),
            "high": RegionField(tr("To"), tr("Hz"), 0, empty=tr("all")),
        }
        self._numbers = self._make_numbers()
        edge = tokens.SPACE_L
        self.setLayout(column(
            column(self.title, margins=(edge, 0, edge, 0)), self.view,
            column(self.hint, self._numbers, margins=(edge, 0, edge, 0)),
            spacing=tokens.SPACE_XS))
        for name, field in self.fields.items():
            field.entered.connect(lambda value, name=name: self._entered(name, value))
        editor.sample_changed.connect(self.load)
        editor.objects_changed.connect(self.load)
        editor.selection_changed.connect(self.show_selection)
        self.load()

    def _make_numbers(self) -> QWidget:
        made = QWidget()
        grid = QGridLayout(made)
        grid.setContentsMargins(0, tokens.SPACE_XS, 0, 0)
        grid.setHorizontalSpacing(tokens.SPACE_S)
        grid.setVerticalSpacing(1)
        for place, field in enumerate(self.fields.values()):
            line, across = divmod(place, 2)
            grid.addWidget(label(field.name, "caption"), 2 * line, across)
            grid.addWidget(field, 2 * line + 1, across)
        return made

    def show_count(self, count: int) -> None:
        super().show_count(count)
        self.hint.setVisible(not count)

    def show_selection(self) -> None:
        self._show_numbers()
        super().show_selection()

    # --- numbers --------------------------------------------------------------------------------

    def _show_numbers(self) -> None:
        at = self._editor.active
        one = at is not None and len(self._editor.selection) == 1
        self._numbers.setVisible(one)
        if not one or at is None:
            return
        region = self._editor.objects[at]
        self._numbers.setEnabled(self._editor.editable)
        for name, field in self.fields.items():
            field.set_value(getattr(region, name))

    def _entered(self, name: str, value: float | None) -> None:
        """Give the selected region another number; without one in a band, all frequencies."""
        at = self._editor.active
        if at is None:
            return
        region = self._editor.objects[at]
        if name in ("start", "end"):
            times = {"start": region.start, "end": region.end}
            if value is not None:
                times[name] = value
            changed = region.with_region(**times)
        elif value is None:
            changed = region.with_region(low=None, high=None)
        else:
            low = region.low if region.low is not None else 0.0
            high = region.high if region.high is not None else self._editor.nyquist
            changed = region.with_region(low=value if name == "low" else low,
                                         high=value if name == "high" else high)
        if not self._editor.change({at: changed}, "change"):
            self._show_numbers()
