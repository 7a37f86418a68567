"""The row of buttons above the canvas, and the zoom buttons below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.core.text import tr
from workbench.extension.holds import MASK
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.key_choices import follow_keys
from workbench.gui.label.images.canvas import Canvas
from workbench.gui.label.images.drawing_tools import BUNDLED, CUT
from workbench.gui.label.images.editor import Editor
from workbench.gui.label.images.ruler_tool import RULER
from workbench.gui.label.toolbar import PlaceToolbar, action_button, without_room
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, KeyHint, QuietButton, repolish, row
from workbench.gui.widgets.key_words import keyed, keyed_tip

_ROW = tuple(tool for tool in BUNDLED if tool.id != CUT)  # which is in the menu alone
_SHAPES_GAP = 2
"""Logical pixels between the buttons of tools, which are one group."""
_LEAST_TOOLS = 2
"""For so many, words go before their buttons do."""


class KeyedButton(QuietButton):
    """A quiet button that shows its key where there is room for it."""

    def __init__(self, text: str, icon: str, actions: ActionRegistry, id: str) -> None:
        super().__init__(text, icon)
        self._words, self._narrow_width = text, 0
        self._hint = KeyHint(parent=self)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._tip = self._why = ""
        self.setAccessibleName(text)
        self.setStyleSheet("text-align: left;")
        follow_keys(self, actions, id, self._hint.set_keys)

    def set_tip(self, tip: str) -> None:
        """Say what it does; below that stands why it cannot be used."""
        self._tip = tip
        self.setToolTip(f"{tip}\n{self._why}" if self._why else tip)

    def set_why(self, why: str) -> None:
        """Say in the tool tip why it cannot be used now; "" says nothing."""
        if why != self._why:
            self._why = why
            self.set_tip(self._tip)

    def set_narrow(self, narrow: bool) -> None:
        """Leave the key out, or show it again."""
        self._hint.setHidden(narrow or not self._hint.text())
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
    """Shows whether the next drag draws a box (on), all of them do (locked), or neither (off)."""

    locked = Signal()
    """It was clicked twice: draw one box after the other."""

    def __init__(self, actions: ActionRegistry, place: str) -> None:
        super().__init__(tr("Box"), "box", actions, f"{place}.draw")
        self.setProperty("filled", "false")  # quicker than repolish()
        keyed(self, tr("Draw a box, also on top of others (<{place}.draw>)\n"
                       "Double click: one box after the other (<{place}.draw_many>)",
                       place=place), self.set_tip)

    def show_mode(self, *, drawing: bool, locked: bool) -> None:
        """Look as what the next drag does."""
        self.icon_color = "accent_ink" if drawing else "ink"
        repolish(self, "filled", "true" if drawing else "false")
        self.set_icon("lock" if locked else "box")
        state = "locked" if locked else "on" if drawing else "off"
        self.setAccessibleName(tr("Box, {state}", state=state))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.locked.emit()


class ImageToolbar(PlaceToolbar):
    """Box, hand, undo and redo at the left, Verify at the right, and what hides the panels.

    A button never moves: what comes and goes stands behind all others of its side. Where room is
    short the keys are left out for good; where it is shorter still, a menu offers the last of the
    tools, and at last the words go.
    """

    def __init__(self, editor: Editor, actions: ActionRegistry, theme: Theme,
                 parent: QWidget | None = None) -> None:
        super().__init__(actions, "images", tr("Image list"), tr("Classes and boxes"), parent)
        self._editor = editor
        self._theme = theme
        self._areas = False
        self.box = BoxButton(actions, "images")
        self.hand = self.icon_button("hand", "hand", tr("Move the picture with every drag"),
                                     bordered=True)
        self.hand.setCheckable(True)
        self.shapes = [self.icon_button(f"tool_{tool.id}", tool.icon, tr(tool.title), bordered=True)
                       for tool in _ROW]
        for button in self.shapes:
            button.setCheckable(True)
        self.verify = KeyedButton(tr("Verify"), "check", actions, "images.verify")
        self.verify.setCheckable(True)
        self.verify.set_tip(tr("Mark this image as checked by you"))
        self.box.clicked.connect(self.run("draw"))
        self.box.locked.connect(self.run("draw_many"))
        self.verify.clicked.connect(self.run("verify"))
        edge = tokens.SPACE_M
        self.setLayout(row(
            self.list_toggle, self.box, row(*self.shapes, spacing=_SHAPES_GAP), self.hand,
            self.undo, self.redo, self.more_tools, self.back, 1, self.verify, self.side_toggle,
            margins=(edge, edge, edge, edge)))
        editor.sample_changed.connect(self.refresh)
        editor.mode_changed.connect(self.refresh)
        editor.objects_changed.connect(self.refresh)
        theme.changed.connect(self.update)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.list_toggle, self.box, *self.shapes, self.hand, self.undo, self.redo,
                self.more_tools, self.back, self.verify, self.side_toggle]

    def refresh(self) -> None:
        """Show what can be done."""
        editor = self._editor
        if self._areas != editor.one_class:
            self._areas = editor.one_class
            self.fit()
        self.box.setEnabled(editor.drawable)
        self.box.set_why(editor.undrawable_reason)
        self.box.show_mode(drawing=editor.drawing, locked=editor.keep_drawing)
        for tool, button in zip(_ROW, self.shapes, strict=True):
            button.setEnabled(editor.takes(tool.shape))
            button.set_why(editor.why_not(tool.shape))
            button.setChecked(self._is_checked(f"images.tool_{tool.id}"))
        self.hand.setEnabled(bool(editor.key))
        self.hand.setChecked(editor.hand)
        self.verify.setEnabled(editor.can_verify)
        self.verify.set_why(editor.unverifiable_reason)
        self.verify.setChecked(editor.verified)

    def _is_checked(self, id: str) -> bool:
        checked = self._actions[id].checked
        return checked is not None and checked()

    def fit(self) -> None:
        """Leave keys out where there is no room for them, then buttons whose actions a menu offers,
        then words; the way back must not move the others."""
        tools = [*self.shapes, self.hand, self.undo, self.redo]
        going = [self.hand, self.redo, self.undo, *self._shapes_going()]
        side = tokens.CONTROL_HEIGHT + tokens.SPACE_S  # of a button
        widths = [side] * 3 + [tokens.CONTROL_HEIGHT + _SHAPES_GAP] * len(self.shapes)
        roomy = self._fixed((self.box, self.verify)) + sum(widths[3:]) + 2 * side <= self.width()
        back = side if roomy or not self.back.isHidden() else 0
        for words in ((self.box, self.verify), (self.box,), ()):
            needed = self._fixed(words) + back
            gone = without_room(widths, side, self.width() - needed)
            if len(going) - gone >= _LEAST_TOOLS:
                break
        self.leave_out(tools, going[:gone])
        needed += sum(widths[gone:]) + (side if gone else 0)
        keyed = (self.box, self.verify)
        narrow = bool(gone) or needed + sum(one.key_width() for one in keyed) > self.width()
        for button in keyed:
            button.set_words(shown=button in words)
            button.set_narrow(narrow)
        self._fit_back(self.width() - needed + max(0, back - tokens.SPACE_S)
                       - (0 if narrow else sum(button.key_width() for button in keyed)))

    def _shapes_going(self) -> list[IconButton]:
        """The tools for shapes, those first that may go: where areas are painted, these tools are
        the last."""
        last = [button for tool, button in zip(_ROW, self.shapes, strict=True)
                if self._areas and tool.shape == MASK]
        return [*(button for button in reversed(self.shapes) if button not in last),
                *reversed(last)]

    def _fit_back(self, room: int) -> None:
        for words in (self._back_words, tr("Back"), ""):
            self.back.setText(words)
            self.back.setStyleSheet("" if words else "padding: 0;")  # the arrow alone
            if self.back.sizeHint().width() <= room:
                return
        if not self.back.isHidden():  # at the outer end, so that nothing else moves
            self.verify.set_narrow(True)

    def _fixed(self, worded: Sequence[QWidget]) -> int:
        """What is always there takes without keys, in logical pixels."""
        keyed = sum(button.narrow_width() if button in worded else tokens.CONTROL_HEIGHT
                    for button in (self.box, self.verify))
        return (keyed + 2 * tokens.CONTROL_HEIGHT + 2 * tokens.SPACE_M + 4 * tokens.SPACE_S
                - _SHAPES_GAP)

    def minimumSizeHint(self) -> QSize:
        """With as little as there can be; the way back may be cut, which is there seldom."""
        return QSize(self._fixed(()) + tokens.CONTROL_HEIGHT + tokens.SPACE_S,
                     tokens.CONTROL_HEIGHT + 2 * tokens.SPACE_M)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(event.rect(), self._theme.color("canvas"))


class ZoomBar(QWidget):
    """How pictures look, − 136 % + Fit, below the canvas at the right; ``place`` is the one whose
    actions it runs."""

    def __init__(self, canvas: Canvas, actions: ActionRegistry,
                 parent: QWidget | None = None, place: str = "images") -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.adjust = action_button(actions, f"{place}.look", "contrast",
                                  tr("Brightness, contrast, channels…"), bordered=True)
        self.adjust.setCheckable(True)
        self.ruler = action_button(actions, f"{place}.measure", "ruler", tr("Measure a distance"),
                                   bordered=True)
        self.ruler.setCheckable(True)
        self.minus = action_button(actions, f"{place}.zoom_out", "minus", tr("Smaller"),
                                   bordered=True)
        self.plus = action_button(actions, f"{place}.zoom_in", "plus", tr("Larger"), bordered=True)
        self.scale = QuietButton("100 %", run=lambda: actions[f"{place}.actual_size"].run())
        keyed_tip(self.scale, tr("Show one image pixel for one pixel (<{place}.actual_size>)",
                                 place=place))
        self.scale.setMinimumWidth(2 * tokens.CONTROL_HEIGHT + tokens.SPACE_L)  # "6400 %"
        self.scale.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.fit = QuietButton(tr("Fit"), run=lambda: actions[f"{place}.fit"].run())
        keyed_tip(self.fit, tr("Show the whole image (<{place}.fit>)", place=place))
        self.setLayout(row(self.ruler, self.adjust, self.minus, self.scale, self.plus, self.fit))
        self.stops: list[QWidget] = [self.ruler, self.adjust, self.minus, self.scale, self.plus,
                                     self.fit]
        canvas.view_changed.connect(self.refresh)
        canvas.editor.mode_changed.connect(
            lambda: self.ruler.setChecked(canvas.tool is RULER))

    def refresh(self) -> None:
        """Show the scale."""
        percent = self._canvas.viewport.scale * 100
        text = f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %"
        if text != self.scale.text():
            self.scale.setText(text)
            self.scale.setAccessibleName(tr("Zoom {value}", value=text))

