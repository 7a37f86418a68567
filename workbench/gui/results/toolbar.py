"""The bar above: which run, which split, the thresholds, and what can be exported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from workbench.core.text import count, several, tr
from workbench.gui.app.task import task_title
from workbench.gui.results.runs import ResultRun
from workbench.gui.style import tokens
from workbench.gui.widgets import LabeledSlider, QuietButton, SidePanel
from workbench.gui.widgets.inputs import ElidedBox
from workbench.gui.widgets.menu import Menu
from workbench.project.datasets.splits import PART_WORDS, PARTS

_LEAST, _LEAST_NARROW = (128, 148), (80, 112)
"""Least widths of the boxes for run and split, in logical pixels."""

_STATES = {"running": "training now", "paused": "paused", "failed": "failed",
           "interrupted": "interrupted", "cancelled": "cancelled"}


class RunChooser(SidePanel):
    """Which run and which split.

    Parameters
    ----------
    noun
        What the splits are made of.
    """

    run_chosen = Signal(str)
    part_chosen = Signal(str)
    """(name) a person chose another run or split."""

    def __init__(self, noun: str) -> None:
        super().__init__("bottom")
        self._noun = noun
        self._counts: Mapping[str, int] = {}
        self.run_box, self.part_box = ElidedBox(), ElidedBox()
        self.run_box.setAccessibleName(tr("Run"))
        self.run_box.setToolTip(tr("The training shown here"))
        self.run_box.setMinimumWidth(_LEAST[0])
        self.run_box.setMaximumWidth(320)
        self.part_box.setAccessibleName(tr("Split"))
        self.part_box.setMinimumWidth(_LEAST[1])
        self.part_box.setMaximumWidth(180)
        self.use_noun(noun)
        self.run_box.activated.connect(
            lambda _index: self.run_chosen.emit(self.run_box.currentData()))
        self.part_box.activated.connect(
            lambda _index: self.part_chosen.emit(self.part_box.currentData()))

    def use_noun(self, noun: str) -> None:
        """What the splits are made of is called so."""
        self._noun = noun
        self.part_box.setToolTip(tr("The {nouns} shown here: training, validation or test",
                                    nouns=several(noun)))
        if self._counts:
            self.set_parts(self._counts, self.part_box.currentData())

    def set_runs(self, runs: Sequence[ResultRun], chosen: str,
                 others: Sequence[ResultRun] = ()) -> None:
        """List the runs, ``chosen`` on top of the closed box, and below them those that other pages
        show."""
        self.run_box.blockSignals(True)
        self.run_box.clear()
        for run in runs:
            state = _STATES.get(run.state)
            self.run_box.addItem(f"{run.title} · {state}" if state else run.title, run.name)
        if others:
            self.run_box.insertSeparator(len(runs))
        for run in others:
            self.run_box.addItem(f"{run.title} · {task_title(run.task)}", run.name)
        self.run_box.setCurrentIndex(self.run_box.findData(chosen))
        self.run_box.setToolTip(tr("The training shown here: {chosen}", chosen=chosen))
        self.run_box.blockSignals(False)

    def set_parts(self, counts: Mapping[str, int], chosen: str) -> None:
        """List the splits that have images; ``counts`` may be empty while it is not known."""
        self._counts = counts
        self.part_box.blockSignals(True)
        self.part_box.clear()
        for part in reversed(PARTS):
            if counts.get(part) or part == chosen:
                images = f" · {count(counts[part], self._noun)}" if counts.get(part) else ""
                self.part_box.addItem(PART_WORDS[part] + images, part)
        self.part_box.setCurrentIndex(self.part_box.findData(chosen))
        self.part_box.blockSignals(False)


class ResultsToolbar(RunChooser):
    """Which run and split, sliders and buttons.

    Parameters
    ----------
    noun
        What the splits are made of.
    sliders
        What moves the figures.
    what
        What a table of the samples holds ("boxes").
    """

    thresholds_changed = Signal()
    """A slider moved."""
    compare_pressed = Signal()
    report_pressed = Signal()
    model_pressed = Signal()
    export_pressed = Signal()
    """A button was pressed."""

    def __init__(self, noun: str, sliders: Sequence[LabeledSlider], what: str) -> None:
        super().__init__(noun)
        self.sliders = tuple(sliders)
        self.use_button = QuietButton(tr("Use in Predict"))
        self.use_button.hide()
        self.compare_button = QuietButton(tr("Compare…"), run=self.compare_pressed,
                                          tip=tr("Compare the figures with those of another run"))
        self.export_button = QuietButton(tr("Export…"))
        self.export_button.setToolTip(tr("Export the model or a table for other programs"))
        menu = Menu(self.export_button)
        menu.setToolTipsVisible(True)
        self.report_action = menu.addAction(tr("Report (HTML)"))
        self.report_action.setToolTip(tr("Write a report that opens in a browser"))
        self.model_action = menu.addAction(tr("Export model…"))
        self.model_action.setToolTip(tr("Write the model as one file that other programs run "
                                        "(ONNX)"))
        self.table_action = menu.addAction(tr("Export {what} (CSV)…", what=what))
        self.table_action.setToolTip(tr("Save the {what} behind the chosen number as a table",
                                        what=what))
        self.export_button.setMenu(menu)
        self.buttons = [self.compare_button, self.export_button]
        self._narrow = False
        self._arrange()
        for slider in self.sliders:
            slider.value_changed.connect(lambda _value: self.thresholds_changed.emit())
        self.report_action.triggered.connect(self.report_pressed)
        self.model_action.triggered.connect(self.model_pressed)
        self.table_action.triggered.connect(self.export_pressed)

    def _arrange(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(tokens.SPACE_L, tokens.SPACE_S, tokens.SPACE_L, tokens.SPACE_S)
        whole.setSpacing(tokens.SPACE_S)
        self._line, self._second = QHBoxLayout(), QHBoxLayout()
        for line in (self._line, self._second):
            line.setSpacing(tokens.SPACE_M)
            whole.addLayout(line)
        self._line.addWidget(self.run_box, 19)
        self._line.addWidget(self.part_box, 17)
        for slider in self.sliders:
            slider.setMinimumWidth(max(76, slider.minimumSizeHint().width()))
            slider.setMaximumWidth(240 if len(self.sliders) == 1 else 180)
        self._line.addStretch(3)
        for button in self.buttons:
            self._line.addWidget(button)
        self._place_sliders()

    def set_narrow(self, narrow: bool) -> None:
        """Give the sliders a line of their own, or one with everything else."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._place_sliders()

    def _place_sliders(self) -> None:
        boxes = (self.run_box, self.part_box)
        for box, width in zip(boxes, _LEAST_NARROW if self._narrow else _LEAST, strict=True):
            box.setMinimumWidth(width)
        for at, slider in enumerate(self.sliders, start=2):
            (self._second if self._narrow else self._line).insertWidget(
                at - 2 if self._narrow else at, slider, 15)
        (self._second if self._narrow else self._line).insertWidget(
            len(self.sliders) + (0 if self._narrow else len(boxes)), self.use_button)
        gap = self._line.count() - len(self.buttons) - 1
        self._line.setStretch(gap, 0 if self._narrow else 3)

    def set_ready(self, ready: bool) -> None:
        """Whether there is something that sliders and buttons act on."""
        for widget in (*self.sliders, self.use_button, *self.buttons):
            widget.setEnabled(ready)
