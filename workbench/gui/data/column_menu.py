"""Which measurements are shown as columns, chosen from a menu that stays open."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from workbench.core.measurements import MEASUREMENTS
from workbench.core.text import tr
from workbench.gui.data.measured_columns import USUAL
from workbench.gui.widgets.menu import Menu

_KEY = "measurements/columns"


class ColumnMenu(Menu):
    """Remembers the choice; of distances between key points, all are shown."""

    changed = Signal()
    """Other columns are wanted."""

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        said = settings.value(_KEY)
        self._chosen = set(str(said).split()) if said is not None else set(USUAL)
        self.setToolTipsVisible(True)
        for pixels in (False, True):
            if pixels:
                self.addSeparator()
                self.addAction(tr("Inside (reads the images)")).setEnabled(False)
            for item in MEASUREMENTS:
                if item.pixels == pixels:
                    action = self.addAction(tr(item.title))
                    action.setToolTip(tr(item.help))
                    action.setCheckable(True)
                    action.setChecked(item.id in self._chosen)
                    action.toggled.connect(partial(self._choose, item.id))

    def wants(self, id: str) -> bool:
        """Whether a measurement is to be shown."""
        return id in self._chosen or all(item.id != id for item in MEASUREMENTS)

    @property
    def inside(self) -> bool:
        """Whether the images have to be read for what is to be shown."""
        return any(item.pixels and item.id in self._chosen for item in MEASUREMENTS)

    def _choose(self, id: str, on: bool) -> None:
        (self._chosen.add if on else self._chosen.discard)(id)
        self._settings.setValue(_KEY, " ".join(sorted(self._chosen)))
        self.changed.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable():
            action.trigger()  # several are chosen in one go
        else:
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = self.activeAction()
        if event.text() == " " and action is not None and action.isCheckable():
            action.trigger()
        else:
            super().keyPressEvent(event)
