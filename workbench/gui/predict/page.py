"""What Predict shows once there are files: sliders, the table, the chosen file, what to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.core.text import several, tr
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import SCORE as SCORE_LIMIT
from workbench.extension.saving import Saving
from workbench.gui.app.context import AppContext
from workbench.gui.app.models import TrainedModel
from workbench.gui.counting.places import CountingPlaces
from workbench.gui.label.class_limits import ClassLimits
from workbench.gui.predict.beside import BesideChooser, ModelsBeside
from workbench.gui.predict.class_counts import ClassCounts, numbers_text
from workbench.gui.predict.film import FilmBar
from workbench.gui.predict.found_classes import FoundClasses
from workbench.gui.predict.gallery import Gallery, OrderBox
from workbench.gui.predict.hearing import PartPlayer
from workbench.gui.predict.own_score import OwnScoreLine
from workbench.gui.predict.panes import PredictionPanes
from workbench.gui.predict.regions.browser import RegionBrowser
from workbench.gui.predict.save_menu import SaveMenu
from workbench.gui.predict.second_model import SecondModelChooser
from workbench.gui.predict.table import (
    ALL,
    DIFFERS,
    FINDS,
    NOTHING,
    UNREAD,
    Prediction,
    PredictionTable,
)
from workbench.gui.predict.table_view import table_view
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import (
    ChipGroup,
    IconButton,
    LabeledSlider,
    LinkButton,
    PrimaryButton,
    ProgressLine,
    QuietButton,
    SearchField,
    SectionTitle,
    SidePanel,
    column,
    label,
    row,
    scrolling,
    widget_of,
)
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.inputs import ChoiceField, ElidedBox
from workbench.gui.widgets.row_view import RowView

_SCALE_BAR = "predict/scale_bar"
_GALLERIES = {True: ("predict/gallery", 1), False: ("predict/region_gallery", 2)}
"""Of pictures and of sounds, under which key it is kept whether small ones are shown in place of
the table, and where in the stack these are."""
_SIZES = {True: (420, 560), False: (400, 600)}
"""Widths of the list and of what is shown at its right, for pictures and for others."""
EVERY = (1, 5, 10, 25)
"""Of how many frames of a video one is looked at."""


class PredictPage(QWidget):
    """The widgets; the place says what they do."""

    limits_changed = Signal()
    """A slider was moved."""
    filtered = Signal(str, str)
    """(chip, words) other files are to be shown."""
    chosen = Signal(int)
    """(row) another file is."""
    suggestions_wanted = Signal()
    """What was found shall be suggested where samples are labelled."""

    def __init__(self, context: AppContext, answers: PredictionTable, colors: ClassColors,
                 places: CountingPlaces, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = context.theme
        self.then = SecondModelChooser(context)
        self._answers = answers
        self._pictured = True
        self._small = ("", 0)  # what there is of _GALLERIES for what is shown
        self.sliders: dict[str, LabeledSlider] = {}
        self.panes = PredictionPanes(theme, colors.color, places)
        self.picture = self.panes.first
        self.regions = RegionBrowser(context, answers, colors, self.reselect, self)
        self.hearing = PartPlayer(self.picture, self.regions.player)
        self.beside = BesideChooser()
        self.film = FilmBar(theme, colors.name, places, self.picture.overlay)
        self.counts = ClassCounts(colors)
        self.found_classes = FoundClasses(answers.counts, lambda: self.limits().get("score", 0.0))
        self.found_classes.changed.connect(self.limits_changed.emit)
        self.own_score = OwnScoreLine(context, lambda: self.sliders.get(SCORE_LIMIT))
        self.class_limits = ClassLimits()
        self.class_limits.band_wanted.connect(self.found_classes.set_band)
        self.view = table_view(answers)
        self.gallery = Gallery(theme, answers, self.view, colors.color)
        self._settings = context.settings
        body = QSplitter()
        body.setChildrenCollapsible(False)
        body.setHandleWidth(1)
        self.setLayout(column(body))  # first: what gets a parent is styled with all that is in it
        left, self._middle, self.right = SidePanel("right"), QWidget(), QStackedWidget()
        for part in (left, self._middle, self.right):
            body.addWidget(part)
        self._fill_left(left, theme)
        self._fill_middle(self._middle)
        self._fill_right(self.right)
        body.setStretchFactor(1, 2)
        body.setStretchFactor(2, 3)
        body.setSizes([tokens.SIDE_PANEL_WIDTH, *_SIZES[True]])
        self._body = body
        self._leads = False  # the first row is shown, also when it becomes another one
        self.view.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.view.doubleClicked.connect(lambda _index: self.enlarge(True))
        for small in (self.gallery, self.regions.gallery):
            small.opened.connect(lambda _row: self.enlarge(True))

    # --- building -------------------------------------------------------------------------------

    def _fill_right(self, panel: QStackedWidget) -> None:
        self.back_button = QuietButton(tr("Back to the list"), "arrow-left")
        self.back_button.clicked.connect(lambda: self.enlarge(False))
        self._back = widget_of(row(self.back_button, 1, margins=(tokens.SPACE_M,) * 4))
        self._back.hide()
        still = QWidget()
        panel.addWidget(still)
        still.setLayout(column(self._back, (self.regions.view, 3), (self.panes, 2), self.film,
                               spacing=0))

    def _fill_left(self, panel: SidePanel, theme: Theme) -> None:
        panel.setMinimumWidth(tokens.SIDE_PANEL_WIDTH)
        inside = QWidget()
        panel.setLayout(column(scrolling(inside)))
        self.found = SectionTitle(tr("Found"))
        self.nothing = label("", tone="soft", wrap=True)
        self.nothing.hide()
        self.agreement = label("", tone="soft", wrap=True)
        self.agreement.hide()
        self.classes = RowView(theme, self.counts, tr("Found classes"), kept=3)
        self.keep_title = SectionTitle(tr("Keep the result"))
        self.other_task = label("", tone="soft", wrap=True)
        self.suggest_button = LinkButton("", "spark")
        self.suggest_button.clicked.connect(self.suggestions_wanted.emit)
        self.save_button = QuietButton(tr("Save as…"), "save")
        self.scale_bar = QAction(tr("Scale bar on drawn pictures"), self, checkable=True)
        self.scale_bar.setToolTip(tr("Where the size of a pixel is known, by the file or the "
                                     "project"))
        self.scale_bar.setChecked(str(self._settings.value(_SCALE_BAR, 0)) == "1")
        self.scale_bar.toggled.connect(lambda on: self._settings.setValue(_SCALE_BAR, int(on)))
        self.save_menu = SaveMenu(self.save_button, self.scale_bar)
        self.save_button.setMenu(self.save_menu)
        edge = tokens.SPACE_L
        foot = column(self.keep_title, self.other_task, self.suggest_button, self.save_button,
                      spacing=tokens.SPACE_S, margins=(edge, 0, edge, edge))
        title = column(self.found, self.agreement, self.nothing, spacing=tokens.SPACE_S,
                       margins=(edge, 0, edge, 0))
        inside.setLayout(column(self._make_head(), title, self.classes, foot, 1,
                                spacing=tokens.SPACE_M))

    def _make_head(self) -> QVBoxLayout:
        """What is looked at, and by which model."""
        self.add_button = PrimaryButton(tr("Add files…"), "plus")
        self.folder_button = QuietButton(tr("Add a folder…"), "folder")
        self.camera_button = QuietButton(tr("Open the camera"), "eye")
        self.listen_button = QuietButton(tr("Open the microphone"), "microphone", tip=tr(
            "Go to Audio, where the classes light up as the model hears them"))
        self.screen_link = LinkButton(tr("Watch the screen"), "fit", tip=tr(
            "The model is shown what is on this screen until you press Stop; nothing is stored"))
        self.model_box = ElidedBox()
        self.model_box.setAccessibleName(tr("Model"))
        self.model_box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.again_button = LinkButton(tr("Look at the rest again"), "refresh")
        self.again_button.hide()
        self.clear_button = LinkButton(tr("Clear the list"), "close")
        self.every_box = ChoiceField()
        self.every_box.setAccessibleName(tr("Frames of videos"))
        self.every_box.setToolTip(tr("Which frames of a video are looked at; holds for those that "
                                     "are added from now on"))
        for step in EVERY:
            self.every_box.addItem(tr("Videos: each frame") if step == 1 else
                                   tr("Videos: every {step}th frame", step=step), step)
        self.gate_box = QCheckBox(tr("Skip the background"))
        self.gate_box.setToolTip(tr(
            "In long recordings the model hears only what is louder than the background noise: "
            "much faster where little is to be heard. Sounds no louder than the noise are not "
            "found."))
        return column(self.add_button, self.folder_button, self.camera_button, self.screen_link,
                      self.listen_button, SectionTitle(tr("Model")), self.model_box, self.beside,
                      self.then, self.every_box, self.gate_box, self.again_button,
                      self.clear_button, spacing=tokens.SPACE_S,
                      margins=(tokens.SPACE_L, tokens.SPACE_L, tokens.SPACE_L, 0))

    def _fill_middle(self, middle: QWidget) -> None:
        self.search = SearchField(tr("Filter: name or class"))
        self.chips = ChipGroup()
        for id, text in ((ALL, tr("All")), (FINDS, ""), (NOTHING, ""),
                         (UNREAD, tr("Unreadable")), (DIFFERS, tr("Models differ"))):
            self.chips.add(id, text, 0)
        self.order_box = OrderBox(self.view)
        self.gallery_button = IconButton("grid", tr("Show as pictures"), bordered=True,
                                         checkable=True)
        self.list_stack = QStackedWidget()
        self.list_stack.addWidget(self.view)
        self.list_stack.addWidget(widget_of(column((self.gallery, 1), margins=(
            tokens.SPACE_M, tokens.SPACE_S, 0, 0))))
        self.list_stack.addWidget(self.regions.side)
        self.gallery_button.toggled.connect(self._show_gallery)
        self.search.textChanged.connect(self._filter)
        self.chips.changed.connect(self._filter)
        self.progress = ProgressLine()
        self.words = label("", "caption")
        self.pause_button = QuietButton(tr("Pause"), "pause")
        self.first_button = QuietButton(tr("Look now"), "play", tip=tr(
            "The training stands still until the answers are there; then it goes on by itself"))
        self.cancel_button = QuietButton(tr("Cancel"), "close")
        self._slider_row = row(spacing=tokens.SPACE_L)
        edge = tokens.SPACE_M
        self._progress_bar = widget_of(column(
            row(self.words, 1, self.first_button, self.pause_button, self.cancel_button),
            self.progress,
            spacing=tokens.SPACE_XS))
        middle.setLayout(column(
            column(self._slider_row, self.own_score, self.class_limits,
                   row((self.search, 1), self.order_box, self.gallery_button,
                       spacing=tokens.SPACE_S), self.chips, self._progress_bar,
                   spacing=tokens.SPACE_S, margins=(edge, edge, edge, edge)),
            (self.list_stack, 1), spacing=0))
        middle.setMinimumWidth(tokens.LIST_PANEL_WIDTH)

    # --- what is shown --------------------------------------------------------------------------

    def show_file(self, item: Prediction | None, shown: Mapping[str, Any] | None, title: str,
                  beside: ModelsBeside) -> None:
        """Show the chosen file, or none, as the model ``title`` and those ``beside`` it see it. A
        sound is seen in its spectrogram; what is said of all of it, or by several, is below."""
        display = self._answers.display
        heard = display is not None and display.regions is not None
        self.panes.show_file(item, shown, title, self._answers, beside)
        self.regions.show(item, shown, beside)
        said = item is None or bool(item.problem) or bool(beside.others) \
            or not self.regions.view.has_parts
        self.panes.setVisible(not heard or said)
        self.regions.view.foot.setVisible(self.regions.view.has_parts and not beside.others)
        self.regions.view.setVisible(heard and item is not None and not item.problem)

    def set_models(self, models: Sequence[TrainedModel], chosen: TrainedModel | None) -> None:
        self.model_box.clear()
        for item in models:
            self.model_box.addItem(item.title, item.run)
        if chosen is not None:
            self.model_box.setCurrentIndex(self.model_box.findData(chosen.run))

    def set_display(self, display: PredictionDisplay, noun: str, videos: bool,
                    saving: Saving | None, other_task: str = "") -> None:
        """Show the sliders and offer what can be kept of a task; ``other_task`` says that nothing
        of it can become labels here."""
        self.other_task.setText(other_task)
        self.other_task.setVisible(bool(other_task))
        self.add_button.setText(tr("Add files…") if videos else
                                tr("Add {nouns}…", nouns=several(noun)))
        self.every_box.setVisible(videos)
        self.camera_button.setVisible(videos)
        self.screen_link.setVisible(videos)
        self.listen_button.setVisible(display.listens)
        self.picture.counts = saving is not None and saving.tracks is not None
        self.film.offer_tracks(self.picture.counts)
        self.film.things = "" if display.whole else tr(display.found[1])
        if self._pictured != display.picture:
            self._body.setSizes([tokens.SIDE_PANEL_WIDTH, *_SIZES[display.picture]])
        self._pictured = display.picture
        heard = display.regions is not None
        self._small = _GALLERIES[display.picture] if display.picture or heard else ("", 0)
        self.gallery_button.setVisible(bool(self._small[0]))
        self.gallery_button.set_name(tr("Show all regions as spectrograms") if heard else
                                     tr("Show as pictures"))
        self._show_gallery(bool(self._small[0])
                           and str(self._settings.value(self._small[0], 0)) == "1")
        self.view.whole, self.view.heard = display.whole, heard
        self.view.fit()
        self.chips[FINDS].set_text(tr("With a class") if display.whole else tr(
            "With {objects}", objects=tr(display.found[1])))
        self.chips[NOTHING].set_text(tr("None") if display.whole else tr("Nothing"))
        self.found.set_text(tr("Classes") if display.whole else tr("Found"))
        for slider in self.sliders.values():
            self._slider_row.removeWidget(slider)
            slider.deleteLater()
        self.sliders = {}
        for limit in display.limits:
            slider = LabeledSlider(tr(limit.title), limit.least, limit.most, limit.first,
                                   step=limit.step, least_text=tr(limit.least_text))
            if limit.id == SCORE_LIMIT:
                self.class_limits.scale = limit.least, limit.most, limit.step
            slider.setToolTip(tr(limit.help))
            slider.value_changed.connect(partial(self._limit_moved, limit.id))
            self._slider_row.addWidget(slider)
            self.sliders[limit.id] = slider
        for shown in (self.keep_title, self.suggest_button, self.save_button):
            shown.setVisible(saving is not None)
        if saving is not None:
            self._offer(replace(display, suggests=None) if other_task else display, saving)

    def set_classes(self, names: Sequence[str], *, bands: bool) -> None:
        """Each of these may have a least score of its own, and frequencies."""
        self.found_classes.begin(names)
        self.class_limits.set_source(self.found_classes,
                                     self.found_classes.bands if bands else None)
        self.class_limits.setVisible(bool(names))

    def _offer(self, display: PredictionDisplay, saving: Saving) -> None:
        self.suggest_button.setVisible(bool(display.suggests))
        self.suggest_button.setText(
            tr("Suggest in Images") if display.picture else tr("Suggest in Audio"))
        self.suggest_button.setToolTip(tr(
            "What was found becomes suggestions in Images, where you accept or reject them; "
            "files from elsewhere are copied into the project") if display.picture else tr(
            "What was found in long recordings becomes suggestions in Audio, where you accept or "
            "reject each by key; recordings from elsewhere come into the project"))
        self.save_menu.offer(display, saving)

    def limits(self) -> dict[str, float]:
        """The sliders' values by id, and those of classes."""
        return {**{id: slider.value() for id, slider in self.sliders.items()},
                **self.found_classes.by_id()}

    def set_limits(self, limits: Mapping[str, float], *, chosen: bool,
                   over: float | None = None) -> None:
        """Move the sliders; what was said of classes stays. That of the score is only moved where a
        person has ``chosen`` that, in place of the model's own, ``over``."""
        own = self.found_classes.limits
        for id, slider in self.sliders.items():
            if chosen or id != SCORE_LIMIT:
                slider.set_value(limits[id])
        self.own_score.keep(chosen, over)
        self.found_classes.set_limits(own)

    def _limit_moved(self, id: str, _value: float) -> None:
        """Another value for all classes alike."""
        if id == SCORE_LIMIT and self.own_score.moved():
            self.found_classes.limits = {}
        self.limits_changed.emit()

    def show_counts(self, kinds: Mapping[str, int], counts: Mapping[str, int],
                    others: Sequence[Mapping[str, int]] = (), agreement: str = "",
                    means: Sequence[Mapping[str, float]] = ()) -> None:
        """How many files there are of each kind; how many of each class a model and those beside
        it found, or what it covers on average, and how far they agree in words."""
        for id in (ALL, FINDS, NOTHING, UNREAD, DIFFERS):
            self.chips.set_count(id, kinds.get(id, 0))
        self.counts.show(counts, others, means)
        self.agreement.setVisible(bool(agreement))
        self.agreement.setText(agreement)
        self.class_limits.show_state()
        total = sum(counts.values())
        totals = [total, *(sum(found.values()) for found in others)]
        self.found.set_right(numbers_text(totals) if any(totals) and not means else "")
        score = self.limits().get("score")
        self.nothing.setVisible(score is not None and not total and bool(kinds.get(NOTHING)))
        if score is not None:
            self.nothing.setText(tr(
                "Nothing scores {score:.2f}, the least that can be asked for. Train with more "
                "labels or for longer, or take another model.", score=score)
                if self.sliders[SCORE_LIMIT].least else tr(
                "Nothing scores {score:.2f} or more. Lower {slider} to see more; if there is still "
                "nothing, train with more labels or for longer.", score=score,
                slider=self.sliders[SCORE_LIMIT].slider.accessibleName()))
        for button in (self.suggest_button, self.save_button):
            button.setEnabled(bool(kinds.get(ALL, 0)))

    def set_others(self, number: int) -> None:
        """So many models look at the files beside the first one."""
        self.panes.set_others(number)
        self.chips[DIFFERS].setVisible(bool(number))
        if not number and self.chips.selected == DIFFERS:
            self.chips[ALL].click()

    def show_progress(self, state: str, words: str, share: float, *,
                      behind: bool = False) -> None:
        """What is under way; nothing for the state "". ``behind`` a training it can go first."""
        self._progress_bar.setVisible(bool(state))
        self.words.setText(tr("Waiting for the training …") if behind else words)
        self.progress.set_fraction(share or None if state else 0.0)
        self.first_button.setVisible(behind)
        self.pause_button.setVisible(state in ("running", "paused"))
        self.pause_button.setText(tr("Resume") if state == "paused" else tr("Pause"))

    def _show_gallery(self, shown: bool) -> None:
        """Show small pictures instead of the table, or the table; it is remembered."""
        key, index = self._small
        self.list_stack.setCurrentIndex(index if shown else 0)
        self.order_box.setVisible(shown and self._pictured)
        self.regions.found.want(shown and not self._pictured)
        if key:
            self.gallery_button.setChecked(shown)
            self._settings.setValue(key, int(shown))

    def enlarge(self, large: bool) -> None:
        """Give the chosen file all the room, or show the list again."""
        if large != self._back.isHidden():
            return
        self._middle.setVisible(not large)
        self._back.setVisible(large)
        heard = not self.regions.view.isHidden()
        lists = (self.view, self.gallery, self.regions.gallery)[self.list_stack.currentIndex()]
        (lists if not large else self.regions.view.canvas if heard else self.picture).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1,
                Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if self._back.isHidden():
            super().keyPressEvent(event)
        elif event.key() == Qt.Key.Key_Escape:
            self.enlarge(False)
        elif step:  # as in the list, which is not in view
            at = self.view.currentIndex().row() + step
            if 0 <= at < self._answers.rowCount():
                self.view.selectRow(at)
        else:
            super().keyPressEvent(event)

    def choose_first(self) -> None:
        """Show the first file."""
        self.enlarge(False)
        self._show_first()

    def _show_first(self) -> None:
        self.view.selectRow(0)
        self._leads = True
        for rows in (self.view, self.gallery):
            rows.scrollToTop()

    def _row_chosen(self, index: QModelIndex) -> None:
        self._leads = False
        self.chosen.emit(index.row())

    def all_came(self) -> None:
        """No more answers come: from now on the file that is shown stays, whatever the order."""
        self._answers.settle()
        self._leads = False

    def arranged(self, item: Prediction | None) -> None:
        """The order is another one: keep the file that is shown; while answers come and nobody
        chose one, show the first."""
        if self._leads and self._back.isHidden():
            self._show_first()
        else:
            self.reselect(item)

    def reselect(self, item: Prediction | None) -> None:
        """Choose a file where it is in the list now."""
        at = self._answers.row(item)
        if at >= 0:
            self.view.selectRow(at)

    def _filter(self) -> None:
        self.filtered.emit(self.chips.selected, self.search.text())

    def close_down(self) -> None:
        """End the threads."""
        self.panes.close_down()
        self.gallery.close_down()
        self.regions.close_down()
