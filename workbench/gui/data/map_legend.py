"""What the colours of the map mean: a click hides or shows a group, a double click leaves it alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem

from workbench.core.text import count, tr
from workbench.gui.data.map_groups import PointGroup
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.widgets import LinkButton, SectionTitle, SidePanel, column, keep_room, row
from workbench.gui.widgets.labels import swatch_icon
from workbench.gui.widgets.menu import Menu
from workbench.gui.widgets.tips import plain_tip

_ID = Qt.ItemDataRole.UserRole


class _List(QListWidget):
    """Space hides or shows the current group, Enter leaves it alone."""

    alone_wanted = Signal(object)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if item is not None and event.key() == Qt.Key.Key_Space:
            self.itemClicked.emit(item)
        elif item is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.alone_wanted.emit(item)
        else:
            super().keyPressEvent(event)


class MapLegend(SidePanel):
    """Lists the groups; knows which are hidden."""

    changed = Signal()
    """Other groups are hidden."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("right")
        self.hidden: set[str] = set()
        """Ids of the groups that are not shown."""
        self._theme = theme
        self._groups: tuple[PointGroup, ...] = ()
        self.title = SectionTitle("")
        self.list = _List()
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setAccessibleName(tr("Colours of the map"))
        self.all_button = LinkButton(tr("Show all"), "eye", run=self.show_all)
        edge = tokens.SPACE_M
        self.setLayout(column(
            row(self.title, margins=(edge, 0, edge, 0)),
            (row(self.list, margins=(tokens.SPACE_S, 0, 0, 0)), 1),
            row(self.all_button, 1, margins=(edge, 0, edge, 0)), spacing=tokens.SPACE_XS,
            margins=(0, edge, 0, edge)))
        self.list.itemClicked.connect(lambda item: self.toggle(str(item.data(_ID))))
        self.list.itemDoubleClicked.connect(lambda item: self.leave_alone(str(item.data(_ID))))
        self.list.alone_wanted.connect(lambda item: self.leave_alone(str(item.data(_ID))))
        self.list.customContextMenuRequested.connect(self._menu)
        theme.changed.connect(self._fill)
        keep_room(self.all_button)
        self.all_button.hide()

    def show_groups(self, title: str, groups: Iterable[PointGroup]) -> None:
        """Show the groups that points are coloured by now; those that are gone hide nothing."""
        self._groups = tuple(groups)
        self.hidden &= {group.id for group in self._groups}
        self.title.set_text(title)
        self._fill()

    def toggle(self, id: str) -> None:
        """Hide a group, or show it again."""
        self._set(self.hidden ^ {id})

    def leave_alone(self, id: str) -> None:
        """Hide all other groups; all are shown again where it is alone already."""
        others = {group.id for group in self._groups} - {id}
        self._set(set() if self.hidden == others else others)

    def show_all(self) -> None:
        """Show all groups."""
        self._set(set())

    def _set(self, hidden: set[str]) -> None:
        self.hidden = hidden
        self._fill()
        self.changed.emit()

    def _fill(self) -> None:
        at = self.list.currentRow()
        while self.list.count() > len(self._groups):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(self._groups):
            item = QListWidgetItem()
            item.setSizeHint(QSize(0, tokens.CONTROL_HEIGHT - tokens.SPACE_XS))
            self.list.addItem(item)
        for number, group in enumerate(self._groups):
            self._write(self.list.item(number), group)
        self.list.setCurrentRow(min(at, self.list.count() - 1))
        self.all_button.setVisible(bool(self.hidden))

    def _write(self, item: QListWidgetItem, group: PointGroup) -> None:
        hidden = group.id in self.hidden
        color = self._theme.color(group.color)
        item.setData(_ID, group.id)
        item.setText(f"{group.title}  {group.number:,}")
        item.setIcon(swatch_icon(QColor(self._theme.color("line")) if hidden else color))
        item.setForeground(self._theme.color("faint" if hidden else "ink"))
        item.setToolTip(plain_tip(f"{group.title}: {count(group.number, 'point')}\n") + tr(
            "Click: hide or show. Double click: show these alone."))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, tr(
            "{title}, hidden", title=group.title) if hidden else group.title)

    def _menu(self, at: QPoint) -> None:
        item = self.list.itemAt(at)
        if item is None:
            return
        id = str(item.data(_ID))
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        hide = tr("Show") if id in self.hidden else tr("Hide")
        menu.addAction(hide).triggered.connect(lambda: self.toggle(id))
        menu.addAction(tr("Show these alone")).triggered.connect(lambda: self.leave_alone(id))
        menu.addAction(tr("Show all")).triggered.connect(self.show_all)
        menu.popup(self.list.viewport().mapToGlobal(at))
