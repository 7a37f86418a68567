"""The row of buttons above the canvas, and the zoom buttons below it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.drawing_tools import BUNDLED
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.toolbar import PlaceToolbar, action_button
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, KeyHint, QuietButton, repolish, row


class KeyedButton(QuietButton):
    """A quiet button that shows its key where there is room for it."""

    def __init__(self, text: str, icon: str, keys: str) -> None:
        super().__init__(text, icon)
        self._words, self._narrow_width = text, 0
        self._hint = KeyHint(keys, self)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(f"{text} ({keys})")
        self.setStyleSheet("text-align: left;")

    def set_narrow(self, narrow: bool) -> None:
        """Leave the key out, or show it again."""
        self._hint.setHidden(narrow)
        self.updateGeometry()

    def set_words(self, *, shown: bool) -> None:
        """Leave the word out, or show it again."""
        if shown != bool(self.text()):
            self._narrow_width = 0 if shown else self.narrow_width()
            self.setText(self._words if shown else "")
            self.setStyleSheet("text-align: left;" if shown else "padding: 0;")

    def key_width(self) -> int:
        """Logical pixels that the key takes."""
        return self._hint.sizeHint().width() + tokens.SPACE_S

    def narrow_width(self) -> int:
        """Logical pixels without the key, but with the word."""
        return self._narrow_width or super().sizeHint().width()

    def sizeHint(self) -> QSize:
        if self._narrow_width:
            return QSize(tokens.CONTROL_HEIGHT, tokens.CONTROL_HEIGHT)
        more = 0 if self._hint.isHidden() else self.key_width()
        return super().sizeHint() + QSize(more, 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        size = self._hint.sizeHint()
        self._hint.setGeometry(self.width() - size.width() - tokens.SPACE_S,
                               (self.height() - size.height()) // 2,
                               size.width(), size.height())


class BoxButton(KeyedButton):
    """Shows whether the next drag draws a box (on), all of them do (locked), or neither (off).

    Signals
    -------
    locked
        It was clicked twice: draw one box after the other.
    """

    locked = Signal()

    def __init__(self) -> None:
        super().__init__(tr("Box"), "box", "W")
        self.setProperty("filled", "false")  # quicker than repolish()
        self.setToolTip(tr("Draw a box, also on top of others (W)\n"
                           "Double click: one box after the other (Shift+W)"))

    def show_mode(self, *, drawing: bool, locked: bool) -> None:
        """Look as what the next drag does."""
        self.icon_color = "accent_ink" if drawing else "ink"
        repolish(self, "filled", "true" if drawing else "false")
        self.set_icon("lock" if locked else "box")
        state = "locked" if locked else "on" if drawing else "off"
        self.setAccessibleName(tr("Box, {state} (W)", state=state))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.locked.emit()


class ImageToolbar(PlaceToolbar):
    """Box, hand, undo and redo at the left, Verify at the right, and what hides the panels.

    A button never moves: what comes and goes stands behind all others of its side. Where room is
    short the keys are left out for good; where it is shorter still, what is also in the menus, and
    at last the words.
    """

    def __init__(self, editor: Editor, actions: ActionRegistry, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(actions, "images", tr("Image list"), tr("Classes and boxes"), parent)
        self._editor = editor
        self._theme = theme
        self.box = BoxButton()
        self.hand = self.icon_button("hand", "hand", tr("Move the picture with every drag"),
                                     bordered=True)
        self.hand.setCheckable(True)
        self.shapes = [self.icon_button(f"tool_{tool.id}", tool.icon, tr(tool.title), bordered=True)
                       for tool in BUNDLED]
        for button in self.shapes:
            button.setCheckable(True)
        self.more_shapes = IconButton("polygon", tr("Other shapes: polygons, masks …"),
                                      bordered=True)
        self.more_shapes.clicked.connect(self._offer_shapes)
        self.more_shapes.hide()
        self.verify = KeyedButton(tr("Verify"), "check", "Space")
        self.verify.setCheckable(True)
        self.verify.setToolTip(tr("Mark this image as checked by you"))
        self.box.clicked.connect(self.run("draw"))
        self.box.locked.connect(self.run("draw_many"))
        self.verify.clicked.connect(self.run("verify"))
        edge = tokens.SPACE_M
        self.setLayout(row(
            self.list_toggle, self.box, self.more_shapes, *self.shapes, self.hand, self.undo,
            self.redo, self.back, 1, self.verify, self.side_toggle,
            margins=(edge, edge, edge, edge)))
        editor.sample_changed.connect(self.refresh)
        editor.mode_changed.connect(self.refresh)
        editor.objects_changed.connect(self.refresh)
        theme.changed.connect(self.update)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.list_toggle, self.box, self.more_shapes, *self.shapes, self.hand, self.undo,
                self.redo, self.back, self.verify, self.side_toggle]

    def refresh(self) -> None:
        """Show what can be done."""
        editor = self._editor
        self.box.setEnabled(editor.editable)
        self.box.show_mode(drawing=editor.drawing, locked=editor.keep_drawing)
        for tool, button in zip(BUNDLED, self.shapes, strict=True):
            button.setEnabled(editor.editable)
            button.setChecked(self._is_checked(f"images.tool_{tool.id}"))
        self.more_shapes.setEnabled(editor.editable)
        self.hand.setEnabled(bool(editor.key))
        self.hand.setChecked(editor.hand)
        self.verify.setEnabled(editor.editable)
        self.verify.setChecked(editor.verified)

    def _offer_shapes(self) -> None:
        """A menu of the tools, where there is no room for their buttons."""
        from workbench.gui.shell.menus import pop_up

        at = self.more_shapes.mapToGlobal(self.more_shapes.rect().bottomLeft())
        pop_up(self, self._actions, "images", [f"tool_{tool.id}" for tool in BUNDLED], at)

    def _is_checked(self, id: str) -> bool:
        checked = self._actions[id].checked
        return checked is not None and checked()

    def fit(self) -> None:
        """Leave keys out where there is no room for them, and words of the way back where that
        takes more than is left: it must not move the others."""
        keyed, spare = (self.box, self.verify), (self.hand, self.undo, self.redo)
        room = self.width()
        arrow = tokens.CONTROL_HEIGHT + tokens.SPACE_S  # of the way back, if it comes
        all_there = self._width(worded=True, spare=True) + arrow <= room
        shaped = self._width(worded=True, spare=False, shaped=True) + arrow <= room
        worded = self._width(worded=True, spare=False) <= room
        for icon in spare:
            icon.setVisible(all_there)
        for icon in self.shapes:
            icon.setVisible(all_there or shaped)
        self.more_shapes.setHidden(all_there or shaped)
        for button in keyed:
            button.set_words(shown=worded)
        needed = self._width(worded=worded, spare=all_there, shaped=shaped)
        whole = needed + sum(button.key_width() for button in keyed)
        narrow = whole > room
        for button in keyed:
            button.set_narrow(narrow)
        left = room - (needed if narrow else whole) - tokens.SPACE_S
        for words in (self._back_words, tr("Back"), ""):
            self.back.setText(words)
            self.back.setStyleSheet("" if words else "padding: 0;")  # the arrow alone
            if self.back.sizeHint().width() <= left:
                return
        if not self.back.isHidden():  # at the outer end, so that nothing else moves
            self.verify.set_narrow(True)

    def _width(self, *, worded: bool, spare: bool, shaped: bool = False) -> int:
        """What the buttons take without keys and without the way back, in logical pixels."""
        icons = [self.list_toggle, self.side_toggle]
        if spare:
            icons += [self.hand, self.undo, self.redo]
        icons += self.shapes if spare or shaped else [self.more_shapes]
        width = sum(button.minimumWidth() for button in icons) + 2 * tokens.SPACE_M
        width += sum(button.narrow_width() if worded else tokens.CONTROL_HEIGHT
                     for button in (self.box, self.verify))
        return width + (len(icons) + 2 - 1) * tokens.SPACE_S

    def minimumSizeHint(self) -> QSize:
        """With as little as there can be; the way back may be cut, which is there seldom."""
        return QSize(self._width(worded=False, spare=False),
                     tokens.CONTROL_HEIGHT + 2 * tokens.SPACE_M)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), self._theme.color("canvas"))
        painter.end()


class ZoomBar(QWidget):
    """How pictures look, − 136 % + Fit, below the canvas at the right."""

    def __init__(self, canvas: Canvas, actions: ActionRegistry,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.look = action_button(actions, "images.look", "contrast",
                                  tr("Brightness, contrast, channels …"), bordered=True)
        self.look.setCheckable(True)
        self.minus = action_button(actions, "images.zoom_out", "minus", tr("Smaller"),
                                   bordered=True)
        self.plus = action_button(actions, "images.zoom_in", "plus", tr("Larger"), bordered=True)
        self.scale = QuietButton("100 %")
        self.scale.setToolTip(tr("Show one image pixel for one pixel (Ctrl+0)"))
        self.scale.clicked.connect(lambda: actions["images.actual_size"].run())
        self.scale.setMinimumWidth(2 * tokens.CONTROL_HEIGHT + tokens.SPACE_L)  # "6400 %"
        self.scale.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.fit = QuietButton(tr("Fit"))
        self.fit.setToolTip(tr("Show the whole image (Ctrl+F)"))
        self.fit.clicked.connect(lambda: actions["images.fit"].run())
        self.setLayout(row(self.look, self.minus, self.scale, self.plus, self.fit))
        self.stops: list[QWidget] = [self.look, self.minus, self.scale, self.plus, self.fit]
        canvas.view_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the scale."""
        percent = self._canvas.viewport.scale * 100
        text = f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %"
        if text != self.scale.text():
            self.scale.setText(text)
            self.scale.setAccessibleName(tr("Zoom {value}", value=text))

