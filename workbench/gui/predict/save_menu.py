"""What can be kept of what was found, as a menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from workbench.core.text import tr
from workbench.extension.predictions import PredictionDisplay
from workbench.extension.saving import Saving
from workbench.gui.widgets.menu import Menu

FILM_TABLES = {
    "tracks": ("Table of tracks…", "When each thing was seen first and last"),
    "measurements": ("Table of measured tracks…", "How far, how fast and how straight each went, "
                     "and how long it was in each zone; measured as chosen in Data, Measurements"),
    "positions": ("Table of positions…", "Where each was in each frame, for R, Python and the "
                  "like"),
    "events": ("Table of events…", "What happened when"),
    "counts": ("Table of counts…", "What crossed each line and entered each zone")}
"""What can be written of videos: what the menu says, and what is in it."""


def _call(act: Callable[[], object], _checked: bool = False) -> None:
    act()


class SaveMenu(Menu):
    """Says what a person wants to keep; ``scale_bar`` says how pictures of it are drawn."""

    table_wanted = Signal(bool)
    files_wanted = Signal(str)
    labels_wanted = Signal()
    measurements_wanted = Signal()
    activity_wanted = Signal()
    film_table_wanted = Signal(str)
    """(for files or for things; id of :attr:`Saving.files`; nothing, three times; one of
    :data:`FILM_TABLES`) what was found is to be kept."""

    def __init__(self, parent: QWidget, scale_bar: QAction) -> None:
        super().__init__(parent)
        self._scale_bar = scale_bar
        self._film_actions: list[QAction] = []
        self.setToolTipsVisible(True)

    def offer(self, display: PredictionDisplay, saving: Saving) -> None:
        """Offer what can be kept of a task."""
        self.clear()
        for text, act in (
                (tr("Table of classes…") if display.whole else tr(
                    "Table of {objects}…", objects=tr(display.found[1])),
                 partial(self.table_wanted.emit, False)),
                (tr("Table of all scores…") if display.whole else tr("Table of files…"),
                 partial(self.table_wanted.emit, True)),
                (tr("Activity by hour and station…"), self.activity_wanted.emit)):
            self.addAction(text, partial(_call, act))
        if display.picture and saving.annotation is not None and not saving.whole:
            measured = self.addAction(tr("Table of measurements…"),
                                      partial(_call, self.measurements_wanted.emit))
            measured.setToolTip(tr("Area, length, form and brightness of each, in µm and the like "
                                   "where the size of a pixel is known"))
        self._film_actions = [] if saving.tracks is None else [
            self.addAction(tr(text), partial(_call, partial(self.film_table_wanted.emit, kind)))
            for kind, (text, _) in FILM_TABLES.items()]
        for action, (_, tip) in zip(self._film_actions, FILM_TABLES.values(), strict=False):
            action.setToolTip(tr(tip))
        self.addSeparator()
        for id, kind in saving.files.items():
            self.addAction(tr("{title}…", title=tr(kind.title)),
                           partial(_call, partial(self.files_wanted.emit, id)))
        if saving.annotation is not None:
            labels = self.addAction(tr("Label files…"), partial(_call, self.labels_wanted.emit))
            labels.setToolTip(tr("Write what was found as label files for other programs, in a "
                                 "format of your choice"))
        if any(kind.draw is not None for kind in saving.files.values()):
            self.addSeparator()  # it writes nothing: it says how the pictures above are drawn
            self.addAction(self._scale_bar)

    def show_films(self, there: bool) -> None:
        """Offer what can be kept of videos only."""
        for action in self._film_actions:
            action.setVisible(there)
