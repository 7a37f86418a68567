"""Results of a model of good images: what it finds, what it misses, and its false alarms."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import isnan
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.evaluation.differing import LIMIT, Differing
from workbench.gui.app.context import ImageTarget
from workbench.gui.app.remember import stored_number
from workbench.gui.charts.counts import BarView, CellView
from workbench.gui.results.compare import Comparison, FigureRow
from workbench.gui.results.figures import FigureWords, MetricsCard
from workbench.gui.results.page import ResultsPage
from workbench.gui.results.toolbar import ResultsToolbar
from workbench.gui.results.waiting import WaitingWords
from workbench.gui.shell.menus import pop_up
from workbench.gui.widgets import Card, LabeledSlider, label
from workbench.tasks.anomaly.heat import COVER
from workbench.tasks.anomaly.messages import (
    PIXEL_WORDS,
    cell_words,
    file_word,
    set_line,
    verdict,
)
from workbench.tasks.anomaly.report import write_report
from workbench.tasks.anomaly.results import (
    Cell,
    Chosen,
    DifferenceSet,
    DifferenceSnapshot,
    csv_bytes,
    snapshot,
)
from workbench.tasks.anomaly.window.histogram import FAULTY_TONE, GOOD_TONE, ScoreHistogram
from workbench.tasks.anomaly.window.image_list import DifferencePanel
from workbench.tasks.anomaly.window.loading import DifferenceLoader

METRICS: FigureWords = (
    ("auroc", "AUROC",
     "The chance that a faulty image has a higher score than a good one, whatever the limit is. "
     "1 is perfect, 0.5 is chance"),
    ("recall", "Found", "The share of the faulty images that are called different (recall)"),
    ("precision", "Precision",
     "The share of the images that are called different that are faulty"),
    ("false_alarms", "False alarms", "The share of the good images that are called different"),
)
"""Attribute of the evaluation, name, and what it means."""
_MENU = ("open", "enlarge", "", "bare")
_COVER = "results/difference-cover"
_CELLS: tuple[Cell, ...] = ((0, 0), (0, 1), (1, 0), (1, 1))


class DifferenceToolbar(ResultsToolbar):
    """From which score on an image differs."""

    def __init__(self) -> None:
        self.limit = LabeledSlider(tr("Differs from"), 0.05, 0.95, LIMIT)
        self.limit.setToolTip(tr(
            "An image differs where one of its places has at least this score. At 0.5 it is as "
            "unlike the good images as hardly one of these is; lower finds more, higher has fewer "
            "false alarms"))
        super().__init__("image", (self.limit,), tr("scores of images"))


class DifferenceResults(
    ResultsPage[DifferenceLoader, DifferenceToolbar, DifferenceSet, DifferenceSnapshot],
):
    """Figures, histogram and classes at the left, the images at the right."""

    prefix = "results.differences"
    words = WaitingWords("image", "Here you see what differs from the good images, and how many of "
                         "the faulty ones are found.", "evaluated", "Evaluate",
                         "has not evaluated")

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self.loading = DifferenceLoader(self._context, self.worker)
        self.toolbar = DifferenceToolbar()
        self.chosen = Chosen()
        self._limits: dict[tuple[Path | None, str], float] = {}
        self.toolbar.limit.value_changed.connect(self._keep_limit)
        self.metrics = MetricsCard(METRICS, errors=frozenset({"false_alarms"}))
        self.verdict = label("", wrap=True)
        self.metrics.add(self.verdict)
        self.pixel_metrics = MetricsCard(PIXEL_WORDS)
        self.pixel_metrics.setAccessibleName(tr("Figures by pixel"))
        self.pixel_metrics.hide()
        self.histogram = ScoreHistogram(theme)
        self.histogram.chosen.connect(lambda place: self.choose(Chosen(bin=place)))
        self.confusion = CellView(theme, self._cell_said)
        self.confusion.setAccessibleName(tr("Good and faulty images, and what they are called"))
        self.confusion.chosen.connect(lambda place: self.choose(Chosen(cell=_CELLS[place])))
        self.classes = BarView(theme, self._class_said)
        self.classes.setAccessibleName(tr("How many of each class differ"))
        self.classes.chosen.connect(self._class_chosen)
        self.panel = DifferencePanel(theme)
        self.view, self.notice = self.panel.view, self.panel.notice
        self.panel.opened.connect(self.open_image)
        self.panel.menu_wanted.connect(
            lambda at: pop_up(self, self._context.actions, self.prefix, _MENU, at))
        self.panel.order_changed.connect(self.update_numbers)
        self.panel.cleared.connect(self.show_all)
        settings = self._context.settings
        self.panel.set_cover(stored_number(settings, _COVER, COVER, 0, 1))
        self.panel.cover_chosen.connect(lambda cover: settings.setValue(_COVER, cover))
        return (self.metrics, self.pixel_metrics, *self._cards()), self.panel

    def _cards(self) -> list[Card]:
        made = []
        for title, right, view in (
                (tr("Scores"), tr("green: good, red: faulty"), self.histogram),
                (tr("Confusion"), tr("rows: what it is, columns: what it is called"),
                 self.confusion),
                (tr("Classes"), tr("how many differ"), self.classes)):
            card = Card(title, right)
            card.add(view)
            made.append(card)
        return made

    def add_own_actions(self) -> None:
        super().add_own_actions()
        self.add_action("open", tr("Open the image"), self.panel.open_chosen, icon="external",
                        may=lambda: self.view.row is not None)
        self.add_action("enlarge", tr("Enlarge the image"), partial(self.panel.show_large, True),
                        icon="zoom-in", may=lambda: self.view.row is not None)
        self.add_action("bare", tr("Hide or show the heat"), self.panel.toggle_bare, ("H",),
                        "eye-off")
        self.add_action("gallery", tr("Go to the images"), self.focus_samples, ("G",), "images")
        self.add_action("export", tr("Save the scores of the images as CSV"), self.export,
                        ("Ctrl+Shift+E",), "export")

    # --- hooks of the window --------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self.view.setFocus()
        super().entered(target)

    def close_down(self) -> None:
        """End the threads that read and draw."""
        self.worker.close()
        self.panel.stop()

    def set_words(self, shown: DifferenceSnapshot) -> str:
        return set_line(shown)

    # --- what the page shows --------------------------------------------------------------------

    def choose(self, chosen: Chosen) -> None:
        """List the images behind a number; the same one again lists all."""
        self.chosen = Chosen() if chosen == self.chosen else chosen
        self.cell_selected(None)

    def show_all(self) -> None:
        if not self.chosen.all:
            self.choose(Chosen())

    def _class_chosen(self, place: int) -> None:
        if self.snapshot is not None:
            self.choose(Chosen(label=self.snapshot.rows_of_classes[place].label))

    def _cell_said(self, place: int) -> str:
        return cell_words(_CELLS[place], int(self.confusion.counts[place]))

    def _class_said(self, place: int) -> str:
        if self.snapshot is None:
            return ""
        row = self.snapshot.rows_of_classes[place]
        return tr("{label}: {called} of {images} called different",
                  label=row.label or tr("no class"), called=f"{row.called:,}",
                  images=f"{row.images:,}")

    def about_to_show(self, results: DifferenceSet) -> None:
        self.toolbar.limit.set_value(self._limits.get(self._run_key(results), LIMIT),
                                     announce=False)
        before = self.snapshot.results.keys if self.snapshot is not None else ()
        if before != results.keys:
            self.chosen = Chosen()
            self.panel.forget()

    def _run_key(self, results: DifferenceSet) -> tuple[Path | None, str]:
        """Runs of two projects may have one name."""
        session = self._context.session
        return session.folder if session is not None else None, results.run

    def _keep_limit(self, value: float) -> None:
        if self.snapshot is not None:
            self._limits[self._run_key(self.snapshot.results)] = value

    def forget_samples(self) -> None:
        self.panel.forget()

    def snapshot_of(self, results: DifferenceSet) -> Callable[[], DifferenceSnapshot]:
        return partial(snapshot, results, self.toolbar.limit.value(), self.chosen,
                       self.panel.order, self.loading.before)

    def show_snapshot(self, shown: DifferenceSnapshot) -> None:
        before = self.loading.before
        name = self.loading.title(before.run) if before is not None else ""
        self.metrics.show_figures(figures(shown.judged), figures(shown.before), name)
        self.pixel_metrics.show_figures(shown.pixels, shown.pixels_before, name)
        self.pixel_metrics.setVisible(bool(shown.pixels))
        self.metrics.show_warning(shown.results.doubt)
        self.verdict.setText(verdict(shown.judged))
        self.histogram.show_bins(shown.bins, shown.judged.limit, shown.chosen.bin)
        self.confusion.show_counts(
            [tr("good"), tr("faulty")], [tr("called good"), tr("called different")],
            shown.judged.confusion.ravel().tolist())
        rows = shown.rows_of_classes
        self.classes.show_counts(
            [row.label or tr("no class") for row in rows], [row.images for row in rows],
            [GOOD_TONE if row.good else FAULTY_TONE for row in rows],
            [tr("{called} of {images}", called=f"{row.called:,}", images=f"{row.images:,}")
             for row in rows])
        if shown.chosen == self.chosen:
            self.panel.show_snapshot(shown)

    def focus_samples(self) -> None:
        self.area.show_part(1)
        if self.view.row is None and self.view.images.rowCount():
            self.view.set_row(0)
        (self.panel.large if self.panel.is_large else self.view).setFocus()

    # --- going elsewhere ------------------------------------------------------------------------

    def open_image(self, row: int) -> None:
        """Open an image where it is given a class."""
        if self.snapshot is not None and row < self.view.images.rowCount():
            self._context.go("sort", ImageTarget(self.view.images.key(row), back="results"))

    def compared(self, other: DifferenceSet, name: str) -> Callable[[], Comparison]:
        shown = self.snapshot
        assert shown is not None
        return lambda: comparison(
            {**figures(shown.judged), **shown.pixels},
            {**figures(other.judged(shown.judged.limit)),
             **other.pixels().figures(shown.judged.limit)},
            shown.judged.limit, self.loading.title(shown.results.run),
            self.loading.title(other.run))

    def csv(self, shown: DifferenceSnapshot) -> tuple[str, Callable[[], bytes]]:
        return file_word(shown.chosen), partial(csv_bytes, shown)

    def report_writer(self, shown: DifferenceSnapshot, path: Path, title: str,
                      config: dict[str, Any]) -> Callable[[], Path]:
        whole = partial(snapshot, shown.results, shown.judged.limit, Chosen(), "odd")
        return lambda: write_report(path, whole(), title=title, config=config)


def figures(found: Differing | None) -> dict[str, float]:
    """The figures of :data:`METRICS`; none without an evaluation."""
    return {} if found is None else {name: float(getattr(found, name)) for name, _, _ in METRICS}


def comparison(mine: dict[str, float], others: dict[str, float], limit: float, ours_name: str,
               other_name: str) -> Comparison:
    """Each figure of two models at the same limit."""
    nan = float("nan")
    pairs = [(key, name, mine.get(key, nan), others.get(key, nan))
             for key, name, _ in (*METRICS, *PIXEL_WORDS)]
    rows = [FigureRow(tr(name), one, other, is_error=key == "false_alarms")
            for key, name, one, other in pairs if not (isnan(one) and isnan(other))]
    return Comparison(rows, tr("{ours_name} beside {other_name}, from a score of {limit:.2f} on.",
                               ours_name=ours_name, other_name=other_name, limit=limit))
