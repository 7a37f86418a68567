"""The one bar in which the program speaks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.buttons import IconButton, QuietButton
from workbench.gui.widgets.labels import label
from workbench.gui.widgets.layout import repolish

_SECONDS = {"info": 6, "ok": 5, "warn": 12, "bad": 0}
"""How long a message stays; 0 until it is closed."""
_ICONS = {"info": "info", "ok": "ok", "warn": "warning", "bad": "bad"}
_COLORS = {"info": "accent", "ok": "ok", "warn": "warn", "bad": "bad"}


class MessageBar(QFrame):
    """One sentence with its tone and, where it helps, one thing to do about it ("Undo").

    A message that asks for nothing goes by itself; one that says something went wrong stays until
    it is closed or another one comes.

    Signals
    -------
    closed
        The bar has gone.
    """

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._act: Callable[[], object] | None = None
        self._tone = "info"
        self._icon = label()
        self._text = label(wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.action_button = QuietButton("")
        self.action_button.clicked.connect(self._acted)
        self.close_button = IconButton("close", tr("Close this message"), side=22)
        self.close_button.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(tokens.SPACE_M, tokens.SPACE_S, tokens.SPACE_S, tokens.SPACE_S)
        layout.setSpacing(tokens.SPACE_S)
        for item in (self._icon, self._text, self.action_button, self.close_button):
            layout.addWidget(item, 1 if item is self._text else 0)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        current_theme().changed.connect(self._draw_icon)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown, "" where there is none."""
        return self._text.text()

    @property
    def tone(self) -> str:
        return self._tone

    @property
    def goes_by_itself(self) -> bool:
        """Whether it goes after some seconds."""
        return self._timer.isActive()

    def show_message(self, tone: str, sentence: str, action_text: str = "",
                     action: Callable[[], object] | None = None, *, stays: bool = False) -> None:
        """Show ``sentence``; ``action`` is called when the button ``action_text`` is pressed. It
        goes by itself after some seconds, unless it ``stays``."""
        self._tone = tone
        self._act = action
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        self.action_button.setText(action_text)
        self.action_button.setVisible(action is not None and bool(action_text))
        repolish(self, "tone", tone)
        self._draw_icon()
        self.show()
        self.raise_()
        self._timer.stop()
        seconds = 0 if stays else _SECONDS.get(tone, 6)
        if seconds:
            self._timer.start(seconds * 1000)

    def dismiss(self) -> None:
        """Take the bar away."""
        self._timer.stop()
        self._act = None
        if not self.isHidden():
            self.hide()
            self.closed.emit()
        self._text.setText("")

    def _acted(self) -> None:
        act = self._act
        self.dismiss()
        if act is not None:
            act()

    def _draw_icon(self) -> None:
        name, color = _ICONS.get(self._tone, "info"), _COLORS.get(self._tone, "accent")
        self._icon.setPixmap(current_theme().pixmap(name, color, tokens.ICON))
