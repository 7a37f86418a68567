"""The attributes that the open project asks of its objects and images: a page to change them."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.core.attributes import KINDS, Attribute
from workbench.core.text import tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.list_page import ListItem, ListPage, lay_over
from workbench.gui.shell.overlays import Overlays
from workbench.gui.style import tokens
from workbench.gui.widgets import IconButton, column, row
from workbench.gui.widgets.inputs import ChoiceField
from workbench.project.declared_attributes import declare_attributes

_KIND_WORDS = {"text": "Text", "number": "Number", "choice": "Choice", "flag": "Yes or no"}


def ask_for_attributes(overlays: Overlays, context: AppContext) -> None:
    """Show the attributes of the open project, and take over what is changed."""
    session = context.session
    if session is not None:
        page = AttributePage(session.manifest.attributes)
        lay_over(overlays, context, tr("Attributes"), page,
                 lambda: declare_attributes(session, page.attributes()))


class AttributePage(ListPage):
    """A block of fields for each attribute."""

    def __init__(self, attributes: tuple[Attribute, ...]) -> None:
        super().__init__(
            tr("What you want to note of objects, such as a colour, or of the image as a whole, "
               "such as the weather. You fill it in beside the image; it is kept in the label "
               "file."),
            tr("Add an attribute"), tokens.SPACE_M)
        self.lines: list[AttributeLine] = []
        self.add.clicked.connect(lambda: self._append(Attribute("")).name.setFocus())
        for attribute in attributes or (Attribute(""),):
            self._append(attribute)

    @property
    def first(self) -> QWidget:
        """Where the keyboard begins."""
        return self.lines[0].name if self.lines else self.add

    def attributes(self) -> list[Attribute]:
        """What the fields say; lines that are empty do not count."""
        said = (line.attribute() for line in self.lines)
        return [one for one in said if one != Attribute("", one.kind, whole=one.whole)]

    def _append(self, attribute: Attribute) -> AttributeLine:
        return self._put(AttributeLine(attribute), self.lines)


class AttributeLine(ListItem):
    """The fields of one attribute."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__()
        self.name, self.choices, self.classes = QLineEdit(), QLineEdit(), QLineEdit()
        self.kind, self.of = ChoiceField(), ChoiceField()
        for kind in KINDS:
            self.kind.addItem(tr(_KIND_WORDS[kind]), kind)
        self.of.addItems([tr("Objects"), tr("Image")])
        self.of.setAccessibleName(tr("What it describes"))
        remove = IconButton("trash", tr("Remove this attribute (values already given are kept)"))
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
        self.of.setCurrentIndex(attribute.whole)
        head = row(self.name, self.kind, self.of, self.classes, remove, spacing=tokens.SPACE_S)
        for place, stretch in enumerate((3, 2, 2, 3)):
            head.setStretch(place, stretch)
        self.setLayout(column(head, self.choices, spacing=tokens.SPACE_XS))
        self.kind.currentIndexChanged.connect(self._fit)
        self.of.currentIndexChanged.connect(self._fit)
        self._fit()

    def attribute(self) -> Attribute:
        """What the fields say."""
        kind = KINDS[self.kind.currentIndex()]
        choices = _listed(self.choices, self._given.choices) if kind == "choice" else ()
        whole = self.of.currentIndex() == 1
        return Attribute(" ".join(self.name.text().split()), kind, choices,
                         () if whole else _listed(self.classes, self._given.classes), whole)

    def _fit(self) -> None:
        self.choices.setVisible(KINDS[self.kind.currentIndex()] == "choice")
        self.classes.setDisabled(self.of.currentIndex() == 1)


def _joined(names: tuple[str, ...]) -> str:
    return ", ".join(names)


def _listed(field: QLineEdit, given: tuple[str, ...]) -> tuple[str, ...]:
    """The names in a field; those that were ``given`` where nothing was typed, as they may hold
    commas."""
    if field.text() == _joined(given):
        return given
    names = (" ".join(part.split()) for part in field.text().split(","))
    return tuple(dict.fromkeys(name for name in names if name))
