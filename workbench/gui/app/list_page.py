"""A page over the window with a list of things that are declared for the project: one adds, changes
and removes them, and saves all at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.shell.overlays import Overlays
from workbench.gui.style import tokens
from workbench.gui.widgets import LinkButton, PrimaryButton, QuietButton, column, label, row
from workbench.gui.widgets.layout import widget_of


class ListItem(QWidget):
    """The fields of one thing in the list."""

    removed = Signal()
    """It is not wanted any more."""


Item = TypeVar("Item", bound=ListItem)


class ListPage(QWidget):
    """What the list is for, its items below each other, and a button that adds one.

    Parameters
    ----------
    words, add_text
        The explanation, and what the button says.
    spacing
        Between items, in logical pixels.
    """

    def __init__(self, words: str, add_text: str, spacing: int) -> None:
        super().__init__()
        self._problem = label("", "caption", "bad", wrap=True)
        self._problem.hide()
        self._stack = QVBoxLayout()
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(spacing)
        self.add = LinkButton(add_text, "plus")
        self.setLayout(column(label(words, tone="soft", wrap=True), self._stack,
                              row(self.add, 1), self._problem, 1, spacing=tokens.SPACE_M))

    @property
    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self.add

    def tell(self, sentence: str) -> None:
        """Say what is wrong."""
        self._problem.setText(sentence)
        self._problem.show()

    def _put(self, item: Item, items: list[Item]) -> Item:
        """Show ``item`` as the last of ``items``, until it is removed."""
        items.append(item)
        self._stack.addWidget(item)

        def remove() -> None:
            items.remove(item)
            self._stack.removeWidget(item)
            item.hide()
            item.deleteLater()

        item.removed.connect(remove)
        return item


def lay_over(overlays: Overlays, context: AppContext, title: str, page: ListPage,
             save: Callable[[], None]) -> None:
    """Lay ``page`` over the window; *Save* takes over what it says, or says why not."""
    session = context.session
    no, yes = QuietButton(tr("Cancel")), PrimaryButton(tr("Save"))
    foot = widget_of(row(1, no, yes))
    sheet = overlays.lay_over(title, page, foot)
    no.clicked.connect(sheet.close_sheet)

    def take_over() -> None:
        if session is not context.session:
            sheet.close_sheet()  # another project was opened meanwhile
            return
        try:
            save()
        except WorkbenchError as error:
            page.tell(error.sentence())
        else:
            sheet.close_sheet()

    yes.clicked.connect(take_over)
    page.first.setFocus(Qt.FocusReason.OtherFocusReason)
