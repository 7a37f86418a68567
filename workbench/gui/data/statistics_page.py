"""What the labels of the project are like: figures one clicks into."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QStackedWidget, QWidget

from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.gui.app.context import AppContext, ChosenTarget
from workbench.gui.app.task import place_for
from workbench.gui.background.threads import worker
from workbench.gui.data.figure_card import FigureCard
from workbench.gui.data.page_frame import offer_classes
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ChipGroup,
    EmptyState,
    ProgressLine,
    column,
    keep_room,
    label,
    row,
    scrolling,
    widget_of,
)
from workbench.gui.widgets.class_colors import ClassColors
from workbench.project.datasets.splits import PARTS
from workbench.project.session import Session
from workbench.project.statistics.facts import LabelFacts, facts_of
from workbench.project.statistics.figures import NOUNS, Figure, figures_of, samples_text
from workbench.project.statistics.table import ObjectTable
from workbench.project.task import has_videos

PLACE = "data"
TWO_FROM, THREE_FROM = 760, 1320
"""Widths in logical pixels from which two and three cards stand beside each other."""
_READ_MS = 600


class StatisticsPage(QWidget):
    """Reads the labels in the background while it is shown, again when they were changed."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._connections = Connections()
        self.table: ObjectTable | None = None
        """What was read last, or None."""
        self.cards: list[FigureCard] = []
        self._colors = ClassColors()
        self._sorting = worker(self, "figures")
        self._facts: LabelFacts | None = None
        self._make()
        self._reading = QTimer(self, singleShot=True, interval=_READ_MS)
        self._reading.timeout.connect(self.read)
        context.session_changed.connect(self._session_changed)
        self._session_changed()

    def _make(self) -> None:
        self.title = label("", "heading")
        self.media = ChipGroup()
        self.media.add("", tr("Images"))
        self.media.add("videos", tr("Videos"))
        self.media.setToolTip(tr("What is looked at: images, or the tracks of the videos"))
        self.parts = ChipGroup()
        for id, text in (("all", tr("All")), *((part, part) for part in PARTS)):
            self.parts.add(id, text)
        self.parts.setToolTip(tr("Which part of the split is looked at"))
        self.classes = QComboBox()
        self.classes.setAccessibleName(tr("Class"))
        self.classes.setToolTip(tr("Which class is looked at"))
        self.classes.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.classes.setMinimumContentsLength(12)
        self.line = ProgressLine()
        keep_room(self.line)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, tokens.SPACE_S, tokens.SPACE_L)
        self._grid.setSpacing(tokens.SPACE_M)
        inside = widget_of(column(self._grid, 1))
        self.empty = EmptyState("chart", "", "")
        self._pages = QStackedWidget()
        self._pages.addWidget(scrolling(inside))
        self._pages.addWidget(self.empty)
        edge = tokens.SPACE_L
        head = row(self.title, 1, self.media, self.parts, self.classes, spacing=tokens.SPACE_M)
        self.setLayout(column(head, self.line, (self._pages, 1), spacing=tokens.SPACE_M,
                              margins=(edge, edge, edge, 0)))
        self.media.changed.connect(lambda _id: self._turn_to())
        self.parts.changed.connect(lambda _id: self._show())
        self.classes.activated.connect(lambda _index: self._show())

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        self._session = session = self._context.session
        self._colors.set_classes(session.classes if session is not None else None)
        self._watches = False
        self.media.hide()
        self.media.select("")
        self._turn_to()
        self._offer_media()

    def _offer_media(self) -> None:
        """Offer the videos of a project that has some; where it has nothing else, they are
        shown."""
        session = self._session
        if session is None or not has_videos(session.folder):
            self.media.hide()
            return
        videos = session.videos
        if not self._watches:
            self._watches = True
            videos.finished.connect(lambda: self._offer_media() if self._session is session
                                    else None)
        fresh = self.media.isHidden()
        self.media.setVisible(len(videos) > 0)
        if fresh and len(videos) and not len(session.index):
            self.media.select("videos")

    def _turn_to(self) -> None:
        """Show the labels of the medium that is chosen."""
        self._connections.end()
        self.end()
        self.table, session = None, self._session
        self.parts.select("all")
        self.classes.clear()
        if session is not None:
            self._facts = facts = facts_of(session, self.media.selected)
            self._connections.add(facts.changed.connect(self._read),
                                facts.progress.connect(self._progress),
                                facts.outdated.connect(self._changed))
        self._changed()
        self._show()

    def _changed(self) -> None:
        """Labels may be others: read them when that has come to rest and they are looked at."""
        if self.isVisible():
            self._reading.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._offer_media()
        self._reading.start(0 if self.table is None else _READ_MS)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._reading.stop()

    def read(self) -> None:
        """Read the labels, where they are not known as they are now."""
        facts = self._facts
        if facts is None:
            return
        facts.want()
        if facts.table is not None and self.table is not facts.table:
            self._read()  # somebody else has asked for it
        self._progress()

    def _progress(self) -> None:
        facts = self._facts
        self.line.set_fraction(facts.fraction if facts is not None else None)
        self.line.setVisible(facts is not None and facts.busy and self.table is None)

    def _read(self) -> None:
        facts = self._facts
        if facts is None or facts.table is None:
            self.line.hide()
            if facts is not None and facts.failure and self.isVisible():
                self._context.say("bad", facts.failure)
            return
        table = self.table = facts.table
        self.line.hide()
        split = bool(len(table.part)) and bool((table.part < len(PARTS)).any())
        self.parts.setVisible(split)
        if not split:
            self.parts.select("all")
        offer_classes(self.classes, table.classes)
        self._show()

    # --- what is shown --------------------------------------------------------------------------

    @property
    def part(self) -> str:
        """The part of the split that is looked at, or "all"."""
        return self.parts.selected

    def _show(self) -> None:
        table = self.table
        self.classes.setVisible(table is not None and bool(table.classes))
        if table is None or table.empty:
            self.parts.setVisible(False)
            self._say_empty(table)
            return
        part = None if self.part == "all" else PARTS.index(self.part)
        name = self.classes.currentData()
        self._sorting.start(lambda _thread: figures_of(table, part, name),
                            lambda figures: self._show_figures(table, figures))

    def _show_figures(self, table: ObjectTable, figures: list[Figure]) -> None:
        self._pages.setCurrentIndex(0)
        self.title.setText(samples_text(table))
        while len(self.cards) < len(figures):
            card = FigureCard(self._context.theme, self._color)
            card.chosen.connect(self.look_at)
            self.cards.append(card)
        for card, figure in zip(self.cards, figures, strict=False):
            card.show_figure(figure)
        self._arrange(len(figures))

    def _say_empty(self, table: ObjectTable | None) -> None:
        self.title.setText("")
        self._pages.setCurrentIndex(1)
        if self._session is None:
            self.empty.set_text(tr("No project is open"))
        elif table is None:
            self.empty.set_text(tr("Reading the labels…"))
        else:
            self.empty.set_text(tr("Nothing is labelled yet"), tr(
                "Classes, sizes and places of what you label are shown here."))

    def _color(self, name: str) -> str:
        return self._colors.name(name)

    def _arrange(self, number: int) -> None:
        """As many cards beside each other as there is room for."""
        width = self.width()
        columns = 3 if width >= THREE_FROM else 2 if width >= TWO_FROM else 1
        for at, card in enumerate(self.cards):
            self._grid.removeWidget(card)
            card.setVisible(at < number)
            if at < number:
                self._grid.addWidget(card, at // columns, at % columns)
        for at in range(3):
            self._grid.setColumnStretch(at, int(at < columns))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(sum(not card.isHidden() for card in self.cards))

    def look_at(self, figure: Figure, number: int) -> None:
        """List the samples behind a bar or cell where they are labelled."""
        table, session = self.table, self._session
        if table is None or session is None:
            return
        keys = tuple(table.keys[at] for at in figure.members(number).tolist())
        if not keys:
            return
        noun = NOUNS[table.medium][0]
        more = [figure.name(number) or figure.title,
                *([] if self.part == "all" else [self.part]),
                *([] if self.classes.currentData() is None else [self.classes.currentText()])]
        words = f"{count(len(keys), noun)}: {', '.join(dict.fromkeys(more))}"
        self._context.go(place_for(table.medium, session), ChosenTarget(keys, words, PLACE))

    def end(self) -> None:
        """End the threads."""
        self._sorting.cancel()
        if self._facts is not None:
            self._facts.close()
            self._facts = None
