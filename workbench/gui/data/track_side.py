"""What stands beside measured tracks: their paths over a frame of the video, and the rules by which
they are measured."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.core.arrays import IntArray
from workbench.core.background import BackgroundThread
from workbench.core.durations import duration_text, parse_duration
from workbench.core.signal import Connections
from workbench.core.speeds import USUAL, parse_speed
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext
from workbench.gui.app.save_picture import PictureSaver
from workbench.gui.app.scopes import scopes_of
from workbench.gui.app.track_rules import (
    GAP_KEY,
    LEAST_GAP,
    MOST_GAP,
    MOST_SMOOTH,
    MOVING_KEY,
    SMOOTH_KEY,
    kept_rules,
)
from workbench.gui.background.reading import DecodeFailure, first_frame
from workbench.gui.background.threads import worker
from workbench.gui.charts.trajectories import DrawnTrajectory, TrajectoryView, points_each
from workbench.gui.data.drawn_lines import DrawnLines
from workbench.gui.style import tokens
from workbench.gui.widgets import Card, IconButton, LinkButton, column, label, repolish, row
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.inputs import ChoiceField, LabeledSlider
from workbench.gui.widgets.tips import wrapped_tip
from workbench.project.measurements.tracks import TrackRules, TrackTable
from workbench.project.pixel_sizes import set_pixel_sizes

_TYPED_MS = 500


class _Shown(NamedTuple):
    """What is drawn of a video: its key, the rows of the table, and what was made for them."""

    key: str
    rows: tuple[int, ...]
    picture: QImage | None
    trajectories: tuple[DrawnTrajectory, ...]


class TrajectoriesCard(Card):
    """All listed tracks of one video over its first frame; the one that is chosen is thick."""

    chosen = Signal(int)
    """(row of the table) a trajectory was clicked."""
    wanted = Signal(int)
    """(row of the table) it is to be shown in Videos."""
    video_shown = Signal(str)
    """(key) the tracks of another video are drawn; "" for none."""
    large_wanted = Signal(bool)
    """The picture is to have more room, or as much as before."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(" ", elided=True)
        self._context = context
        self._colors = ClassColors()
        self._table: TrackTable | None = None
        self._folder = Path()
        self._rows: IntArray | None = None
        self.current: int | None = None
        """The row that is chosen."""
        self._shown = _Shown("", (), None, ())
        self._worker, self._keeper = worker(self, "trajectories"), PictureSaver(context, self)
        self.view = TrajectoryView(context.theme)
        self.view.setAccessibleName(tr("Trajectories of the tracks"))
        self.view.setToolTip("")
        self.go = LinkButton(tr("Show in Videos"), run=self._go, tip=tr(
            "Go to the frame in which the chosen track begins"))
        self.keep = LinkButton(tr("Save picture…"), run=self.save_picture, tip=tr(
            "Write this picture as a PNG, as large as the video"))
        self.large = IconButton("fit", tr("Large picture"), checkable=True)
        self.large.clicked.connect(self.large_wanted)
        self.add_to_head(self.large)
        self.lines = DrawnLines(context, self.view, lambda: (self._table, self._shown.rows))
        for part in (self.view, self.lines, row(self.go, 1, self.keep)):
            self.add(part)
        self.view.chosen.connect(lambda number: self.chosen.emit(self._shown.rows[number]))
        self._colors.changed.connect(self._draw)

    def set_project(self) -> None:
        """Draw for another project."""
        session = self._context.session
        self._worker.cancel(0.0)
        self._table, self.current = None, None
        self._shown = _Shown("", (), None, ())
        self.lines.show_video(None)
        self.video_shown.emit("")
        self._colors.set_classes(session.classes if session is not None else None)
        self._folder = session.folder if session is not None else Path()

    def show_rows(self, table: TrackTable, rows: IntArray) -> None:
        """Draw these rows: those of the video of the one that is chosen, else of the first."""
        if table is not self._table and self._table is not None and self.current is not None:
            before = self._table
            self.current = table.row_of(before.keys[before.sample[self.current]],
                                        before.seen[self.current].number)
        self._table, self._rows = table, rows
        self.lines.overlay.update()
        self._draw()

    def choose(self, number: int | None) -> None:
        """Make the trajectory of a row thick, and show its video."""
        self.current = number
        if number is not None and number in self._shown.rows:
            self._show_current()
        else:
            self._draw()

    def show_video(self, key: str) -> None:
        """Show the trajectories in a video, none of them chosen."""
        if self._table is not None and key in self._table.keys:
            self.current = None
            self._draw(self._table.keys.index(key))

    def end(self) -> None:
        """End the threads."""
        self._worker.cancel()
        self._keeper.cancel()

    # --- drawing --------------------------------------------------------------------------------

    def _draw(self, sample: int | None = None) -> None:
        table, rows = self._table, self._rows
        if table is None or rows is None or not len(rows):
            return
        if sample is None:
            at = self.current if self.current is not None and self.current in rows else None
            keys = {key: place for place, key in enumerate(table.keys)}
            sample = int(table.sample[at]) if at is not None else keys.get(
                self._shown.key, int(table.sample[rows[0]]))
        some = tuple(rows[table.sample[rows] == sample].tolist())
        if not some and sample != int(table.sample[rows[0]]):
            self._draw(int(table.sample[rows[0]]))
            return
        names = [(f"{table.classes[table.label[at]] or tr('no class')} {table.seen[at].number}",
                  self._colors.name(table.classes[table.label[at]])) for at in some]
        key = table.keys[sample]
        known = self._shown.picture if self._shown.key == key else None
        self._worker.start(partial(_made, table, some, names, key, self._folder / key, known),
                           self._take)

    def _take(self, shown: _Shown) -> None:
        self._shown = shown
        self.set_title(shown.key.rpartition("/")[2])
        self.set_right(count(len(shown.rows), "track"))
        self.lines.show_video(self._folder / shown.key)
        self.video_shown.emit(shown.key)
        self.view.show_trajectories(shown.picture, shown.trajectories, self._place())
        self._show_current()

    def _place(self) -> int | None:
        """The number of the trajectory that is chosen."""
        return self._shown.rows.index(self.current) if self.current in self._shown.rows else None

    def _show_current(self) -> None:
        place = self._place()
        self.view.choose(place)
        self.view.setAccessibleDescription(
            "" if place is None else self._shown.trajectories[place].name)
        self.go.setEnabled(bool(self._shown.rows))

    def _go(self) -> None:
        """To the chosen track, or to the first one of the video."""
        if self._shown.rows:
            place = self._place()
            self.wanted.emit(self._shown.rows[0 if place is None else place])

    # --- keeping --------------------------------------------------------------------------------

    def save_picture(self) -> None:
        """Ask where, and write what is shown."""
        if not self._shown.rows:
            return
        self._keeper.save(self.view.as_image(), f"{Path(self._shown.key).stem}-tracks.png")


def _made(table: TrackTable, rows: tuple[int, ...], names: list[tuple[str, str]], key: str,
          path: Path, known: QImage | None, thread: BackgroundThread) -> _Shown:
    """On a thread: a frame of the video, where it is not ``known``, and what is drawn on it."""
    picture = known
    if picture is None:
        try:
            picture = first_frame(path)
        except DecodeFailure:
            picture = None
    trajectories = []
    for at, (name, color) in zip(rows, names, strict=True):
        thread.check()
        lines = table.trajectories[at].lines(points_each(len(rows)))
        trajectories.append(DrawnTrajectory.of(name, color, lines))
    return _Shown(key, rows, picture, tuple(trajectories))


class _TypedField(QWidget):
    """A line that is read soon after it was typed; what cannot be read is said below it."""

    taken = Signal()
    """:attr:`value` is another one."""

    def __init__(self, name: str, example: str, tip: str, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._read = read
        self.value: Any = None
        """What was read last."""
        self.field = QLineEdit()
        self.field.setAccessibleName(name)
        self.field.setPlaceholderText(example)
        self.field.setToolTip(wrapped_tip(tip))
        self._trouble = label("", "caption", "bad", wrap=True)
        self._trouble.hide()
        self.setLayout(column(label(name, "caption"), self.field, self._trouble,
                              spacing=tokens.SPACE_XS))
        self._typed = QTimer(self, singleShot=True, interval=_TYPED_MS)
        self._typed.timeout.connect(self._take)
        self.field.textEdited.connect(lambda _text: self._typed.start())
        self.field.returnPressed.connect(self._take)

    def show_value(self, text: str) -> None:
        """Show what holds, unless a person is just writing."""
        if not self._typed.isActive():
            self.value = self._read(text)
            self.field.setText(text)
            self._say("")

    def _take(self) -> None:
        self._typed.stop()
        try:
            value = self._read(self.field.text().strip())
        except ValueError as error:
            self._say(f"{error}.")
            return
        self._say("")
        if value != self.value:
            self.value = value
            self.taken.emit()

    def _say(self, trouble: str) -> None:
        repolish(self.field, "invalid", "true" if trouble else "false")
        self._trouble.setText(trouble)
        self._trouble.setVisible(bool(trouble))


class RulesCard(Card):
    """What tracks are measured by; remembered, and what is said of time-lapses in the project."""

    changed = Signal()
    """Other rules are wanted."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(tr("How it is measured"))
        self._context, self._settings = context, context.settings
        rules = self.rules
        self.smooth = LabeledSlider(tr("Smooth positions over"), 0.0, MOST_SMOOTH, rules.smooth,
                                    step=0.05, unit="s", least_text=tr("off"))
        self.smooth.setToolTip(wrapped_tip(tr(
            "Boxes tremble by a pixel from frame to frame, which adds up to a long path nobody "
            "took. The longer the time, the less they do, and the more sharp turns are cut off")))
        self.gap = LabeledSlider(tr("Not seen for longer is a gap"), LEAST_GAP, MOST_GAP,
                                 rules.gap, step=0.1, unit="s")
        self.gap.setToolTip(wrapped_tip(tr(
            "What is not seen for longer may have been anywhere: nothing is said of its path then. "
            "Shorter times are passed in a straight line")))
        self.moving = _TypedField(
            tr("Moves from"), USUAL.text, tr("As 20 px/s, 3 mm/s, or by the longer side of its own "
                                             "box: 0.5 body lengths/s"),
            lambda text: parse_speed(text or USUAL.text))
        self.moving.show_value(rules.moving.text)
        self.frame = _TypedField(
            tr("Time-lapse: a frame every"), tr("as the video plays"), tr(
                "What passes from each frame to the next, as 60 s or 5 min; empty where they play "
                "as they were filmed"),
            lambda text: parse_duration(text) if text else 0.0)
        self._key = ""
        self.scope = ChoiceField()
        self.scope.setAccessibleName(tr("What the time-lapse is for"))
        for part in (self.smooth, self.gap, self.moving, self.frame, self.scope):
            self.add(part)
        self.scope.activated.connect(lambda _index: self._set_frame())
        self.smooth.value_changed.connect(partial(self._keep, SMOOTH_KEY))
        self.gap.value_changed.connect(partial(self._keep, GAP_KEY))
        self.moving.taken.connect(lambda: self._keep(MOVING_KEY, self.moving.value.text))
        self.frame.taken.connect(self._set_frame)
        self._connections = Connections()
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    @property
    def rules(self) -> TrackRules:
        """Those that are chosen; of a speed that cannot be read, the one before."""
        return kept_rules(self._settings)

    def _session_changed(self) -> None:
        self._connections.end()
        session = self._context.session
        if session is not None:
            self._connections.add(session.scale_changed.connect(self._show_frame))
        self.show_video("")

    def show_video(self, key: str) -> None:
        """Show what is said of a video; "" for none."""
        if key != self._key or not key:
            self._key = key
            self._show_frame()

    def _show_frame(self) -> None:
        """Show whether the video is a time-lapse, and of what that was said."""
        session, key = self._context.session, self._key
        for part in (self.frame, self.scope):
            part.setEnabled(bool(key) and session is not None)
        self.scope.clear()
        if session is None or not key:
            self.frame.show_value("")
            return
        sizes = session.manifest.pixel_sizes
        seconds = sizes.frame_of(key)
        self.frame.show_value(duration_text(seconds) if seconds else "")
        for words, scope in scopes_of(session, key, tr("This video")):
            self.scope.addItem(words, scope)
        self.scope.setCurrentIndex(max(0, self.scope.findData(sizes.frame_scope(key))))

    def _keep(self, key: str, value: object) -> None:
        self._settings.setValue(key, value)
        self.changed.emit()

    def _set_frame(self) -> None:
        session = self._context.session
        if session is None or not self._key:
            return
        sizes, scope = session.manifest.pixel_sizes, self.scope.currentData()
        try:  # which tells that the scale is another one
            set_pixel_sizes(session, sizes.with_frame(scope, self._key, self.frame.value))
        except ValueError as error:
            self._context.say("bad", f"{error}.")


class TrackSide(QWidget):
    """Both of them."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self.trajectories, self.rules = TrajectoriesCard(context), RulesCard(context)
        self.trajectories.video_shown.connect(self.rules.show_video)
        self.setLayout(column(self.trajectories, self.rules, spacing=tokens.SPACE_M))
