"""The chosen recording in Predict: its spectrogram, its regions, and how to go on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QSplitter, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.text import tr
from workbench.extension.predictions import RegionInSound
from workbench.gui.app.context import AppContext
from workbench.gui.label.sounds.clip_source import ClipSource
from workbench.gui.label.sounds.display import load_display
from workbench.gui.label.sounds.overview import Overview, TimeBar
from workbench.gui.label.sounds.time_canvas import GUTTER
from workbench.gui.label.sounds.time_view import clock_words, duration_words
from workbench.gui.predict.regions.canvas import RegionCanvas
from workbench.gui.predict.regions.region_list import band_words
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    Card,
    IconButton,
    PrimaryButton,
    ProgressLine,
    column,
    row,
    widget_of,
)
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.inputs import ChoiceField
from workbench.gui.widgets.tables import Column, Records
from workbench.project.cache import cache_folder

AROUND = (0.0, 0.25, 0.5, 1.0, 2.0, 5.0)
"""Seconds that can be heard before and after a region."""
_AROUND_KEY, _EACH_KEY = "predict/around", "predict/play_each"
_USUAL_AROUND = 1.0
_PATIENCE_MS = 500
_TABLE_HEIGHT = 190

MARKS: dict[bool | None, str] = {True: "right", False: "wrong", None: ""}
"""What a person said of a region, in words."""
COLUMNS = (
    Column("Class", lambda pair: pair[1].label, lambda pair: pair[1].label),
    Column("Checked", lambda pair: MARKS[pair[2]], lambda pair: tr(MARKS[pair[2]])),
    Column("Start", lambda pair: pair[1].start, lambda pair: clock_words(pair[1].start, 0.01),
           figure=True),
    Column("End", lambda pair: pair[1].end, lambda pair: clock_words(pair[1].end, 0.01),
           figure=True),
    Column("Score", lambda pair: pair[1].score, lambda pair: f"{pair[1].score:.2f}", figure=True),
    Column("Frequencies", lambda pair: pair[1].low or 0.0, lambda pair: band_words(pair[1]),
           "Between which the class is heard, as far as that is known", figure=True),
)
_CHECKED, _BAND = 1, len(COLUMNS) - 1


class RegionView(QWidget):
    """What is seen of one recording; it knows of no other one."""

    stepped = Signal(int)
    """(direction) the next region is wanted, or the one before."""
    play_pressed = Signal()
    picked = Signal(int)
    """(position) a region was clicked, and is to be heard."""
    judged = Signal(bool)
    """(right) what the chosen region is."""
    selected = Signal(int)
    """(position) the keys in the table went to a region."""

    def __init__(self, context: AppContext, colors: ClassColors) -> None:
        super().__init__()
        self._settings, self._context = context.settings, context
        self.regions: Sequence[RegionInSound] = ()
        self._marks: Sequence[bool | None] = ()
        self.current = -1
        self.path: Path | None = None
        self._failure = ""
        self._own_span = 0.0  # seconds that a person chose to see
        self._quiet = False
        self.source = ClipSource(self)
        self.canvas = RegionCanvas(self.source, context.theme, colors)
        self.overview = Overview(self.canvas, self._spans, context.theme, colors)
        self.table = Records(COLUMNS, tr("Regions of this file"))
        self.foot = QWidget()
        self.setLayout(column(self._make_head(), self._make_body(), spacing=0))
        self.source.opened.connect(self._opened)
        self.source.ready.connect(self._something_came)
        self.source.failed.connect(self._failed)
        self.canvas.pointed.connect(self._show_pointed)
        self.canvas.zoomed.connect(self._zoomed)
        self.canvas.chosen.connect(self.picked)
        self.table.picked.connect(lambda pair: self.picked.emit(pair[0]))
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)

    # --- building -------------------------------------------------------------------------------

    def _make_head(self) -> QWidget:
        self.back = IconButton("chevron-left", tr("Previous region"), keys="[", bordered=True)
        self.play = PrimaryButton("", "play", tip=tr("Play the region, or stop"))
        self.play.setAccessibleName(tr("Play the region, or stop"))
        self.play.setFixedWidth(tokens.CONTROL_HEIGHT + tokens.SPACE_S)
        self.play.setStyleSheet("padding: 0;")
        self.next = IconButton("chevron-right", tr("Next region"), keys="]", bordered=True)
        self.each = IconButton("audio", tr("Play each region that is chosen"), bordered=True,
                               checkable=True)
        self.each.setChecked(str(self._settings.value(_EACH_KEY, 1)) == "1")
        self.each.toggled.connect(lambda on: self._settings.setValue(_EACH_KEY, int(on)))
        self.around_box = ChoiceField()
        self.around_box.setAccessibleName(tr("Seconds around a region"))
        self.around_box.setToolTip(tr("So much is heard before and after a region"))
        for seconds in AROUND:
            self.around_box.addItem(tr("± {seconds:g} s", seconds=seconds), seconds)
        kept = self.around_box.findData(_number(self._settings.value(_AROUND_KEY)))
        self.around_box.setCurrentIndex(max(kept, 0))
        self.around_box.activated.connect(
            lambda _at: self._settings.setValue(_AROUND_KEY, self.around))
        self.right = IconButton("check", tr("Right"), keys="A", bordered=True, checkable=True)
        self.wrong = IconButton("close", tr("Wrong"), keys="X", bordered=True, checkable=True)
        for button, right in ((self.right, True), (self.wrong, False)):
            button.clicked.connect(partial(self._judge, right))
        self.fit = IconButton("fit", tr("Show the whole recording"), keys="Ctrl+F", bordered=True)
        self.back.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.play.clicked.connect(self.play_pressed)
        self.fit.clicked.connect(self.show_all)
        edge = tokens.SPACE_M
        return widget_of(row(self.back, self.play, self.next, self.right, self.wrong, self.each,
                             self.around_box, 1, self.fit, spacing=tokens.SPACE_XS,
                             margins=(edge, edge, edge, tokens.SPACE_S)))

    def _make_body(self) -> QSplitter:
        edge = tokens.SPACE_M
        body = QSplitter(Qt.Orientation.Vertical)
        body.setChildrenCollapsible(False)
        body.setHandleWidth(1)
        self.card = Card(elided=True)
        self.progress = ProgressLine()
        self.progress.setFixedWidth(tokens.SIDE_PANEL_WIDTH // 2)
        self.progress.hide()
        self.card.add_to_head(self.progress)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self._show_patience)
        self.card.add(self.overview)
        self.card.add(self.canvas, 1)
        self.card.add(row(TimeBar(self.canvas), margins=(GUTTER, 0, 0, 0)))
        body.addWidget(widget_of(column((self.card, 1), spacing=0, margins=(edge, 0, edge, edge))))
        self.foot.setLayout(column((self.table, 1), spacing=0))
        body.addWidget(self.foot)
        body.setStretchFactor(0, 1)
        body.setSizes([3 * _TABLE_HEIGHT, _TABLE_HEIGHT])
        return body

    # --- what is shown --------------------------------------------------------------------------

    @property
    def around(self) -> float:
        """Seconds that are heard before and after a region."""
        return float(self.around_box.currentData())

    @property
    def has_parts(self) -> bool:
        """Whether there are regions, of a sound that has parts."""
        return any(not region.whole for region in self.regions)

    def open(self, path: Path | None) -> None:
        """Show a file, or none; one that is shown already stays as it is."""
        if path == self.path:
            return
        self.path, self._failure = path, ""
        self.source.close(wait=False)  # what it still brings is dropped
        self.canvas.clip_changed(path.name if path is not None else "")
        if path is not None:
            session = self._context.session
            try:
                cache = cache_folder(session.folder) if session is not None else None
            except WorkbenchError:
                cache = None  # nowhere to keep pictures: they are made anew each time
            self.source.open(path, cache, self.canvas.display.settings(self.canvas.sample_rate),
                             throughout=False)
            self._patience.start()
        self.progress.hide()
        self._show_head()

    def show_regions(self, regions: Sequence[RegionInSound], marks: Sequence[bool | None],
                     current: int) -> None:
        """Show these and what a person said of each; one is chosen, or none (-1)."""
        fresh = list(regions) != list(self.regions)
        told = fresh or list(marks) != list(self._marks)
        self.regions, self._marks = regions, marks
        self.canvas.show_regions(regions, marks)
        if told:
            records = list(zip(range(len(regions)), regions, marks, strict=True))
            self._quiet = True
            (self.table.show_records if fresh else self.table.update_records)(records)
            self._quiet = False
            if fresh:
                self.table.scrollToTop()
            self.table.setColumnHidden(_CHECKED, all(mark is None for mark in marks))
            self.table.setColumnHidden(_BAND, all(region.high is None for region in regions))
            self.overview.update()
        self.set_current(current)

    def set_current(self, current: int) -> None:
        """Another of the regions is chosen, or none (-1)."""
        self.current = current
        self.canvas.set_current(current)
        self._quiet = True
        if current < 0:
            self.table.clearSelection()
        elif self._row_of(self.table.currentIndex().row()) != current \
                or not self.table.selectionModel().hasSelection():
            self.table.selectRow(self.order().index(current))
            self.table.scrollTo(self.table.currentIndex(),
                                QAbstractItemView.ScrollHint.PositionAtCenter)
        self._quiet = False
        mark = self._marks[current] if current >= 0 else None
        for button, is_on in ((self.right, mark is True), (self.wrong, mark is False)):
            button.setEnabled(current >= 0)
            button.setChecked(is_on)
        self._show_head()

    def _row_of(self, row: int) -> int:
        """Which of the regions stands in a row; -1 for none."""
        record = self.table.record(row)
        return -1 if record is None else int(record[0])

    def zoom_to(self, region: RegionInSound) -> None:
        """Show a region in the middle, with what is heard around it or as much as a person chose
        before."""
        length = region.end - region.start
        if region.whole:
            self.canvas.fit()
            return
        span = max(self._own_span, length) if self._own_span else \
            length + 2 * max(self.around, length)
        middle = (region.start + region.end) / 2
        self.canvas.show_range(middle - span / 2, middle + span / 2)

    def show_all(self) -> None:
        """Show the whole recording; from now on regions are shown as large as fits them."""
        self._own_span = 0.0
        self.canvas.fit()

    def look_anew(self) -> None:
        """How spectrograms are shown may be chosen anew in Audio."""
        display = load_display(self._settings)
        if display != self.canvas.display:
            self.canvas.set_display(display)

    def show_playing(self, *, playing: bool) -> None:
        self.play.set_icon("stop" if playing else "play")

    def order(self) -> list[int]:
        """Positions of the regions as the table has them."""
        return [self.table.record(at)[0] for at in range(len(self.regions))]

    def _spans(self) -> list[tuple[float, float, str]]:
        return [(region.start, region.end, region.label) for region in self.regions]

    def _opened(self) -> None:
        self._show_head()

    def _show_patience(self) -> None:
        """Show that a file is still being read of which nothing is seen: MP3 takes seconds."""
        waits = not self._patience.isActive() and self.path is not None and not self._failure \
            and not self.canvas.seen
        self.progress.set_fraction(None)
        self.progress.setVisible(waits)

    def _something_came(self) -> None:
        if not self.progress.isHidden():
            self._show_patience()

    def _failed(self, sentence: str) -> None:
        self._failure = sentence
        self.progress.hide()
        self._show_head()

    def _zoomed(self) -> None:
        if self.current >= 0:
            self._own_span = 0.0 if self.canvas.time.fits else self.canvas.time.span

    def _show_head(self) -> None:
        if self._failure:
            self.card.set_title(self._failure)
            return
        words = [] if self.path is None else ["/".join(self.path.parts[-2:])]
        info = self.source.info
        if info is not None:
            words.append(duration_words(info.duration))
        if self.has_parts and self.current >= 0:
            words.append(tr("region {number:,} of {total:,}", number=self.current + 1,
                            total=len(self.regions)))
        self.card.set_title(" · ".join(words))

    def _show_pointed(self, seconds: float, frequency: float, _decibel: float) -> None:
        words = [clock_words(seconds, 0.01)] if seconds >= 0 else []
        if frequency >= 0:
            words.append(tr("{frequency:,.0f} Hz", frequency=frequency))
        self.card.set_right(" · ".join(words))

    def _judge(self, right: bool, _checked: bool = False) -> None:
        self.judged.emit(right)

    def _row_changed(self) -> None:
        """The keys went to another row; what a click does is done when it is let go."""
        record = self.table.record(self.table.currentIndex().row())
        quiet = self._quiet or QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if record is not None and not quiet and record[0] != self.current:
            self.selected.emit(record[0])

    def close_down(self) -> None:
        """End the threads."""
        self.source.close()


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return _USUAL_AROUND
