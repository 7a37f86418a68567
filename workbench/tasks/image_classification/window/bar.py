"""The bar above the grid: which images, in which order, and how large."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QWidget

from workbench.core.text import tr
from workbench.gui.app.context import ChosenTarget, ClassTarget
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.label.filter_menu import FilterMenu
from workbench.gui.label.filter_terms import class_filter
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    IconButton,
    LinkButton,
    SearchField,
    column,
    label,
    row,
    widget_of,
)
from workbench.gui.widgets.subset_notice import SubsetNotice
from workbench.tasks.image_classification.window.grid_model import ClassFilter, Order

CHIPS = (
    ("all", "All"), ("unlabelled", "Unlabelled"), ("labelled", "Labelled"),
    ("doubtful", "To check"))
_ORDERS: tuple[tuple[Order, str], ...] = (
    ("name", "by name"), ("next", "label these first"), ("class", "by class"),
    ("certainty", "least certain first"))
_NEXT_TIP = ("What is typical of many others and unlike the rest: what to label while nothing is "
             "labelled yet; choose it again after more labels")
_HELP = ("Words that must all match: a class, a part of the file's name, or unlabelled; split:val, "
         "-class:NAME for all others, sort:class")


class SortBar(QWidget):
    """Filter, chips, order, and the switch between the grid and one image."""

    filter_changed = Signal()
    """Other images are wanted."""
    order_changed = Signal()
    """They are wanted in another order."""
    large_wanted = Signal(bool)
    """(whether) one image is to be shown large."""
    left = Signal()
    """Back from the field to the images."""

    def __init__(self, memory: PlaceMemory) -> None:
        super().__init__()
        self.field = SearchField(tr("Filter: class, name …"))
        self.field.setToolTip(_HELP)
        self.field.setMinimumWidth(tokens.SIDE_PANEL_WIDTH // 2)
        self.field.setMaximumWidth(tokens.LIST_PANEL_WIDTH)
        self.chips = ChipGroup()
        for id, text in CHIPS:
            self.chips.add(id, text, 0)
        self.chips["doubtful"].hide()
        self.order_box = QComboBox()
        self.order_box.setAccessibleName(tr("Order of the images"))
        self.order_box.setToolTip(tr("Order of the images"))
        for at, (order, text) in enumerate(_ORDERS):
            self.order_box.addItem(tr(text), order)
            if order == "next":
                self.order_box.setItemData(at, tr(_NEXT_TIP), Qt.ItemDataRole.ToolTipRole)
        self.grid_button = IconButton("grid", tr("All images in a grid"), keys="Escape",
                                      bordered=True, checkable=True)
        self.large_button = IconButton("images", tr("One image at a time"), keys="Return",
                                       bordered=True, checkable=True)
        self._typing = QTimer(self, singleShot=True, interval=120)
        self.only = SubsetNotice()
        self.menu = FilterMenu(self.field, ClassFilter, memory)
        line = row((self.field, 2), self.menu, (self.chips, 3), self.order_box, self.grid_button,
                   self.large_button, spacing=tokens.SPACE_S,
                   margins=(tokens.SPACE_M, tokens.SPACE_M, tokens.SPACE_M, tokens.SPACE_XS))
        self.looking = label("", "caption")
        self.stop_button = LinkButton(tr("Stop"), "stop")
        edge = tokens.SPACE_M
        self._looking_line = widget_of(row(self.looking, 1, self.stop_button,
                                           margins=(edge, 0, edge, 0)))
        self._looking_line.hide()
        self.setLayout(column(line, row(self.only, margins=(edge, 0, edge, 0)),
                              self._looking_line, spacing=0))
        self.only.changed.connect(self.filter_changed)
        self._typing.timeout.connect(self.filter_changed)
        self.field.textChanged.connect(lambda: self._typing.start())
        self.field.returnPressed.connect(self.left)
        self.field.left.connect(self.left)
        self.chips.changed.connect(lambda _id: self.filter_changed.emit())
        self.order_box.activated.connect(lambda _index: self.order_changed.emit())
        self.grid_button.clicked.connect(lambda: self.large_wanted.emit(False))
        self.large_button.clicked.connect(lambda: self.large_wanted.emit(True))
        self.show_large(large=False)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.field, self.menu, *(self.chips[id] for id, _ in CHIPS), self.order_box,
                self.grid_button, self.large_button]

    @property
    def filter(self) -> ClassFilter:
        return ClassFilter(self.field.text(), self.chips.selected, self.only.keys)

    @property
    def order(self) -> Order:
        return cast(Order, self.order_box.currentData())

    def set_filter(self, text: str) -> None:
        """Show what ``text`` chooses; "" shows all."""
        self.field.setText(text)
        self.only.clear()
        self.chips.select("all")
        self._typing.stop()
        self.filter_changed.emit()

    def show_only(self, keys: Iterable[str], words: str) -> None:
        """Show these images alone, whatever the filter was; ``words`` say which they are."""
        self.set_filter("")
        self.only.show_keys(keys, words)

    def show_target(self, target: object) -> None:
        """Show a class, or chosen images, that another place leads to."""
        if isinstance(target, ClassTarget):
            self.set_filter(class_filter(target.name))
        elif isinstance(target, ChosenTarget):
            self.show_only(target.keys, target.words)

    def show_looking(self, words: str) -> None:
        """Say how far the look at the images is; "" for none."""
        self.looking.setText(words)
        self._looking_line.setVisible(bool(words))

    def set_counts(self, whole: int, labelled: int) -> None:
        """How many images each chip would show."""
        self.chips.set_count("all", whole)
        self.chips.set_count("unlabelled", max(0, whole - labelled))
        self.chips.set_count("labelled", labelled)

    def set_doubtful(self, number: int) -> None:
        """How many labels are doubted; the chip is there while there are some or it is chosen."""
        self.chips.set_count("doubtful", number)
        self.chips["doubtful"].setVisible(bool(number) or self.chips.selected == "doubtful")

    def show_chip(self, id: str) -> None:
        """Show what a chip chooses, whatever is in the field."""
        self.field.clear()
        self.only.clear()
        self._typing.stop()
        self.chips.select(id)
        self.filter_changed.emit()

    def show_large(self, *, large: bool) -> None:
        """Mark what is shown."""
        self.grid_button.setChecked(not large)
        self.large_button.setChecked(large)
