"""A small field at the box to choose its class by typing a few letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from workbench.core.paths import folded
from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import column, label, repolish
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.field_popup import FieldPopup
from workbench.gui.widgets.labels import key_text, swatch_icon

ROWS = 8

_STEPS: dict[int, int] = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class ClassChooser(FieldPopup):
    """Lists the classes that fit what is typed; Enter takes the marked one, or makes a new one.

    A choice is told after it has closed.
    """

    def __init__(self, colors: ClassColors, parent: QWidget) -> None:
        super().__init__(tr("Class"), tr("Name of the class"), parent)
        self._colors = colors
        self._names: Sequence[str] = ()
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Classes that fit"))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hint = label("", "caption", wrap=True)
        pad = tokens.SPACE_S
        self.setLayout(column(self.field, self.list, self.hint, spacing=tokens.SPACE_XS,
                              margins=(pad, pad, pad, pad)))
        self.setFixedWidth(tokens.SIDE_PANEL_WIDTH - tokens.SPACE_XL)
        self.field.textChanged.connect(self._filter)
        self.list.itemClicked.connect(lambda item: self._take(item.text()))

    def ask(self, names: Sequence[str], current: str, at: QRect,
            chosen: Callable[[str], object],
            left: Callable[[], object] | None = None) -> None:
        """Open beside ``at`` (in the parent); ``chosen`` is called with the class, or else
        ``left``."""
        self.dismiss()
        self._names = names
        self._chosen, self._left = chosen, left
        self.field.setText(current)
        self.field.selectAll()
        self._filter("")
        self._mark(current)
        self._place(at)
        self._open()

    def _filter(self, text: str) -> None:
        repolish(self.field, "invalid", "false")
        wanted = folded(text.strip())
        self.list.clear()
        # Names that begin with what was typed come first.
        fitting = [name for name in self._names if folded(name).startswith(wanted)]
        fitting += [name for name in self._names
                    if wanted in folded(name) and name not in fitting]
        for name in fitting:
            item = QListWidgetItem(swatch_icon(self._colors.color(name)), name)
            item.setSizeHint(QSize(0, tokens.CONTROL_HEIGHT - tokens.SPACE_XS))
            self.list.addItem(item)
        if fitting:
            self.list.setCurrentRow(0)
        new = bool(wanted) and not any(folded(name) == wanted for name in self._names)
        name = self.hint.fontMetrics().elidedText(
            text.strip(), Qt.TextElideMode.ElideMiddle, self.width() // 2)
        self.hint.setText(tr("{value}: new class “{name}”",
                             value=key_text("Ctrl+Enter") if fitting else "Enter", name=name))
        self.hint.setVisible(new)
        self.list.setVisible(bool(fitting))
        self._show_rows(min(max(1, len(fitting)), ROWS))

    def _mark(self, name: str) -> None:
        for row in range(self.list.count()):
            if self.list.item(row).text() == name:
                self.list.setCurrentRow(row)

    def _show_rows(self, rows: int) -> None:
        """Be so many rows high, or fewer where the parent is lower; the list scrolls."""
        parent, row = self.parentWidget(), tokens.CONTROL_HEIGHT - tokens.SPACE_XS
        self.list.setFixedHeight(rows * row + 2)
        self._fit()
        if parent is not None and rows > 1:
            over = self.height() + 2 * tokens.SPACE_S - parent.height()
            if over > 0:
                self.list.setFixedHeight(max(1, rows - -(-over // row)) * row + 2)
                self._fit()

    def _fit(self) -> None:
        """Be as high as the words need that break into lines."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.ensurePolished()  # its frame takes room, too
        self.hint.ensurePolished()
        self.setFixedHeight(layout.totalHeightForWidth(self.width()) if layout.hasHeightForWidth()
                            else layout.totalSizeHint().height())
        parent = self.parentWidget()
        if parent is not None and self.isVisible():  # what it says below is in view, too
            self.move(self.x(), max(0, min(self.y(), parent.height() - self.height())))

    def _place(self, at: QRect) -> None:
        """Right of the box, or left of it, or wherever it fits into the parent."""
        self._fit()
        parent = self.parentWidget()
        room = parent.rect() if parent is not None else at
        gap = tokens.SPACE_S
        x = at.right() + gap
        if x + self.width() > room.right():
            x = at.left() - gap - self.width()
        x = max(room.left() + gap, min(x, room.right() - self.width() - gap))
        y = max(room.top() + gap, min(at.top(), room.bottom() - self.height() - gap))
        self.move(QPoint(x, y))

    def _take(self, text: str) -> None:
        if text.strip():
            super()._take(text)
        else:
            self._ask_for_name()

    def _ask_for_name(self) -> None:
        """Nothing was typed: stay, and say what is missing."""
        repolish(self.field, "invalid", "true")
        self.hint.setText(tr("Type a name first. Esc leaves without one."))
        self.hint.show()
        self._fit()

    def _entered(self, event: QKeyEvent) -> None:
        new = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        text = self.field.text().strip()
        item = self.list.currentItem()
        exact = next((name for name in self._names if name == text), None)
        if exact is not None and (item is None or self.list.currentRow() == 0):
            self._take(exact)
        elif item is not None and not new:
            self._take(item.text())
        else:
            self._take(text)

    def _other_key(self, event: QKeyEvent) -> bool:
        step = _STEPS.get(event.key())
        if step is not None:
            last = self.list.count() - 1
            self.list.setCurrentRow(max(0, min(last, self.list.currentRow() + step)))
        return step is not None
