"""What an export of labels would write, and what one can choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.text import count, listed, tr
from workbench.extension.annotation_formats import AnnotationFormat
from workbench.gui.app.sheet_work import Foot
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    SectionTitle,
    column,
    label,
    repolish,
    scrolling,
)
from workbench.project.label_export import ExportRequest, LabelExport

MOST_CLASSES = 60
"""Classes that can be chosen one by one; of more, all are written."""
_REPORT_LINES = 5
"""Of what would be lost; more is scrolled to."""
_PARTS = (("", "All"), ("train", "Train"), ("val", "Val"), ("test", "Test"))
_IMAGES = (("copy", "Copy"), ("link", "Link"), ("none", "Leave out"))


class ExportPage(QWidget):
    """Format, part, classes and images to choose, and what would be lost."""

    changed = Signal()
    """A person chose something else; :meth:`show_plan` is then due."""

    def __init__(self, kinds: Sequence[AnnotationFormat], classes: Sequence[str],
                 format: str) -> None:
        super().__init__()
        medium = kinds[0].medium if kinds else "images"
        self.formats, self.parts = _chips({kind.id: kind.title for kind in kinds}), _chips(
            {id: tr(text) for id, text in _PARTS})
        self.images = _chips({id: tr(text) for id, text in _IMAGES})
        self.classes = ChipGroup(exclusive=False)
        chosen_classes = classes if len(classes) <= MOST_CLASSES else ()
        for name in chosen_classes:
            self.classes.add(name, name).setChecked(True)
        self.summary = label("", "title", wrap=True)
        self.lost = label("", wrap=True)
        self.lost.setAlignment(Qt.AlignmentFlag.AlignTop)
        report = scrolling(self.lost)  # of one height, so that the chips below stay where they are
        report.setFixedHeight(_REPORT_LINES * self.lost.fontMetrics().lineSpacing())
        whole = column(self.summary, report, spacing=tokens.SPACE_M)
        self._section(whole, tr("Format"), self.formats)
        self._section(whole, tr("Split"), self.parts)
        if len(chosen_classes) > 1:
            self._section(whole, tr("Classes"), self.classes)
        self._section(whole, tr("Sounds") if medium == "sounds" else tr("Images"), self.images)
        whole.addStretch(1)
        self.setLayout(whole)
        if format in {kind.id for kind in kinds}:
            self.formats.mark(format)
        for group in (self.formats, self.parts, self.classes, self.images):
            group.changed.connect(lambda _id: self.changed.emit())

    @staticmethod
    def _section(whole: QVBoxLayout, title: str, group: ChipGroup) -> None:
        group.setAccessibleName(title)
        whole.addLayout(column(SectionTitle(title), group))

    @property
    def request(self) -> ExportRequest:
        """What is chosen."""
        every = {*self.classes.selection} == {*self.classes.ids}
        return ExportRequest(self.formats.selected, self.parts.selected,
                            None if every else tuple(self.classes.selection),
                            self.images.selected)

    def show_looking(self) -> None:
        """The labels are looked through."""
        self.summary.setText(tr("Looking through the labels …"))
        self.lost.setText("")

    def show_plan(self, plan: LabelExport | str) -> None:
        """Show what would be written and lost, or why nothing."""
        if isinstance(plan, str):
            self.summary.setText(plan)
            self.lost.setText("")
            return
        what = "sound" if plan.format.medium == "sounds" else "image"
        self.summary.setText(
            tr("Nothing to write: {format} has no place for these labels",
               format=plan.format.title) if plan.refused else
            tr("{images} with {objects}", images=count(plan.samples, what), objects=plan.held))
        lines = plan.lost()
        repolish(self.lost, "tone", "warn" if lines or plan.problems else "")
        lines = lines or [tr("Nothing is lost: {format} has a place for all of it.",
                             format=plan.format.title)]
        if plan.problems:
            names = [problem.path.rpartition("/")[2] for problem in plan.problems]
            lines.append(tr("Left out, as they cannot be read: {names}.", names=listed(names)))
        self.lost.setText("\n".join(lines))


class ExportFoot(Foot):
    """The buttons below."""

    def __init__(self) -> None:
        super().__init__(tr("Export…"))


def _chips(choices: Mapping[str, str]) -> ChipGroup:
    group = ChipGroup()
    for id, text in choices.items():
        group.add(id, text)
    return group
