"""The rail of places: an icon and a word each."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.core.text import tr
from workbench.extension.window import Place
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.labels import key_text
from workbench.gui.widgets.surfaces import SidePanel

DOT_RADIUS = 4.0
HEIGHT, COMPACT_HEIGHT, COMPACT_ROOM = 52, 36, 600
"""Of a button with its word, of one without, and the width below which words are left out."""
LEAST_HEIGHT = 24
"""Of a button without its word in the smallest windows."""


def place_keys(number: int) -> str:
    """What opens the place at this position in the rail, counted from 0; "" beyond the ninth."""
    return f"Ctrl+{number + 1}" if number < 9 else ""


class RailButton(QToolButton):
    """One place."""

    def __init__(self, place: Place, keys: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = place.icon
        title = tr(place.title)
        self.setText(title)
        self.setAccessibleName(title)
        self._tone = ""
        self.set_keys(keys)
        self.setIconSize(QSize(tokens.ICON_LARGE - 2, tokens.ICON_LARGE - 2))
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_compact(False)
        self._draw_icon()
        self.toggled.connect(self._draw_icon)
        current_theme().changed.connect(self._draw_icon)

    def set_keys(self, keys: str) -> None:
        """Say another key in the tip; "" says none."""
        title = self.accessibleName()
        self._tip = f"{title} ({key_text(keys)})" if keys else title
        self.setToolTip(f"{self.accessibleDescription()}\n{self._tip}".strip())

    def set_compact(self, compact: bool, height: int = COMPACT_HEIGHT) -> None:
        """Show the icon alone, so high; the word is in the tip."""
        style = Qt.ToolButtonStyle
        self.setToolButtonStyle(style.ToolButtonIconOnly if compact
                                else style.ToolButtonTextUnderIcon)
        self.setFixedHeight(height if compact else HEIGHT)

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
    """All places, one of which is chosen."""

    chosen = Signal(str)
    """(place id) a place was clicked."""

    def __init__(self, places: Iterable[Place]) -> None:
        super().__init__("right")
        self.setFixedWidth(tokens.RAIL_WIDTH)
        self.setAccessibleName(tr("Places"))
        self._compact, self._height = False, COMPACT_HEIGHT
        self._buttons: dict[str, RailButton] = {}
        self._order: list[str] = []  # from above
        self._numbers: dict[str, int] = {}  # what the keys count
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(6, tokens.SPACE_S, 6, tokens.SPACE_S)
        self._layout.setSpacing(tokens.SPACE_XS)
        self._layout.addStretch(1)
        for place in sorted(places, key=lambda place: bool(place.after)):
            self.add(place)

    def add(self, place: Place) -> None:
        """Add a place below the others, or below the one that it names, whose key it may have."""
        order, above = self._order, place.after or place.below
        number = self._numbers[place.after] if place.after in order else len(
            set(self._numbers.values()))
        at = order.index(above) + 1 if above in order else len(order)
        order.insert(at, place.id)
        self._numbers[place.id] = number
        button = RailButton(place, place_keys(number), self)
        button.set_compact(self._compact, self._height)
        button.clicked.connect(lambda: self.chosen.emit(place.id))
        self._buttons[place.id] = button
        self._layout.insertWidget(at, button)

    def __len__(self) -> int:
        return len(self._buttons)

    def fit(self, room: QSize) -> None:
        """Show the places' icons alone, where the room of rail and place is small."""
        shown = sum(not button.isHidden() for button in self._buttons.values())
        needed = shown * (HEIGHT + tokens.SPACE_XS) + 2 * tokens.SPACE_S
        compact = room.width() < COMPACT_ROOM or room.height() < needed
        each = (room.height() - 2 * tokens.SPACE_S) // max(shown, 1) - tokens.SPACE_XS
        height = max(LEAST_HEIGHT, min(COMPACT_HEIGHT, each))
        if (compact, height) != (self._compact, self._height):
            self._compact, self._height = compact, height
            self.setFixedWidth(tokens.RAIL_WIDTH_COMPACT if compact else tokens.RAIL_WIDTH)
            for button in self._buttons.values():
                button.set_compact(compact, height)

    def select(self, place: str) -> None:
        """Mark ``place`` as the one that is shown."""
        if place in self._buttons:
            self._buttons[place].setChecked(True)

    def button(self, place: str) -> RailButton:
        return self._buttons[place]
