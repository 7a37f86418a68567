"""Beside the map: the points that are chosen, unusual or doubtful as cards, and what can be done
with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget

from workbench.core.judged import OUTCOMES
from workbench.core.text import count, tr
from workbench.gui.data.map_gallery import Caption, PointGrid
from workbench.gui.data.map_groups import NEUTRAL, judged_mostly
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
    from workbench.evaluation.error_groups import ErrorGroup
    from workbench.project.judged_points import JudgedPoints
    from workbench.project.sample_places import PlacedSamples

SELECTED, UNUSUAL, DOUBTFUL, ERRORS = "selected", "unusual", "doubtful", "errors"
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
        self._judged: JudgedPoints | None = None
        self._errors: dict[int, ErrorGroup] = {}
        self._rest: int | None = None  # the first point of the errors that lie in no group
        self._no_errors = self._about = ""
        self._may_give = False
        self._named = map_words("images", SAMPLES)
        self.chips = ChipGroup()
        for id, text, tip in (
            (SELECTED, tr("Selected"), tr("What you enclosed on the map, or what is most like the "
                                          "one you clicked")),
            (UNUSUAL, tr("Unusual"), tr("What is least like anything else")),
            (DOUBTFUL, tr("Doubtful labels"), tr("What has another class than most of what is "
                                                 "like it")),
            (ERRORS, tr("Errors"), tr("Where a trained model is wrong more often than "
                                      "elsewhere"))):
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
            row((self.class_button, 1), 0, self.delete_button, margins=(edge, 0, edge, 0)),
            spacing=tokens.SPACE_S, margins=(0, edge, 0, edge)))
        self.pages.addWidget(self.gallery)
        self.pages.addWidget(widget_of(column(self.hint, 1, margins=(0, edge, edge, 0))))

    # --- what is shown --------------------------------------------------------------------------

    def show_placed(self, placed: PlacedSamples | None, *, may_give: bool) -> None:
        """Show another map, or the same with other labels."""
        if placed is None or self._placed is None or placed.found is not self._placed.found:
            self._judged, self._errors, self._rest = None, {}, None
        self._placed, self._may_give = placed, may_give
        self._doubts = dict(placed.doubts) if placed is not None else {}
        doubtful = self.chips[DOUBTFUL]
        doubtful.setVisible(placed is not None and placed.own_classes)
        self.chips.set_count(DOUBTFUL, len(self._doubts) or None)
        if doubtful.isHidden() and self.chips.selected == DOUBTFUL:
            self.chips.mark(SELECTED)
        self._list()

    def show_judged(self, judged: JudgedPoints | None, why_none: str) -> None:
        """List where the errors of a run lie together, or say why there is nothing."""
        self._judged, self._no_errors = judged, why_none
        groups = judged.groups if judged is not None else ()
        self._errors = {group.rows[0]: group for group in groups}
        rest = judged.wrong_apart() if judged is not None else None
        self._rest = rest.rows[0] if rest is not None else None
        if rest is not None:
            self._errors[rest.rows[0]] = rest
        self.chips.set_count(ERRORS, len(groups) or None)
        self._list()

    def show_words(self, words: MapWords) -> None:
        """Name what is on the map."""
        self._named = words
        self._choice_changed()

    def show_selected(self, rows: Sequence[int], like: int | None = None, about: str = "") -> None:
        """List points in their order; ``like`` is the one that the others are the nearest to,
        ``about`` else says what they are."""
        self.selected, self.like, self._about = list(rows), like, about
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
        elif chip == ERRORS:
            rows = list(self._errors)
        else:
            rows = [row for row in self.selected if placed.there[row]]
        self.gallery.points.groups = {row: self._in_group(row) for row in rows} \
            if chip == ERRORS else {}
        self.gallery.points.hint = tr("Double click: list them.") if chip == ERRORS else tr(
            "Double click: show it in {place}.", place=self._named.place)
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
        elif chip == ERRORS:
            words, hint = self._error_words()
        elif self.like is not None and placed is not None:
            words = tr("Most like “{name}” first", name=point_name(placed, self.like))
        elif self._about:
            words = self._about
        elif not self.gallery.points.rows:
            hint = tr("Drag around points to list them here. Click one to see what is most like "
                      "it.")
        self.words.setText(words)
        self.words.setVisible(bool(words) and bool(self.gallery.points.rows))
        self.hint.setText(hint)

    def _error_words(self) -> tuple[str, str]:
        """What stands above the groups of errors, and where there are none."""
        judged = self._judged
        if judged is None or not judged.number:
            return "", self._no_errors
        text = "{wrong:,} of {points} held back from training are wrong."
        if self._placed is not None and judged_mostly(self._placed):
            text = "{wrong:,} of {points} held back from training are mostly wrong."
        wrong = tr(text, wrong=judged.wrong, points=count(judged.number, self._named.noun))
        if not judged.groups:
            return f"{wrong} " + tr("They do not lie together: no group of like ones has more "
                                    "errors than chance makes."), wrong
        return f"{wrong} " + tr("Where they lie together, the worst first:"), ""

    def _caption(self, row: int) -> Caption:
        placed = self._placed
        assert placed is not None
        name, own = point_name(placed, row), placed.labels[row]
        if self.chips.selected == ERRORS and row in self._errors:
            return self._group_caption(self._errors[row])
        words = self.words_of(row)
        if self.chips.selected == DOUBTFUL and row in self._doubts:
            words = tr("{own}, like {other}", own=own, other=self._doubts[row])
        elif self.chips.selected == SELECTED and self.like is not None and self.like != row:
            like = placed.like(self.like, row)
            words = words if like is None else f"{words} · {max(0.0, like):.0%}"
        return Caption(name, words, self._colors.name(own) if own else NEUTRAL)

    def words_of(self, row: int) -> str:
        """The class of a point, and what a run takes it for where that is wrong."""
        own = self._placed.labels[row] if self._placed is not None else ""
        judged = self._judged
        if judged is None or not judged.is_wrong(row):
            return own or tr("no class")
        missed = OUTCOMES[judged.outcome[row]] == "missed"
        found = tr("missed") if missed else judged.found.get(row, "")
        single = self._placed is not None and self._placed.own_classes
        if not own or self._placed is None or judged_mostly(self._placed):
            return found  # "12 missed, 2 extra" are of any class
        return f"{own} → {found}" if single and not missed else f"{own}: {found}"

    def _group_caption(self, group: ErrorGroup) -> Caption:
        placed, wrong = self._placed, self._in_group(group.rows[0])[:group.wrong]
        assert placed is not None
        most, number = Counter(map(self.words_of, wrong)).most_common(1)[0]
        own = next(placed.labels[row] for row in wrong if self.words_of(row) == most)
        if judged_mostly(placed) and 2 * number < len(wrong):
            most = tr("mostly wrong")  # each in another way
        return Caption(self._counted(group), most, self._colors.name(own) if own else NEUTRAL)

    def _counted(self, group: ErrorGroup) -> str:
        if group.rows[0] != self._rest:
            return tr("{wrong:,} of {number:,} wrong", wrong=group.wrong, number=len(group.rows))
        return tr("{wrong:,} wrong elsewhere" if len(self._errors) > 1 else "{wrong:,} wrong",
                  wrong=group.wrong)

    def _in_group(self, row: int) -> list[int]:
        """The points of the group around one, those that are wrong first."""
        judged = self._judged
        assert judged is not None
        return sorted(self._errors[row].rows, key=lambda at: not judged.is_wrong(at))

    def open_group(self, row: int) -> None:
        """List the points of the group around one, and what is like its errors and has no
        label."""
        placed, group, rows = self._placed, self._errors[row], self._in_group(row)
        assert placed is not None
        others = [int(at) for wrong in rows[:group.wrong] for at in placed.found.neighbours[wrong]
                  if placed.there[at] and not placed.labelled[at]]
        new = list(dict.fromkeys(others))
        about = f"{self._counted(group)}."
        if new:
            about += " " + tr("At the end {points} like them, without labels.",
                              points=count(len(new), self._named.noun))
        self.gallery.clearSelection()
        self.show_selected([*rows, *new], about=about)

    # --- what is chosen -------------------------------------------------------------------------

    @property
    def listed(self) -> list[int]:
        """All points that are listed."""
        return self.gallery.points.rows

    def acting(self) -> list[int]:
        """The points that giving a class is about: those selected in the list, or all where they
        were enclosed on the map."""
        if self.chips.selected == ERRORS:
            return []
        chosen = self.gallery.chosen()
        enclosed = self.chips.selected == SELECTED and self.like is None
        return chosen if chosen or not enclosed else self.listed

    def shown_in_images(self) -> list[int]:
        """The points that are shown in Images: those selected in the list, or all; where errors lie
        together, only these."""
        together = [row for row in self.listed
                    if self.chips.selected != ERRORS or row != self._rest]
        rows = self.gallery.chosen() or together or self.listed
        groups = self.gallery.points.groups
        return [point for row in rows for point in groups.get(row, (row,))]

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
