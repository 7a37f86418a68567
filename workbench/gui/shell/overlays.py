"""What is laid over the window or opened from it, made when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMetaObject, QObject, QRect
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget

from workbench.extension.window import Place
from workbench.gui.app.context import AppContext, Message
from workbench.gui.shell.places import FOOT
from workbench.gui.style import tokens

if TYPE_CHECKING:
    from workbench.gui.app.shortcuts import ShortcutMap
    from workbench.gui.shell.command_palette import CommandPalette
    from workbench.gui.shell.place_stack import PlaceStack
    from workbench.gui.shell.sheets import Sheet
    from workbench.gui.widgets.messages import MessageBar

MESSAGE_WIDTH = 640


class Overlays(QObject):
    """The message bar, the palette and the sheet of a window.

    Parameters
    ----------
    over
        What they lie over.
    area
        The part of it in which messages are shown.
    shortcuts
        Switched off while the palette or a sheet is open.
    places, place
        All places, and the id of the one that is shown.
    """

    def __init__(self, context: AppContext, over: QWidget, area: PlaceStack, shortcuts: ShortcutMap,
                 places: Iterable[Place], place: Callable[[], str]) -> None:
        super().__init__(over)
        self._context, self.over, self._area = context, over, area
        self._shortcuts, self._places, self._place = shortcuts, places, place
        self.sheet: Sheet | None = None
        area.installEventFilter(self)
        over.installEventFilter(self)
        self._leads_to = ""
        self._followed: list[QMetaObject.Connection] = []
        context.announced.connect(self._announce)
        context.withdrawn.connect(self._withdraw)
        context.status_changed.connect(self.place_message)  # a place may have a notice of its own

    # --- messages -------------------------------------------------------------------------------

    @cached_property
    def message_bar(self) -> MessageBar:
        """Where the program speaks."""
        from workbench.gui.widgets.messages import MessageBar

        bar, application = MessageBar(self.over), QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)
        bar.closed.connect(self._follow)
        return bar

    def dismiss_message(self) -> None:
        """Take the message away."""
        self._leads_to = ""
        if "message_bar" in self.__dict__:
            self.message_bar.dismiss()

    def _withdraw(self, sentence: str) -> None:
        if "message_bar" in self.__dict__ and self.message_bar.text == sentence:
            self.dismiss_message()

    def arrived(self, place: str) -> None:
        """A place is shown: what the message leads to is there."""
        if self._leads_to == place:
            self.dismiss_message()

    def _announce(self, message: Message) -> None:
        self._leads_to = message.place
        self.message_bar.show_message(message.tone, message.sentence, message.action_text,
                                      message.action, stays=message.stays,
                                      other_text=message.other_text, other=message.other)
        self._follow()

    def _follow(self) -> None:
        """Keep the message off the row at which somebody is."""
        for connection in self._followed:
            QObject.disconnect(connection)
        self._followed = []
        view = QApplication.focusWidget()
        if not self.message_bar.isHidden() and isinstance(view, QAbstractItemView):
            self._followed = [signal.connect(self.place_message) for signal in (
                view.selectionModel().currentChanged, view.verticalScrollBar().valueChanged)]
        self.place_message()

    def _in_use(self) -> QRect:
        """The current row of the list that has the keyboard, in pixels of the window."""
        view = QApplication.focusWidget()
        if not isinstance(view, QAbstractItemView) or not self.over.isAncestorOf(view):
            return QRect()
        row = view.visualRect(view.currentIndex()) & view.viewport().rect()
        return QRect(view.viewport().mapTo(self.over, row.topLeft()), row.size())

    def place_message(self) -> None:
        """Lay the message over the lower end of the place, in its middle; over the upper one where
        it would cover the row at which somebody is."""
        if "message_bar" not in self.__dict__ or self.message_bar.isHidden():
            return
        bar, area = self.message_bar, self._area.geometry()
        place = self._area.widget_of(self._area.current)
        foot = (FOOT if place is None else place.foot_height()) + tokens.SPACE_S
        width = min(MESSAGE_WIDTH, area.width() - 2 * tokens.SPACE_L)
        bar.setFixedWidth(width)
        height = bar.heightForWidth(width)
        spot = QRect(area.center().x() - width // 2, area.bottom() - height - foot, width, height)
        if spot.intersects(self._in_use()):
            spot.moveTop(area.top() + tokens.SPACE_S)
        bar.setGeometry(spot)
        bar.raise_()

    # --- the palette ----------------------------------------------------------------------------

    @cached_property
    def palette(self) -> CommandPalette:
        """The field that finds everything."""
        from workbench.gui.shell.command_palette import CommandPalette

        box = CommandPalette(self._context, self._place, self.over, self._places)
        box.opened.connect(lambda: self._shortcuts.set_enabled(False))
        box.closed.connect(lambda: self._shortcuts.set_enabled(True))
        return box

    def close_palette(self) -> None:
        """Take the palette away."""
        if "palette" in self.__dict__:
            self.palette.close_palette()

    # --- sheets ---------------------------------------------------------------------------------

    def lay_over(self, title: str, content: QWidget, foot: QWidget | None = None) -> Sheet:
        """Lay a page over the window, in the place of the one that is there."""
        from workbench.gui.shell.sheets import Sheet

        if self.sheet is not None:
            self.sheet.close_sheet()
        sheet = self.sheet = Sheet(title, content, self.over, foot)
        self._shortcuts.set_enabled(False)
        sheet.closed.connect(self._sheet_closed)
        return sheet

    def _sheet_closed(self) -> None:
        self.sheet = None
        self._shortcuts.set_enabled(True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            if watched is self._area:
                self.place_message()
            elif "palette" in self.__dict__:
                self.palette.resize_to_parent()
        return False
