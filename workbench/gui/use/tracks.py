"""The things that were followed through the frames of a video: when each was seen."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread
from workbench.core.text import count, tr
from workbench.core.video import time_words
from workbench.extension.saving import Saving, TrackRow
from workbench.extension.window import AnswerLook
from workbench.formats.atomic import write_atomic
from workbench.gui.background.threads import worker
from workbench.gui.style.theme import Theme
from workbench.gui.use.answers import Answer, shown
from workbench.gui.widgets import column, label
from workbench.gui.widgets.row_view import COLOR_ROLE, NOTE_ROLE, RIGHT_ROLE, RowModel, RowView

_SOON_MS = 400
UNSURE = 0.1
"""What has a lower score than the slider says goes on with a thing that was seen before."""


def film_tracks(look: AnswerLook, saving: Saving, rows: Sequence[Answer],
                limits: Mapping[str, float], check: Callable[[], None]) -> Sequence[TrackRow]:
    """Follow what was found in a video, at the sliders' values; for any thread."""
    assert saving.tracks is not None
    sure = limits.get("score", UNSURE)
    low = {**limits, "score": min(UNSURE, sure)}
    answers = []
    for item in rows:
        check()
        answers.append(shown(look, item, low))
    return saving.tracks(answers, sure)


def write_tracks(look: AnswerLook, saving: Saving, films: Mapping[str, Sequence[Answer]],
                 limits: Mapping[str, float], path: Path, thread: BackgroundThread) -> str:
    """Write a CSV table with a row for each track; what is said then.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(("file", *TrackRow._fields))
    number = 0
    for file, rows in films.items():
        for track in film_tracks(look, saving, rows, limits, thread.check):
            table.writerow((file, *track))
            number += 1
    write_atomic(path, out.getvalue().encode("utf-8-sig", "surrogatepass"))
    return tr("{rows} written to {name}.", rows=count(number, "row"), name=path.name)


def sums_words(tracks: Sequence[TrackRow]) -> str:
    """How many things of each class there were: "12 dog, 3 cat"."""
    return ", ".join(f"{number:,} {name}" for name, number in Counter(
        track.label for track in tracks).most_common())


class _Rows(RowModel):
    def __init__(self, color: Callable[[str], str]) -> None:
        super().__init__()
        self._color = color
        self.tracks: Sequence[TrackRow] = ()

    def show(self, tracks: Sequence[TrackRow]) -> None:
        self.beginResetModel()
        self.tracks = tracks
        self._count = len(tracks)
        self.endResetModel()

    def cell(self, row: int, role: int) -> Any:
        track = self.tracks[row]
        span = f"{time_words(track.first_time)} – {time_words(track.last_time)}"
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{track.label} {track.track}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("{name}, seen in {frames} from {span}; a click shows the first one",
                      name=f"{track.label} {track.track}", frames=count(track.frames, "frame"),
                      span=span)
        return {COLOR_ROLE: self._color(track.label), RIGHT_ROLE: span, NOTE_ROLE: ""}.get(role)


class TrackList(QWidget):
    """The things of the video that is shown, made anew soon after something changed.

    Signals
    -------
    counted
        (number) there are so many things; None: that is not known yet.
    wanted
        (frame) a thing was clicked: the number of the frame in which it is first seen.
    """

    counted = Signal(object)
    wanted = Signal(int)

    def __init__(self, theme: Theme, color: Callable[[str], str],
                 parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = _Rows(color)
        self.view = RowView(theme, self.model, tr("Tracks of the video"), kept=3)
        self._worker = worker(self, "predict-tracks")
        self._ask: Callable[[BackgroundThread], Sequence[TrackRow]] | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._start)
        self.sums = label("", "caption")
        self.setLayout(column(self.sums, self.view, spacing=0))
        self.view.clicked.connect(lambda index: self.wanted.emit(
            self.model.tracks[index.row()].first_frame))

    def follow(self, look: AnswerLook, saving: Saving, rows: Sequence[Answer],
               limits: Mapping[str, float]) -> None:
        """Look for the things in these frames; many calls are one look."""
        frames, now = list(rows), dict(limits)
        self._ask = lambda thread: film_tracks(look, saving, frames, now, thread.check)
        self._soon.start()

    def clear(self) -> None:
        self._soon.stop()
        self._worker.cancel(0.0)
        self.model.show(())
        self.sums.setText("")
        self.counted.emit(None)

    def _start(self) -> None:
        if self._ask is not None:
            self._worker.start(self._ask, self._take)

    def _take(self, tracks: Sequence[TrackRow]) -> None:
        self.model.show(tracks)
        self.sums.setText(sums_words(tracks) or tr("Nothing was seen for long enough"))
        self.counted.emit(len(tracks))
