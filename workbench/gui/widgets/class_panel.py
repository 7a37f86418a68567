"""The classes of the project: choose, add, rename, merge, recolour and remove them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QResizeEvent, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import IconButton, ProgressLine, SectionTitle, column, label, row
from workbench.gui.widgets.class_colors import ClassColors, ask_color
from workbench.gui.widgets.class_model import (
    ClassEditor,
    ClassMarks,
    ClassModel,
    ClassUse,
    CountedEditor,
)
from workbench.gui.widgets.confirm import Confirm
from workbench.gui.widgets.menu import Menu
from workbench.gui.widgets.new_class_field import NewClassField
from workbench.gui.widgets.row_view import COLOR_ROLE, RowView

if TYPE_CHECKING:
    from workbench.project.open_project import StepOutcome
    from workbench.project.session import Session

COUNT_MS = 100


class ClassPanel(QWidget):
    """Lists the classes with colour, count and key.

    A click makes a class the one of what is marked next; a double click or Enter also gives it to
    what is selected.
    """

    filter_wanted = Signal(str)
    """(class) show what has it."""
    letter_held = Signal(str)
    """(letter) a key is held down while the field for a new class waits empty: it is meant for the
    place, not for a name."""
    named = Signal()
    """A class was added, and the field for it is gone."""
    refused = Signal(str)
    """(sentence) why something was not done."""
    changed_everywhere = Signal()
    """A class was renamed, merged or removed in the whole project, as the last step."""

    def __init__(self, editor: ClassEditor, theme: Theme, colors: ClassColors,
                 parent: QWidget | None = None, *, use: ClassUse,
                 marks: ClassMarks | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._use = use
        self._session: Session | None = None
        self._connections = Connections()
        self._marks = marks
        self.model = ClassModel(editor, colors, use, marks)
        self._make_list(theme)
        self._make_field()
        self.confirm = Confirm(self)
        self._question: Callable[[], str] = lambda: ""
        self._asked_of = ""
        self.working = label("", "caption", wrap=True)
        self.progress = ProgressLine()
        self._show_work("", None)
        self.hint = label(use.hint, "caption", wrap=True)
        title = SectionTitle(tr("Classes"))
        title.add(self.add_button)
        edge = tokens.SPACE_L
        self.setLayout(column(
            column(title, margins=(edge, 0, tokens.SPACE_S, 0)), self.view,
            row(self.field, margins=(edge, 0, edge, 0)),
            column(self.working, self.progress, margins=(edge, 0, edge, 0),
                   spacing=tokens.SPACE_XS),
            row(self.hint, margins=(edge, 0, edge, 0)), spacing=tokens.SPACE_XS))
        self._counting = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._counting.timeout.connect(self._load)
        editor.class_changed.connect(self.model.redraw)
        if use.here is not None:
            counted = cast(CountedEditor, editor)
            counted.objects_changed.connect(self.model.count_here)
            counted.sample_changed.connect(self.model.count_here)
        colors.changed.connect(self.model.redraw)
        if marks is not None:
            marks.changed.connect(self.model.redraw)
            self.view.mark_clicked.connect(self._switch)
        self._load()

    def _make_list(self, theme: Theme) -> None:
        self.model.renamed.connect(self.rename)
        self.view = RowView(theme, self.model, tr("Classes"), kept=8)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.view.clicked.connect(lambda index: self._pick(index.row()))
        # not "activated": on some desktops that is a single click
        self.view.doubleClicked.connect(lambda index: self._give(index.row()))
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            QShortcut(key, self.view, context=Qt.ShortcutContext.WidgetShortcut).activated.connect(
                lambda: self._give(self.view.currentIndex().row()))
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)

    def _make_field(self) -> None:
        """The button for a new class, and the field for its name."""
        self.add_button = IconButton("plus", tr("Add a class"), side=tokens.SPACE_XL)
        self.add_button.clicked.connect(self.begin_adding)
        self.field = NewClassField()
        self.field.setPlaceholderText(tr("Name of the new class"))
        self.field.setToolTip(
            tr("Enter adds the class, with Shift it adds it and asks for another; Escape closes "
               "the field") if self._use.drawn else
            tr("Enter adds the class; Escape closes the field"))
        self.field.setAccessibleName(tr("Name of the new class"))
        self.field.returnPressed.connect(self._add)
        self.field.left.connect(self._leave_field)
        self.field.letter_held.connect(self.letter_held)
        self.field.hide()

    def set_session(self, session: Session | None) -> None:
        """Show the classes of another project."""
        self._connections.end()
        self._session = session
        self.confirm.dismiss()
        self._leave_field()
        self._show_work("", None)
        if session is not None:
            self._connections.add(
                *self._use.listen(session, self._counting.start),
                session.classes.changed.connect(self._load),
                self._use.source(session).finished.connect(self._counting.start),
                session.progress.connect(self._progressed),
                session.step_finished.connect(self._finished),
            )
        self._load()

    def _load(self) -> None:
        session = self._session
        self.model.load(session)
        if self._use.here is not None:  # the panel may come after the sample
            self.model.count_here()
        scanning = session is not None and self._use.source(session).scanning
        self.hint.setText(tr("Looking for classes …") if scanning else tr(self._use.hint))
        self.hint.setVisible(session is not None and not len(session.classes))
        self.add_button.setEnabled(session is not None)
        if session is not None and self._editor.current_class not in session.classes:
            names = session.classes.names
            self._editor.set_current_class(names[0] if names else "")
        self._ask_again()

    # --- what a person does ---------------------------------------------------------------------

    def _pick(self, row: int) -> None:
        self._editor.set_current_class(self.model.name(row))

    def _give(self, row: int) -> None:
        if 0 <= row < self.model.rowCount():
            self._editor.choose_class(self.model.name(row))

    def _switch(self, row: int, mark: str) -> None:
        """Hide or lock the class of a row, or do so no more."""
        if self._marks is not None:
            name = self.model.name(row)
            (self._marks.toggle_hidden if mark == "hidden" else self._marks.toggle_locked)(name)

    def begin_adding(self) -> None:
        """Offer a field for the name of a new class."""
        self.field.clear()
        self.field.setPlaceholderText(tr("Name of the new class"))
        self.field.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _leave_field(self) -> None:
        self.field.hide()

    def _add(self) -> None:
        """Add the class. The field stays for the next one, until it is left empty; where things
        are drawn, only where that is asked for."""
        name = self.field.text().strip()
        if not name or self._session is None:
            self._leave_field()
            return
        self._guarded(lambda session: session.add_class(name))
        self._editor.set_current_class(name)
        if self._use.drawn and not self.field.asks_for_another:
            self._leave_field()
            self.named.emit()
            return
        self.field.clear()
        self.field.setPlaceholderText(tr("Another class, or Esc"))

    def rename(self, old: str, new: str) -> None:
        """Rename a class in the whole project; where ``new`` exists, ask whether to merge."""
        session = self._session
        if session is None:
            return
        if new not in session.classes:
            self._rename(old, new)
            return
        self._ask(
            old, lambda: tr("Merge “{old}” ({words}) into “{new}”?",
                            old=old, words=self._use.words(self.model.count_of(old)), new=new)
                            if {old, new} <= set(session.classes) else "",
            tr("Merge"), lambda: self._rename(old, new))

    def _ask(self, name: str, question: Callable[[], str], word: str,
             act: Callable[[], object], *, danger: bool = False) -> None:
        """Ask below the row of class ``name``; ``question`` gives "" when there is nothing to
        ask any more."""
        self._question, self._asked_of = question, name
        host = self.parentWidget() or self
        if self.confirm.parentWidget() is not host:
            self.confirm.setParent(host)
        self.confirm.ask(question(), word, act, danger=danger)
        self._place_question()

    def _ask_again(self) -> None:
        """Classes or counts are others: keep the open question true, or take it back."""
        if self.confirm.isHidden():
            return
        words = self._question()
        if not words:
            self.confirm.dismiss()
        elif words != self.confirm.text:
            self.confirm.set_text(words)
            self._place_question()

    def _place_question(self) -> None:
        """Right below its row, or as near as the panel's room allows."""
        host = self.confirm.parentWidget()
        if host is None or self.confirm.isHidden() or self._asked_of not in self.model.names:
            return
        gap = tokens.SPACE_S
        width = host.width() - 2 * gap
        height = max(self.confirm.heightForWidth(width), self.confirm.minimumSizeHint().height())
        under = self.view.visualRect(self.model.index(self._row(self._asked_of))).bottomLeft()
        top = self.view.viewport().mapTo(host, under).y() + 2
        self.confirm.setGeometry(gap, max(gap, min(top, host.height() - height - gap)),
                                 width, height)
        self.confirm.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_question()

    def _rename(self, old: str, new: str) -> None:
        current = self._editor.current_class
        self._everywhere(lambda session: self._use.rename(session, old, new))
        if current == old and self._session is not None and new in self._session.classes:
            self._editor.set_current_class(new)

    def remove(self, name: str) -> None:
        """Remove a class; where it has boxes, ask first."""
        count = self.model.count_of(name)
        if not count:
            self._everywhere(lambda session: self._use.remove(session, name))
            return
        session = self._session
        self._ask(
            name, lambda: tr("Remove “{name}” and delete its {words} everywhere?",
                             name=name, words=self._use.words(self.model.count_of(name)))
            if session is not None and name in session.classes else "",
            tr("Remove"),
            lambda: self._everywhere(lambda session: self._use.remove(session, name)), danger=True)

    def choose_color(self, name: str) -> None:
        """Let a person pick the colour of a class."""
        before = QColor(self.model.cell(self._row(name), COLOR_ROLE))
        ask_color(self, name, before, partial(self.set_color, name))

    def set_color(self, name: str, color: str | None) -> None:
        """Give a class a colour (``#rrggbb``), or None for the one of its place."""
        self._guarded(lambda session: session.set_class_color(name, color))

    def _progressed(self, text: str, done: int, total: int) -> None:
        """A step across the project works through the files."""
        self._show_work(tr("{upper}{value}: {done:,} of {total:,} files",
                           upper=text[:1].upper(), value=text[1:], done=done, total=total),
                        done / total if total else None)

    def _finished(self, report: StepOutcome) -> None:
        """It is through; files that had to be left as they are are told."""
        self._show_work("", None)
        if report.problems:
            first = report.problems[0]
            number = len(report.problems)
            files = count(number, "file was", "files were")
            self.refused.emit(tr("{files} left as it is: {name}, {reason}",
                                 files=files, name=Path(first.path).name, reason=first.reason)
                              if number == 1 else
                              tr("{files} left as they are, the first: {reason}",
                                 files=files, reason=first.reason))

    def _show_work(self, text: str, fraction: float | None) -> None:
        self.working.setText(text)
        self.progress.set_fraction(fraction if text else 0.0)
        self.working.setVisible(bool(text))
        self.progress.setVisible(bool(text))

    def _row(self, name: str) -> int:
        return self.model.names.index(name)

    def _everywhere(self, act: Callable[[Session], object]) -> None:
        before = self._session.undo.undo_step if self._session is not None else None
        self._guarded(act)
        if self._session is not None and self._session.undo.undo_step is not before:
            self.changed_everywhere.emit()

    def _guarded(self, act: Callable[[Session], object]) -> None:
        if self._session is None:
            return
        try:
            act(self._session)
        except WorkbenchError as error:
            self.refused.emit(str(error))

    def _menu(self, point: QPoint) -> None:
        index = self.view.indexAt(point)
        if not index.isValid() or self._session is None:
            return
        name = self.model.name(index.row())
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        items: list[tuple[str, Callable[[], object], str]] = [
            (tr("Rename"), lambda: self.view.edit(index), "F2"),
            (tr("Colour…"), lambda: self.choose_color(name), ""),
            (self._use.show, lambda: self.filter_wanted.emit(name), ""),
        ]
        if self._session.classes.is_recolored(name):
            items.insert(2, (tr("Default colour"), lambda: self.set_color(name, None), ""))
        if self._marks is not None:
            hidden, locked = self._marks.marks(name)
            items += [(tr("Show") if hidden else tr("Hide"),
                       partial(self._marks.toggle_hidden, name), ""),
                      (tr("Show only this"),
                       partial(self._marks.show_only, name, self.model.names), ""),
                      (tr("Unlock") if locked else tr("Lock"),
                       partial(self._marks.toggle_locked, name), "")]
        items.append((tr("Remove…") if self.model.count_of(name) else tr("Remove"),
                      lambda: self.remove(name), ""))
        menu.add_rows(items)
        menu.popup(self.view.viewport().mapToGlobal(point))
