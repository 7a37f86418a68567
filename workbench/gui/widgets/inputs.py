"""Sliders, search fields and boxes of choices."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QSlider,
    QStyle,
    QStyleOptionComboBox,
    QStyleOptionSlider,
    QStylePainter,
    QToolTip,
    QWidget,
)

from workbench.gui.style.painting import end_kept
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.labels import label
from workbench.gui.widgets.layout import column, row
from workbench.gui.widgets.tips import plain_tip


class ChoiceField(QComboBox):
    """A combo box that the wheel does not change while one scrolls the form."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.closing = False
        """Whether its list closes by a key that other widgets are still to get."""

    def hidePopup(self) -> None:
        super().hidePopup()
        self.closing = True
        QTimer.singleShot(0, self, self._closed)

    def _closed(self) -> None:
        self.closing = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def says_done(event: QKeyEvent, asking: QWidget) -> bool:
    """Whether a key tells ``asking``, a window that pops up, that what it asks is answered. The key
    that chooses from a list that drops down over it comes to it, too, and does not."""
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) \
        and not any(field.closing for field in asking.findChildren(ChoiceField))


class Slider(QSlider):
    """A level slider whose handle comes to where one clicks, and can be dragged on from there. The
    wheel does not move it while one scrolls what it lies in."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option,
                                             QStyle.SubControl.SC_SliderHandle, self)
        at = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(at):
            self.setSliderDown(True)  # what follows is a drag
            self.setValue(QStyle.sliderValueFromPosition(
                self.minimum(), self.maximum(), at.x() - handle.width() // 2,
                self.width() - handle.width()))
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class LabeledSlider(QWidget):
    """A slider with its name and its value above it.

    Parameters
    ----------
    label_text
        Its name ("Score").
    minimum, maximum, value
        Range and first value, in the slider's own unit.
    step
        Smallest difference, with as many digits as are shown; arrow keys move by it, Page Up and
        Down by ten.
    least_text
        What is said in place of the least value ("off"); "" for that itself.
    """

    value_changed = Signal(float)
    """(value) at every movement, while the mouse button is still down."""
    released = Signal(float)
    """(value) when the handle was let go."""

    def __init__(self, label_text: str, minimum: float, maximum: float, value: float, *,
                 step: float = 0.01, unit: str = "", least_text: str = "") -> None:
        super().__init__()
        self._least_text = least_text
        self._minimum, self._maximum = minimum, maximum
        self._step = step
        self._unit = unit
        text = f"{step:.6f}".rstrip("0")
        self._decimals = len(text.partition(".")[2])
        self._first = value
        self._name = label(label_text, "caption")
        self._shown = label("", "title")
        self.slider = Slider()
        self.slider.setRange(0, round((maximum - minimum) / step))
        self.slider.setSingleStep(1)
        self.slider.setPageStep(10)
        self.slider.setAccessibleName(label_text)
        self.setLayout(column(row(self._name, 1, self._shown), self.slider, spacing=1))
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(lambda: self.released.emit(self.value()))
        self.set_value(value, announce=False)

    def value(self) -> float:
        return round(self._minimum + self.slider.value() * self._step, 9)

    def set_value(self, value: float, *, announce: bool = True) -> None:
        """Move to ``value`` (clipped to the range); ``announce`` False emits nothing."""
        value = min(max(value, self._minimum), self._maximum)
        place = round((value - self._minimum) / self._step)
        if announce:
            self.slider.setValue(place)
        else:
            blocked = self.slider.blockSignals(True)
            self.slider.setValue(place)
            self.slider.blockSignals(blocked)
            self._show()

    @property
    def step(self) -> float:
        """The smallest difference."""
        return self._step

    @property
    def least(self) -> bool:
        """Whether it is at its least value."""
        return self.slider.value() == self.slider.minimum()

    def set_name(self, name: str) -> None:
        """Call it something else."""
        self._name.setText(name)
        self.slider.setAccessibleName(name)

    def reset(self) -> None:
        """Back to the first value."""
        self.set_value(self._first)

    def _moved(self) -> None:
        self._show()
        self.value_changed.emit(self.value())

    def _show(self) -> None:
        unit = f" {self._unit}" if self._unit else ""
        self._shown.setText(self._least_text if self._least_text and self.least
                            else f"{self.value():.{self._decimals}f}{unit}")


class SearchField(QLineEdit):
    """A field to filter by; Escape empties it, and leaves it when it is empty."""

    left = Signal()
    """Escape was pressed in the empty field."""

    def __init__(self, placeholder: str) -> None:
        super().__init__()
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        self._mark = QAction(self)
        self.addAction(self._mark, QLineEdit.ActionPosition.LeadingPosition)
        self._draw_icon()
        current_theme().changed.connect(self._draw_icon)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.text():
            self.clear()
        else:
            self.left.emit()
            self.clearFocus()

    def _draw_icon(self) -> None:
        self._mark.setIcon(current_theme().icon("search"))


class ElidedBox(ChoiceField):
    """A box of choices that leaves out the middle of what is chosen where room is short: names of
    runs, classes and files of a camera differ at their end, which gets the greater part."""

    def shown_text(self) -> str:
        """What stands in the closed box."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        room = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option,
            QStyle.SubControl.SC_ComboBoxEditField, self).width() - 2
        return end_kept(self.fontMetrics(), self.currentText(), room)

    def event(self, event: QEvent) -> bool:
        if (isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip
                and self.shown_text() != self.currentText()):
            tip = "\n".join(filter(None, (self.currentText(), self.toolTip())))
            QToolTip.showText(event.globalPos(), plain_tip(tip), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        option.currentText = self.shown_text()
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
