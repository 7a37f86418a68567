"""The rail of places: an icon and a word each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.gui.shell.places import Place
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.labels import key_text
from workbench.gui.widgets.surfaces import SidePanel

DOT_RADIUS = 4.0
HEIGHT, COMPACT_HEIGHT, COMPACT_ROOM = 52, 36, 600
"""Of a button with its word, of one without, and the width below which words are left out."""


class RailButton(QToolButton):
    """One place."""

    def __init__(self, place: Place, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = place.icon
        self.setText(place.title)
        self.setAccessibleName(place.title)
        self._tip, self._tone = f"{place.title} ({key_text(keys)})", ""
        self.setToolTip(self._tip)
        self.setIconSize(QSize(tokens.ICON_LARGE - 2, tokens.ICON_LARGE - 2))
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_compact(False)
        self._draw_icon()
        self.toggled.connect(self._draw_icon)
        current_theme().changed.connect(self._draw_icon)

    def set_compact(self, compact: bool) -> None:
        """Show the icon alone; the word is in the tip."""
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(style.ToolButtonIconOnly if compact
                                else style.ToolButtonTextUnderIcon)
        self.setFixedHeight(COMPACT_HEIGHT if compact else HEIGHT)

    def set_notice(self, tone: str, text: str) -> None:
        """A dot in a tone's colour, with words for it; "" takes it away."""
        self._tone = tone
        self.setToolTip(f"{text}\n{self._tip}".strip())
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._tone:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current_theme().color(self._tone))
            middle = QPointF(self.width() / 2 + tokens.ICON_LARGE / 2 + 2, tokens.SPACE_M)
            painter.drawEllipse(middle, DOT_RADIUS, DOT_RADIUS)

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
        self._compact = False
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

    def fit(self, room: QSize) -> None:
        """Show the places' icons alone, where the room of rail and place is small."""
        shown = sum(not button.isHidden() for button in self._buttons.values())
        needed = shown * (HEIGHT + tokens.SPACE_XS) + 2 * tokens.SPACE_S
        compact = room.width() < COMPACT_ROOM or room.height() < needed
        if compact != self._compact:
            self._compact = compact
            self.setFixedWidth(tokens.RAIL_WIDTH_COMPACT if compact else tokens.RAIL_WIDTH)
            for button in self._buttons.values():
                button.set_compact(compact)

    def select(self, place: str) -> None:
        """Mark ``place`` as the one that is shown."""
        if place in self._buttons:
            self._buttons[place].setChecked(True)

    def button(self, place: str) -> RailButton:
        return self._buttons[place]
