"""The time budget of a project's videos: how often and how long what happens, by class and
subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from workbench.core.annotation import LabeledObject
from workbench.core.arrays import Float64Array
from workbench.core.errors import Problem, UsageError, WorkbenchError
from workbench.core.events import Span, nearest, span_of, subject_of
from workbench.core.paths import is_folder
from workbench.core.progress import ProgressCallback
from workbench.core.text import count, tr
from workbench.core.video import VIDEO_SUFFIXES, time_text
from workbench.project.library.events import read_events_beside
from workbench.project.library.scan import find_media, sort_naturally
from workbench.project.measurements.film_labels import length_of, times_of

BUDGET_COLUMNS = ("file", "class", "subject", "kind", "count", "per_minute", "total_s", "share",
                  "mean_s", "median_s", "first_s", "observed_s")
_STEPS = 1000  # of each video in the progress


class BudgetRow(NamedTuple):
    """One class of one subject in one video, or in all of them."""

    key: str
    """The video; "" for all."""
    label: str
    subject: str
    moment: bool
    """Whether all of its events are moments."""
    events: int
    """How many there are."""
    total: float
    """Seconds in which it happens; time in which two of its events overlap counts once."""
    mean: float | None
    median: float | None
    """Seconds of an event; None of moments."""
    first: float | None
    """Seconds until the first begins; None over several videos."""
    observed: float
    """Seconds of the video, or of all."""
    frame: int | None = None
    """The number of the frame at which the first begins."""

    @property
    def share(self) -> float:
        """Of the observed time in which it happens, 0 to 1."""
        return self.total / self.observed if self.observed else 0.0

    @property
    def per_minute(self) -> float:
        return self.events / self.observed * 60 if self.observed else 0.0

    def cells(self) -> tuple[str | int | float, ...]:
        """Of a table with :data:`BUDGET_COLUMNS`."""
        def known(value: float | None) -> float | str:
            return "" if value is None else round(value, 6)

        spans: tuple[float | str, ...] = ("", "", "", "") if self.moment else (
            round(self.total, 6), round(self.share, 6), known(self.mean), known(self.median))
        return (self.key, self.label, self.subject, "moment" if self.moment else "span",
                self.events, round(self.per_minute, 6), *spans, known(self.first),
                round(self.observed, 6))


@dataclass(slots=True)
class TimeBudget:
    """What was found in the videos that have a table of events; where nobody noted anything, that
    is no observation."""

    rows: list[BudgetRow] = field(default_factory=list)
    """By video, class and subject."""
    observed: dict[str, float] = field(default_factory=dict)
    """Seconds of each video."""
    problems: list[Problem] = field(default_factory=list)
    unended: int = 0
    """Events that nobody ended; each lasts until the end of its video."""
    durations: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    """Of all spans, by class and subject."""

    def over_all(self) -> list[BudgetRow]:
        """The same over all videos together."""
        whole = sum(self.observed.values())
        found: dict[tuple[str, str], list[BudgetRow]] = {}
        for item in self.rows:
            found.setdefault((item.label, item.subject), []).append(item)
        return [BudgetRow(
            "", label, subject, all(item.moment for item in some),
            sum(item.events for item in some), sum(item.total for item in some),
            *_middle(self.durations.get((label, subject), [])), None, whole)
            for (label, subject), some in found.items()]

    def table(self, rows: Iterable[BudgetRow]) -> Iterator[Sequence[object]]:
        """Rows for a CSV file, the titles first."""
        yield BUDGET_COLUMNS
        for item in rows:
            yield item.cells()


def time_budget(folder: Path, *, classes: Sequence[str] = (),
                progress: ProgressCallback = lambda done, total: None) -> TimeBudget:
    """Sum up the events of the videos of the project ``folder``, as they are on disk. What still
    runs ends with its video.

    Parameters
    ----------
    classes
        Which are summed up; all without any.
    progress
        Called with how much is done and the total; what it raises ends the work.

    Raises
    ------
    UsageError
        If there is no such folder.
    """
    if not is_folder(folder):
        raise UsageError("there is no such folder", path=folder)
    from workbench.project.video_check import events_without_video

    budget = TimeBudget()
    keys = sort_naturally(find_media(folder, VIDEO_SUFFIXES))
    for number, key in enumerate(keys):
        def tell(share: float = 0.0, number: int = number) -> None:
            progress(int((number + share) * _STEPS), len(keys) * _STEPS)

        tell()
        try:
            events = read_events_beside(folder / key)
            if events:
                times = times_of(folder / key, folder, tell, budget.problems)
                _add(budget, key, [item for item in events
                                   if not classes or item.label in classes], times)
        except WorkbenchError as error:
            budget.problems.append(Problem(str(folder / key), "unreadable", error.sentence()))
    budget.problems.extend(events_without_video(folder))
    progress(len(keys) * _STEPS, len(keys) * _STEPS)
    return budget


def _add(budget: TimeBudget, key: str, events: Sequence[LabeledObject], times: Float64Array,
         ) -> None:
    observed = budget.observed[key] = length_of(times)
    found: dict[tuple[str, str], list[Span]] = {}
    for item in events:
        span = span_of(item)
        budget.unended += span.runs
        found.setdefault((item.label, subject_of(item)), []).append(
            span.ended(max(span.start, observed)) if span.runs else span)
    for (label, subject), spans in sorted(found.items()):
        lengths = [span.duration for span in spans if not span.moment]
        budget.durations.setdefault((label, subject), []).extend(lengths)
        first = min(span.start for span in spans)
        budget.rows.append(BudgetRow(
            key, label, subject, not lengths, len(spans), _covered(spans, observed),
            *_middle(lengths), first, observed,
            nearest(times.tolist(), first) if len(times) else None))


def _middle(lengths: Sequence[float]) -> tuple[float | None, float | None]:
    return (fmean(lengths), median(lengths)) if lengths else (None, None)


def _covered(spans: Sequence[Span], observed: float) -> float:
    """Seconds of the video in which at least one of them is."""
    total, until = 0.0, 0.0
    for span in sorted(spans, key=lambda span: span.start):
        start, end = max(span.start, until), min(span.end, observed)
        if end > start:
            total += end - start
            until = end
    return total


def budget_words(budget: TimeBudget) -> str:
    """What the shares are of: "2 videos with events, 12:03.00 observed, 1 event not ended"."""
    words = tr("{videos} with events, {time} observed", videos=count(len(budget.observed), "video"),
               time=time_text(sum(budget.observed.values())))
    if not budget.unended:
        return words
    return tr("{words}, {events} not ended", words=words, events=count(budget.unended, "event"))
