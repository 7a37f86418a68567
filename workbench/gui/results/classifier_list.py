"""The samples behind a number: what each is, what it is taken for, and how surely."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, get_args

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QWidget

from workbench.core.classes import HOTKEYS
from workbench.core.text import several, tr
from workbench.evaluation.scored import Listed, Order, SampleT
from workbench.gui.results.card_view import CardDelegate, CardView, ResultListModel
from workbench.gui.results.result_list_panel import ResultListPanel, ViewT
from workbench.gui.style import tokens
from workbench.gui.style.painting import small
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import ElidedLabel, LinkButton, row

CAPTION = 40
"""Height of the two lines below a picture, in logical pixels."""
ORDERS: dict[Order, str] = {
    "loss": "biggest mistakes first", "confident": "surest first", "unsure": "least sure first",
    "file": "by name",
}
assert set(ORDERS) == set(get_args(Order))


class ScoredModel(ResultListModel, Generic[SampleT]):
    """The samples of one snapshot, in its order.

    Parameters
    ----------
    key_of
        What tells a sample from all others.
    """

    def __init__(self, key_of: Callable[[SampleT], Hashable]) -> None:
        super().__init__()
        self.snapshot: Listed[SampleT] | None = None
        self.current_label: Callable[[SampleT], str] = lambda sample: sample.label
        self.key_of = key_of

    def set_snapshot(self, snapshot: Listed[SampleT] | None) -> None:
        """Show other samples."""
        self.beginResetModel()
        self.snapshot = snapshot
        self.endResetModel()

    def number_of_rows(self) -> int:
        return 0 if self.snapshot is None else len(self.snapshot.rows)

    def number(self, row: int) -> int:
        """Position among the samples of the set."""
        assert self.snapshot is not None
        return int(self.snapshot.rows[row])

    def sample(self, row: int) -> SampleT:
        assert self.snapshot is not None
        return self.snapshot.results.samples[self.number(row)]

    def key(self, row: int) -> Hashable:
        """What tells the sample of a row from all others."""
        return self.key_of(self.sample(row))

    def name(self, row: int) -> str:
        """The file without its folder."""
        return self.sample(row).key.rpartition("/")[2]

    def word(self, row: int) -> str:
        """What it is, and what it is taken for where that is another class."""
        assert self.snapshot is not None
        return self.snapshot.words(self.number(row))

    def is_right(self, row: int) -> bool:
        assert self.snapshot is not None
        return self.snapshot.is_right(self.number(row))

    def figure(self, row: int) -> str:
        """How sure, or how far off."""
        assert self.snapshot is not None
        return self.snapshot.figure(self.number(row))

    def new_label(self, row: int) -> str | None:
        """The label that it was given since it was counted, as it is shown ("" for none); None:
        the same."""
        assert self.snapshot is not None
        sample = self.sample(row)
        now = self.current_label(sample)
        return self.snapshot.display_label(now) if now != sample.label else None

    def details(self, row: int) -> str:
        """All that is known of it, as a line."""
        assert self.snapshot is not None
        return self.snapshot.details(self.number(row))

    def find(self, key: Hashable) -> int | None:
        """Row of a sample."""
        return next((row for row in range(self.rowCount()) if self.key(row) == key), None)


class ScoredDelegate(CardDelegate):
    """Paints what stands below a picture; a subclass paints the picture."""

    def __init__(self, theme: Theme, view: ScoredView[Any]) -> None:
        super().__init__(theme, view)
        self.list = view

    def paint_caption(self, painter: QPainter, area: QRectF, row: int) -> None:
        """What it is and how surely, and the name of the file."""
        model = self.list.samples
        half = area.height() / 2
        top = QRectF(area.left(), area.top(), area.width(), half)
        below = QRectF(area.left(), area.top() + half, area.width(), half)
        painter.setFont(self.view.font())
        new = model.new_label(row)
        words, tone = model.word(row), "ink" if model.is_right(row) else "bad_text"
        if new is not None:
            words, tone = tr("now {name}", name=new) if new else tr("no label now"), "accent_text"
        self.paint_line(painter, top, words, model.figure(row), self.theme.color(tone))
        painter.setFont(small(self.view.font()))
        self.paint_line(painter, below, model.name(row), "", self.theme.color("soft"))


class ScoredView(CardView, Generic[SampleT]):
    """Samples in rows, any number of them selected."""

    digit_pressed = Signal(str)
    """(digit) a class key."""
    label_keys = HOTKEYS
    """Keys that begin a label."""

    def __init__(self, theme: Theme, model: ScoredModel[SampleT]) -> None:
        super().__init__(theme)
        self.samples = model
        model.setParent(self)
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.band_visible = False

    def chosen_rows(self) -> list[int]:
        """All selected samples, or else the current one."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return rows or ([self.row] if self.row is not None else [])

    def show_snapshot(self, snapshot: Listed[SampleT] | None) -> None:
        """Show other samples; the choice and the place stay where that is possible."""
        before = self.samples.snapshot
        chosen = self.samples.key(self.row) if self.row is not None else None
        stay = before is not None and snapshot is not None and before.cell == snapshot.cell

        def change() -> None:
            self.samples.set_snapshot(snapshot)
            self.rows_changed()

        self.replace(change, lambda: self.samples.find(chosen) if chosen is not None else None,
                     stay=stay)

    def rows_changed(self) -> None:
        """Other samples are in the list."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if len(event.text()) == 1 and event.text() in self.label_keys:
            self.digit_pressed.emit(event.text())
        else:
            super().keyPressEvent(event)


class ScoredPanel(ResultListPanel[ViewT]):
    """Heading, samples and keys; a subclass arranges them."""

    noun = ""
    """What the samples are called ("sound")."""
    key_words = ""
    """What is said before the keys of the classes."""

    def make_parts(self) -> None:
        """Make what all panels have, before they are arranged."""
        self.title = ElidedLabel("")  # names of classes may be long
        self.title.setProperty("role", "heading")
        self.keys = ElidedLabel("")
        self.keys.setProperty("role", "caption")
        self.all_button = LinkButton("")
        self.use_noun(self.noun)
        self.all_button.clicked.connect(self.cleared)

    def use_noun(self, noun: str) -> None:
        """Samples are called so."""
        self.noun = noun
        self.all_button.setText(tr("All {nouns}", nouns=several(noun)))
        self.all_button.setToolTip(tr("Show every {noun} again (Esc)", noun=noun))
        self.notice.use_noun(noun)

    def head(self, *more: QWidget) -> QHBoxLayout:
        """The line above the list: heading, order, and what a panel adds."""
        return row((self.title, 1), self.all_button, self.order_box, *more, spacing=tokens.SPACE_S)

    def set_classes(self, keyed: Sequence[tuple[str, str]]) -> None:
        """Say which digit gives which class: ``(digit, name)``."""
        words = "   ".join(f"{digit} = {name}" for digit, name in keyed)
        self.keys.setText(f"{self.key_words}   {words}" if words else "")

    def show_snapshot(self, snapshot: Listed[Any], title: str) -> None:
        """Show the samples of a snapshot under a heading."""
        self._list().show_snapshot(snapshot)
        self.title.setText(title)
        self.title.ensurePolished()
        everything = snapshot.cell is None  # "37 images" stays whole; the order's box ends in "…"
        self.title.setMinimumWidth(
            self.title.fontMetrics().horizontalAdvance(title) + 2 if everything else 0)
        self.all_button.setVisible(not everything)
        self.stack.setCurrentWidget(self.view if len(snapshot.rows) else self.nothing)

    def forget(self) -> None:
        """Another set comes: drop the samples of the old one."""
        self._list().show_snapshot(None)
        self.title.setText("")

    def _list(self) -> ScoredView[Any]:
        view = self.view
        assert isinstance(view, ScoredView)
        return view
