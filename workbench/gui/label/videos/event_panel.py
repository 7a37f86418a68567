"""The events of a video in the panel at the right: their classes, all of them, what is chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QWidget

from workbench.core.annotation import LabeledObject
from workbench.core.classes import HOTKEYS
from workbench.core.events import COMMENT, SUBJECT, comment_of, runs_at, span_of, subject_of
from workbench.core.text import count, tr
from workbench.core.video import time_text
from workbench.gui.label.object_panel import ObjectModel, ObjectPanel
from workbench.gui.label.videos.event_editor import EventEditor, event_words
from workbench.gui.label.videos.event_lanes import span_words
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, QuietButton, SectionTitle, column, label, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.inputs import ChoiceField
from workbench.gui.widgets.key_words import keyed_tip
from workbench.gui.widgets.labels import swatch_icon
from workbench.gui.widgets.menu import Menu
from workbench.gui.widgets.new_class_field import NewClassField
from workbench.gui.widgets.row_view import (
    COLOR_ROLE,
    CURRENT_ROLE,
    KEY_ROLE,
    MARKS_ROLE,
    NOTE_ROLE,
    RIGHT_ROLE,
    Mark,
    NameModel,
    RowView,
)


class EventClassModel(NameModel):
    """The classes of events: key, colour, how many there are here, and whether they are moments."""

    def __init__(self, editor: EventEditor, colors: ClassColors) -> None:
        super().__init__()
        self._editor, self._colors = editor, colors
        self._moments: frozenset[str] = frozenset()
        self._numbers: Counter[str] = Counter()
        self._running: set[str] = set()

    def load(self) -> None:
        """Look through the events once, so that no cell has to."""
        names, self._moments = self._editor.classes
        objects, (_, now) = self._editor.objects, self._editor.now()
        self._numbers = Counter(item.label for item in objects)
        self._running = {item.label for item in objects if runs_at(item, now)}
        if len(names) != self._count:
            self.beginResetModel()
            self.names, self._count = names, len(names)
            self.endResetModel()
        elif names:
            self.names = names
            self.dataChanged.emit(self.index(0), self.index(len(names) - 1))

    def cell(self, row: int, role: int) -> Any:
        name = self.names[row]
        moment = name in self._moments
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return name
        if role == COLOR_ROLE:
            return self._colors.name(name)
        if role == RIGHT_ROLE:
            return f"{self._numbers[name]:,}" if self._numbers[name] else ""
        if role == KEY_ROLE:
            return HOTKEYS[row] if row < len(HOTKEYS) else ""
        if role == CURRENT_ROLE:
            return name in self._running
        if role == NOTE_ROLE:
            return tr("running") if name in self._running else tr("moment") if moment else ""
        if role == MARKS_ROLE:
            return (Mark("moment", "clock", moment, tr("Make its events spans of time, which start "
                                                      "and stop") if moment else
                         tr("Make its events moments, without a duration")),)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("{name}\nDouble click or Enter: as if you pressed its key\n"
                      "F2: rename it everywhere",
                      name=name)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join([name, tr("moment") if moment else tr("span of time")])
        return None


class EventModel(ObjectModel):
    """The events of the video by their start."""

    def __init__(self, editor: EventEditor, colors: ClassColors) -> None:
        super().__init__(colors)
        self._editor = editor

    def taken(self) -> tuple[Sequence[LabeledObject], Sequence[int]]:
        objects = self._editor.objects
        return objects, sorted(range(len(objects)), key=lambda at: (
            span_of(objects[at]).start, span_of(objects[at]).end))

    def right(self, item: LabeledObject) -> str:
        span = span_of(item)
        if span.moment:
            return time_text(span.start)
        return f"{time_text(span.start)}  {'…' if span.runs else f'{span.duration:.2f} s'}"

    def note(self, item: LabeledObject) -> str:
        return comment_of(item)

    def spoken(self, item: LabeledObject) -> str:
        return span_words(span_of(item))

    def cell(self, row: int, role: int) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:  # the end is cut off, and the colour says the class
            item = self._objects[self._order[row]]
            return " · ".join(filter(None, (subject_of(item), item.label)))
        if role == Qt.ItemDataRole.ToolTipRole:
            item = self._objects[self._order[row]]
            return "\n".join(filter(None, (event_words(item), span_words(span_of(item)),
                                           comment_of(item))))
        return super().cell(row, role)


class EventListPanel(ObjectPanel):
    """Lists the events of a video; a row and an event on its lane are selected together."""

    def __init__(self, editor: EventEditor, theme: Theme, colors: ClassColors) -> None:
        super().__init__(editor, theme, colors, EventModel(editor, colors), tr("Events"),
                         tr("Events of this video"), kept=5)
        self.setLayout(column(
            column(self.title, margins=(tokens.SPACE_L, 0, tokens.SPACE_L, 0)), self.view,
            spacing=tokens.SPACE_XS))
        editor.changed.connect(self.load)
        editor.selection_changed.connect(self.show_selection)
        self.load()


class SelectedEvent(QWidget):
    """Class, subject, comment and time of what is selected; hidden while nothing is."""

    def __init__(self, editor: EventEditor, colors: ClassColors) -> None:
        super().__init__()
        self._editor, self._colors = editor, colors
        self.title = SectionTitle(tr("Selected"))
        self.classes = ChoiceField()
        self.classes.setAccessibleName(tr("Class of the selected events"))
        self.classes.activated.connect(self._relabel)
        self.subject, self.comment = QLineEdit(), QLineEdit()
        self.subject.setToolTip(tr("A name, or a track’s number"))
        for field, name, words in ((self.subject, SUBJECT, tr("Subject")),
                                   (self.comment, COMMENT, tr("Comment"))):
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
            field.editingFinished.connect(partial(self._say, field, name))
        self.time = label("", "caption", wrap=True)
        self.starts = QuietButton(tr("Starts here"), run=lambda: editor.set_end(start=True))
        keyed_tip(self.starts, tr(
            "Have it start at the frame that is shown (<videos.event_start>)"))
        self.stops = QuietButton(tr("Ends here"), run=lambda: editor.set_end(start=False))
        keyed_tip(self.stops, tr(
            "Have it end at the frame that is shown (<videos.event_stop>)"))
        edge = tokens.SPACE_L
        self.setLayout(column(self.title, self.classes, self.subject, self.comment, self.time,
                              row(self.starts, self.stops, 1), margins=(edge, 0, edge, 0)))
        editor.changed.connect(self.refresh)
        editor.selection_changed.connect(self.refresh)
        self.refresh()

    @property
    def stops_of_tab(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.classes, self.subject, self.comment, self.starts, self.stops]

    def refresh(self) -> None:
        """Show what is selected."""
        item = self._editor.active
        self.setVisible(item is not None)
        if item is None:
            return
        names = self._editor.classes.names
        self.classes.clear()
        for name in names:
            self.classes.addItem(swatch_icon(self._colors.color(name)), name)
        self.classes.setCurrentIndex(names.index(item.label) if item.label in names else -1)
        for field, text in ((self.subject, subject_of(item)), (self.comment, comment_of(item))):
            if field.text() != text:
                field.setText(text)
        number = len(self._editor.selection)
        self.time.setText(span_words(span_of(item)) if number == 1 else count(number, "event"))
        self.stops.setVisible(not span_of(item).moment)

    def _relabel(self, at: int) -> None:
        self._editor.relabel(self.classes.itemText(at))

    def _say(self, field: QLineEdit, name: str) -> None:
        if self._editor.selection:
            self._editor.set_said(name, field.text().strip())


class EventPanel(QWidget):
    """All of it, in place of classes and boxes while events are noted."""

    done = Signal()
    """The keys are the video's again."""

    def __init__(self, editor: EventEditor, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self.model = EventClassModel(editor, colors)
        self.view = RowView(theme, self.model, tr("Classes of events"), kept=6)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.add_button = IconButton("plus", tr("Add a class of events"), side=tokens.SPACE_XL,
                                     run=self.begin_adding)
        self.field = NewClassField()
        self.field.setPlaceholderText(tr("Name of the new event"))
        self.field.setAccessibleName(tr("Name of the new event"))
        self.field.setToolTip(tr("Enter adds it and asks for another; Escape closes the field"))
        self.field.hide()
        self.hint = label(tr(
            "Add classes of events: grooming, feeding, a fight. The key of a class begins an event "
            "at this frame; pressed again, it ends it. The clock in its row makes its events "
            "moments."), "caption",
            wrap=True)
        self.why = label("", "caption", "bad", wrap=True)
        self.subject = QLineEdit()
        self.subject.setPlaceholderText(tr("Subject of the next events"))
        self.subject.setAccessibleName(tr("Subject of the next events"))
        keyed_tip(self.subject, tr(
            "Whom the next events are about: a name, or a track’s number. May stay empty "
            "(<videos.event_subject>; <videos.next_subject> takes the next one of this video)"))
        self.list = EventListPanel(editor, theme, colors)
        self.selected = SelectedEvent(editor, colors)
        title = SectionTitle(tr("Classes of events"))
        title.add(self.add_button)
        edge = tokens.SPACE_L
        self.setLayout(column(
            column(title, margins=(edge, 0, tokens.SPACE_S, 0)), self.view,
            column(self.field, self.why, self.hint, self.subject, margins=(edge, 0, edge, 0)),
            self.list, self.selected, spacing=tokens.SPACE_M))
        self._wire()
        self.load()

    def _wire(self) -> None:
        editor, view = self._editor, self.view
        editor.changed.connect(self.load)
        self.model.renamed.connect(editor.rename_class)
        view.doubleClicked.connect(lambda index: self._press(index.row()))
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            QShortcut(key, view, context=Qt.ShortcutContext.WidgetShortcut).activated.connect(
                lambda: self._press(view.currentIndex().row()))
        view.mark_clicked.connect(lambda row, _mark: self._switch(row))
        view.customContextMenuRequested.connect(self._menu)
        self.field.returnPressed.connect(self._add)
        self.field.left.connect(self._leave_field)
        self.subject.textChanged.connect(self._set_subject)
        for field in (self.subject, self.selected.subject, self.selected.comment):
            field.returnPressed.connect(self.done)

    @property
    def stops(self) -> list[QWidget]:
        """What Tab goes through."""
        return [self.add_button, self.view, self.field, self.subject, self.list.view,
                *self.selected.stops_of_tab]

    def load(self) -> None:
        """Show the editor's classes."""
        self.model.load()
        self.hint.setVisible(not self.model.names)
        self.why.setText(self._editor.readonly_reason)
        self.why.setVisible(bool(self._editor.readonly_reason))

    def begin_adding(self) -> None:
        """Offer a field for the name of a new class."""
        self.field.clear()
        self.field.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _add(self) -> None:
        name = self.field.text().strip()
        if not name:
            self._leave_field()
        elif self._editor.add_class(name):
            self.field.clear()
            self.field.setPlaceholderText(tr("Another one, or Esc"))

    def _leave_field(self) -> None:
        self.field.hide()
        self.done.emit()

    def _set_subject(self, text: str) -> None:
        self._editor.subject = text.strip()

    def _press(self, row: int) -> None:
        if 0 <= row < len(self.model.names):
            self._editor.press(self.model.names[row])

    def _switch(self, row: int) -> None:
        name = self.model.names[row]
        self._editor.set_moment(name, name not in self._editor.classes.moments)

    def _menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        if not index.isValid():
            return
        name = self.model.names[index.row()]
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        moment = name in self._editor.classes.moments
        menu.add_rows((
            (tr("Rename"), lambda: self.view.edit(index), "F2"),
            (tr("Make its events spans of time") if moment else tr("Make its events moments"),
             lambda: self._switch(index.row()), ""),
            (tr("Remove with its events in all videos"),
             lambda: self._editor.remove_class(name), "")))
        menu.popup(self.view.viewport().mapToGlobal(point))
