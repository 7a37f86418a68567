"""What things lie on: cards, panels, titles and empty states."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCursor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from workbench.gui.style import tokens
from workbench.gui.style.theme import current_theme
from workbench.gui.widgets.buttons import PrimaryButton, Run
from workbench.gui.widgets.labels import ElidedLabel, label
from workbench.gui.widgets.layout import row, widget_of


class Card(QFrame):
    """A framed panel with a title and, at the right, a short text; fill :attr:`body`.

    A title that is ``elided`` loses its middle where room is short (names of files).
    """

    def __init__(self, title: str = "", right: str = "", parent: QWidget | None = None, *,
                 flat: bool = False, elided: bool = False) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if flat:
            self.setProperty("flat", "true")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(tokens.SPACE_M + 2, tokens.SPACE_M, tokens.SPACE_M + 2,
                                 tokens.SPACE_M)
        outer.setSpacing(tokens.SPACE_S)
        self._title = ElidedLabel(title, Qt.TextElideMode.ElideMiddle) if elided \
            else label(title, "title")
        self._title.setProperty("role", "title")
        self._right = ElidedLabel(right, between=" · ")
        self._right.setProperty("tone", "soft")
        self._right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._head = QWidget(self)
        self._head.setLayout(QHBoxLayout())
        self._head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        head = self._head.layout()
        assert isinstance(head, QHBoxLayout)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self._title, 3 if elided else 0)
        head.addWidget(self._right, 1)
        self._head.setVisible(bool(title or right))
        outer.addWidget(self._head)
        self.body = QVBoxLayout()
        self.body.setSpacing(tokens.SPACE_S)
        outer.addLayout(self.body, 1)
        self.setAccessibleName(title)

    def set_title(self, title: str, help: str = "") -> None:
        """Name the card; ``help`` is said of the name to who points at it."""
        self._title.setText(title)
        self._title.setToolTip(help)
        self.setAccessibleName(title)
        self._head.show()

    def set_right(self, text: str) -> None:
        """The short text at the right of the title."""
        if text != self._right.full_text():
            self._right.setText(text)
            self._head.show()

    def add(self, item: QWidget | QLayout, stretch: int = 0) -> None:
        """Append to the body."""
        if isinstance(item, QWidget):
            self.body.addWidget(item, stretch)
        else:
            self.body.addLayout(item, stretch)

    def set_head_height(self, height: int) -> None:
        """Give the title's line a height of its own, so that cards side by side line up."""
        self._head.setMinimumHeight(height)

    def add_to_head(self, widget: QWidget) -> None:
        """Put a control at the right end of the title's line."""
        layout = self._head.layout()
        assert layout is not None
        layout.addWidget(widget)
        self._head.show()


class SectionTitle(QWidget):
    """A small spaced capital title in a side panel, with a count or a button at the right."""

    def __init__(self, text: str, right: str = "") -> None:
        super().__init__()
        self._text = label(text.upper(), "section")
        font = self._text.font()
        font.setLetterSpacing(font.SpacingType.AbsoluteSpacing, 0.6)
        self._text.setFont(font)
        self._right = label(right, "small")
        self.setLayout(row(self._text, 1, self._right))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def set_text(self, text: str) -> None:
        self._text.setText(text.upper())
        self.setAccessibleName(text)

    def set_right(self, text: str) -> None:
        self._right.setText(text)

    def add(self, widget: QWidget) -> None:
        """Put a control at the right end."""
        layout = self.layout()
        assert layout is not None
        layout.addWidget(widget)


class SidePanel(QFrame):
    """A panel beside the main thing; ``edge`` is where it has a line ("left", "right", …)."""

    def __init__(self, edge: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        if edge:
            self.setProperty("edge", edge)


class Popup(QFrame):
    """A framed surface that lies above others (the palette)."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)


class PopupWindow(Popup):
    """A popup that is a window of its own and closes at a click beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlag(Qt.WindowType.Popup)
        without_corners(self)

    def show_over(self, over: QWidget) -> None:
        """Show it, as large as what it holds, in the middle of ``over``."""
        self.adjustSize()
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))
        middle = over.mapToGlobal(over.rect().center())
        self.move(middle - self.rect().center())
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        # Not before the first paint: PySide6 makes a hundred Python objects for QStyle.
        from PySide6.QtWidgets import QStyle, QStyleOption

        option = QStyleOption()  # Qt paints no background of its own where one sees through
        option.initFrom(self)
        with QPainter(self) as painter:
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)


class _Repaint(QObject):
    """Has what was under the mouse as a popup opened painted anew when that closes.

    While a popup is open, Qt tells a widget that the mouse has left and not that it looks otherwise
    now: on X11 a button that a click does not focus would look hovered until something paints it.
    """

    def __init__(self, popup: QWidget) -> None:
        super().__init__(popup)
        self._under: QWidget | None = None
        popup.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show:
            self._under = QApplication.widgetAt(QCursor.pos())
        elif event.type() is QEvent.Type.Hide and self._under is not None:
            if isValid(self._under):
                self._under.update()
            self._under = None
        return False


def without_corners(window: QWidget) -> None:
    """Have one see what is behind a round popup outside of its corners."""
    _Repaint(window)
    window.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    # the window system's own shadow would draw the corners that are not there
    window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
    window.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)


class EmptyState(QWidget):
    """What a place is for while it has nothing to show, and the next step as a button."""

    clicked = Signal()
    """The button was pressed."""

    def __init__(self, icon: str, title: str, text: str = "", button: str = "",
                 parent: QWidget | None = None, *, button_icon: str = "",
                 run: Run = None) -> None:
        super().__init__(parent)
        if run is not None:
            self.clicked.connect(run)
        self._icon_name = icon
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = label(title, "heading", wrap=True)
        self._text = label(text, tone="soft", wrap=True)
        self.button = PrimaryButton(button, button_icon, run=self.clicked)
        if not button:
            self.button.hide()
        inner = QVBoxLayout()
        inner.setSpacing(tokens.SPACE_S)
        for item in (self._icon, self._title, self._text):
            item.setAlignment(Qt.AlignmentFlag.AlignCenter)
            inner.addWidget(item)
        inner.addSpacing(tokens.SPACE_S)
        inner.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._inner = inner
        middle = widget_of(inner)
        middle.setMaximumWidth(440)
        # stretches at the sides and no alignment: that would lose the height of broken lines
        sides = row(1, (middle, 1000), 1)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(sides)
        outer.addStretch(3)
        self.setAccessibleName(title)
        self._draw_icon()
        current_theme().changed.connect(self._draw_icon)

    def set_text(self, title: str, text: str = "", button: str | None = None) -> None:
        """Say something else; ``button`` None leaves the button as it is, "" hides it."""
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(title)
        if button is not None:
            self.button.setText(button)
            self.button.setVisible(bool(button))

    def add(self, widget: QWidget) -> None:
        """Put something below the button."""
        self._inner.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def _draw_icon(self) -> None:
        self._icon.setPixmap(current_theme().pixmap(self._icon_name, "faint", tokens.ICON_HERO))


class Squeezed(QWidget):
    """What lies below each other in an area that scrolls: lists give way first, and only where
    their least height is too much, too, there is more to scroll to."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(1)  # that of the area, whatever the words in it would like

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else -1


def scrolling(content: QWidget | None = None) -> QScrollArea:
    """``content`` in a frameless area that scrolls up and down; see :func:`scroll` for one that is
    put into it later."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    if content is not None:
        scroll(area, content)
    return area


def keep_edge(area: QScrollArea, content: QWidget) -> None:
    """Have the scroll bar of ``area`` lie in the right margin of ``content``, so that what scrolls
    stays as wide as what stands above it."""
    bar = area.verticalScrollBar()

    def fit(_low: int, high: int) -> None:
        layout = content.layout()
        if layout is not None:
            edges = layout.contentsMargins()
            edges.setRight(edges.left() - (bar.sizeHint().width() if high else 0))
            layout.setContentsMargins(edges)

    bar.rangeChanged.connect(fit)


def scroll(area: QScrollArea, content: QWidget) -> None:
    """Put ``content`` into a :func:`scrolling` area.

    One that has much in it is put there once the area is where it stays: whatever gets a parent is
    styled anew with all that is in it.
    """
    content.setObjectName("scrolled")
    area.setWidget(content)
