"""How the page with the map is laid out, and how its parts follow each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QComboBox, QSplitter, QStackedWidget, QWidget

from workbench.core.text import capital, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.remember import remember_splitter
from workbench.gui.data.findings import PLACE
from workbench.gui.data.map_canvas import MapCanvas
from workbench.gui.data.map_groups import ANSWERS, BY, PointGroups, grouped
from workbench.gui.data.map_legend import MapLegend
from workbench.gui.data.map_painting import packed
from workbench.gui.data.map_pictures import MapPictures
from workbench.gui.data.map_side import DOUBTFUL, ERRORS, SELECTED, MapSide
from workbench.gui.data.map_words import OBJECTS, SAMPLES, MapWords, point_name
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    ElidedLabel,
    EmptyState,
    IconButton,
    LinkButton,
    ProgressLine,
    column,
    in_reading_order,
    keep_room,
    row,
)
from workbench.gui.widgets.class_chooser import ClassChooser
from workbench.gui.widgets.class_colors import ClassColors

if TYPE_CHECKING:
    from workbench.project.judged_points import JudgedPoints
    from workbench.project.sample_places import PlacedSamples
    from workbench.project.session import Session


class MapPanels(QObject):
    """The widgets of the page, and which points are chosen."""

    menu_wanted = Signal(QPoint)
    """(place on the screen) the context menu of what is chosen is asked for."""

    def __init__(self, context: AppContext, page: QWidget) -> None:
        super().__init__(page)
        self._theme = context.theme
        self._session: Session | None = None
        self._placed: PlacedSamples | None = None
        self._judged: JudgedPoints | None = None
        self._grouping: PointGroups | None = None
        self._progress = ""
        self.colors = ClassColors()
        self.pictures = MapPictures(self)
        self.canvas = MapCanvas(context.theme, self.pictures, self._words)
        self.legend = MapLegend(context.theme)
        self.side = MapSide(context.theme, self.colors, self.pictures)
        self._make_bar()
        self._lay_out(page, context)
        self.chooser = ClassChooser(self.colors, page)
        self._connect()

    def _make_bar(self) -> None:
        self.what = ChipGroup()
        self.what.add(SAMPLES, "")
        self.what.add(OBJECTS, "")
        self.what.setToolTip(tr("What the points are: all of each file, or what is labelled in "
                                "them"))
        self.by = QComboBox()
        self.by.setAccessibleName(tr("Colour by"))
        self.by.setToolTip(tr("What the points are coloured by"))
        for id, text in BY.items():
            self.by.addItem(tr("Colour: {by}", by=tr(text)), id)
        self.run = QComboBox()
        self.run.setAccessibleName(tr("Run"))
        self.run.setToolTip(tr("Whose answers about validation and test samples are judged"))
        self.note = ElidedLabel()
        self.again_button = LinkButton(tr("Arrange again"), "refresh")
        self.stop_button, self.empty_stop = (LinkButton(tr("Stop"), "stop") for _ in range(2))
        self.pictures_button = IconButton("images", tr("Show pictures when few points are in view"),
                                          checkable=True)
        canvas = self.canvas
        self.zoom_buttons = [
            IconButton("zoom-out", tr("Zoom out"), keys="-", run=canvas.zoom_out),
            IconButton("zoom-in", tr("Zoom in"), keys="+", run=canvas.zoom_in),
            IconButton("fit", tr("Show the whole map"), keys="0", run=canvas.fit)]

    def _lay_out(self, page: QWidget, context: AppContext) -> None:
        edge = tokens.SPACE_L
        self.line = ProgressLine()
        keep_room(self.line)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.empty = EmptyState("map", "", "", run=self.again_button.click, button_icon="map")
        self.empty.add(self.empty_stop)
        self.pages = QStackedWidget()
        bar = row(self.what, self.by, self.run, (self.note, 1), self.again_button, self.stop_button,
                  self.pictures_button, *self.zoom_buttons,
                  margins=(edge, tokens.SPACE_S, edge, 0), spacing=tokens.SPACE_S)
        bar.addStrut(tokens.CONTROL_HEIGHT)  # as high without a map
        page.setLayout(column(bar, row(self.line, margins=(edge, 0, edge, 0)), (self.pages, 1),
                              spacing=tokens.SPACE_XS))
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self.splitter)
        for part in (self.legend, self.canvas, self.side):
            self.splitter.addWidget(part)
        self.legend.setMinimumWidth(tokens.SIDE_PANEL_WIDTH // 2)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([tokens.SIDE_PANEL_WIDTH * 3 // 4, 1000,
                                tokens.FORM_PANEL_WIDTH + 2 * tokens.SPACE_XL])
        remember_splitter(self.splitter, context.settings, f"{PLACE}/map-splitter")
        in_reading_order([*self.what.findChildren(QWidget), self.by, self.run], [
            self.again_button, self.stop_button, self.pictures_button, *self.zoom_buttons],
            [self.legend.list, self.legend.all_button, self.canvas],
            [self.side.gallery, self.side.show_button, self.side.class_button,
             self.side.delete_button])

    def _connect(self) -> None:
        canvas, side = self.canvas, self.side
        self.by.activated.connect(self._by_chosen)
        self.legend.changed.connect(self._show_colors)
        self.pictures_button.toggled.connect(self._show_pictures)
        self.colors.changed.connect(self._regroup)
        self._theme.changed.connect(self._show_colors)
        canvas.chosen.connect(self.choose_point)
        canvas.enclosed.connect(self._enclosed)
        canvas.let_go.connect(self.choose_points)
        canvas.menu_wanted.connect(self._canvas_menu)
        side.changed.connect(self._light)
        side.gallery.pointed.connect(canvas.set_hovered)
        side.gallery.left.connect(canvas.setFocus)
        side.gallery.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(side.gallery.viewport().mapToGlobal(at)))

    # --- what is shown --------------------------------------------------------------------------

    def set_session(self, session: Session | None) -> None:
        """Show another project."""
        self._session = session
        self.chooser.dismiss()
        self.pictures.set_session(session)
        self.legend.hidden.clear()
        self.choose_points()
        self.show_placed(None, may_give=False)
        self.colors.set_classes(session.classes if session is not None else None)

    def show_placed(self, placed: PlacedSamples | None, *, may_give: bool) -> None:
        """Show another map, or the same with other labels."""
        before, self._placed = self._placed, placed
        if placed is None or before is None or placed.found is not before.found:
            self.chooser.dismiss()  # rows of this map are other things
            self.canvas.current = self.canvas.hovered = None
            self.side.show_selected(())
            self.canvas.scene.set_points(
                placed.found.points if placed is not None else np.zeros((0, 2), np.float32))
        self.pictures.show_placed(placed)
        self.side.show_placed(placed, may_give=may_give)
        if self.has_points:
            self.pages.setCurrentWidget(self.splitter)
        for widget in (self.by, self.pictures_button, *self.zoom_buttons):
            widget.setVisible(self.has_points)

    def show_judged(self, judged: JudgedPoints | None, runs: Sequence[tuple[str, str]],
                    chosen: str, why_none: str) -> None:
        """Show what the ``chosen`` one of the ``runs`` (name, title) makes of the points, or why
        nothing is known."""
        self._judged = judged
        if [self.run.itemData(at) for at in range(self.run.count())] != [name for name, _ in runs]:
            self.run.clear()
            for name, title in runs:
                self.run.addItem(title, name)
        self.run.setCurrentIndex(self.run.findData(chosen) if chosen else -1)
        self.run.setVisible(self.has_points and self.wants_judged and bool(runs))
        self.side.show_judged(judged, why_none)
        self._regroup()

    @property
    def wants_judged(self) -> bool:
        """Whether anything that is shown tells what a run makes of the points."""
        return self.by.currentData() == ANSWERS or self.side.chips.selected == ERRORS

    @property
    def has_points(self) -> bool:
        """Whether there is a map, and anything of it is still in the project."""
        return self._placed is not None and bool(self._placed.there.any())

    def show_words(self, samples: MapWords, objects: MapWords, shown: MapWords) -> None:
        """Name what can be on the map, and what is."""
        self.what[SAMPLES].set_text(capital(samples.things))
        self.what[OBJECTS].set_text(capital(objects.things))
        self.side.show_words(shown)

    def show_empty(self, title: str, text: str, button: str) -> None:
        """Say what the page is for, or why there is no map."""
        self.empty.set_text(title, text, button)
        self.pages.setCurrentWidget(self.empty)

    def show_progress(self, words: str, fraction: float | None) -> None:
        """Say what is under way, "" for nothing."""
        self.line.set_fraction(fraction)
        self.line.setVisible(bool(words))
        self.stop_button.setVisible(bool(words) and self.has_points)
        self.empty_stop.setVisible(bool(words))
        self._progress = words

    def show_note(self, words: str) -> None:
        """Say what is not on the map, where nothing is under way."""
        there, progress = self.has_points, self._progress
        self.note.setText((progress or words) if there else "")
        self.again_button.setVisible(there and not progress)

    def _words(self, at: int) -> tuple[str, str]:
        placed = self._placed
        if placed is None:
            return "", ""
        return point_name(placed, at), self.side.words_of(at)

    # --- colours --------------------------------------------------------------------------------

    def choose_by(self, by: str) -> None:
        """Colour by what was chosen last."""
        self.by.setCurrentIndex(max(0, self.by.findData(by)))
        self._regroup()

    def _by_chosen(self, _at: int) -> None:
        self.legend.hidden.clear()
        self._regroup()

    def _regroup(self) -> None:
        placed, session = self._placed, self._session
        self._grouping = None
        if placed is not None and session is not None:
            by = str(self.by.currentData())
            self._grouping = grouped(placed, by, session.classes.names, self.colors.name,
                                     self._judged)
            self.legend.show_groups(tr(BY[by]), self._grouping.groups)
        self._show_colors()

    def _show_colors(self) -> None:
        placed, grouping, scene = self._placed, self._grouping, self.canvas.scene
        if placed is None or grouping is None or not len(placed):
            self.canvas.refresh()
            return
        hidden = self.legend.hidden
        colors = np.array([packed(self._theme.color(group.color)) for group in grouping.groups]
                          or [0], np.uint32)
        seen = np.array([group.id not in hidden for group in grouping.groups] or [False], bool)
        scene.colors = colors[grouping.of_row]
        scene.shown = placed.there & seen[grouping.of_row]
        self._light()

    def _show_pictures(self, on: bool) -> None:
        self.canvas.scene.pictures = on
        self.canvas.refresh()

    def _light(self) -> None:
        """Let stand out what is listed, or what of it is selected."""
        placed, side = self._placed, self.side
        if placed is None:
            return
        chip = side.chips.selected
        rows = side.listed if chip == SELECTED else side.shown_in_images() \
            if side.gallery.chosen() or chip in (DOUBTFUL, ERRORS) else []
        lit = None
        if rows:
            lit = np.zeros(len(placed), bool)
            lit[rows] = True
        self.canvas.scene.lit = lit
        chosen = side.gallery.chosen()
        self.canvas.current = chosen[0] if len(chosen) == 1 else \
            side.like if chip == SELECTED and not chosen else None
        self.canvas.refresh()

    # --- which points ---------------------------------------------------------------------------

    @property
    def current(self) -> int | None:
        """The point that keys and the menu are about."""
        if self.canvas.current is not None:
            return self.canvas.current
        return next(iter(self.side.gallery.chosen()), None)

    def choose_point(self, at: int, *, closer: bool = False) -> None:
        """Choose a point, and list what is most like it; ``closer`` goes there."""
        placed = self._placed
        if placed is None:
            return
        self.side.show_selected(placed.nearest(at), at)
        if closer:
            self.canvas.scene.go_to(at, self.side.selected)
        self.canvas.set_current(at)

    def _enclosed(self, rows: list[int], more: bool) -> None:
        if more:
            before = self.side.selected if self.side.like is None else [self.side.like]
            both = {*before} & {*rows} if len(rows) == 1 else set()  # a second click lets go of it
            rows = [at for at in dict.fromkeys([*before, *rows]) if at not in both]
        self.choose_points(rows)

    def choose_points(self, rows: Sequence[int] = (), about: str = "") -> None:
        """Choose these points, or none; ``about`` says what they are."""
        self.canvas.current = None
        self.side.gallery.clearSelection()
        self.side.show_selected(rows, about=about)

    def _canvas_menu(self, at: QPoint) -> None:
        spot = self.canvas.mapFromGlobal(at)
        found = self.canvas.scene.row_at(spot.toPointF())
        if found is not None and found not in self.side.selected:
            self.choose_point(found)
        self.menu_wanted.emit(at)
