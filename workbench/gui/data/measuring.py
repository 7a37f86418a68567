"""Measuring labels on a thread, with the progress in a line."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

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


def objects_of(session: Session, *, inside: bool, split: float) -> Work:
    """Measures objects of images, or regions of sounds."""
    return lambda progress: measure_labels(session.folder, inside=inside, split=split,
                                           progress=progress)


def tracks_of(session: Session, rules: TrackRules) -> Work:
    """Measures tracks of videos."""
    from workbench.project.measurements.film_labels import measure_tracks

    return lambda progress: measure_tracks(session.folder, rules, progress=progress)


def measured(session: Session, work: Work, line: ProgressLine,
             thread: BackgroundThread) -> MeasuredTable:
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
