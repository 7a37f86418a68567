"""The one bar in which the program speaks."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.buttons import IconButton, QuietButton
from workbench.gui.widgets.labels import label
from workbench.gui.widgets.layout import repolish

_SHOWN_MS = {"info": 6000, "ok": 5000, "warn": 12000, "bad": 0}
"""How long a message stays; 0 until it is closed."""
_ICONS = {"info": "info", "ok": "ok", "warn": "warning", "bad": "bad"}
_COLORS = {"info": "accent", "ok": "ok", "warn": "warn", "bad": "bad"}


class MessageBar(QFrame):
    """One sentence with its tone and, where it helps, one thing to do about it ("Undo").

    A message that asks for nothing goes by itself, but not while the mouse is over it or another
    program is used; one that says something went wrong stays until it is closed or another one
    comes.
    """

    closed = Signal()
    """The bar has gone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._act: Callable[[], object] | None = None
        self._other: Callable[[], object] | None = None
        self.tone = "info"
        self._icon = label()
        self._text = label(wrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.action_button = QuietButton("", run=lambda: self._acted(self._act))
        self.other_button = QuietButton("", run=lambda: self._acted(self._other))
        self.close_button = IconButton("close", tr("Close this message"), side=22, run=self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(tokens.SPACE_M, tokens.SPACE_S, tokens.SPACE_S, tokens.SPACE_S)
        layout.setSpacing(tokens.SPACE_S)
        for item in (self._icon, self._text, self.action_button, self.other_button,
                     self.close_button):
            layout.addWidget(item, 1 if item is self._text else 0)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.dismiss)
        self._shown_ms = 0
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._count_down)
        current_theme().changed.connect(self._draw_icon)
        self.hide()

    @property
    def text(self) -> str:
        """The sentence that is shown, "" where there is none."""
        return self._text.text()

    @property
    def goes_by_itself(self) -> bool:
        """Whether it goes after some seconds."""
        return self._shown_ms > 0

    @property
    def counting_down(self) -> bool:
        """Whether these seconds pass now."""
        return self._timer.isActive()

    def show_message(self, tone: str, sentence: str, action_text: str = "",
                     action: Callable[[], object] | None = None, *, stays: bool = False,
                     other_text: str = "", other: Callable[[], object] | None = None) -> None:
        """Show ``sentence``; ``action`` is called when the button ``action_text`` is pressed, and
        ``other`` for another one. It goes by itself after some seconds, unless it ``stays``."""
        self.tone = tone
        self._act, self._other = action, other
        self.other_button.setText(other_text)
        self.other_button.setVisible(other is not None)
        self._text.setText(sentence)
        self.setAccessibleName(sentence)
        self.action_button.setText(action_text)
        self.action_button.setVisible(action is not None and bool(action_text))
        repolish(self, "tone", tone)
        self._draw_icon()
        self.show()
        self.raise_()
        self._shown_ms = 0 if stays else _SHOWN_MS.get(tone, 6000)
        self._count_down()

    def _count_down(self, _state: object = None) -> None:
        """Begin anew to wait, unless nobody may be looking or somebody is reading."""
        active = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        if self._shown_ms and active and not self.underMouse():
            self._timer.start(self._shown_ms)
        else:
            self._timer.stop()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self._count_down()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._count_down()

    def dismiss(self) -> None:
        """Take the bar away."""
        self._shown_ms = 0
        self._timer.stop()
        self._act = self._other = None
        if not self.isHidden():
            self.hide()
            self.closed.emit()
        self._text.setText("")

    def _acted(self, act: Callable[[], object] | None) -> None:
        self.dismiss()
        if act is not None:
            act()

    def _draw_icon(self) -> None:
        name, color = _ICONS.get(self.tone, "info"), _COLORS.get(self.tone, "accent")
        self._icon.setPixmap(current_theme().pixmap(name, color, tokens.ICON))
