"""A least score for each class of suggestions: a slider for each, folded away mostly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import LabeledSlider, LinkButton, column
from workbench.gui.widgets.surfaces import scrolling
from workbench.project.suggestions import LEAST, MOST

if TYPE_CHECKING:
    from workbench.project.suggestions import Suggestions

_HEIGHT = 156
"""Of the list, in logical pixels; more classes are scrolled to."""


class ClassLimits(QWidget):
    """The sliders of the classes of which something is suggested, the most frequent first.

    Signals
    -------
    start_wanted
        The scores that suit the model's own validation are asked for.
    """

    start_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._store: Suggestions | None = None
        self.sliders: dict[str, LabeledSlider] = {}
        self.link = LinkButton("", "settings")
        self.link.setToolTip(tr("Let each class have a least score of its own"))
        self.start_link = LinkButton(tr("Best on validation"), "spark")
        self.start_link.setToolTip(tr("The score at which F1 of the class was best on the images "
                                      "that the model was validated on"))
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, tokens.SPACE_S, 0)
        self._rows.setSpacing(tokens.SPACE_XS)
        self.area = scrolling(inside)
        self.setLayout(column(self.link, self.start_link, self.area, spacing=tokens.SPACE_XS))
        self.link.clicked.connect(lambda: self.unfold(not self.unfolded))
        self.start_link.clicked.connect(self.start_wanted)
        self.unfold(False)

    @property
    def unfolded(self) -> bool:
        return not self.area.isHidden()

    def unfold(self, unfolded: bool) -> None:
        """Show the sliders, or fold them away."""
        self.area.setVisible(unfolded)
        self.start_link.setVisible(unfolded)
        self.link.setText(tr("Hide the scores of classes") if unfolded
                          else tr("A score for each class …"))
        self.show_state()

    def set_store(self, store: Suggestions | None) -> None:
        """Turn to another project."""
        self._store = store
        self.unfold(False)

    def show_state(self) -> None:
        """Show the classes that there are now, and their least scores."""
        store = self._store
        if store is None or not self.unfolded:
            return
        counts = store.classes()
        if set(counts) != set(self.sliders):
            self._make(sorted(counts, key=lambda name: -counts[name]))
        for name, slider in self.sliders.items():
            slider.set_value(store.least(name), announce=False)
            slider.set_name(f"{name} · {counts[name]:,}")

    def _make(self, names: list[str]) -> None:
        for old in self.sliders.values():
            self._rows.removeWidget(old)
            old.deleteLater()
        self.sliders = {}
        for name in names:
            slider = LabeledSlider(name, LEAST, MOST, LEAST)
            slider.setToolTip(tr("Suggestions of “{name}” below this score are not shown",
                                 name=name))
            slider.value_changed.connect(lambda value, name=name: self._moved(name, value))
            self.sliders[name] = slider
            self._rows.addWidget(slider)
        high = sum(slider.sizeHint().height() + tokens.SPACE_XS
                   for slider in self.sliders.values())  # the layout knows none not shown yet
        self.area.setFixedHeight(min(_HEIGHT, high))

    def _moved(self, name: str, value: float) -> None:
        if self._store is not None:
            self._store.set_limits({**self._store.limits, name: value})
