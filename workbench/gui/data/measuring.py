"""Measuring labels on a thread, with the progress in a line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from workbench.core.background import BackgroundThread
from workbench.core.errors import WorkbenchError
from workbench.core.progress import ProgressCallback
from workbench.core.text import tr
from workbench.gui.widgets import ProgressLine
from workbench.project.library.scan import Throttle
from workbench.project.measurements.labels import measure_labels
from workbench.project.measurements.table import MeasuredTable
from workbench.project.measurements.tracks import TrackRules
from workbench.project.session import Session

_SAVE_SECONDS = 5.0
Work = Callable[[ProgressCallback], MeasuredTable]
T = TypeVar("T")


def objects_of(session: Session, *, inside: bool, split: float) -> Work:
    """Measures objects of images, or regions of sounds."""
    return lambda progress: measure_labels(session.folder, inside=inside, split=split,
                                           progress=progress)


def tracks_of(session: Session, rules: TrackRules) -> Work:
    """Measures tracks of videos."""
    from workbench.project.measurements.film_labels import measure_tracks

    return lambda progress: measure_tracks(session.folder, rules, progress=progress)


def measured(session: Session, work: Callable[[ProgressCallback], T], line: ProgressLine,
             thread: BackgroundThread) -> T:
    """Measure what is saved by then, and tell how far it is."""
    throttle, told = Throttle(thread), -1
    if not session.saver.wait_until_written(_SAVE_SECONDS):
        raise WorkbenchError(tr("Not everything is saved yet: try again in a moment."))

    def progress(done: int, total: int) -> None:
        nonlocal told
        throttle()
        if total and 100 * done // total != told:
            told = 100 * done // total
            thread.post(partial(line.set_fraction, done / total))

    return work(progress)


def empty_words(*, busy: bool, failure: str, tracks: bool) -> tuple[str, str, str]:
    """What is said where nothing is listed, what follows, and what the button says ("" for none):
    while it is measured, after a ``failure``, or where there is nothing."""
    if busy:
        return tr("Measuring the labels…"), "", ""
    if failure:
        return tr("Nothing is measured"), failure, tr("Measure")
    if tracks:
        return tr("Nothing to measure yet"), tr(
            "How far, how fast and how straight things went, and which lines they crossed, is "
            "shown here, once they have tracks in Videos: drawn by hand, followed, or suggested by "
            "a model."), ""
    return tr("Nothing to measure yet"), tr(
        "Area, length, form and brightness of boxes, outlines, masks and key points in images are "
        "shown here, and duration, frequency and level of regions of sounds."), ""
