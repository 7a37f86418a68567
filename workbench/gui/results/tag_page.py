"""Results of a model of tags: figures of each tag, its threshold, and the samples behind them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import nan
from typing import Generic

from PySide6.QtWidgets import QWidget

from workbench.core.text import count, several, tr
from workbench.evaluation.scored import SampleT
from workbench.evaluation.tagged import TagSet, TagSnapshot, cell_title, tag_snapshot
from workbench.evaluation.tags import THRESHOLD, Tagging, evaluate_tags
from workbench.gui.results.compare import Comparison, FigureRow
from workbench.gui.results.figures import FigureWords, MetricsCard
from workbench.gui.results.label_page import LabelPage
from workbench.gui.results.rank_cards import PrecisionRecallCard, RankLine, RocCard
from workbench.gui.results.shown import LoadingT
from workbench.gui.results.tag_card import WIDTH, TagsCard
from workbench.gui.results.toolbar import ResultsToolbar

_FILE_WORDS = ("found", "missed", "false", "all")


def metric_words(noun: str) -> FigureWords:
    """Figures of all tags together."""
    return (
        ("map", "mAP", tr("Mean average precision of the tags")),
        ("f1", "F1", tr("Mean of the tags' F1 at their thresholds")),
        ("micro_f1", tr("Micro F1"), tr("F1 of all decisions together, at the thresholds")),
        ("roc_auc", tr("ROC area"), tr("How well each tag is told from its absence, at any "
                                       "threshold; averaged over the tags")),
        ("exact", tr("All right"),
         tr("Share of the {nouns} without a wrong tag", nouns=several(noun))),
    )


class TagPage(
    LabelPage[LoadingT, ResultsToolbar, TagSet[SampleT], TagSnapshot[SampleT], SampleT],
    Generic[LoadingT, SampleT],
):
    """Figures, tags and curves at the left, the samples at the right."""

    # --- making ---------------------------------------------------------------------------------

    def make_parts(self) -> tuple[tuple[QWidget, ...], QWidget]:
        theme = self._context.theme
        self._thresholds: dict[tuple[str, str], dict[str, float]] = {}
        self.loading = self.make_loading()
        self.toolbar = ResultsToolbar(self.noun, (), several(self.noun))
        self.metrics = MetricsCard(metric_words(self.noun))
        self.tags = TagsCard(theme, self.noun)
        self.precision_recall = PrecisionRecallCard(theme, "tag")
        self.roc = RocCard(theme, "tag")
        self.tags.selected.connect(self.cell_selected)
        self.tags.entered.connect(self.focus_samples)
        self.tags.threshold_moved.connect(self._threshold_moved)
        self.tags.thresholds_reset.connect(self._reset_thresholds)
        self.tags.keep_pressed.connect(self._keep)
        return (self.metrics, self.tags, self.precision_recall, self.roc), self.make_list()

    def add_own_actions(self) -> None:
        super().add_own_actions()
        self.add_action("matrix", tr("Go to the tags"), self.tags.table.setFocus, ("M",), "tag")

    # --- thresholds -----------------------------------------------------------------------------

    @property
    def thresholds(self) -> dict[str, float]:
        """Those that a person chose for the run, as long as the program is open; by tag."""
        results = self.loading.results
        if results is None:
            return {}
        session = self._context.session
        folder = str(session.folder) if session is not None else ""
        return self._thresholds.setdefault((folder, results.run), {})

    def _threshold_moved(self, tag: str, value: float) -> None:
        self.thresholds[tag] = value
        self.update_numbers()

    def _reset_thresholds(self) -> None:
        results = self.loading.results
        if results is not None:
            self.thresholds.update({name: results.thresholds.get(name, THRESHOLD)
                                    for name in results.classes})
            self.update_numbers()

    def _keep(self) -> None:
        """Have what the sliders say count in predictions."""
        shown = self.snapshot
        if shown is None or shown.results is not self.loading.results:
            return
        chosen = {item.name: item.threshold for item in shown.evaluation.per_tag}

        def kept(_none: object) -> None:
            if self.loading.results is shown.results:
                self.loading.results = replace(shown.results, kept=chosen)
                self.thresholds.clear()
                self.update_numbers()
            self._context.say("ok", tr("These thresholds count in predictions now."))

        self.worker.ask("export", self.keeper(shown, chosen), kept,
                        partial(self._context.say, "bad"))

    @abstractmethod
    def keeper(self, shown: TagSnapshot[SampleT], chosen: Mapping[str, float]
               ) -> Callable[[], object]:
        """What keeps thresholds with the run; for the worker."""

    # --- what the page shows --------------------------------------------------------------------

    def show_all(self) -> None:
        self.tags.select(None)

    def wanted_width(self) -> int:
        return WIDTH

    def show_class_names(self, classes: tuple[str, ...], colors: tuple[str, ...]) -> None:
        cell = self.tags.cell if self.tags.names == classes else None
        self.tags.set_classes(classes, colors)
        self.tags.select(cell)

    def set_words(self, shown: TagSnapshot[SampleT]) -> str:
        wrong, left = int(shown.evaluation.wrong.sum()), shown.results.left_out
        text = f"{count(len(shown.results.samples), self.noun)} · {count(wrong, 'wrong tag')}"
        return tr("{images} · {left} without tags left out", images=text,
                  left=count(left, self.noun)) if left else text

    def snapshot_of(self, results: TagSet[SampleT]) -> Callable[[], TagSnapshot[SampleT]]:
        known = self.snapshot
        same = known is not None and known.results is results
        return partial(tag_snapshot, results, dict(self.thresholds), self.tags.cell,
                       self.panel.order, self.loading.before,
                       known.evaluation.rankings if same and known is not None else None)

    def show_snapshot(self, shown: TagSnapshot[SampleT]) -> None:
        before, found = self.loading.before, shown.evaluation
        self.metrics.show_figures(
            _known(found), _known(shown.before) if shown.before is not None else {},
            self.loading.title(before.run) if before is not None else "")
        self.metrics.show_warning(shown.results.doubt)
        self.tags.show_tagging(found, shown.results.thresholds, shown.results.counting)
        lines = _lines(found, self._colors)
        self.precision_recall.show_lines(lines)
        self.roc.show_lines(lines)
        if shown.cell == self.tags.cell:
            number = len(shown.rows)
            self.panel.show_snapshot(shown, count(number, self.noun) if shown.cell is None else
                                     cell_title(self.noun, shown.cell, number,
                                                shown.results.classes))

    # --- going elsewhere ------------------------------------------------------------------------

    def given_words(self, changed: int, name: str, samples: Sequence[SampleT]) -> str:
        return tr("“{tag}” changed on {samples}.", tag=name, samples=count(changed, self.noun))

    def compared(self, other: TagSet[SampleT], name: str) -> Callable[[], Comparison]:
        shown = self.snapshot
        assert shown is not None
        return partial(_comparison, shown, other, name, self.noun)

    def csv(self, shown: TagSnapshot[SampleT]) -> tuple[str, Callable[[], bytes]]:
        cell = shown.cell
        if cell is None:
            return f"all-{several(self.noun)}", shown.csv_bytes
        word = f"{shown.results.classes[cell[0]]}-{_FILE_WORDS[cell[1]]}"
        return "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in word), \
            shown.csv_bytes


def _known(found: Tagging) -> dict[str, float]:
    return {name: value for name, value in found.figures().items() if value is not None}


def _lines(found: Tagging, colors: Sequence[str]) -> list[RankLine]:
    samples = len(found.truth)

    def share(part: float | None) -> float:
        return nan if part is None else part

    return [RankLine(item.name, color, ranking, item.alarms / max(samples - item.support, 1),
                     share(item.recall), share(item.precision))
            for item, color, ranking in zip(found.per_tag, colors, found.rankings, strict=True)]


def _comparison(shown: TagSnapshot[SampleT], other: TagSet[SampleT], name: str,
                noun: str) -> Comparison:
    """Figures of both runs, each at its own thresholds, then F1 of each tag."""
    ours = shown.evaluation
    theirs = evaluate_tags(other.scores, other.truth, other.classes, other.counting)
    mine, its = _known(ours), _known(theirs)
    rows = [FigureRow(words, mine.get(key, nan), its.get(key, nan))
            for key, words, _ in metric_words(noun)]
    earlier = {item.name: item.f1 for item in theirs.per_tag}
    rows += [FigureRow(f"F1 {item.name}", nan if item.f1 is None else item.f1,
                       nan if (old := earlier.get(item.name)) is None else old)
             for item in ours.per_tag]
    return Comparison(rows, tr("{run} beside {name}, each at its own thresholds.",
                               run=shown.results.run, name=name))
