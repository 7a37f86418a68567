"""What goes along when a project is handed over, and what can be done with one that came."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from workbench.core.text import capital, count, megabytes, tr
from workbench.gui.app.sheet_work import Foot
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    QuietButton,
    SectionTitle,
    column,
    label,
    row,
    scrolling,
)
from workbench.project.handover.packing import HandOver, size_of
from workbench.project.handover.sharing import MOST_PEOPLE
from workbench.project.layout import LABELLED_BY

_MOST_RUNS = 30
_SAMPLES, _LABELS, _NAMES, _OTHERS = "samples", "labels", "names", "others"
_UNLABELLED, _ALL = "unlabelled", "all"
COMMON = 10
"""So many samples go to everybody, where that is chosen."""


class HandoverPage(QWidget):
    """Parts and models to choose, and how large the file becomes.

    Parameters
    ----------
    asks_name
        Asks for the name of the person who hands over.
    """

    changed = Signal()
    """A person chose something else."""

    def __init__(self, plan: HandOver, asks_name: QWidget | None = None) -> None:
        super().__init__()
        self._plan = plan
        self.names = QLineEdit()
        self.names.setPlaceholderText(tr("their names, with commas between (optional)"))
        self.names.setAccessibleName(tr("Names of the people"))
        self.names.setToolTip(tr("Each is asked whether their name is kept with what they label"))
        self.summary = label("", "title", wrap=True)
        self.parts, self.runs = ChipGroup(exclusive=False), ChipGroup(exclusive=False)
        if plan.samples:
            self.parts.add(_SAMPLES, tr("{samples}, {size}", samples=capital(plan.sample_words()),
                                        size=megabytes(size_of(plan.samples)))).setChecked(True)
        if plan.labels:
            self.parts.add(_LABELS, tr("Labels, classes, split, {size}",
                                       size=megabytes(size_of(plan.labels)))).setChecked(True)
        if plan.has_names:
            chip = self.parts.add(_NAMES, tr("Who labelled what"))
            chip.setChecked(True)
            chip.setToolTip(tr("{file}, with the names of people: leave it out to publish the "
                               "data, if they have not agreed", file=LABELLED_BY))
        if plan.others:
            files = count(len(plan.others), "other file")
            self.parts.add(_OTHERS, tr("{files}, {size}", files=files, size=megabytes(
                size_of(plan.others)))).setChecked(True)
        for number, name in enumerate(list(plan.runs)[:_MOST_RUNS]):
            chip = self.runs.add(name, tr("{title}, {size}", title=plan.titles[name],
                                          size=megabytes(size_of(plan.runs[name]))))
            chip.setChecked(not number)
            chip.setToolTip(f"runs/{name}")
        self.people, self.which, self.common = ChipGroup(), ChipGroup(), ChipGroup(exclusive=False)
        for number in range(1, MOST_PEOPLE + 1):
            self.people.add(str(number), tr("one file for all") if number == 1
                            else count(number, "person", "people"))
        self.which.add(_UNLABELLED, tr("What has no labels"))
        self.which.add(_ALL, tr("All"))
        self.common.add("common", tr("{number} of them go to everybody", number=COMMON)
                        ).setToolTip(tr("Two people then says how far they agree"))
        words = label(tr(
            "Whoever gets the ZIP file drops it on Workbench, or unpacks it: images and labels lie "
            "in it as they do here, with a README.md that says what the data are. They send "
            "back all of it, or only labels or a model; drop it here then."), "caption", wrap=True)
        whole = column(self.summary, words, spacing=tokens.SPACE_M)
        self._section(whole, tr("What goes along"), self.parts)
        if plan.runs:
            self._section(whole, tr("Models"), self.runs)
        self._section(whole, tr("Divide among"), self.people)
        self.dividing = QWidget()
        self.dividing.setLayout(column(row(self.which, self.common, 1), self.names, label(tr(
            "Each gets a file of their own, with images that follow each other. All images stay "
            "here, too."), "caption", wrap=True), spacing=tokens.SPACE_XS))
        self.dividing.hide()
        whole.addWidget(self.dividing)
        if asks_name is not None:
            whole.addLayout(column(SectionTitle(tr("Your name, kept with what you label from now "
                                                   "on (optional)")), asks_name))
        if plan.notes:
            notes = label("\n".join(plan.notes), wrap=True, tone="warn")
            notes.setAlignment(Qt.AlignmentFlag.AlignTop)
            area = scrolling(notes)
            area.setFixedHeight(min(5, 2 * len(plan.notes)) * notes.fontMetrics().lineSpacing())
            whole.addWidget(area)
        whole.addStretch(1)
        self.setLayout(whole)
        for group in (self.parts, self.runs, self.people, self.which, self.common):
            group.changed.connect(lambda _id: self._changed())
        self._changed()

    @staticmethod
    def _section(whole: QVBoxLayout, title: str, group: ChipGroup) -> None:
        group.setAccessibleName(title)
        whole.addLayout(column(SectionTitle(title), group))

    @property
    def samples(self) -> bool:
        return _SAMPLES in self.parts.selection

    @property
    def labels(self) -> bool:
        return _LABELS in self.parts.selection

    @property
    def who(self) -> bool:
        """Whether it goes along who labelled what."""
        return _NAMES in self.parts.selection

    @property
    def others(self) -> bool:
        return _OTHERS in self.parts.selection

    @property
    def shares(self) -> int:
        """Among how many people samples are divided."""
        return int(self.people.selected)

    @property
    def people_names(self) -> list[str]:
        """What they are called, "" for each who has no name."""
        names = [" ".join(name.split()) for name in self.names.text().split(",")]
        return [*names, *[""] * self.shares][:self.shares]

    @property
    def unlabelled(self) -> bool:
        """Whether only what has no labels is divided."""
        return self.which.selected == _UNLABELLED

    @property
    def shared(self) -> int:
        """How many samples go to everybody."""
        return COMMON if self.common.selection else 0

    @property
    def nothing(self) -> bool:
        """Whether nothing is chosen."""
        return self.shares == 1 and not (
            {*self.parts.selection} - {_NAMES} or self.runs.selection)

    def _changed(self) -> None:
        runs = self.runs.selection
        self.dividing.setVisible(self.shares > 1)
        for part in self.parts.ids:
            self.parts[part].setEnabled(self.shares == 1 or part == _NAMES)
        if self.shares > 1:
            self.summary.setText(tr("{files}, each with a part of what has no labels",
                                    files=count(self.shares, "file")) if self.unlabelled else tr(
                "{files}, each with a part of all", files=count(self.shares, "file")))
            self.changed.emit()
            return
        said = [self._plan.sample_words()] if self.samples else []
        said += [tr("labels")] if self.labels else []
        said += [count(len(self._plan.others), "other file")] if self.others else []
        said += [count(len(runs), "model")] if runs else []
        size = megabytes(size_of(self._plan.chosen(runs, samples=self.samples,
                                                   labels=self.labels, others=self.others)))
        self.summary.setText(tr("Nothing is chosen") if self.nothing else tr(
            "{parts}: about {size}", parts=capital(", ".join(said)), size=size))
        self.changed.emit()


class HandoverFoot(Foot):
    """The buttons below."""

    def show_chosen(self, page: HandoverPage) -> None:
        """Say how many files are written, if anything is chosen."""
        self.go.setEnabled(not page.nothing)
        self.go.setText(tr("Save as a ZIP file…") if page.shares == 1 else
                        tr("Save {files}…", files=count(page.shares, "ZIP file")))


class Offer(NamedTuple):
    """One thing that can be done with what came."""

    icon: str
    text: str
    help: str
    act: Callable[[], object]


class ArrivedPage(QWidget):
    """What can be done with a project that came as a file, one below the other."""

    chosen = Signal(object)
    """(what is to be done)"""

    def __init__(self, offers: Sequence[Offer]) -> None:
        super().__init__()
        self.buttons = []
        parts: list[QWidget] = []
        for offer in offers:
            button = QuietButton(offer.text, offer.icon)
            button.setAccessibleDescription(offer.help)
            button.clicked.connect(lambda _checked=False, act=offer.act: self.chosen.emit(act))
            self.buttons.append(button)
            part = QWidget()
            part.setLayout(column(row(button, 1), label(offer.help, "caption", wrap=True),
                                  spacing=tokens.SPACE_XS))
            parts.append(part)
        self.setLayout(column(*parts, 1, spacing=tokens.SPACE_L))
