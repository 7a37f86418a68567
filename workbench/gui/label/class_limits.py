"""A least score for each class, and the frequencies between which it is heard: folded away mostly.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.label.number_field import NumberField
from workbench.gui.style import tokens
from workbench.gui.widgets import LabeledSlider, LinkButton, column, label, row, widget_of
from workbench.gui.widgets.surfaces import scrolling
from workbench.project.suggestions import LEAST, MOST

_HEIGHT = 156
"""Of the list, in logical pixels; more classes are scrolled to."""
_FIELD = 72
Band = tuple[float | None, float | None]
"""From and to which frequency in Hz, None where a person did not say."""


class ClassScores(Protocol):
    """The classes of what was found, and the least score of each that is shown."""

    @property
    def limits(self) -> Mapping[str, float]:
        """That of the classes that have one of their own."""

    def classes(self) -> dict[str, int]:
        """How many are shown of each class."""

    def least(self, label: str) -> float:
        """Least score of what is shown of a class."""

    def set_limits(self, limits: Mapping[str, float]) -> None:
        """Give classes a least score of their own."""


class ClassLimits(QWidget):
    """The sliders of the classes, the most frequent first; with ``bands`` also fields for the
    frequencies of each."""

    band_wanted = Signal(str, object)
    """(class, :data:`Band`) a person said from and to which frequency it is heard."""

    def __init__(self) -> None:
        super().__init__()
        self._source: ClassScores | None = None
        self._found = False
        self.bands: Mapping[str, Band] | None = None
        """What a person said of the frequencies of classes; None where nothing can be said."""
        self.scale = (LEAST, MOST, 0.01)
        """The least and the largest score that can be chosen, and the smallest difference."""
        self.sliders: dict[str, LabeledSlider] = {}
        self.fields: dict[str, tuple[NumberField, NumberField]] = {}
        self._lines: list[QWidget] = []
        self.link = LinkButton("", "settings")
        self.link.setToolTip(tr("Let each class have a least score of its own"))
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, tokens.SPACE_S, 0)
        self._rows.setSpacing(tokens.SPACE_XS)
        self.area = scrolling(inside)
        self.setLayout(column(self.link, self.area, spacing=tokens.SPACE_XS))
        self.link.clicked.connect(lambda: self.unfold(not self.unfolded))
        self.unfold(False)

    @property
    def unfolded(self) -> bool:
        return not self.area.isHidden()

    def unfold(self, unfolded: bool) -> None:
        """Show the sliders, or fold them away."""
        self.area.setVisible(unfolded)
        self._name_link()
        self.show_state()

    def say_found(self, found: bool) -> None:
        """Whether the scores are those that the model brings along."""
        self._found = found
        self._name_link()

    def _name_link(self) -> None:
        self.link.setText(tr("Hide the scores of classes") if self.unfolded else
                          tr("Scores as found in Results…") if self._found else
                          tr("A score for each class…"))

    def set_source(self, source: ClassScores | None, bands: Mapping[str, Band] | None = None,
                   ) -> None:
        """Turn to other classes."""
        self._source, self.bands = source, bands
        self._clear()
        self.unfold(False)

    def show_state(self) -> None:
        """Show the classes that there are now, and their least scores."""
        source = self._source
        if source is None or not self.unfolded:
            return
        counts = source.classes()
        if set(counts) != set(self.sliders):
            self._make(sorted(counts, key=lambda name: -counts[name]))
        for name, slider in self.sliders.items():
            slider.set_value(source.least(name), announce=False)
            slider.set_name(f"{name} · {counts[name]:,}")
        for name, pair in self.fields.items():
            for field, value in zip(pair, (self.bands or {}).get(name, (None, None)), strict=True):
                if field.value != value:  # somebody may be typing
                    field.set_value(value)

    def _clear(self) -> None:
        for old in self._lines:
            self._rows.removeWidget(old)
            old.deleteLater()
        self.sliders, self.fields, self._lines = {}, {}, []

    def _make(self, names: list[str]) -> None:
        self._clear()
        for name in names:
            least, most, step = self.scale
            slider = LabeledSlider(name, least, most, least, step=step)
            slider.setToolTip(tr("What scores below this is not shown of “{name}”", name=name))
            slider.value_changed.connect(partial(self._moved, name))
            self.sliders[name] = slider
            self._lines.append(slider)
            if self.bands is not None:
                self._lines.append(self._make_band(name))
        for line in self._lines:
            self._rows.addWidget(line)
        high = sum(line.sizeHint().height() + tokens.SPACE_XS
                   for line in self._lines)  # the layout knows none not shown yet
        self.area.setFixedHeight(min(_HEIGHT, high))

    def _make_band(self, name: str) -> QWidget:
        tip = tr("From and to which frequency “{name}” is heard: what is written of its regions; "
                 "empty for what the model learned from labelled regions", name=name)
        low, high = (NumberField(words, tip, "{:g}".format, step=100.0, unit="Hz",
                                 empty=tr("learned"))
                     for words in (tr("Lowest frequency of {name}", name=name),
                                   tr("Highest frequency of {name}", name=name)))
        for field in (low, high):
            field.setFixedWidth(_FIELD)
        low.entered.connect(lambda value: self.band_wanted.emit(name, (value, high.value)))
        high.entered.connect(lambda value: self.band_wanted.emit(name, (low.value, value)))
        self.fields[name] = (low, high)
        return widget_of(row(label(tr("Hz"), "caption"), low, label("–", "caption"), high, 1,
                             spacing=tokens.SPACE_S))

    def _moved(self, name: str, value: float) -> None:
        if self._source is not None:
            self._source.set_limits({**self._source.limits, name: value})
