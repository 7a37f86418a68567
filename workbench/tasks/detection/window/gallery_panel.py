"""The right side: what the pictures are, the pictures, and what one can do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from workbench.gui.results.notice import Notice
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    ChipGroup,
    ElidedLabel,
    EmptyState,
    IconButton,
    LinkButton,
    label,
    row,
)
from workbench.tasks.detection.results import Order, Snapshot
from workbench.tasks.detection.verdict import mistake_counts
from workbench.tasks.detection.window.adding import extras
from workbench.tasks.detection.window.crops import CropLoader
from workbench.tasks.detection.window.enlarged import Enlarged
from workbench.tasks.detection.window.gallery_view import GalleryView
from workbench.tasks.detection.window.marks import Marks
from workbench.tasks.detection.words import (
    COMPARED,
    GROUPS,
    Behind,
    cell_caption,
    cell_title,
    count,
)

_ORDERS: dict[Order, str] = {
    "worst": "worst first", "file": "by file", "mistakes": "most mistakes first",
    "score-high": "highest score first",
    "score-low": "lowest score first", "overlap": "least overlap first",
    "small": "smallest first", "large": "largest first",
}
WHOLE = "images"
"""Id of the chip that shows whole images."""
assert set(_ORDERS) == set(get_args(Order))


def orders_for(behind: Behind, none: int) -> list[Order]:
    """The orders that mean something for the pictures of ``behind``, the usual one first."""
    if behind is None:
        return ["mistakes", "file"]
    if isinstance(behind, str):
        scored: list[Order] = [] if behind == "missed" else ["score-high", "score-low"]
        return ["worst", *scored, "small", "large", "file"]
    scored = ["score-high", "score-low"] if behind[1] != none else []
    paired: list[Order] = ["overlap"] if none not in behind else []
    return [*scored, *paired, "small", "large", "file"]


def _nothing_words(behind: Behind) -> tuple[str, str]:
    if isinstance(behind, str):
        return "No mistakes of this kind", "At these thresholds the model makes none."
    return "Nothing here", "At these thresholds no box is behind this number."


class GalleryPanel(QWidget):
    """Kinds of mistakes, heading, pictures and legend.

    Signals
    -------
    opened
        (row) open this picture's image in Images.
    order_changed
        The pictures are wanted in another order.
    group_chosen
        (id of a group, or :data:`WHOLE`) show these pictures.
    cleared
        Leave what is shown: back to the kinds of mistakes, or to all images.
    add_all_pressed
        Make labels of all detections that are shown without one.
    menu_wanted
        (point of the screen) the right mouse button on a picture.
    """

    opened = Signal(int)
    order_changed = Signal()
    group_chosen = Signal(str)
    cleared = Signal()
    add_all_pressed = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.crops = CropLoader(self)
        self.view = GalleryView(theme, self.crops)
        self.enlarged = Enlarged(theme, self.crops, self.view)
        self._nothing = EmptyState("check", "Nothing here",
                                   "At these thresholds no box is behind this number.")
        self._stack = QStackedWidget()
        for page in (self.view, self.enlarged, self._nothing):
            self._stack.addWidget(page)
        self.kinds = ChipGroup()
        for group, (title, tip) in GROUPS.items():
            self.kinds.add(group, title).setToolTip(tip)
        self.kinds.add(WHOLE, "All images").setToolTip("Every image with all its boxes")
        self._make_head()
        self.notice = Notice()
        legend = ElidedLabel("solid: label  ·  dashed: detection, with its score  ·  thick: what "
                             "the picture is about")
        legend.setProperty("tone", "soft")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(tokens.SPACE_L, tokens.SPACE_M, tokens.SPACE_S, tokens.SPACE_S)
        outer.setSpacing(tokens.SPACE_S)
        outer.addWidget(self.kinds)
        outer.addLayout(self._head)
        outer.addWidget(self._stack, 1)
        outer.addWidget(self.notice)  # below, so that nothing above moves when it comes
        outer.addWidget(legend)
        self._connect()

    def _make_head(self) -> None:
        self.title = label("", "heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.caption = ElidedLabel("")
        self.caption.setProperty("tone", "soft")
        self.add_button = LinkButton("")
        self.add_button.setToolTip("Make labels of all detections that are shown here; one step "
                                   "to undo")
        self.add_button.hide()
        self.order_box = QComboBox()
        self.order_box.setAccessibleName("Order of the pictures")
        self.order_box.setToolTip("Order of the pictures")
        self.order_box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.order_box.setMinimumWidth(80)
        self.enlarge_button = IconButton("zoom-in", "Enlarge the chosen picture", keys="Space",
                                         bordered=True)
        self.open_button = IconButton("external", "Open the chosen picture in Images", keys="Enter",
                                      bordered=True)
        self._head = row(self.title, self.caption, self.add_button, self.order_box,
                         self.enlarge_button, self.open_button, spacing=tokens.SPACE_S,
                         margins=(0, 0, tokens.SPACE_S, 0))
        self._head.setStretch(1, 1)

    def _connect(self) -> None:
        self.view.opened.connect(self.opened)
        self.view.enlarge.connect(lambda _row: self.show_enlarged(True))
        self.view.left.connect(self.cleared)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._settle())
        self.view.gallery.modelReset.connect(self._settle)
        self.enlarged.closed.connect(lambda: self.show_enlarged(False))
        self.enlarged.opened.connect(self.opened)
        self.kinds.changed.connect(self.group_chosen)
        self.add_button.clicked.connect(self.add_all_pressed)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._ask_for_menu)
        self.order_box.activated.connect(lambda _index: self.order_changed.emit())
        self.enlarge_button.clicked.connect(
            lambda: self.show_enlarged(self._stack.currentWidget() is not self.enlarged))
        self.open_button.clicked.connect(self._open_chosen)
        self._settle()

    # --- what is shown --------------------------------------------------------------------------

    @property
    def order(self) -> Order:
        """The order that is chosen."""
        found: Order = self.order_box.currentData() or "file"
        return found

    def set_behind(self, behind: Behind, classes: Sequence[str]) -> None:
        """Offer the orders that fit, the first one chosen; the pictures come later."""
        orders = orders_for(behind, len(classes))
        self.kinds.mark(WHOLE if behind is None else behind if isinstance(behind, str) else "")
        self.order_box.blockSignals(True)
        self.order_box.clear()
        for order in orders:
            self.order_box.addItem(_ORDERS[order], order)
        self.order_box.blockSignals(False)
        self.show_enlarged(False)

    def set_order(self, order: Order) -> None:
        """Choose an order that is offered."""
        index = self.order_box.findData(order)
        if index >= 0 and order != self.order:
            self.order_box.setCurrentIndex(index)
            self.order_changed.emit()

    def show_snapshot(self, snapshot: Snapshot, marks: Marks, others: Marks | None = None,
                      titles: tuple[str, str] = ("", "")) -> None:
        """Show the pictures of a snapshot; ``others`` are the boxes of the run that it is compared
        with, ``titles`` the names of that run and of the shown one."""
        self.view.show_snapshot(snapshot, marks, others)
        entries, classes = snapshot.entries, snapshot.results.classes
        if entries.behind is None:
            title, caption = count(len(entries), "image"), "thick boxes are mistakes"
        else:
            title = cell_title(entries.behind, len(entries), classes)
            caption = cell_caption(entries.behind, classes)
            if entries.behind in COMPARED:
                caption = f"left: {titles[0]}, right: {titles[1]}"
        self.title.setText(title)
        if caption != self.caption.full_text():
            self.caption.setText(caption)
        self._count_kinds(snapshot)
        if not len(entries):
            self._nothing.set_text(*_nothing_words(entries.behind))
            self._stack.setCurrentWidget(self._nothing)
        elif self._stack.currentWidget() is self._nothing:
            self._stack.setCurrentWidget(self.view)
        self.enlarged.update()

    def _count_kinds(self, snapshot: Snapshot) -> None:
        counts = mistake_counts(snapshot.evaluation)
        self.kinds.set_count("mistakes", sum(counts.values()))
        for kind, number in counts.items():
            self.kinds.set_count(kind, number)
        self.kinds["confused"].setVisible(
            len(snapshot.results.classes) > 1 or counts["confused"] > 0)
        beside = snapshot.beside
        for group in COMPARED:
            self.kinds[group].setVisible(beside is not None)
            if beside is not None:
                changed = beside.won if group == "won" else beside.lost
                self.kinds.set_count(group, int(changed.sum()))
        self.kinds.set_count(WHOLE, len(snapshot.results.keys))
        number = len(extras(snapshot))
        self.add_button.setVisible(number > 0)
        self.add_button.setText(f"Label all {number:,}" if number > 1 else "Label it")

    def _ask_for_menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid():
            self.view.setCurrentIndex(index)
            self.menu_wanted.emit(self.view.viewport().mapToGlobal(at))

    def show_enlarged(self, large: bool) -> None:
        """Show the chosen picture as large as the gallery, or the gallery again."""
        if large == (self._stack.currentWidget() is self.enlarged):
            return
        if large and self.view.row is None:
            if not self.view.gallery.rowCount():
                return
            self.view.set_row(0)
        page = self.enlarged if large else self.view
        self._stack.setCurrentWidget(page)
        page.setFocus()

    @property
    def is_enlarged(self) -> bool:
        return self._stack.currentWidget() is self.enlarged

    def forget(self) -> None:
        """Another set comes: drop the pictures of the old one."""
        self.view.show_snapshot(None, None)
        self.crops.forget()
        self.title.setText("")
        self.caption.setText("")

    def _settle(self) -> None:
        self.open_button.setEnabled(self.view.row is not None)
        self.enlarge_button.setEnabled(self.view.gallery.rowCount() > 0)

    def _open_chosen(self) -> None:
        if self.view.row is not None:
            self.opened.emit(self.view.row)
