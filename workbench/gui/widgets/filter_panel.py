"""A side panel with a list and what narrows it: words, and chips with counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLayout, QStackedLayout, QVBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets.buttons import ChipGroup, LinkButton
from workbench.gui.widgets.inputs import SearchField
from workbench.gui.widgets.labels import label
from workbench.gui.widgets.layout import column, row, widget_of
from workbench.gui.widgets.subset_notice import SubsetNotice
from workbench.gui.widgets.surfaces import SidePanel

TYPING_MS = 120
"""A filter is applied when typing rests for so long."""
COUNT_MS = 100
"""Counts are shown anew at most so often."""


class FilterPanel(SidePanel):
    """Subclasses make the list, apply the filter, count, and say why there is nothing to see.

    Parameters
    ----------
    hint, help
        What the field says while it is empty, and what can be typed.
    chips
        (id, text) of each, the one that shows everything first.
    """

    accepted = Signal()
    """Enter was pressed in the field."""

    def __init__(self, hint: str, help: str, chips: Iterable[tuple[str, str]],
                 parent: QWidget | None = None) -> None:
        super().__init__("right", parent)
        self.field = SearchField(tr(hint))
        self.field.setToolTip(tr(help))
        self.chips = ChipGroup()
        for id, text in chips:
            self.chips.add(id, tr(text), 0)
        self._all = self.chips.selected
        self.only = SubsetNotice()
        """Says so where what is listed was chosen elsewhere."""
        self.empty = label("", tone="soft", wrap=True)
        """Says why there is nothing to see."""
        self.empty.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.clear_button = LinkButton(tr("Clear the filter"), run=self.clear_filter)
        """The way back to everything, below it."""
        self._stack = QStackedLayout()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._counting = QTimer(self, singleShot=True, interval=COUNT_MS)

    def arrange(self, view: QWidget, beside: Sequence[QWidget] = (),
                below: Sequence[QWidget] = ()) -> None:
        """Put everything in its place, other widgets ``beside`` and ``below`` the chips, and wire
        it; once, when ``view`` is made."""
        nothing = widget_of(column(
            self.empty, self.clear_button, 1,
            margins=(tokens.SPACE_L, tokens.SPACE_XL, tokens.SPACE_L, tokens.SPACE_L)))
        cast(QVBoxLayout, nothing.layout()).setAlignment(
            self.clear_button, Qt.AlignmentFlag.AlignHCenter)
        self._stack.addWidget(view)
        self._stack.addWidget(nothing)
        line = row((self.chips, 1), *beside, spacing=tokens.SPACE_XS)
        edge = tokens.SPACE_M
        head = column(self.first_line(), self.only, line, *below,
                      margins=(edge, edge, edge, tokens.SPACE_XS))
        whole = column(head, self._stack, spacing=tokens.SPACE_XS,
                       margins=(0, 0, 0, tokens.SPACE_XS))
        self.setLayout(whole)
        whole.setStretch(1, 1)
        self._typing.timeout.connect(self.apply_filter)
        self._counting.timeout.connect(self.count)
        self.field.textChanged.connect(lambda: self._typing.start())
        self.field.returnPressed.connect(self._apply_now)
        self.field.left.connect(self.accepted)
        self.chips.changed.connect(lambda _: self.apply_filter())
        self.only.changed.connect(self.apply_filter)

    # For subclasses to say; Qt's metaclass and that of abstract classes do not go together

    def apply_filter(self) -> None:
        """Show what the field and the chips choose."""
        raise NotImplementedError

    def count(self) -> None:
        """Set the counts of the chips."""
        raise NotImplementedError

    def first_line(self) -> QWidget | QLayout:
        """What stands above the chips: the field."""
        return self.field

    # For subclasses to use

    def count_soon(self) -> None:
        """Count when what changes now has had time to go on changing."""
        self._counting.start()

    def show_list(self) -> None:
        """There is something to see."""
        self._stack.setCurrentIndex(0)

    def show_empty(self, words: str, *, clearable: bool) -> None:
        """Say in ``words`` why there is nothing, and offer the way back where a filter hides it."""
        self.empty.setText(words)
        self.clear_button.setVisible(clearable)
        self._stack.setCurrentIndex(1)

    # The filter

    def set_filter(self, text: str) -> None:
        """Show what ``text`` chooses, as if it had been typed."""
        self.field.setText(text)
        self._apply_now()

    def clear_filter(self) -> None:
        """Show everything again."""
        self.field.clear()
        self.only.clear()
        self.chips.select(self._all)
        self._apply_now()

    def _apply_now(self) -> None:
        self._typing.stop()
        self.apply_filter()
