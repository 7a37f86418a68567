"""The row of buttons over the canvas, and the zoom buttons in its corner."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from workbench.gui import tokens
from workbench.gui.actions import ActionRegistry
from workbench.gui.images.canvas import Canvas
from workbench.gui.images.editor import Editor
from workbench.gui.theme import Theme
from workbench.gui.widgets import IconButton, KeyHint, PrimaryButton, QuietButton, row


class _Keyed:
    """Puts a key hint into a button, right of its words."""

    def __init__(self, button: QPushButton, keys: str) -> None:
        self.button = button
        self.hint = KeyHint(keys, button)
        self.hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        button.setAccessibleName(f"{button.text()} ({keys})")

    def size(self, hint: QSize) -> QSize:
        return hint + QSize(self.hint.sizeHint().width() + tokens.SPACE_S, 0)

    def place(self) -> None:
        size = self.hint.sizeHint()
        self.hint.setGeometry(self.button.width() - size.width() - tokens.SPACE_S,
                              (self.button.height() - size.height()) // 2,
                              size.width(), size.height())


class KeyedPrimaryButton(PrimaryButton):
    """A primary button that shows its key."""

    def __init__(self, text: str, icon: str, keys: str) -> None:
        super().__init__(text, icon)
        self._keyed = _Keyed(self, keys)
        self.setStyleSheet("text-align: left;")

    def sizeHint(self) -> QSize:
        return self._keyed.size(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keyed.place()


class KeyedButton(QuietButton):
    """A quiet button that shows its key."""

    def __init__(self, text: str, icon: str, keys: str) -> None:
        super().__init__(text, icon)
        self._keyed = _Keyed(self, keys)
        self.setStyleSheet("text-align: left;")

    def sizeHint(self) -> QSize:
        return self._keyed.size(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keyed.place()


class Toolbar(QWidget):
    """Box, undo and redo at the left, Verify at the right, and what folds the panels away."""

    def __init__(self, editor: Editor, actions: ActionRegistry, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._theme = theme
        self.back = QuietButton("Back to Results", "arrow-left")
        self.back.hide()
        self.list_toggle = _icon(actions, "images.toggle_list", "panel-left", "Image list")
        self.box = KeyedPrimaryButton("Box", "box", "W")
        self.box.setToolTip("Draw a box: press, drag, let go. With Shift+W you go on drawing.")
        self.undo = _icon(actions, "images.undo", "undo", "Undo", bordered=True)
        self.redo = _icon(actions, "images.redo", "redo", "Redo", bordered=True)
        self.verify = KeyedButton("Verify", "check", "Space")
        self.verify.setCheckable(True)
        self.verify.setToolTip("Mark this image as checked by you")
        self.side_toggle = _icon(actions, "images.toggle_side", "panel-right", "Classes and boxes")
        for toggle in (self.list_toggle, self.side_toggle):
            toggle.setCheckable(True)
            toggle.setChecked(True)
        self.box.clicked.connect(_run(actions, "images.draw"))
        self.verify.clicked.connect(_run(actions, "images.verify"))
        edge = tokens.SPACE_M
        self.setLayout(row(
            self.list_toggle, self.back, self.box, self.undo, self.redo, 1, self.verify,
            self.side_toggle, margins=(edge, edge, edge, edge)))
        editor.image_changed.connect(self.refresh)
        editor.mode_changed.connect(self.refresh)
        editor.objects_changed.connect(lambda _before: self.refresh())
        theme.changed.connect(self.update)

    def refresh(self) -> None:
        """Show what can be done."""
        editor = self._editor
        stack = editor.session.undo if editor.session is not None else None
        undo = stack.undo_text if stack is not None else None
        redo = stack.redo_text if stack is not None else None
        _offer(self.undo, "Undo", undo, "Ctrl+Z")
        _offer(self.redo, "Redo", redo, "Ctrl+Shift+Z")
        self.box.setEnabled(editor.editable)
        self.verify.setEnabled(editor.editable)
        self.verify.setChecked(editor.verified)
        self.verify.setText("Verified" if editor.verified else "Verify")

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("canvas"))
        painter.end()


class ZoomBar(QWidget):
    """− 136 % + Fit, in the lower right corner of the canvas."""

    def __init__(self, canvas: Canvas, actions: ActionRegistry) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.minus = _icon(actions, "images.zoom_out", "minus", "Smaller", bordered=True)
        self.plus = _icon(actions, "images.zoom_in", "plus", "Larger", bordered=True)
        self.scale = QuietButton("100 %")
        self.scale.setToolTip("Show one image pixel for one pixel (Ctrl+0)")
        self.scale.clicked.connect(_run(actions, "images.actual_size"))
        self.scale.setFixedWidth(2 * tokens.CONTROL_HEIGHT + tokens.SPACE_XS)
        self.fit = QuietButton("Fit")
        self.fit.setToolTip("Show the whole image (Ctrl+F)")
        self.fit.clicked.connect(_run(actions, "images.fit"))
        self.setLayout(row(self.minus, self.scale, self.plus, self.fit))
        self.setCursor(Qt.CursorShape.ArrowCursor)
        canvas.view_changed.connect(self.refresh)
        self.adjustSize()

    def refresh(self) -> None:
        """Show the scale, and stay in the corner: the canvas may have another size."""
        self.settle()
        percent = self._canvas.viewport.scale * 100
        text = f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %"
        if text != self.scale.text():
            self.scale.setText(text)
            self.scale.setAccessibleName(f"Zoom {text}")

    def settle(self) -> None:
        """Go to the corner."""
        edge = tokens.SPACE_M
        self.move(self._canvas.width() - self.width() - edge,
                  self._canvas.height() - self.height() - edge)


def _icon(actions: ActionRegistry, id: str, icon: str, text: str, *,
          bordered: bool = False) -> IconButton:
    action = actions[id]
    button = IconButton(icon, text, keys=action.keys[0] if action.keys else "", bordered=bordered)
    button.clicked.connect(_run(actions, id))
    return button


def _run(actions: ActionRegistry, id: str) -> Callable[[], object]:
    return lambda: actions[id].run()


def _offer(button: IconButton, verb: str, what: str | None, keys: str) -> None:
    button.setEnabled(what is not None)
    button.setToolTip(f"{verb} {what} ({keys})" if what is not None else f"{verb} ({keys})")
