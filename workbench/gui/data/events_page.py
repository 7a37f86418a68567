"""The time budget of a project's videos: how often and how long what happens, by class and
subject."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.core.progress import ProgressCallback
from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.app.csv_table import ask_table, write_rows
from workbench.gui.app.saved import say_saved
from workbench.gui.background.threads import worker
from workbench.gui.data.findings import PLACE
from workbench.gui.data.measuring import measured
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    EmptyState,
    ProgressLine,
    QuietButton,
    column,
    keep_room,
    label,
    row,
)
from workbench.gui.widgets.key_words import with_keys
from workbench.gui.widgets.tables import Column, Records
from workbench.project.measurements.time_budget import (
    BudgetRow,
    TimeBudget,
    budget_words,
    time_budget,
)
from workbench.project.session import Session

BY_VIDEO, TOGETHER = "videos", "together"
_SOON_MS = 600


def _columns(*, by_video: bool) -> list[Column]:
    """The columns of a table of :class:`BudgetRow`."""
    def of(value: float | None) -> str:
        return "" if value is None else f"{value:.2f}"

    def spans(name: str) -> tuple[Callable[[BudgetRow], Any], Callable[[BudgetRow], str]]:
        return (lambda item: -1.0 if item.moment else getattr(item, name) or 0.0,
                lambda item: "" if item.moment else of(getattr(item, name)))

    found = [Column(tr("Class"), lambda item: item.label.casefold(), lambda item: item.label),
             Column(tr("Subject"), lambda item: item.subject.casefold(),
                    lambda item: item.subject),
             Column(tr("Events"), lambda item: item.events, lambda item: f"{item.events:,}",
                    figure=True),
             Column(tr("Per minute"), lambda item: item.per_minute,
                    lambda item: of(item.per_minute),
                    tr("Events per minute of the observed time"), figure=True),
             Column(tr("Total (s)"), *spans("total"),
                    tr("Time in which it happens; where events of one subject overlap, "
                       "that time counts once"),
                    figure=True),
             Column(tr("Share"), spans("share")[0],
                    lambda item: "" if item.moment else f"{item.share:.1%}",
                    tr("Of the observed time, which is that of the whole video"), figure=True),
             Column(tr("Mean (s)"), *spans("mean"), tr("Of one event"), figure=True),
             Column(tr("Median (s)"), *spans("median"), tr("Of one event"), figure=True)]
    if by_video:
        found.insert(0, Column(tr("Video"), lambda item: item.key,
                               lambda item: PurePosixPath(item.key).name,
                               tr("A click on a row leads there")))
        found.append(Column(tr("Latency (s)"), lambda item: item.first or 0.0,
                            lambda item: of(item.first), tr("From the beginning of the video to "
                                                            "the first event"),
                            figure=True))
    return found


def _budget(folder: Path, progress: ProgressCallback) -> TimeBudget:
    return time_budget(folder, progress=progress)


class EventsPage(QWidget):
    """Sums up in the background while it is shown, again when events were changed."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._connections = Connections()
        self.budget: TimeBudget | None = None
        """What was found last, or None."""
        self._current, self._failure = False, ""
        self._worker, self._writer = worker(self, "time-budget"), worker(self, "keep-budget")
        self.title = label("", "heading")
        self.line = ProgressLine()
        keep_room(self.line)
        self.kinds = ChipGroup()
        self.kinds.add(BY_VIDEO, tr("By video"))
        self.kinds.add(TOGETHER, tr("All videos together"))
        self.kinds.changed.connect(lambda _kind: self._fill())
        self.save_button = QuietButton(tr("Save as CSV…"), "save", run=self.save, tip=tr(
            "Write what is listed as a table"))
        self.stop_button = QuietButton(tr("Cancel"), "close", run=self.stop)
        self.view = Records([], tr("Time budget"), -1)
        self.view.picked.connect(self._go_to)
        self.empty = EmptyState("clock", "", "", "", run=self._again)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.view)
        self._pages.addWidget(self.empty)
        edge = tokens.SPACE_L
        self.setLayout(column(
            row((self.title, 1), self.stop_button, self.kinds, self.save_button), self.line,
            (self._pages, 1), margins=(edge, edge, edge, edge)))
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self.measure)
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def _session_changed(self) -> None:
        session = self._context.session
        if session is self._session and session is not None:
            return
        self._connections.end()
        self._worker.cancel(0.0)
        self._session, self.budget, self._failure = session, None, ""
        if session is not None:
            self._connections.add(session.saver.saved.connect(lambda _key: self._outdated()))
        self._outdated()
        self._fill()

    def _outdated(self) -> None:
        self._current = False
        if self.isVisible():
            self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._current = False  # other programs write tables, too
        self._soon.start(0 if self.budget is None else _SOON_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._soon.stop()

    def measure(self) -> None:
        """Sum up what is saved by now."""
        session = self._session
        if session is None or self._current:
            return
        self._current, self._failure = True, ""
        self._worker.start(partial(measured, session, partial(_budget, session.folder), self.line),
                           self._take, self._failed)
        self._fill()

    def _again(self) -> None:
        self._current = False
        self.measure()

    def stop(self) -> None:
        """Give up; what was summed up before stays."""
        self._worker.cancel(0.0)
        self._failure = tr("It was cancelled.") if self.budget is None else ""
        self._current = self.budget is None  # else it is done when it is looked at again
        self._fill()

    def _take(self, budget: TimeBudget) -> None:
        told = {item.reason for item in self.budget.problems} if self.budget is not None else ()
        self.budget = budget
        for item in budget.problems:
            if item.reason not in told:  # it is summed up again after each change
                self._context.log.add("warn", item.reason)
        self._fill()

    def _failed(self, sentence: str) -> None:
        self._failure = sentence
        self._fill()

    @property
    def rows(self) -> list[BudgetRow]:
        """What is listed."""
        if self.budget is None:
            return []
        return self.budget.rows if self.kinds.selected == BY_VIDEO else self.budget.over_all()

    def _fill(self) -> None:
        budget, busy = self.budget, self._worker.busy
        some = budget is not None and bool(budget.rows)
        self.line.setVisible(busy)
        self.stop_button.setVisible(busy)
        for part in (self.kinds, self.save_button):
            part.setVisible(some)
        self._pages.setCurrentWidget(self.view if some else self.empty)
        words = budget_words(budget) if budget is not None and some else ""
        if budget is not None and budget.problems and some:
            words += " · " + tr("{problems} in the Log",
                                problems=count(len(budget.problems), "problem"))
        self.title.setText(words)
        self.view.show_columns(_columns(by_video=self.kinds.selected == BY_VIDEO), self.rows, -1,
                               falling=False)
        if not some:
            self._say_empty(busy)

    def _say_empty(self, busy: bool) -> None:
        if busy:
            self.empty.set_text(tr("Summing up the events…"), "", "")
        elif self._failure:
            self.empty.set_text(tr("The events were not summed up"), self._failure, tr("Try again"))
        else:
            self.empty.set_text(tr("No events yet"), with_keys(tr(
                "Note events in Videos (<videos.events>), or read them there from BORIS or ELAN. "
                "Then this shows the time budget: how often and how long what happens, its share "
                "of the time, and when it happens first.")), "")

    def _go_to(self, item: BudgetRow) -> None:
        """Show the first of them."""
        if item.key:
            self._context.go("videos", ImageTarget(item.key, back=PLACE, frame=item.frame))

    def save(self) -> None:
        """Ask where, and write what is listed."""
        budget, rows = self.budget, self.rows
        path = ask_table(self, "time-budget.csv") if rows else None
        if budget is None or path is None:
            return
        if not path.suffix:
            path = path.with_suffix(".csv")
        self._writer.start(lambda _thread: write_rows(path, budget.table(rows)),
                           lambda words: say_saved(self._context, words, path),
                           lambda sentence: self._context.say("bad", sentence))

    def end(self) -> None:
        """End the threads."""
        self._worker.cancel()
        self._writer.cancel()
