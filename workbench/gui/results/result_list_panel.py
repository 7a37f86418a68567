"""The right side of Results: a heading, the samples behind the chosen number, and their order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.text import tr
from workbench.gui.results.card_view import CardView
from workbench.gui.results.notice import UpdateNotice
from workbench.gui.style import tokens
from workbench.gui.widgets import EmptyState, label
from workbench.gui.widgets.inputs import ElidedBox

ViewT = TypeVar("ViewT", bound=CardView)


class ResultListPanel(QWidget, Generic[ViewT]):
    """What a panel of any kind of sample has; a subclass brings its head and fills in the samples.

    Parameters
    ----------
    view
        The list.
    notice
        Shown below the list, so that nothing above moves when it comes.
    samples
        What they are called ("pictures").
    nothing
        What is said where nothing is behind a number.
    orders
        Words for each order that the list can have.
    """

    opened = Signal(int)
    """(row) open this sample in the place where it is labelled."""
    order_changed = Signal()
    """The samples are wanted in another order."""
    cleared = Signal()
    """Leave what is chosen: show all samples again."""

    def __init__(self, view: ViewT, notice: UpdateNotice, samples: str, nothing: str,
                 orders: Mapping[Any, str]) -> None:
        super().__init__()
        self.view, self.notice, self._orders = view, notice, orders
        self.title: QLabel = label("", "heading")
        self.order_box = ElidedBox()
        self.order_box.setAccessibleName(tr("Order of the {samples}", samples=samples))
        self.order_box.setToolTip(tr("Order of the {samples}", samples=samples))
        self.order_box.setSizeAdjustPolicy(ElidedBox.SizeAdjustPolicy.AdjustToContents)
        self.order_box.setMinimumWidth(80)
        self.set_orders(orders)
        self.nothing = EmptyState("check", tr("Nothing here"), nothing)
        self.stack = QStackedWidget()
        for page in (view, self.nothing):
            self.stack.addWidget(page)

    def arrange(self, head: QHBoxLayout, foot: QWidget, above: Sequence[QWidget] = ()) -> None:
        """Lay everything out and listen to the list; called once by the subclass."""
        head.setContentsMargins(0, 0, tokens.SPACE_S, 0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(tokens.SPACE_L, tokens.SPACE_M, tokens.SPACE_S, tokens.SPACE_S)
        outer.setSpacing(tokens.SPACE_S)
        for widget in above:
            outer.addWidget(widget)
        outer.addLayout(head)
        outer.addWidget(self.stack, 1)
        outer.addWidget(self.notice)
        outer.addWidget(foot)
        self.view.opened.connect(self.opened)
        self.view.left.connect(self.cleared)
        self.view.selectionModel().currentChanged.connect(lambda *_: self.choice_changed())
        self.view.model().modelReset.connect(self.choice_changed)
        self.order_box.activated.connect(lambda _index: self.order_changed.emit())
        self.choice_changed()

    # --- orders ---------------------------------------------------------------------------------

    @property
    def order(self) -> Any:
        """The order that is chosen."""
        return self.order_box.currentData()

    def set_orders(self, orders: Iterable[Any]) -> None:
        """Offer these, the first one chosen."""
        self.order_box.blockSignals(True)
        self.order_box.clear()
        for order in orders:
            self.order_box.addItem(self._orders[order], order)
        self.order_box.blockSignals(False)

    def set_order(self, order: Any) -> None:
        """Choose an order that is offered."""
        index = self.order_box.findData(order)
        if index >= 0 and order != self.order:
            self.order_box.setCurrentIndex(index)
            self.order_changed.emit()

    # --- what is chosen -------------------------------------------------------------------------

    def choice_changed(self) -> None:
        """Another sample is chosen, or none."""

    def open_chosen(self) -> None:
        """Open the chosen sample where it is labelled."""
        if self.view.row is not None:
            self.opened.emit(self.view.row)
