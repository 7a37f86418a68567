"""Texts: elided ones, key hints, metrics and coloured dots."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QColor,
    QIcon,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.layout import repolish
from workbench.gui.widgets.tips import plain_tip


def label(text: str = "", role: str = "", tone: str = "", *, wrap: bool = False,
          parent: QWidget | None = None) -> QLabel:
    """A plain text.

    Parameters
    ----------
    role
        ``small``, ``caption``, ``title``, ``heading``, ``section``, ``metric`` or "" for body.
    tone
        ``soft``, ``faint``, ``accent``, ``ok``, ``warn``, ``bad`` or "" for ink.
    wrap
        Whether it breaks into lines.
    """
    made = QLabel(text, parent)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        made.setProperty("role", role)
    if tone:
        made.setProperty("tone", tone)
    made.setWordWrap(wrap)
    return made


class ElidedLabel(QLabel):
    """A text that ends in "…" where it is too long; the tooltip then shows all of it.

    Parameters
    ----------
    between
        What stands between parts of the text; where it is too long, whole parts are left out from
        the end on, and only the first one is ever cut.
    """

    def __init__(self, text: str = "",
                 mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight, between: str = "") -> None:
        super().__init__()
        self._full = ""
        self._mode = mode
        self._between = between
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setText(text)

    def setText(self, text: str) -> None:
        self._full = text
        self.setAccessibleName(text)
        self._elide()

    def full_text(self) -> str:
        """The text without the "…"."""
        return self._full

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        text, width = self._full, max(0, self.width())
        while self._between and self.fontMetrics().horizontalAdvance(text) > width:
            text, cut, _ = text.rpartition(self._between)
            if not cut:
                text = self._full
                break
        shown = self.fontMetrics().elidedText(text, self._mode, width)
        super().setText(shown)
        self.setToolTip(plain_tip(self._full) if shown != self._full else "")

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        height = super().sizeHint().height()
        return QSize(self.fontMetrics().horizontalAdvance(self._full) + 2, height)


class KeyHint(QLabel):
    """A key in a small frame ("Ctrl+K", shown as the system writes it)."""

    def __init__(self, keys: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_keys(keys)

    def set_keys(self, keys: str) -> None:
        """``keys`` in Qt's portable text; nothing is shown for ""."""
        self.setText(key_text(keys))
        if not keys:
            self.hide()
        elif self.parentWidget() is not None:  # alone it would be shown as a window of its own
            self.show()


def key_text(keys: str) -> str:
    """``"Ctrl+Shift+Z"`` as this system writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


class MetricLabel(QWidget):
    """A name, a big tabular figure and its difference from before; its height never changes."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = label(name, "caption")
        self._value = label("–", "metric")
        self._difference = label(" ", "caption")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        for item in (self._name, self._value, self._difference):
            layout.addWidget(item)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._announce()

    def set_value(self, value: float | str | None, difference: float | None = None, *,
                  decimals: int = 3, higher_is_better: bool = True) -> None:
        """Show ``value`` ("–" for None) and, where given, ``difference`` with its sign."""
        if value is None:
            self._value.setText("–")
        else:
            self._value.setText(value if isinstance(value, str) else f"{value:.{decimals}f}")
        if difference is None or round(difference, decimals) == 0:
            self._difference.setText(" ")
        else:
            sign = "+" if difference > 0 else "−"
            self._difference.setText(f"{sign}{abs(difference):.{decimals}f}")
            repolish(self._difference, "tone",
                     "ok" if (difference > 0) == higher_is_better else "bad")
        self._announce()

    def text(self) -> str:
        """The figure as it is shown."""
        return self._value.text()

    def difference_text(self) -> str:
        """The difference as it is shown; "" for none."""
        return self._difference.text().strip()

    def _announce(self) -> None:
        self.setAccessibleName(f"{self._name.text()} {self._value.text()}")


class StatusDot(QWidget):
    """A round mark in a tone ("ok", "warn", "bad", "accent", "faint") or any colour."""

    def __init__(self, tone: str = "faint", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tone = tone
        self.setFixedSize(8, 8)
        current_theme().changed.connect(self.update)

    def set_tone(self, tone: str) -> None:
        if tone != self.tone:
            self.tone = tone
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(current_theme().color(self.tone))
            painter.drawEllipse(self.rect())


SWATCH = tokens.SPACE_M
"""Side of the coloured square before a class name."""


def swatch_icon(color: QColor) -> QIcon:
    """The coloured square before a class name; in a selected row, too, it keeps its colour."""
    square = QPixmap(SWATCH, SWATCH)
    square.fill(color)
    icon = QIcon(square)
    icon.addPixmap(square, QIcon.Mode.Selected)
    return icon
