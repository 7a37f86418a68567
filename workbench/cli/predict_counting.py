"""What ``workbench predict`` counts in videos: things at lines and zones, and events."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli import track_options
from workbench.cli.output import SCORE_THRESH
from workbench.cli.predict_limits import own_of
from workbench.core.csv_text import csv_text
from workbench.core.errors import UsageError
from workbench.core.paths import exists, is_file
from workbench.core.text import count
from workbench.evaluation.counting import (
    SEEN_FOR,
    CountingLine,
    CountingPlace,
    CountingZone,
    Tally,
    place_of_text,
)
from workbench.extension.saving import FollowedThing, Prediction, Saving
from workbench.extension.tasks import load, tasks
from workbench.formats.atomic import write_atomic
from workbench.formats.regular_file import open_regular
from workbench.project.counting import (
    EVENT_COLUMNS,
    SUM_COLUMNS,
    event_rows,
    sum_rows,
    track_numbers,
    with_numbers,
    words_at,
)

if TYPE_CHECKING:
    from workbench.project.measurements.tracks import TrackRules

SURE = 0.4
"""Score from which on a thing is followed unless one is asked for, or the model brings its own."""


def add(command: argparse.ArgumentParser) -> None:
    """Give ``predict`` the options for counting."""
    command.add_argument("--tracks", action="store_true",
                         help="follow things through videos; with --out: a table of when each was "
                         "seen first and last")
    command.add_argument("--line", action="append", default=[], metavar="X1,Y1,X2,Y2[,NAME]",
                         help="count what crosses this line, in pixels of the video: “in” to the "
                         "right hand of somebody looking from the first point to the second")
    command.add_argument("--zone", action="append", default=[], metavar="X,Y,X,Y,X,Y…[,NAME]",
                         help="count what enters and leaves this area, and how long it stays")
    command.add_argument("--events", type=Path, metavar="FILE",
                         help="write a table of what happened: seen, crossing, entry, exit")
    command.add_argument("--seen", type=_seconds, metavar="SECONDS",
                         help=f"of events: a thing is “seen” once it was there for so long "
                         f"(default: {SEEN_FOR:g})")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return seconds


class Counting:
    """What was counted in videos so far.

    Parameters
    ----------
    follow
        Follows things; see :attr:`workbench.extension.saving.Saving.tracks`.
    sure
        Score from which on a track begins.
    rules
        How crossings, entries and exits are counted.
    """

    def __init__(self, places: Sequence[CountingPlace], seen_for: float, saving: Saving,
                 sure: float, rules: TrackRules) -> None:
        assert saving.tracks is not None
        self.places = places
        self.tracks = 0
        """How many things were followed."""
        self._seen_for, self._follow, self._sure = seen_for, saving.tracks, sure
        self._rules = rules
        self._events: list[Sequence[Any]] = []
        self._sums: list[Sequence[Any]] = []

    def follow(self, answers: Sequence[Prediction]) -> tuple[Sequence[FollowedThing], Tally]:
        """Follow and count through one video."""
        from workbench.project.measurements.film_predictions import count_film

        tracks = self._follow(answers, self._sure)
        return tracks, count_film(answers, tracks, self.places, self._rules, self._seen_for)

    def take(self, file: str, answers: Sequence[Prediction],
             ) -> tuple[Sequence[FollowedThing], Tally]:
        """As :meth:`follow`, for the tables."""
        tracks, tally = self.follow(answers)
        self._events += event_rows(file, tally)
        self._sums += sum_rows(file, tally)
        self.tracks += len(tracks)
        return tracks, tally

    def numbered(self, file: str, answers: Sequence[Prediction],
                 ) -> tuple[list[dict[str, Any]], str]:
        """Take in a video: its answers with the numbers of the things, and the sums in words."""
        tracks, tally = self.take(file, answers)
        numbers = track_numbers(tracks)
        said = [count(len(tracks), "track"), *(
            words_at(tally, place, math.inf) if isinstance(place, CountingLine)
            else _zone_text(tally, place) for place in self.places)]
        return [with_numbers(item, at, numbers) for at, item in enumerate(answers)], "; ".join(said)

    def write_events(self, path: Path) -> None:
        """Write the table of events."""
        _write(path, EVENT_COLUMNS, self._events)

    def write_sums(self, path: Path) -> None:
        """Write the table of what was counted at each line and zone."""
        _write(path, SUM_COLUMNS, self._sums)


def _zone_text(tally: Tally, zone: CountingZone) -> str:
    sums = tally.sums(zone).values()
    visits = sum(item.visits for item in sums)
    stay = sum(item.visits * item.dwell for item in sums) / max(visits, 1)
    return (f"{zone.name}  {sum(item.ins for item in sums)} in, "
            f"{sum(item.outs for item in sums)} out, {stay:.1f} s inside on average")


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    write_atomic(path, csv_text((columns, *rows)).encode("utf-8", "surrogatepass"))


def _require_no_other(path: Path) -> None:
    """Refuse to write where something else than such a table is."""
    if not exists(path) or (is_file(path) and not path.stat().st_size):
        return
    head = ",".join(EVENT_COLUMNS).encode()
    if is_file(path):
        with open_regular(path) as stream:
            if stream.read(len(head)) == head:
                return
    raise UsageError("--events would overwrite it, and it is no table of events", path=path)


def counting_of(options: argparse.Namespace, task_id: str) -> Counting | None:
    """What the options ask for; None for nothing.

    Raises
    ------
    UsageError
        If a line or zone is none, or the task's models find nothing that could be followed.
    """
    asked = [name for name in ("tracks", "line", "zone", "events") if getattr(options, name)]
    if not asked:
        if options.seen is not None:
            raise UsageError("--seen needs a table of events: --events FILE")
        return None
    if asked == ["tracks"] and options.out is None:
        raise UsageError("--tracks needs a folder (--out DIR) or a table (--events FILE)")
    if options.events is not None:
        _require_no_other(options.events)
    task = tasks.get(task_id)
    saving: Saving | None = load(task.saving) if task.saving else None
    if saving is None or saving.tracks is None:
        raise UsageError(f"--{asked[0]} means nothing for “{task.title}”")
    return Counting(places_of(options), SEEN_FOR if options.seen is None else options.seen, saving,
                    sure_of(options), track_options.rules_of(options))


def sure_of(options: argparse.Namespace) -> float:
    """Score from which on a thing is followed."""
    own = own_of(options)
    if own is not None:
        return own
    return SURE if options.score_thresh == SCORE_THRESH else float(options.score_thresh)


def places_of(options: argparse.Namespace) -> list[CountingPlace]:
    """The lines and zones that are asked for.

    Raises
    ------
    UsageError
        If one is none.
    """
    places: list[CountingPlace] = []
    for option, kind in (("line", CountingLine), ("zone", CountingZone)):
        for text in getattr(options, option):
            try:
                places.append(place_of_text(kind, text, places))
            except ValueError as error:
                raise UsageError(f"--{option} {text}: {error}") from None
    return places
