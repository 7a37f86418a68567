"""The things that were followed through the frames of a video: when each was seen, and what was
counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread
from workbench.core.text import tr
from workbench.core.video import time_text
from workbench.evaluation.counting import CountingPlace, Tally
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import FollowedThing, Saving, TrackRow
from workbench.gui.app.csv_table import write_rows
from workbench.gui.background.threads import worker
from workbench.gui.predict.table import Prediction, shown
from workbench.gui.widgets import LinkButton, column, label, row
from workbench.gui.widgets.tables import Column, Records
from workbench.project.counting import (
    EVENT_COLUMNS,
    SUM_COLUMNS,
    event_rows,
    sum_rows,
    track_numbers,
)
from workbench.project.measurements.film_predictions import (
    POSITIONS,
    TRACKS,
    FilmMeasurer,
    count_film,
)
from workbench.project.measurements.tracks import TrackRules

_SOON_MS = 400
UNSURE = 0.1
"""What has a lower score than the slider says goes on with a thing that was seen before."""


class FilmFound(NamedTuple):
    """What was followed through a video: the things, the number of each by frame and row of the
    answer, and what was counted."""

    tracks: Sequence[FollowedThing]
    numbers: Mapping[tuple[int, int], int]
    tally: Tally

    def with_numbers(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of a frame, which says which thing is which."""
        return {**item, "tracks": [self.numbers.get((item["frame"], row), 0)
                                   for row in range(len(item["labels"]))]}


def with_unsure(limits: Mapping[str, float]) -> dict[str, float]:
    """The sliders' values, with a score so low that what was seen before is seen on."""
    return {**limits, "score": min(UNSURE, limits.get("score", UNSURE))}


def film_answers(display: PredictionDisplay, rows: Sequence[Prediction],
                 limits: Mapping[str, float], check: Callable[[], None]) -> list[Mapping[str, Any]]:
    """The answers in which things are followed, at the sliders' values, with the unsure ones."""
    low = with_unsure(limits)
    answers = []
    for item in rows:
        check()
        answers.append(shown(display, item, low))
    return answers


def follow_film(display: PredictionDisplay, saving: Saving, rows: Sequence[Prediction],
                limits: Mapping[str, float], places: Sequence[CountingPlace],
                rules: TrackRules, check: Callable[[], None],
                tracks: Sequence[FollowedThing] | None = None) -> FilmFound:
    """Follow what was found in a video, unless that is known, and count it; for any thread."""
    assert saving.tracks is not None
    answers = film_answers(display, rows, limits, check)
    if tracks is None:
        tracks = saving.tracks(answers, limits.get("score", UNSURE))
    check()
    numbers = {(rows[at].frame, row): number
               for (at, row), number in track_numbers(tracks).items()}
    return FilmFound(tracks, numbers, count_film(answers, tracks, places, rules, check=check))


class Following(QObject):
    """Follows and counts soon after something changed."""

    done = Signal()
    """There is something else in :attr:`found`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.found: FilmFound | None = None
        """What is known of the video that is shown; None for nothing yet."""
        self._known: tuple[object, Sequence[FollowedThing]] | None = None
        self._key: object = None
        self._worker = worker(self, "predict-tracks")
        self._ask: Callable[[BackgroundThread], FilmFound] | None = None
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._soon.timeout.connect(self._start)

    def ask(self, display: PredictionDisplay, saving: Saving, rows: Sequence[Prediction],
            limits: Mapping[str, float], places: Sequence[CountingPlace],
            rules: TrackRules) -> None:
        """Look for the things in these frames; many calls are one look. Where only the lines and
        zones are others, or the rules by which they are measured, it is counted anew at once."""
        frames, now, drawn = list(rows), dict(limits), tuple(places)
        key = (frames[0].file if frames else "", len(frames), tuple(sorted(now.items())))
        tracks = self._known[1] if self._known is not None and self._known[0] == key else None
        self._key = key
        self._ask = lambda thread: follow_film(display, saving, frames, now, drawn, rules,
                                               thread.check, tracks)
        self._soon.start(0 if tracks is not None else _SOON_MS)

    def clear(self) -> None:
        self._soon.stop()
        self._worker.cancel(0.0)
        self.found = self._known = None
        self.done.emit()

    def _start(self) -> None:
        if self._ask is not None:
            key = self._key
            self._worker.start(self._ask, lambda found: self._take(key, found))

    def _take(self, key: object, found: FilmFound) -> None:
        self._known, self.found = (key, found.tracks), found
        self.done.emit()


def write_tracks(files: Iterable[str], follow: Callable[[str], FilmFound], kind: str,
                 path: Path) -> str:
    """Write a CSV table of the "tracks", "events" or "counts" that ``follow`` finds in videos; what
    is said then, "" where there is no row.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    columns, make = _TABLES[kind]

    def rows() -> Iterator[Sequence[Any]]:
        yield columns
        for file in files:
            yield from make(file, follow(file))

    return write_rows(path, rows())


def write_measured(films: Mapping[str, Sequence[Prediction]], follow: Callable[[str], FilmFound],
                   measurer: FilmMeasurer, kind: str, path: Path,
                   check: Callable[[], object]) -> str:
    """Write a CSV table of the tracks, measured, or of their positions ("positions"); returns and
    raises as :func:`write_tracks`. ``films`` are the frames of each video."""
    for file, frames in films.items():
        found = follow(file)
        shown_frames = [{"file": file, "frame": item.frame, "time": item.time} for item in frames]
        measurer.add(file, found.tracks, shown_frames, found.tally.places, check)
    return write_rows(path, measurer.rows(POSITIONS if kind == POSITIONS else TRACKS))


_TABLES: Mapping[str, tuple[Sequence[str], Callable[[str, FilmFound], Iterable[Sequence[Any]]]]] = {
    "tracks": (("file", *TrackRow._fields),
               lambda file, found: [(file, *track.row) for track in found.tracks]),
    "events": (EVENT_COLUMNS, lambda file, found: event_rows(file, found.tally)),
    "counts": (SUM_COLUMNS, lambda file, found: sum_rows(file, found.tally)),
}


def sums_text(tracks: Sequence[TrackRow]) -> str:
    """How many things of each class there were: "12 dog, 3 cat"."""
    return ", ".join(f"{number:,} {name}" for name, number in Counter(
        track.label for track in tracks).most_common())


_COLUMNS = (
    Column("Thing", lambda track: (track.label.casefold(), track.track),
           lambda track: f"{track.label} {track.track}"),
    Column("First seen", lambda track: track.first_time,
           lambda track: time_text(track.first_time)),
    Column("Last seen", lambda track: track.last_time, lambda track: time_text(track.last_time)),
    Column("Frames", lambda track: track.frames, lambda track: f"{track.frames:,}"),
    Column("Score", lambda track: track.score, lambda track: f"{track.score:.2f}"),
)


class TrackList(QWidget):
    """The things of the video that is shown."""

    wanted = Signal(int)
    """(frame) a thing was clicked: the number of the frame in which it is first seen."""
    trajectories_wanted = Signal()
    """Where all of them went is to be shown."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Records(_COLUMNS, tr("Tracks of the video"))
        self.sums = label("", "caption")
        self.trajectories = LinkButton(tr("Show paths"), run=self.trajectories_wanted.emit, tip=tr(
            "Where all of them went, over the first frame of the video"))
        self.trajectories.hide()
        self.setLayout(column(row(self.sums, 1, self.trajectories), self.table, spacing=0))
        self.table.picked.connect(lambda track: self.wanted.emit(track.first_frame))

    def show_tracks(self, tracks: Sequence[TrackRow] | None) -> None:
        """Show these; None where they are not known yet."""
        self.table.show_records(tracks or ())
        self.trajectories.setVisible(bool(tracks))
        self.sums.setText("" if tracks is None else
                          sums_text(tracks) or tr("Nothing was seen for long enough"))
