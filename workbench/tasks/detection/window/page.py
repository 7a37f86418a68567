"""Results of a detector: what it finds, what it gets wrong, the boxes behind every number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from workbench.core.classes import colors_of
from workbench.core.skeletons import NO_SKELETONS, Skeleton
from workbench.core.text import count, tr
from workbench.evaluation.box_words import (
    COMPARED,
    GROUPS,
    Group,
    Selection,
    cell_sentence,
    file_word,
    set_line,
)
from workbench.evaluation.confusion import MatrixCell
from workbench.evaluation.verdict import mistake_counts, verdict
from workbench.gui.app.context import ImageTarget
from workbench.gui.app.remember import stored_number
from workbench.gui.app.undo_action import say_done
from workbench.gui.results.box_compare import comparison, earlier_name
from workbench.gui.results.box_curves import BoxPrecisionRecallCard, ScoreCard
from workbench.gui.results.box_figures import (
    CLASS_COLUMNS,
    KEYPOINT_METRICS,
    METRICS,
    OUTLINE_METRICS,
    class_rows,
    figures,
)
from workbench.gui.results.box_toolbar import FIRST, DetectionToolbar
from workbench.gui.results.compare import Comparison
from workbench.gui.results.confusion_view import ConfusionView
from workbench.gui.results.figures import ClassesCard, MetricsCard
from workbench.gui.results.matrix_page import MatrixPage
from workbench.gui.results.own_answers import beside_own_answers_note, own_answers_note
from workbench.gui.results.own_score import OwnScore
from workbench.gui.results.verdict_card import VerdictCard
from workbench.gui.results.waiting import WaitingWords
from workbench.gui.shell.menus import pop_up
from workbench.tasks.detection.results import ResultSet, Snapshot, compare, snapshot
from workbench.tasks.detection.window.adding import add_labels, extras, is_extra
from workbench.tasks.detection.window.counts_card import CountsCard
from workbench.tasks.detection.window.drawn_boxes import DrawnBoxes, extra_detection
from workbench.tasks.detection.window.export import csv_bytes, write_report
from workbench.tasks.detection.window.gallery_panel import WHOLE, GalleryPanel
from workbench.tasks.detection.window.loading import DetectionResultsLoader

_MENU = ("open", "", "add", "add-image", "add-above")
"""What the right mouse button offers on a picture."""


class DetectionResults(MatrixPage[DetectionResultsLoader, DetectionToolbar, ResultSet, Snapshot]):
    """Figures, matrix and curves at the left, the pictures at the right."""

    words = WaitingWords("image", "Here you see what a model finds and what it gets wrong, object "
                         "by object.", "evaluated", "Evaluate", "has not evaluated")
    columns = "detected"

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = DetectionResultsLoader(self._context, self.worker)
        self.toolbar = DetectionToolbar()
        self.own_score = OwnScore(self._context, self.toolbar, self.toolbar.score)
        self.verdict = VerdictCard()
        self.metrics, self.outlines = MetricsCard(METRICS), MetricsCard(OUTLINE_METRICS)
        self.outlines.setAccessibleName(tr("Figures of outlines"))
        self.outlines.hide()
        self.keypoints = MetricsCard(KEYPOINT_METRICS)
        self.keypoints.setAccessibleName(tr("Figures of key points"))
        self.keypoints.hide()
        self.confusion = ConfusionView(theme, cell_sentence)
        self.curves, self.scores = BoxPrecisionRecallCard(theme), ScoreCard(theme)
        self.classes = ClassesCard(CLASS_COLUMNS)
        self.counts = CountsCard(theme)
        self.counts.hide()
        self.counts.image_chosen.connect(self._show_image)
        self.gallery = GalleryPanel(theme)
        self.notice = self.gallery.notice
        self._group: Group | None = "mistakes"
        self._other: ResultSet | None = None
        self._wanted_image: int | None = None
        self._scores: dict[tuple[Path | None, str, str], float] = {}
        self._remember_sliders()
        self.verdict.look_wanted.connect(self.show_group)
        self.verdict.train_wanted.connect(self.train_again)
        self.gallery.group_chosen.connect(self.show_group)
        self.compare.pictures_wanted.connect(self._show_compared)
        self.gallery.add_all_pressed.connect(self.add_all)
        self.gallery.menu_wanted.connect(
            lambda at: pop_up(self, self._context.actions, "results", _MENU, at))
        self.scores.best_wanted.connect(self.toolbar.score.set_value)
        self.gallery.opened.connect(self.open_image)
        self.gallery.order_changed.connect(self.update_numbers)
        self.gallery.cleared.connect(self._leave_selection)
        cards = (self.verdict, self.metrics, self.outlines, self.keypoints, self.counts,
                 self.matrix_card(),
                 self.curves, self.scores, self.classes)
        return cards, self.gallery

    def _session_changed(self) -> None:
        self._other = None
        super()._session_changed()

    def _remember_sliders(self) -> None:
        self.toolbar.score.value_changed.connect(self._score_chosen)
        for name, slider in (("nms", self.toolbar.nms), ("match", self.toolbar.match)):
            slider.set_value(stored_number(self._context.settings, f"results/{name}",
                                           slider.value(), 0.0, 1.0), announce=False)
            slider.released.connect(
                lambda value, name=name: self._context.settings.setValue(f"results/{name}", value))

    def _score_chosen(self, value: float) -> None:
        """A score that a person chooses for a run stays, as long as the program is open."""
        results = self.loading.results
        if results is not None:
            self._scores[self._score_key(results)] = value

    def _score_key(self, results: ResultSet) -> tuple[Path | None, str, str]:
        """Runs of two projects may have one name."""
        session = self._context.session
        return session.folder if session is not None else None, results.run, results.split

    def add_own_actions(self) -> None:
        super().add_own_actions()

        def extra() -> bool:
            row = self.gallery.view.row
            return self.snapshot is not None and row is not None and is_extra(self.snapshot, row)

        self.add_action("open", tr("Open the image"), self._open_chosen, icon="external",
                        may=lambda: self.gallery.view.row is not None)
        self.add_action("add", tr("Add as label"), self.add_one, ("A",), "plus", may=extra)
        self.add_action("add-image", tr("Add all in this image"), self.add_image, ("Shift+A",),
                        "plus",
                        may=extra)
        self.add_action("add-above", tr("Add all with at least this score"), self.add_above, (),
                        "plus", may=extra)
        self.add_action("gallery", tr("Go to the pictures"), self.focus_samples, ("G",), "images")
        self.add_action("best", tr("Set the score where F1 is best"), self.scores.best_button.click,
                        ("B",), "star")
        self.add_action("use", tr("Use this score in Predict and suggestions"), self.own_score.use,
                        icon="spark", may=lambda: self.own_score.offered)
        self.add_action("export", tr("Save the boxes behind the number as CSV"), self.export,
                        ("Ctrl+Shift+E",), "export")

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.gallery.view.setFocus()
        super().entered(target)

    def close_down(self) -> None:
        """End the threads that read and cut."""
        self.worker.close()
        self.gallery.crops.stop()

    def note(self) -> str:
        if self.snapshot is None:
            return ""
        results = self.snapshot.results
        own = own_answers_note(self._context.session, results.run,
                               dict(zip(results.keys, results.objects, strict=True)))
        return " ".join(filter(None, (own, *results.known.words())))

    def set_words(self, shown: Snapshot) -> str:
        e = shown.evaluation
        text = set_line(e.images, e.truths + e.difficult, e.shown, e.raw)
        if shown.results.left_out:
            text += tr(" · {images} without labels left out",
                       images=count(shown.results.left_out, "image"))
        return text

    # --- what the page shows --------------------------------------------------------------------

    @property
    def selection(self) -> Selection:
        """What the pictures are of: the chosen cell, a kind of mistake, or whole images."""
        return self.confusion.cell if self.confusion.cell is not None else self._group

    def about_to_show(self, results: ResultSet) -> None:
        if self._other is not None and (self._other.run == results.run
                                        or self._other.split != results.split):
            self._other = None
            if self._group in COMPARED:
                self._group = "mistakes"
        best = results.best_score if results.best_score is not None else FIRST.score_thresh
        score = self._scores.get(self._score_key(results), best)
        self.toolbar.score.set_value(score, announce=False)
        self.own_score.show_run(results.run, results.own)
        if self.snapshot is None or self.snapshot.results.keys != results.keys:
            self.gallery.forget()
            self.gallery.set_selection(self.selection, results.classes)

    def show_group(self, name: str) -> None:
        """Show a kind of mistake; a name that is none shows whole images."""
        self.area.show_part(1)
        self._group = name if name in GROUPS else None
        self.gallery.set_selection(self._group, self._classes)
        if self.confusion.cell is not None:
            self.confusion.select(None)
        else:
            self.update_numbers()

    def _show_compared(self) -> None:
        """Show the labels that became wrong beside the other run, or right where none did."""
        compared = self.snapshot.compared if self.snapshot is not None else None
        self.show_group("won" if compared is not None and not compared.lost.any() else "lost")

    def show_all(self) -> None:
        self.show_group(WHOLE)

    def _show_image(self, image: int) -> None:
        """Show a whole image among the pictures."""
        self.show_all()
        self._wanted_image = image
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        """Choose the picture of the image that was asked for, once whole images are shown."""
        shown = self.snapshot
        if self._wanted_image is None or shown is None or shown.entries.selection is not None:
            return
        rows = (shown.entries.table.image == self._wanted_image).nonzero()[0]
        self._wanted_image = None
        if len(rows):
            self.gallery.view.set_row(int(rows[0]))

    def _leave_selection(self) -> None:
        if self.confusion.cell is not None:
            self.confusion.select(None)
        else:
            self.show_all()

    def forget_samples(self) -> None:
        self.gallery.forget()

    def snapshot_of(self, results: ResultSet) -> Callable[[], Snapshot]:
        return partial(snapshot, results, self.toolbar.thresholds(), self.selection,
                       self.gallery.order, self.loading.before, self._other)

    def show_snapshot(self, shown: Snapshot) -> None:
        before = self.loading.before
        found = verdict(shown.evaluation, shown.results.split, shown.results.learned or None)
        number = mistake_counts(shown.evaluation)[found.look_at] if found.look_at else 0
        self.verdict.show_verdict(found, number)
        name = earlier_name(shown.evaluation, shown.before, self.loading.title(before.run)) \
            if before is not None else ""
        for card in (self.metrics, self.outlines, self.keypoints):
            card.show_figures(figures(shown.evaluation), figures(shown.before), name)
        self.outlines.setVisible(shown.evaluation.outline_overlaps is not None)
        self.keypoints.setVisible(shown.evaluation.keypoints_near is not None)
        self.confusion.set_matrix(shown.evaluation.confusion)
        self.curves.show_evaluation(shown.evaluation, self._colors)
        self.scores.show_evaluation(shown.evaluation, self._colors)
        self.classes.show_rows(class_rows(shown.evaluation))
        self.counts.setVisible(bool(shown.results.dots.sides))
        if shown.results.dots.sides:
            self.counts.show_counts(shown)
        if shown.entries.selection == self.selection:
            marks = DrawnBoxes(shown.results, shown.evaluation, self._colors,
                               self.gallery.view.gallery.marks, self._skeletons())
            self.gallery.show_snapshot(shown, marks, *self._other_boxes(shown))
            self._choose_wanted()

    def _other_boxes(self, shown: Snapshot) -> tuple[DrawnBoxes | None, tuple[str, str]]:
        """Boxes of the run that is compared with, and the names of both."""
        compared, session = shown.compared, self._context.session
        if compared is None or session is None:
            return None, ("", "")
        colors = colors_of(compared.results.classes, session.classes)
        titles = (self.loading.title(compared.results.run), self.loading.title(shown.results.run))
        before = self.gallery.view.gallery.other_boxes
        return DrawnBoxes(compared.results, compared.evaluation, colors, before,
                          self._skeletons()), titles

    def _skeletons(self) -> Mapping[str, Skeleton]:
        """What joins the key points of the project's classes."""
        session = self._context.session
        return session.manifest.skeletons if session is not None else NO_SKELETONS

    def cell_selected(self, cell: MatrixCell | None) -> None:
        self.gallery.set_selection(self.selection, self._classes)
        super().cell_selected(cell)

    # --- labels of detections -------------------------------------------------------------------

    def add_one(self) -> None:
        """Label the chosen picture's detection and go on to the next."""
        row = self.gallery.view.row
        if row is not None:
            self._add([row])

    def add_image(self) -> None:
        """Label all detections of the chosen picture's image that are shown without a label."""
        shown, row = self.snapshot, self.gallery.view.row
        if shown is not None and row is not None:
            image = shown.entries.table.image[row]
            self._add([one for one in extras(shown) if shown.entries.table.image[one] == image])

    def add_above(self) -> None:
        """Label all shown detections that are as sure as the chosen one."""
        shown, row = self.snapshot, self.gallery.view.row
        if shown is not None and row is not None:
            score = shown.entries.table.score[row]
            self._add([one for one in extras(shown) if shown.entries.table.score[one] >= score])

    def add_all(self) -> None:
        """Label every detection that is shown without a label."""
        if self.snapshot is not None:
            self._add(extras(self.snapshot))

    def _add(self, rows: Sequence[int]) -> None:
        shown, session = self.snapshot, self._context.session
        if shown is None or session is None or not rows:
            return
        added = add_labels(session, shown, rows)
        if added.objects:
            say_done(self._context, session, added.sentence(), "warn" if added.refused else "ok")
            self.recompute()
        else:
            self._context.say("warn", added.reason
                              or tr("These detections are too small for a box."))

    # --- going elsewhere ------------------------------------------------------------------------

    def focus_samples(self) -> None:
        self.area.show_part(1)
        view = self.gallery.view
        if view.row is None and view.gallery.rowCount():
            view.set_row(0)
        view.setFocus()

    def _open_chosen(self) -> None:
        if self.gallery.view.row is not None:
            self.open_image(self.gallery.view.row)

    def open_image(self, row: int) -> None:
        """Open the image of a picture in Images, at the box that it is about."""
        model = self.gallery.view.gallery
        if self.snapshot is not None and row < model.rowCount():
            whole = self.snapshot.entries.selection is None
            self._context.go("images", ImageTarget(
                model.key(row), box=None if whole else model.box(row), back="results",
                ghost=extra_detection(self.snapshot, row)))

    def compared(self, other: ResultSet, name: str) -> Callable[[], Comparison]:
        shown, thresholds = self.snapshot, self.toolbar.thresholds()
        assert shown is not None
        titles = self.loading.title(shown.results.run), self.loading.title(name)
        own = beside_own_answers_note(
            self._context.session, dict(zip((shown.results.run, name), titles, strict=True)),
            dict(zip(shown.results.keys, shown.results.objects, strict=True)))

        def work() -> Comparison:
            compared = compare(shown.results, shown.evaluation, other, thresholds)
            return comparison(shown.evaluation, compared.evaluation, *titles,
                              (int(compared.won.sum()), int(compared.lost.sum()))).also(own)

        self._other = other
        self.update_numbers()
        return work

    def model_thresholds(self) -> tuple[float, float]:
        chosen = self.toolbar.thresholds()
        return chosen.score_thresh, chosen.nms_thresh

    def csv(self, shown: Snapshot) -> tuple[str, Callable[[], bytes]]:
        selection = shown.entries.selection
        what = file_word(selection, shown.results.classes) if selection is not None else "all-boxes"
        return what, partial(csv_bytes, shown)

    def report_writer(self, shown: Snapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        return partial(write_report, shown, path, title=title, config=config, colors=self._colors,
                       font=self.font(), skeletons=self._skeletons())
