"""Beside the map: the points that are chosen, unusual or doubtful as cards, and what can be done
with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget

from workbench.core.text import count, tr
from workbench.gui.data.map_gallery import Caption, PointGrid
from workbench.gui.data.map_groups import NEUTRAL
from workbench.gui.data.map_pictures import MapPictures
from workbench.gui.data.map_words import SAMPLES, MapWords, map_words, point_name
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    ChipGroup,
    IconButton,
    PrimaryButton,
    QuietButton,
    SidePanel,
    column,
    label,
    row,
    widget_of,
)
from workbench.gui.widgets.class_colors import ClassColors

if TYPE_CHECKING:
    from workbench.project.sample_places import PlacedSamples

SELECTED, UNUSUAL, DOUBTFUL = "selected", "unusual", "doubtful"
MOST_UNUSUAL = 500
"""That are listed."""


class MapSide(SidePanel):
    """Lists points of the map in one of three orders."""

    changed = Signal()
    """Other points are listed, or selected in the list."""

    def __init__(self, theme: Theme, colors: ClassColors, pictures: MapPictures) -> None:
        super().__init__("left")
        self._colors = colors
        self._placed: PlacedSamples | None = None
        self.selected: list[int] = []
        """The points that were chosen on the map."""
        self.like: int | None = None
        """The one that they are most like, where that is why they are chosen."""
        self._doubts: dict[int, str] = {}
        self._may_give = False
        self._named = map_words("images", SAMPLES)
        self.chips = ChipGroup()
        for id, text, tip in (
            (SELECTED, tr("Selected"), tr("What you enclosed on the map, or what is most like the "
                                          "one you clicked")),
            (UNUSUAL, tr("Unusual"), tr("What is least like anything else")),
            (DOUBTFUL, tr("Doubtful labels"), tr("What has another class than most of what is "
                                                 "like it"))):
            self.chips.add(id, text).setToolTip(tip)
        self.words = label("", "caption", wrap=True)
        self.gallery = PointGrid(theme, pictures, self._caption)
        self.hint = label("", tone="soft", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.show_button = PrimaryButton(
            "", "list", tip=tr("List these alone where they are labelled"))
        self.class_button = QuietButton(tr("Give a class…"), "tag")
        self.delete_button = IconButton("trash", "", bordered=True)
        self._lay_out()
        self.chips.changed.connect(self._chip_changed)
        self.gallery.choice_changed.connect(self._choice_changed)
        self.gallery.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)

    def _lay_out(self) -> None:
        edge = tokens.SPACE_M
        self.pages = QStackedWidget()
        self.setMinimumWidth(tokens.SIDE_PANEL_WIDTH)
        self.setLayout(column(
            row(self.chips, margins=(edge, 0, edge, 0)),
            row(self.words, margins=(edge, 0, edge, 0)),
            (row(self.pages, margins=(edge, 0, 0, 0)), 1),
            row((self.show_button, 1), margins=(edge, 0, edge, 0)),
            row((self.class_button, 1), self.delete_button, margins=(edge, 0, edge, 0)),
            spacing=tokens.SPACE_S, margins=(0, edge, 0, edge)))
        self.pages.addWidget(self.gallery)
        self.pages.addWidget(widget_of(column(self.hint, 1, margins=(0, edge, edge, 0))))

    # --- what is shown --------------------------------------------------------------------------

    def show_placed(self, placed: PlacedSamples | None, *, may_give: bool) -> None:
        """Show another map, or the same with other labels."""
        self._placed, self._may_give = placed, may_give
        self._doubts = dict(placed.doubts) if placed is not None else {}
        doubtful = self.chips[DOUBTFUL]
        doubtful.setVisible(placed is not None and placed.own_classes)
        self.chips.set_count(DOUBTFUL, len(self._doubts) or None)
        if doubtful.isHidden() and self.chips.selected == DOUBTFUL:
            self.chips.mark(SELECTED)
        self._list()

    def show_words(self, words: MapWords) -> None:
        """Name what is on the map."""
        self._named = words
        self.gallery.points.hint = tr("Double click: show it in {place}.", place=words.place)
        self._choice_changed()

    def show_selected(self, rows: Sequence[int], like: int | None = None) -> None:
        """List points in their order; ``like`` is the one that the others are the nearest to."""
        self.selected, self.like = list(rows), like
        self.chips.set_count(SELECTED, len(rows) if like is None and rows else None)
        if rows:
            self.chips.mark(SELECTED)
        self._list()
        if like is not None and self.chips.selected == SELECTED:
            self.gallery.set_row(0)

    def choose(self, chip: str) -> None:
        """List by another chip, as it was left."""
        if chip in self.chips.ids:
            self.chips.mark(chip)
            self._list()

    def _chip_changed(self) -> None:
        self.gallery.clearSelection()
        self._list()

    def _list(self) -> None:
        placed, chip = self._placed, self.chips.selected
        if placed is None:
            rows: list[int] = []
        elif chip == UNUSUAL:
            rows = placed.unusual[:MOST_UNUSUAL].tolist()
        elif chip == DOUBTFUL:
            rows = list(self._doubts)
        else:
            rows = [row for row in self.selected if placed.there[row]]
        self.gallery.show_rows(rows)
        self.pages.setCurrentIndex(0 if rows else 1)
        self._write_words()
        self._choice_changed()

    def _write_words(self) -> None:
        placed, chip = self._placed, self.chips.selected
        words = hint = ""
        if chip == UNUSUAL:
            words = tr("Least like all others first")
        elif chip == DOUBTFUL:
            words = tr("Most of what is like them has another class")
            hint = tr("No label looks doubtful: things that are alike have the same class.")
        elif self.like is not None and placed is not None:
            words = tr("Most like “{name}” first", name=point_name(placed, self.like))
        elif not self.gallery.points.rows:
            hint = tr("Drag around points to list them here. Click one to see what is most like "
                      "it.")
        self.words.setText(words)
        self.words.setVisible(bool(words) and bool(self.gallery.points.rows))
        self.hint.setText(hint)

    def _caption(self, row: int) -> Caption:
        placed = self._placed
        assert placed is not None
        name, own = point_name(placed, row), placed.labels[row]
        words = own or tr("no class")
        if self.chips.selected == DOUBTFUL and row in self._doubts:
            words = tr("{own}, like {other}", own=own, other=self._doubts[row])
        elif self.chips.selected == SELECTED and self.like is not None and self.like != row:
            like = placed.like(self.like, row)
            words = words if like is None else f"{words} · {max(0.0, like):.0%}"
        return Caption(name, words, self._colors.name(own) if own else NEUTRAL)

    # --- what is chosen -------------------------------------------------------------------------

    @property
    def listed(self) -> list[int]:
        """All points that are listed."""
        return self.gallery.points.rows

    def acting(self) -> list[int]:
        """The points that giving a class is about: those selected in the list, or all where they
        were enclosed on the map."""
        chosen = self.gallery.chosen()
        enclosed = self.chips.selected == SELECTED and self.like is None
        return chosen if chosen or not enclosed else self.listed

    def shown_in_images(self) -> list[int]:
        """The points that are shown in Images: those selected in the list, or all."""
        return self.gallery.chosen() or self.listed

    def suggested_class(self) -> str:
        """The class of most neighbours of the points that are chosen, where it is one; "" else."""
        found = {self._doubts.get(row, "") for row in self.acting()} \
            if self.chips.selected == DOUBTFUL else set()
        return found.pop() if len(found) == 1 else ""

    def _choice_changed(self) -> None:
        placed, acting = self._placed, len(self.acting())
        objects = placed is not None and placed.are_objects
        shown = self.shown_in_images()
        images = len({placed.found.keys[at] for at in shown}) if placed is not None else 0
        self.show_button.setEnabled(images > 0)
        named = self._named
        self.show_button.setText(
            tr("Show {samples} in {place}", samples=count(images, named.sample),
               place=named.place) if images > 1
            else tr("Show in {place}", place=named.place))
        self.class_button.setVisible(self._may_give)
        self.class_button.setEnabled(acting > 0)
        self.class_button.setToolTip(
            tr("Give {points} another class; it can be undone",
               points=count(acting, named.noun)) if acting
            else tr("Select some first"))
        self.delete_button.setEnabled(acting > 0)
        words = tr("Remove {points}; it can be undone" if objects else
                   "Move {points} to the trash; it can be undone",
                   points=count(acting, named.noun))
        self.delete_button.setAccessibleName(words)
        self.delete_button.setToolTip(words if acting else tr("Select some first"))
        self.changed.emit()
