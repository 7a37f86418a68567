"""Where all things went that were followed through a video, over its first frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from workbench.core.background import BackgroundThread
from workbench.core.text import tr
from workbench.core.video import time_text
from workbench.evaluation.motion import trajectory_of
from workbench.extension.saving import FollowedThing
from workbench.gui.app.context import AppContext
from workbench.gui.app.save_picture import PictureSaver
from workbench.gui.app.track_rules import kept_rules
from workbench.gui.background.reading import DecodeFailure, first_frame
from workbench.gui.background.threads import worker
from workbench.gui.charts.trajectories import DrawnTrajectory, TrajectoryView, points_each
from workbench.gui.style import tokens
from workbench.gui.widgets import LinkButton, PopupWindow, SectionTitle, column, label, row
from workbench.project.measurements.tracks import TrackRules

_WIDTH, _HEIGHT = 720, 540


class _Made(NamedTuple):
    picture: QImage | None
    trajectories: list[DrawnTrajectory]


class TrajectoriesPopup(PopupWindow):
    """A click on a path makes it thick and says which it is; from there it is shown in the
    video."""

    wanted = Signal(int)
    """(frame) the chosen one is to be shown where it begins."""

    def __init__(self, context: AppContext, over: QWidget) -> None:
        super().__init__(over)
        self._context, self._over = context, over
        self._file = ""
        self._things: Sequence[FollowedThing] = ()
        self._worker = worker(self, "predict-trajectories")
        self._keeper = PictureSaver(context, over)
        self.view = TrajectoryView(context.theme)
        self.view.setAccessibleName(tr("Trajectories of the tracks"))
        self.words = label("", "caption")
        self.go = LinkButton(tr("Show where it begins"), run=self._go)
        self.keep = LinkButton(tr("Save picture…"), run=self._save, tip=tr(
            "Write this picture as a PNG, as large as the video"))
        edge = tokens.SPACE_M
        self.setLayout(column(
            SectionTitle(tr("Trajectories")), (self.view, 1), self.words,
            row(self.go, 1, self.keep, spacing=tokens.SPACE_L), spacing=tokens.SPACE_S,
            margins=(edge, edge, edge, edge)))
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(tr("Trajectories"))
        self.view.chosen.connect(self._choose)

    def show_found(self, file: str, things: Sequence[FollowedThing], times: Sequence[float],
                   color: Callable[[str], str]) -> None:
        """Show the paths of the ``things`` that were followed through frames with these ``times``,
        as soon as they are made; ``color`` is that of a class."""
        self._file, self._things = file, things
        colors = {thing.row.label: color(thing.row.label) for thing in things}
        self._worker.start(partial(_made, Path(file), list(things), times, colors,
                                   kept_rules(self._context.settings)), self._show)

    def _show(self, made: _Made) -> None:
        self.view.show_trajectories(made.picture, made.trajectories, None)
        self.view.setFixedHeight(min(
            _HEIGHT, self.view.heightForWidth(_WIDTH - 2 * tokens.SPACE_M)))
        self._say()
        self.show_over(self._over)
        self.view.setFocus()

    def _choose(self, number: int) -> None:
        self.view.choose(number)
        self._say()

    def _say(self) -> None:
        number = self.view.current
        self.go.setEnabled(number is not None)
        if number is None:
            self.words.setText(tr("A click on a path says which it is."))
            return
        thing = self._things[number].row
        self.words.setText(tr("{name}, from {first} to {last}",
                              name=self.view.trajectories[number].name,
                              first=time_text(thing.first_time), last=time_text(thing.last_time)))
        self.view.setAccessibleDescription(self.words.text())

    def _go(self) -> None:
        if self.view.current is not None:
            self.hide()
            self.wanted.emit(self._things[self.view.current].row.first_frame)

    def _save(self) -> None:
        image = self.view.as_image()
        self.hide()  # a popup and a dialog do not go together
        self._keeper.save(image, f"{Path(self._file).stem}-tracks.png")


def _made(path: Path, things: Sequence[FollowedThing], times: Sequence[float],
          colors: Mapping[str, str], rules: TrackRules, thread: BackgroundThread) -> _Made:
    """On a thread: the first frame, where it can be read, and the trajectories."""
    picture: QImage | None = None
    with suppress(DecodeFailure):
        picture = first_frame(path)
    trajectories = []
    for thing in things:
        thread.check()
        boxes = np.array([box for _, _, box in thing.seen], float).reshape(-1, 4)
        trajectory = trajectory_of(np.array([times[at] for at, _, _ in thing.seen], float),
                     (boxes[:, :2] + boxes[:, 2:]) / 2, rules.smooth, rules.gap)
        trajectories.append(DrawnTrajectory.of(
            f"{thing.row.label} {thing.row.track}", colors[thing.row.label],
            trajectory.lines(points_each(len(things)))))
    return _Made(picture, trajectories)
