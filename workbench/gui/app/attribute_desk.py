"""The attributes that the open project asks of its objects: a page to add and change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from workbench.core.attributes import KINDS, Attribute
from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    IconButton,
    LinkButton,
    PrimaryButton,
    QuietButton,
    column,
    label,
    row,
)
from workbench.gui.widgets.form import ChoiceField
from workbench.project.declared import declare_attributes

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.shell.main_window import MainWindow

_KIND_WORDS = {"text": "Text", "number": "Number", "choice": "Choice", "flag": "Yes or no"}


class AttributeDesk(QObject):
    """Lays the page over the window and takes over what was changed.

    Parameters
    ----------
    window
        Over which the page lies.
    """

    def __init__(self, window: MainWindow, context: AppContext) -> None:
        super().__init__(window)
        self._window, self._context = window, context

    def open(self) -> None:
        """Show the attributes of the open project."""
        session = self._context.session
        if session is None:
            return
        page = AttributePage(session.manifest.attributes)
        no, yes = QuietButton(tr("Cancel")), PrimaryButton(tr("Save"))
        foot = QWidget()
        foot.setLayout(row(1, no, yes))
        sheet = self._window.overlays.lay_over(tr("Attributes of objects"), page, foot)
        no.clicked.connect(sheet.close_sheet)

        def save() -> None:
            if session is not self._context.session:
                sheet.close_sheet()  # another project was opened meanwhile
                return
            try:
                declare_attributes(session, page.attributes())
            except WorkbenchError as error:
                page.tell(error.sentence())
            else:
                sheet.close_sheet()

        yes.clicked.connect(save)
        page.first.setFocus(Qt.FocusReason.OtherFocusReason)


class AttributePage(QWidget):
    """A block of fields for each attribute."""

    def __init__(self, attributes: tuple[Attribute, ...]) -> None:
        super().__init__()
        self.lines: list[AttributeLine] = []
        self._problem = label("", "caption", "bad", wrap=True)
        self._problem.hide()
        self._stack = QVBoxLayout()
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.setSpacing(tokens.SPACE_M)
        self.add = LinkButton(tr("Add an attribute"), "plus")
        self.add.clicked.connect(lambda: self._append(Attribute("")).name.setFocus())
        words = label(tr("What you want to note of objects, such as a colour. It is asked "
                         "for in “Selected”, and kept with the object in its label file."),
                      tone="soft", wrap=True)
        self.setLayout(column(words, self._stack, row(self.add, 1), self._problem, 1,
                              spacing=tokens.SPACE_M))
        for attribute in attributes or (Attribute(""),):
            self._append(attribute)

    @property
    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self.lines[0].name if self.lines else self.add

    def attributes(self) -> list[Attribute]:
        """What the fields say; lines that are empty do not count."""
        said = (line.attribute() for line in self.lines)
        return [one for one in said if one != Attribute("", one.kind)]

    def tell(self, sentence: str) -> None:
        """Say what is wrong."""
        self._problem.setText(sentence)
        self._problem.show()

    def _append(self, attribute: Attribute) -> AttributeLine:
        line = AttributeLine(attribute)
        self.lines.append(line)
        self._stack.addWidget(line)
        line.removed.connect(lambda: self._remove(line))
        return line

    def _remove(self, line: AttributeLine) -> None:
        self.lines.remove(line)
        self._stack.removeWidget(line)
        line.hide()
        line.deleteLater()


class AttributeLine(QWidget):
    """The fields of one attribute.

    Signals
    -------
    removed
        It is not wanted any more.
    """

    removed = Signal()

    def __init__(self, attribute: Attribute) -> None:
        super().__init__()
        self.name, self.choices, self.classes = QLineEdit(), QLineEdit(), QLineEdit()
        self.kind = ChoiceField()
        for kind in KINDS:
            self.kind.addItem(tr(_KIND_WORDS[kind]), kind)
        remove = IconButton("trash", tr("Remove this attribute (what objects have stays)"))
        remove.clicked.connect(self.removed)
        for field, words, tip in (
                (self.name, tr("Name"), tr("What it is called, here and in the label files")),
                (self.choices, tr("red, green, blue"), tr("What can be chosen, between commas")),
                (self.classes, tr("All classes"),
                 tr("The classes of which it is asked, between commas; empty for all"))):
            field.setPlaceholderText(words)
            field.setToolTip(tip)
            field.setAccessibleName(tip)
        self.kind.setAccessibleName(tr("What it can be"))
        self.name.setText(attribute.name)
        self._given = attribute
        self.choices.setText(_joined(attribute.choices))
        self.classes.setText(_joined(attribute.classes))
        self.kind.setCurrentIndex(KINDS.index(attribute.kind))
        head = row(self.name, self.kind, self.classes, remove, spacing=tokens.SPACE_S)
        for place, stretch in enumerate((3, 2, 3)):
            head.setStretch(place, stretch)
        self.setLayout(column(head, self.choices, spacing=tokens.SPACE_XS))
        self.kind.currentIndexChanged.connect(self._fit)
        self._fit()

    def attribute(self) -> Attribute:
        """What the fields say."""
        kind = KINDS[self.kind.currentIndex()]
        choices = _listed(self.choices, self._given.choices) if kind == "choice" else ()
        return Attribute(" ".join(self.name.text().split()), kind, choices,
                         _listed(self.classes, self._given.classes))

    def _fit(self) -> None:
        self.choices.setVisible(KINDS[self.kind.currentIndex()] == "choice")


def _joined(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _listed(field: QLineEdit, given: tuple[str, ...]) -> tuple[str, ...]:
    """The names in a field; those that were ``given`` where nothing was typed, as they may hold
    commas."""
    if field.text() == _joined(given):
        return given
    names = (" ".join(part.split()) for part in field.text().split(","))
    return tuple(dict.fromkeys(name for name in names if name))
