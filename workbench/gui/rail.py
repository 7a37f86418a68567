"""The rail of places: an icon and a word each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.gui import tokens
from workbench.gui.places import Place
from workbench.gui.theme import current_theme
from workbench.gui.widgets.labels import key_text
from workbench.gui.widgets.surfaces import SidePanel


class RailButton(QToolButton):
    """One place."""

    def __init__(self, place: Place, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = place.icon
        self.setText(place.title)
        self.setAccessibleName(place.title)
        self.setToolTip(f"{place.title} ({key_text(keys)})")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(tokens.ICON_LARGE - 2, tokens.ICON_LARGE - 2))
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(52)
        self._draw_icon()
        self.toggled.connect(self._draw_icon)
        current_theme().changed.connect(self._draw_icon)

    def _draw_icon(self) -> None:
        color = "accent_text" if self.isChecked() else "soft"
        self.setIcon(current_theme().icon(self._icon_name, color))


class Rail(SidePanel):
    """All places, one of which is chosen.

    Signals
    -------
    chosen
        (place id) a place was clicked.
    """

    chosen = Signal(str)

    def __init__(self, places: Sequence[Place], parent: QWidget | None = None) -> None:
        super().__init__("right", parent)
        self.setFixedWidth(tokens.RAIL_WIDTH)
        self.setAccessibleName("Places")
        self._buttons: dict[str, RailButton] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, tokens.SPACE_S, 6, tokens.SPACE_S)
        layout.setSpacing(tokens.SPACE_XS)
        for number, place in enumerate(places, start=1):
            button = RailButton(place, f"Ctrl+{number}", self)
            button.clicked.connect(lambda _checked=False, id=place.id: self.chosen.emit(id))
            self._buttons[place.id] = button
            layout.addWidget(button)
        layout.addStretch(1)

    def select(self, place: str) -> None:
        """Mark ``place`` as the one that is shown."""
        if place in self._buttons:
            self._buttons[place].setChecked(True)

    def button(self, place: str) -> RailButton:
        return self._buttons[place]
