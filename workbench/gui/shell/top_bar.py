"""The thin bar at the top: where one is, the palette's field, the engine and its device."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets.buttons import IconButton
from workbench.gui.widgets.labels import ElidedLabel, KeyHint, StatusDot, key_text, label
from workbench.gui.widgets.layout import keep_room, row
from workbench.gui.widgets.surfaces import SidePanel

ENGINE_WORDS = {
    "off": ("faint", "Engine off"), "starting": ("warn", "Engine starting"),
    "ready": ("ok", "Engine ready"), "busy": ("accent", "Engine working"),
    "failed": ("bad", "Engine stopped"),
}
"""Tone and words for each state of the engine."""
ENGINE_WIDTH, DEVICE_WIDTH = 132, 120
"""Logical pixels of the pills, whatever they say."""


class _Pill(QFrame):
    """A round frame with a dot and a word, which can be clicked."""

    clicked = Signal()

    def __init__(self, *, dot: bool = False, width: int = 0) -> None:
        super().__init__()
        self.setObjectName("pill")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(tokens.SPACE_XL)
        self._dot = StatusDot(parent=self)
        self._dot.setVisible(dot)
        self._text = ElidedLabel() if width else label("", "caption")
        self._text.setProperty("role", "caption")
        if width:
            self.setFixedWidth(width)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 10, 0)
        layout.setSpacing(6)
        layout.addWidget(self._dot)
        layout.addWidget(self._text)

    def show_state(self, tone: str, text: str, tip: str = "") -> None:
        self._dot.set_tone(tone)
        self._text.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(text)

    def text(self) -> str:
        text = self._text
        return text.full_text() if isinstance(text, ElidedLabel) else text.text()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()


class PaletteField(QFrame):
    """Looks like a search field and opens the palette."""

    clicked = Signal()
    """It was clicked, or Enter or Space was pressed in it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("palette-field")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(360)
        self.setFixedHeight(28)
        self.setAccessibleName(tr("Search actions, images, classes"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 6, 0)
        words = ElidedLabel(tr("Search actions, images, classes"))
        words.setProperty("tone", "soft")
        layout.addWidget(words, 1)
        self.hint = KeyHint()
        layout.addWidget(self.hint)

    def sizeHint(self) -> QSize:
        return QSize(360, 28)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.rect().contains(event.position().toPoint()):
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class TopBar(SidePanel):
    """Workbench · project / place, and what can be reached from everywhere."""

    menu_requested = Signal()
    palette_requested = Signal()
    engine_requested = Signal()
    """The menu button, the palette's field or the engine was clicked."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setObjectName("top-bar")
        self.setFixedHeight(tokens.TOP_BAR_HEIGHT)
        self.menu_button = IconButton("menu", tr("Menu"), run=self.menu_requested)
        self._name = label(tr("Workbench"), "brand")
        self._project = ElidedLabel()
        self._project.setProperty("role", "brand")
        self._project.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self._place = label("", tone="soft")
        self.field = PaletteField()
        self.field.clicked.connect(self.palette_requested)
        self.engine = _Pill(dot=True, width=ENGINE_WIDTH)
        self.engine.setCursor(Qt.CursorShape.PointingHandCursor)
        self.engine.clicked.connect(self.engine_requested)
        self.device = _Pill(width=DEVICE_WIDTH)
        # Its room is kept: what stands left of it must not move when the engine gets ready.
        keep_room(self.device)
        self.device.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(tokens.SPACE_S + 2, 0, tokens.SPACE_M + 2, 0)
        layout.setSpacing(tokens.SPACE_M)
        layout.addWidget(self.menu_button)
        layout.addWidget(self._name)
        layout.addLayout(row(self._project, self._place, spacing=5))
        layout.addStretch(1)
        layout.addWidget(self.field, 2)
        layout.addWidget(self.device)
        layout.addWidget(self.engine)
        self._narrow = self._has_device = False
        self.set_engine("off")

    def show_palette_key(self, keys: str) -> None:
        """Say the key that opens the palette."""
        self.field.hint.set_keys(keys)
        words = tr("Everything by a few letters ({key_text})", key_text=key_text(keys))
        self.field.setToolTip(words if keys else tr("Everything by a few letters"))

    def set_narrow(self, narrow: bool) -> None:
        """Leave out what is not needed to work: the program's name and the device."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._name.setHidden(narrow)
            keep_room(self.device, keep=not narrow)
            self.device.setVisible(self._has_device and not narrow)

    def set_where(self, project: str, place: str) -> None:
        """Show which project and which place are open; "" for none."""
        self._project.setText(project)
        self._project.setVisible(bool(project))
        self._place.setText(f"/ {place}" if project and place else place)

    def where(self) -> str:
        """What :meth:`set_where` shows."""
        return f"{self._project.full_text()} {self._place.text()}".strip()

    def set_engine(self, state: str, detail: str = "") -> None:
        tone, words = ENGINE_WORDS.get(state, ("faint", state))
        self.engine.show_state(tone, tr(words), detail)

    def set_device(self, device: dict[str, object] | None) -> None:
        """Show what the engine computes on, as it was told by the engine."""
        self._has_device = device is not None
        self.device.setVisible(self._has_device and not self._narrow)
        if device is not None:
            memory = device.get("memory")
            size = tr(" · {memory:.0f} GB",
                      memory=memory / 2**30) if isinstance(memory, int | float) else ""
            kind = str(device.get("id", "")).split(":")[0].upper()
            name = str(device.get("name", kind))
            text = name if kind in name.upper() else f"{kind} · {name}"
            self.device.show_state("faint", text, f"{name}{size}")
