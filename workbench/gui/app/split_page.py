"""How the samples of the open project are split, and what is kept together: a page to see what
would come of it, and to split them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread
from workbench.core.errors import FormatError, UsageError, WorkbenchError
from workbench.core.signal import Connections
from workbench.core.text import capital, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.undo_action import say_done
from workbench.gui.background.threads import worker
from workbench.gui.shell.overlays import Overlays
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    PrimaryButton,
    ProgressLine,
    QuietButton,
    column,
    label,
    row,
    widget_of,
)
from workbench.gui.widgets.form import SchemaForm
from workbench.gui.widgets.tables import Column, Records
from workbench.project.datasets.splits import PARTS
from workbench.project.edits.split_steps import declare_grouping, keep_grouping
from workbench.project.grouping import NAME, Grouping
from workbench.project.grouping_schema import HELP, SCHEMA, grouping_of
from workbench.project.session import Session

if TYPE_CHECKING:
    from workbench.project.datasets.grouped_split import GroupedSplit, GroupRow, Labelled

_TABLE_ROWS, _STRETCH = 8, 100


def show_split(overlays: Overlays, context: AppContext) -> None:
    """Show how the samples of the open project are split, and split them as is chosen."""
    session = context.session
    if session is None:
        return
    page = SplitPage(session)
    close, later, split = (QuietButton(tr("Close")), QuietButton(tr("Only for samples to come")),
                           PrimaryButton(tr("Split")))
    later.setToolTip(tr("Leave everybody in the part that it is in; what is labelled from now on "
                        "joins its group"))
    sheet = overlays.lay_over(tr("How samples are split"), page, widget_of(
        row(close, 1, later, split)))

    def fit() -> None:
        split.setEnabled(page.grouped is not None)
        split.setText(tr("Split again") if page.has_split else tr("Split"))
        split.setVisible(not page.unlabelled)
        later.setVisible(page.has_split or page.unlabelled)
        later.setText(tr("Keep together") if page.unlabelled else tr("Only for samples to come"))
        later.setEnabled(page.wanted not in (None, session.manifest.grouping))

    def run(act: Callable[[], object]) -> None:
        if session is context.session:
            try:
                act()
            except WorkbenchError as error:
                page.tell(error.sentence())
                return
        sheet.close_sheet()

    def to_come() -> None:
        assert page.wanted is not None
        declare_grouping(session, page.wanted)
        say_done(context, session)

    page.changed.connect(fit)
    sheet.closed.connect(page.end)
    close.clicked.connect(sheet.close_sheet)
    later.clicked.connect(lambda: run(to_come))
    split.clicked.connect(lambda: run(lambda: page.split_again(context, session)))
    fit()
    page.form.editor("group_by").control.setFocus(Qt.FocusReason.OtherFocusReason)


class SplitPage(QWidget):
    """A form for what is kept together, and what would come of it."""

    changed = Signal()
    """:attr:`grouped` or :attr:`wanted` is another one."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._folder = session, session.folder
        self._declared = grouping = session.manifest.grouping
        self._found: Labelled | None = None
        self.wanted: Grouping | None = grouping
        """What the form says; None where its pattern does not fit."""
        self.grouped: GroupedSplit | None = None
        """How the samples would be split; None while that is found out."""
        self.form = SchemaForm(SCHEMA, grouping.values())
        self._help = label("", "caption", "soft", wrap=True)
        self.now, self.then = label("", wrap=True), label("", wrap=True)
        self.doubts = label("", "caption", "warn", wrap=True)
        self.problem = label("", "caption", "bad", wrap=True)
        self._line = ProgressLine()
        self.table = Records([
            Column(tr("Group"), lambda item: item.name, lambda item: item.name),
            *map(_part_column, PARTS),
            Column(tr("Classes"), lambda item: len(item.classes), _classes)],
            tr("Groups and their parts"), wide=4)
        self.table.setMinimumHeight(_TABLE_ROWS * tokens.CONTROL_HEIGHT)
        self._reader, self._splitter = worker(self, "read-samples"), worker(self, "split-samples")
        self._arrange()
        self.form.changed.connect(lambda _name: self._chosen())
        self._line.set_fraction(None)
        self._connections = Connections()
        self._connections.add(session.outside.split_changed.connect(self.read_again),
                              session.outside.settings_read.connect(self.read_again))
        self._reader.start(self._read, self._was_read, self.tell)
        self._chosen()

    def end(self) -> None:
        """Listen no more."""
        self._connections.end()

    def read_again(self) -> None:
        """Another program has split the samples, or said what is kept together."""
        before, self._declared = self._declared, self._session.manifest.grouping
        if self.wanted == before and self._declared != before:  # nobody has chosen another one
            self.form.set_values(self._declared.values())
        self._line.set_fraction(None)
        self._line.show()
        self._reader.start(self._read, self._was_read, self.tell)

    @property
    def has_split(self) -> bool:
        """Whether there is a split that would be replaced."""
        return self._found is not None and self._found.split is not None

    @property
    def unlabelled(self) -> bool:
        """Whether there is nothing yet that could be split."""
        return self._found is not None and not self._found.kinds

    def split_again(self, context: AppContext, session: Session) -> None:
        """Split as is shown, as a step of undo."""
        assert self._found is not None and self.grouped is not None
        push_split(context, session, self._found, self.grouped)

    def tell(self, sentence: str) -> None:
        """Say what is wrong."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))
        self._line.hide()

    def _arrange(self) -> None:
        words = label(tr("A model is judged by samples that it has not learned from. Where these "
                         "look like those that it has, as frames of one camera do, its scores are "
                         "too good."), tone="soft", wrap=True)
        self.setLayout(column(
            words, self.form, self._help, self.problem, self._line, self.now, self.then,
            self.doubts, (self.table, _STRETCH), 1, spacing=tokens.SPACE_S))
        self.problem.hide()
        self._hide_result()

    def _hide_result(self) -> None:
        for widget in (self.now, self.then, self.doubts, self.table):
            widget.hide()

    def _read(self, thread: BackgroundThread) -> Labelled:
        from workbench.project.datasets.grouped_split import Labelled

        def progress(done: int, total: int) -> None:
            thread.check()
            if done % 100 == 0:
                thread.post(lambda: self._line.set_fraction(done / total if total else None))

        try:
            return Labelled.read(self._folder, progress)
        except FormatError as error:
            error.kept = tr("“Find and mend problems…” in the menu File can move it to the trash.")
            raise

    def _was_read(self, found: Labelled) -> None:
        self._found = found
        self._chosen()

    def _chosen(self) -> None:
        """Another choice: say what it means, and what would come of it."""
        by = str(self.form.values()["group_by"])
        self.form.editor("pattern").setVisible(by == NAME)
        self._help.setText(tr(HELP[by]))
        self.grouped = None
        try:
            self.wanted = grouping_of(self.form.values())
        except UsageError as error:
            self.wanted = None
            self._splitter.cancel(0.0)
            self.tell(capital(error.sentence()) if self.form.values()["pattern"] else "")
            self._hide_result()
            self.changed.emit()
            return
        self.problem.hide()
        found, wanted = self._found, self.wanted
        if self.unlabelled:
            self._line.hide()
            self.then.setText(tr("Nothing is labelled yet. What you say here counts as soon as "
                                 "samples are split, before the first training."))
            self.then.show()
        elif found is not None:
            from workbench.project.datasets.grouped_split import current_split, new_split

            self._line.set_fraction(None)
            self._line.show()
            self._splitter.start(
                lambda _thread: (current_split(found, wanted), new_split(found, wanted)),
                self._show, self.tell)
        self.changed.emit()

    def _show(self, both: tuple[GroupedSplit | None, GroupedSplit]) -> None:
        now, self.grouped = both
        self._line.hide()
        self.now.setText("" if now is None else tr("Now: {words}", words=" ".join(
            [now.words(), *now.doubts()[:bool(now.mixed)]])))
        self.now.setVisible(now is not None)
        self.then.setText(self.grouped.words() if now is None else
                          tr("Split again: {words}", words=self.grouped.words()))
        self.then.show()
        self.doubts.setText("\n".join(self.grouped.doubts()))
        self.doubts.setVisible(bool(self.doubts.text()))
        rows = self.grouped.rows
        self.table.show_records(rows)
        self.table.setVisible(bool(rows))
        self.changed.emit()


def _part_column(part: str) -> Column:
    def number(item: GroupRow) -> int:
        return item.parts.get(part, 0)

    return Column(part, number, lambda item: f"{number(item):,}" if number(item) else "–",
                  figure=True)


def _classes(row: GroupRow) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in sorted(
        row.classes.items(), key=lambda item: -item[1]))


class SplitWorker(QObject):
    """Splits the samples of a project by what is kept together, with one click.

    Parameters
    ----------
    owner
        Ends it.
    """

    def __init__(self, context: AppContext, owner: QObject) -> None:
        super().__init__(owner)
        self._context = context
        self._worker = worker(self, "split-by-station")

    def start(self, wanted: Grouping) -> None:
        """Read the samples, split them and say what came of it, with a way back."""
        session = self._context.session
        if session is None:
            return

        def work(thread: BackgroundThread) -> tuple[Labelled, GroupedSplit]:
            from workbench.project.datasets.grouped_split import Labelled, new_split

            found = Labelled.read(session.folder, lambda _done, _total: thread.check())
            return found, new_split(found, wanted)

        def done(both: tuple[Labelled, GroupedSplit]) -> None:
            if session is self._context.session:
                try:
                    push_split(self._context, session, *both)
                except WorkbenchError as error:
                    self._context.say("bad", error.sentence())

        self._worker.start(work, done, lambda sentence: self._context.say("bad", sentence))


def push_split(context: AppContext, session: Session, found: Labelled,
               made: GroupedSplit) -> None:
    """Split the samples of an open project, as a step of undo, and say so.

    Raises
    ------
    WorkbenchError
        If the split cannot be written.
    """
    from workbench.project.datasets.splits import Split
    from workbench.project.edits.split_steps import SplitAgain

    step = SplitAgain(session.folder, found.split or Split(), made.split,
                      (session.manifest.grouping, made.grouping),
                      lambda grouping: keep_grouping(session, grouping))
    session.undo.push(step)
    words = [tr("The samples are split. {words}", words=made.words()), *made.doubts()[:1]]
    if step.kept:
        words.append(tr("The split before is still there, as “{name}”.", name=step.kept))
    if step.runs:
        words.append(tr("Models that were trained with it are judged by it: train again to be "
                        "judged by the new one."))
    say_done(context, session, " ".join(words))


def use_split(context: AppContext, name: str) -> None:
    """Use a split that was kept under a name from now on, as a step of undo, and say so."""
    session = context.session
    if session is None:
        return
    from workbench.project.edits.split_steps import SplitAgain

    try:
        step = SplitAgain.to(session.folder, name, session.manifest.grouping)
        session.undo.push(step)
    except WorkbenchError as error:
        context.say("bad", error.sentence())
        return
    words = [tr("Trainings use “{name}” from now on.", name=name)]
    if step.kept:
        words.append(tr("The split before is still there, as “{name}”.", name=step.kept))
    say_done(context, session, " ".join(words))
