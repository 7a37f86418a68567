"""Keeping what a model found: tables, pictures, crops and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from workbench.core.background import BackgroundThread
from workbench.core.errors import Problem, WorkbenchError
from workbench.core.skeletons import NO_SKELETONS
from workbench.core.text import count, tr
from workbench.core.video import PLACE, place_row
from workbench.extension.saving import Color, Draw, PredictionFiles, Saving
from workbench.formats.atomic import DiskErrors, new_folder
from workbench.gui.app.csv_table import write_rows
from workbench.gui.predict.tracks import FilmFound
from workbench.project.activity import PLACED, Placing
from workbench.project.counting import draw_places

if TYPE_CHECKING:
    from workbench.extension.annotation_formats import AnnotationFormat
    from workbench.project.drawn_scale_bar import ScaleBars
    from workbench.project.label_export import LabelExport
    from workbench.project.runs import RunFolder

Item = Mapping[str, Any]
Follow = Callable[[str, BackgroundThread], FilmFound]
"""From a video's path to what was followed and counted in it."""


class SavedPrediction(NamedTuple):
    """An answer as it is shown, the name for files made of it, and of a frame the video's."""

    answer: Callable[[], Item]
    name: str
    film: str = ""


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """What is to be kept, the model's classes and their colours, how many files could not be read,
    whether a second model was asked, the run of the model, what gives scale bars to what is drawn,
    and where each file was made."""

    items: Sequence[SavedPrediction]
    classes: tuple[str, ...]
    color: Callable[[str], str]
    unread: int = 0
    then: bool = False
    run: RunFolder | None = None
    bars: ScaleBars | None = None
    stations: Callable[[str], str] = lambda path: ""


def write_table(wanted: SaveRequest, saving: Saving, path: Path, *, for_files: bool,
                thread: BackgroundThread) -> str:
    """Write a CSV table, with a row for each thing found or for each file; what is said then, ""
    where there is no row.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    frames = any(item.film for item in wanted.items)
    titles = (*saving.columns, *(saving.then_columns if wanted.then else ()))
    placing = Placing(saving, wanted.stations)

    def rows() -> Iterator[Sequence[object]]:
        yield (*(PLACE if frames else PLACE[:1]),
               *(saving.sums(wanted.classes) if for_files else titles), *PLACED)
        for item in wanted.items:
            thread.check()
            answer = item.answer()
            made = [saving.sum_row(answer, wanted.classes)] if for_files else saving.rows(answer)
            for row in made:
                placed = placing.cells(answer, () if for_files else row)
                yield (*place_row(answer, frames), *row, *placed)

    return _with_unread(write_rows(path, rows()), wanted)


def write_measurements(wanted: SaveRequest, saving: Saving, project: Path, path: Path,
                       thread: BackgroundThread, tell: Callable[[int], object]) -> str:
    """Write a CSV table of how large and bright each thing is; returns as :func:`write_table`.

    Raises
    ------
    WorkbenchError
        If the disk refuses.
    """
    from workbench.project.measurements.predictions import measured_rows
    from workbench.project.run_skeletons import skeletons_of_run

    def step(done: int) -> None:
        thread.check()
        thread.post(partial(tell, done))

    skeletons = NO_SKELETONS if wanted.run is None else skeletons_of_run(wanted.run)
    answers = (item.answer() for item in wanted.items)
    return _with_unread(write_rows(path, measured_rows(saving, answers, project, skeletons, step)),
                        wanted)


def _with_unread(words: str, wanted: SaveRequest) -> str:
    """``words`` and how many files could not be read."""
    return words if not (words and wanted.unread) else tr(
        "{words} Left out: {files} that could not be read.", words=words,
        files=count(wanted.unread, "file"))


def write_files(wanted: SaveRequest, kind: PredictionFiles, folder: Path, thread: BackgroundThread,
                follow: Follow | None, tell: Callable[[int], object]) -> str:
    """Write files of each answer into a folder of ``folder``; what is said then.

    Raises
    ------
    WorkbenchError
        If the disk refuses; what was written before stays.
    """
    target = folder / kind.folder
    with DiskErrors(target):
        target.mkdir(parents=True, exist_ok=True)
    writer = _FileWriter(target, thread, tell)
    for film, items in groupby(wanted.items, lambda item: item.film if kind.draw else ""):
        if film and kind.draw is not None:
            found = None if follow is None else lambda file: follow(file, thread)
            frames = [_barred(item.answer(), wanted.bars) for item in items]
            writer.write(partial(_write_film, film, frames, target,
                                 partial(_drawn, kind.draw, wanted.color), writer.step, found),
                         frames[0]["file"], "video")
            continue
        for item in items:
            answer = _barred(item.answer(), wanted.bars)
            writer.write(partial(kind.write, answer, target, item.name, wanted.color),
                         answer["file"], kind.noun)
            writer.step()
    if kind.whole is not None:
        everything = (item.answer() for item in wanted.items)
        writer.write(partial(kind.whole, everything, target), "", kind.noun)
    return writer.words()


def _barred(answer: Item, bars: ScaleBars | None) -> Item:
    return answer if bars is None else bars.of(answer)


class _FileWriter:
    """Writes results of one file after the other into a folder, and counts what it wrote."""

    def __init__(self, folder: Path, thread: BackgroundThread,
                 tell: Callable[[int], object]) -> None:
        self._folder, self._thread, self._tell = folder, thread, tell
        self._done = self._left_out = 0
        self._kept: Counter[str] = Counter()  # by noun
        self._reason = ""

    def step(self, _number: int = 0) -> None:
        """One more answer is done."""
        self._thread.check()
        self._done += 1
        self._thread.post(partial(self._tell, self._done))

    def write(self, write: Callable[[], int | None], file: str, noun: str) -> None:
        """Write results of a file, each of which is called ``noun``; what cannot be read any more
        is left out."""
        try:
            number = write()
            self._kept[noun] += 1 if number is None else number
        except WorkbenchError as error:
            if error.path != Path(file):
                error.kept = self._kept_text() if self._kept else error.kept
                raise
            self._left_out += 1
            self._reason = self._reason or error.sentence()

    def words(self) -> str:
        """What was kept, and what was left out and why."""
        return self._kept_text() if not self._left_out else tr(
            "{words} {files} left out: {reason}", words=self._kept_text(),
            files=count(self._left_out, "file"), reason=self._reason)

    def _kept_text(self) -> str:
        files = ", ".join(count(number, noun) for noun, number in self._kept.items())
        return tr("{files} written to {folder}.", files=files or count(0, "file"),
                  folder=str(self._folder))


def write_labels(wanted: SaveRequest, saving: Saving, kind: AnnotationFormat, folder: Path,
                 thread: BackgroundThread, tell: Callable[[int], object]) -> LabelExport:
    """Write labels of each answer into ``folder``, which is new: all of them or none.

    Raises
    ------
    WorkbenchError
        If there is something in the folder, or the disk refuses.
    """
    from workbench.project.predicted_labels import write_predicted
    from workbench.project.run_skeletons import skeletons_of_run

    def answers() -> Iterator[tuple[Item, str]]:
        for number, item in enumerate(wanted.items):
            thread.check()
            thread.post(partial(tell, number))
            yield item.answer(), item.name

    skeletons = NO_SKELETONS if wanted.run is None else skeletons_of_run(wanted.run)
    with new_folder(folder, tr("the labels")) as unfinished:
        found = write_predicted(kind, saving, wanted.classes, answers(), unfinished, skeletons)
        thread.check()
    if wanted.unread:
        found.problems.append(Problem("", "unreadable", tr(
            "Left out: {files} that could not be read.", files=count(wanted.unread, "file"))))
    return replace(found, folder=folder)


def _write_film(film: str, answers: Sequence[Item], folder: Path,
                draw: Callable[[FilmFound | None, Any, Item], object],
                step: Callable[[int], object], follow: Callable[[str], FilmFound] | None) -> None:
    from workbench.project.drawn_video import write_drawn

    file = answers[0]["file"]
    found = None if follow is None else follow(file)
    if found is not None:
        answers = [found.with_numbers(item) for item in answers]
    write_drawn(Path(file), answers, folder / f"{film}.mp4", partial(draw, found), step)


def _drawn(draw: Draw, color: Color, found: FilmFound | None, image: Any, item: Item) -> None:
    draw(image, item, color)
    if found is not None:
        draw_places(image, item, found.tally)
