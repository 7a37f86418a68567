"""What an import would bring, and what one can choose, before anything is copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFormLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from workbench.core.errors import Problem
from workbench.core.text import count, listed, tr
from workbench.gui.app.sheet_work import Foot
from workbench.gui.style import tokens
from workbench.gui.widgets import QuietButton, SectionTitle, column, label, row
from workbench.gui.widgets.inputs import ChoiceField
from workbench.project.imports.preview import ImportPlan, ImportSource
from workbench.project.imports.skipped_files import skipped_text

MOST_CLASSES = 20
"""Classes that can be called otherwise before they come."""
MOST_LINES = 12
"""Sentences about what may not be as it should be."""
LONGEST = 64
"""Letters of the name of a source."""
_IMAGES = (ImportSource("copy", "Copied into the project"),
           ImportSource("link", "Left where they are; the project refers to them"))
_NO_LABELS = ImportSource("none", "No existing labels")
_NO_SPLIT = ImportSource("random", "A random split, made when you train")


class ImportPage(QWidget):
    """Sources of labels and split to choose from, what is doubtful, and what stays behind."""

    chosen = Signal(str, str)
    """(labels, split) a person chose another source; :meth:`show_plan` is then due."""
    read_as = Signal(str)
    """(format) a person says that it is in another format; a new page is then due."""

    def __init__(self, plan: ImportPlan) -> None:
        super().__init__()
        self.summary = label("", "title", wrap=True)
        self.contents = label("", wrap=True)
        self.formats = _Choice(tr("The rows are"), plan.formats, _NO_LABELS, fixed=True)
        self.formats.select(plan.format)
        self.labels = _Choice(tr("Labels"), plan.labels, _NO_LABELS)
        self.splits = _Choice(tr("Split"), plan.splits, _NO_SPLIT, fixed=plan.report.of_sounds)
        self.images = _Choice(tr("Images"), () if plan.packed else _IMAGES, _NO_LABELS, fixed=True)
        self.images.select("copy")
        self.classes = ClassNamesForm(plan.objects if plan.format != "voc" else {})
        self._doubts = _Lines(tr("Worth knowing"))
        self._left = _Lines(tr("Left behind"))
        self.setLayout(column(self.summary, self.contents, self.formats, self.labels, self.splits,
                              self.images, self.classes, self._doubts, self._left, 1,
                              spacing=tokens.SPACE_M))
        self.show_plan(plan)
        self.formats.chosen.connect(lambda: self.read_as.emit(self.formats.selected))
        for choice in (self.labels, self.splits):
            choice.chosen.connect(
                lambda: self.chosen.emit(self.labels.selected, self.splits.selected))

    def show_plan(self, plan: ImportPlan) -> None:
        """Show what would be done by now."""
        report = plan.report
        self.summary.setText(summary_words(plan))
        self.contents.setText(contents_words(plan))
        self.contents.setVisible(bool(self.contents.text()))
        self.labels.select(plan.label)
        self.splits.select(plan.split)
        self._doubts.set(first_lines([*plan.doubts, *plan.label_doubts,
                                      *map(problem_words, report.problems)]))
        self._left.set(skipped_text(report.left, ""))


class _Choice(QWidget):
    """Sources, of which one is used; nothing is shown where none was found."""

    chosen = Signal()
    """A person chose another one."""

    def __init__(self, title: str, sources: Sequence[ImportSource], none: ImportSource, *,
                 fixed: bool = False) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self.buttons: dict[str, QRadioButton] = {}
        whole = column(SectionTitle(title), spacing=tokens.SPACE_S)
        for source in (*sources, *(() if fixed else (none,))):
            whole.addLayout(self._line(source))
        self.setLayout(whole)
        if not sources:
            self.hide()

    def _line(self, source: ImportSource) -> QVBoxLayout:
        text = short(source.text)
        button = self.buttons[source.id] = QRadioButton(text.replace("&", "&&"))
        button.setToolTip(source.text if text != source.text else "")
        button.setAccessibleDescription(source.counts)
        button.clicked.connect(lambda: self.chosen.emit())
        self._group.addButton(button)
        line = column(button, spacing=0)
        if source.counts:
            line.addLayout(row(label(source.counts, "caption", wrap=True),
                               margins=(tokens.SPACE_XL, 0, 0, 0)))
        return line

    @property
    def selected(self) -> str:
        """Id of the source that is used."""
        return next((id for id, button in self.buttons.items() if button.isChecked()), "auto")

    def select(self, id: str) -> None:
        if id in self.buttons:
            self.buttons[id].setChecked(True)


class ClassNamesForm(QWidget):
    """The classes that come, each with a field for another name; of very many there is none.

    Parameters
    ----------
    objects
        How many there are of each class.
    names
        What stands in the fields, where that is not the class itself.
    known
        The classes of the project, to choose from.
    """

    def __init__(self, objects: Mapping[str, int], names: Mapping[str, str] | None = None,
                 known: Sequence[str] = (), most: int = MOST_CLASSES) -> None:
        super().__init__()
        self.fields: dict[str, QLineEdit] = {}
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name in objects if len(objects) <= most else ():
            field = self.fields[name] = QLineEdit()
            shown: QWidget = field
            if known:
                shown = box = ChoiceField()
                box.setEditable(True)
                box.setLineEdit(field)
                box.addItems(list(dict.fromkeys((*known, name))))
            field.setText((names or {}).get(name, name))
            field.setPlaceholderText(tr("left out"))
            shown.setAccessibleName(tr("Name of {name}", name=name))
            form.addRow(label(tr("{name} ({number:,})", name=name, number=objects[name])), shown)
        hint = label(tr("Another name renames a class, the same name merges two, an empty one "
                        "leaves its objects out."), "caption", wrap=True)
        self.setLayout(column(SectionTitle(tr("Classes")), hint, form, spacing=tokens.SPACE_S))
        self.setVisible(bool(self.fields))

    @property
    def rename(self) -> dict[str, str]:
        """What is called otherwise."""
        return {name: text for name, field in self.fields.items()
                if (text := field.text().strip()) != name}


class _Lines(QWidget):
    """A title over sentences; not there without any."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.text = label("", wrap=True)
        self.setLayout(column(SectionTitle(title), self.text, spacing=tokens.SPACE_S))

    def set(self, lines: Sequence[str]) -> None:
        self.text.setText("\n".join(lines))
        self.setVisible(bool(lines))


class ImportFoot(Foot):
    """The buttons below: import, not, or open the folder as a project of its own."""

    def __init__(self, *, can_open: bool) -> None:
        self.open = QuietButton(tr("Open it as a project instead"), "folder-open")
        super().__init__(tr("Import"), self.open)
        self.open.setVisible(can_open)


def short(text: str) -> str:
    """The name of a source in the width of the page: "a.csv and 5 more", or without its middle."""
    first, *others = text.split(", ")
    if len(text) > LONGEST and others:
        text = tr("{first} and {others} more", first=first, others=len(others))
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half].rstrip()} … {text[-half:].lstrip()}"


def summary_words(plan: ImportPlan) -> str:
    """ "292 images, 3 of them without labels"."""
    report = plan.report
    number = report.sounds if report.of_sounds else report.images
    text = count(number, "sound" if report.of_sounds else "image")
    if report.of_sounds and report.annotations:
        text += tr(" and {tables} of labels", tables=count(report.annotations, "table"))
    if not report.unlabelled:
        return text + (tr(", all labelled") if number > 1 else tr(", labelled"))
    if report.unlabelled == number:
        return text + tr(", none labelled") if number > 1 else text + tr(", not labelled")
    return text + tr(", {unlabelled:,} without labels", unlabelled=report.unlabelled)


def problem_words(problem: Problem) -> str:
    """ "a.txt, line 4: there is no class 7 …": what is wrong, and where."""
    name = problem.path.replace("\\", "/").rpartition("/")[2]
    if not name or name in problem.reason:
        return problem.reason
    where = name if problem.line is None else tr("{name}, line {line}", name=name,
                                                 line=problem.line)
    return f"{where}: {problem.reason}"


def first_lines(lines: Sequence[str]) -> list[str]:
    """The first of many lines, and how many more there are; the Log has them all."""
    shown = list(lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        shown.append(tr("… and {more:,} more", more=len(lines) - MOST_LINES))
    return shown


def contents_words(plan: ImportPlan) -> str:
    """ "COCO · 3,943 objects of 3 classes: RBC (3,700), WBC, Platelets"; "" for sounds."""
    if plan.report.of_sounds:
        return ""
    classes = [f"{name} ({number:,})" for name, number in plan.objects.most_common()]
    if not classes:
        return plan.title if plan.format != "voc" else ""
    objects = count(sum(plan.objects.values()), "object")
    return tr("{format} · {objects} of {classes}: {names}", format=plan.title, objects=objects,
              classes=count(len(classes), "class"), names=listed(classes, 8))
