"""Measurements as files and in the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from workbench.core.arrays import IntArray
from workbench.core.csv_text import harmless
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.csv_table import ask_table, write_rows
from workbench.gui.app.saved import say_saved
from workbench.gui.background.threads import worker
from workbench.gui.widgets.menu import Menu
from workbench.project.measurements.crossings import crossing_rows, sum_rows
from workbench.project.measurements.rows import (
    class_rows,
    count_rows,
    object_rows,
    sample_rows,
)
from workbench.project.measurements.table import MeasuredTable
from workbench.project.measurements.tracks import TrackTable, position_rows

Listed = tuple[MeasuredTable, str, IntArray]
"""What is listed: a table, the unit of lengths, and the rows."""
POSITIONS = "positions.csv"
_TIPS = {POSITIONS: "A row for each frame in which a track is seen, for R, Python and the like",
         "crossings.csv": "A row for each time that a track crosses a line",
         "crossings-sums.csv": "How often each line is crossed by each class, in intervals as "
         "chosen in Crossings"}
"""What of the menu is there for tracks only, by the name of its file."""
Make = Callable[[MeasuredTable, str, IntArray], Iterable[Sequence[object]]]


def _positions(table: MeasuredTable, unit: str, rows: IntArray) -> Iterable[Sequence[object]]:
    assert isinstance(table, TrackTable), "of others there are none"
    return position_rows(table, unit, rows)


def _crossings(table: MeasuredTable, _unit: str, rows: IntArray) -> Iterable[Sequence[object]]:
    assert isinstance(table, TrackTable), "of others there are none"
    return crossing_rows(table, rows)


def _crossing_sums(every: float, table: MeasuredTable, _unit: str, rows: IntArray,
                   ) -> Iterable[Sequence[object]]:
    assert isinstance(table, TrackTable), "of others there are none"
    return sum_rows(table, rows, every)


class MeasuredFiles(QObject):
    """Asks where, writes on a thread, and says what was written."""

    def __init__(self, page: QWidget, context: AppContext) -> None:
        super().__init__(page)
        self._page, self._context = page, context
        self._worker = worker(self, "measurements-keep")
        self._of_tracks: dict[str, QAction] = {}
        """What of the menu is there for tracks only."""

    def menu(self, button: QWidget, listed: Callable[[], Listed | None],
             texts: Callable[[], Sequence[Sequence[str]]], every: Callable[[], float]) -> QMenu:
        """What there is to be saved of what is listed, with crossings summed up ``every`` so many
        seconds, and copied of the ``texts`` of the table that is shown."""
        menu = Menu(button)
        kinds: tuple[tuple[str, str, Make], ...] = (
            (tr("All that is listed…"), "measurements.csv", object_rows),
            (tr("Summary by class…"), "measurements-classes.csv", class_rows),
            (tr("Summary by image, sound or video…"), "measurements-samples.csv", sample_rows),
            (tr("Counts of each class…"), "counts.csv", count_rows),
            (tr("Positions of the tracks…"), POSITIONS, _positions),
            (tr("Crossings of lines…"), "crossings.csv", _crossings),
            (tr("Crossings by class and time…"), "crossings-sums.csv",
             lambda *listed: _crossing_sums(every(), *listed)))
        for text, name, make in kinds:
            action = menu.addAction(text, partial(self._save_listed, listed, name, make))
            if name in _TIPS:
                action.setToolTip(tr(_TIPS[name]))
                self._of_tracks[name] = action
        menu.setToolTipsVisible(True)
        menu.addSeparator()
        menu.addAction(tr("Copy the table shown"), lambda: self.copy(texts()))
        return menu

    def offer_tracks(self, table: MeasuredTable | None) -> None:
        """Offer what there is of tracks, where it is those that are listed."""
        lines = isinstance(table, TrackTable) and any(table.lines)
        for name, action in self._of_tracks.items():
            action.setVisible(isinstance(table, TrackTable) and (lines or name == POSITIONS))

    def _save_listed(self, listed: Callable[[], Listed | None], name: str, make: Make) -> None:
        self.save(listed(), name, make)

    def save(self, listed: Listed | None, name: str, make: Make) -> None:
        """Ask where, and write a table."""
        path = ask_table(self._page, name) if listed is not None else None
        if path is None or listed is None:
            return
        if not path.suffix:
            path = path.with_suffix(".csv")
        self._worker.start(lambda _thread: write_rows(path, make(*listed)),
                           lambda words: self._say(words, path),
                           lambda sentence: self._context.say("bad", sentence))

    def _say(self, words: str, path: Path) -> None:
        if words:
            say_saved(self._context, words, path)
        else:
            self._context.say("warn", tr("No table was written: it would have no rows."))

    def copy(self, texts: Sequence[Sequence[str]]) -> None:
        """Put a table into the clipboard, as spreadsheets take it."""
        # names of files may hold tabs and breaks of lines, which would be cells and rows
        QGuiApplication.clipboard().setText("\n".join(
            "\t".join(harmless(" ".join(cell.split())) for cell in line) for line in texts))
        self._context.say("ok", tr("{rows} copied.", rows=count(len(texts) - 1, "row")))

    def cancel(self) -> None:
        """End the thread."""
        self._worker.cancel()
