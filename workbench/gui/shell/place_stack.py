"""The places of the window, made when they are first shown; one of them is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.extension.window import Place
from workbench.gui.app.context import AppContext
from workbench.gui.shell.places import PlaceWidget, made_by, tell_failure
from workbench.gui.widgets.fitting import Fitting

START = "start"
"""Id of the page without a project; not a place of the rail."""
_REMEMBERED = 20


class PlaceStack(QStackedWidget):
    """Makes, shows and remembers places; it knows them only by their hooks."""

    changed = Signal(str)
    """(place id) another place is shown now."""

    def __init__(self, context: AppContext, places: Iterable[Place]) -> None:
        super().__init__()
        self._context = context
        self._places = {place.id: place for place in places}
        self._built: dict[str, PlaceWidget] = {}
        self._pages: dict[str, Fitting] = {}
        self._history: list[str] = []
        self.current = ""
        """Id of the place that is shown, :data:`START`, or ""."""

    # --- which there are ------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Place]:
        return iter(list(self._places.values()))

    def __contains__(self, id: str) -> bool:
        return id in self._places

    def add(self, place: Place) -> None:
        """A plugin brought one."""
        self._places[place.id] = place

    def get(self, id: str) -> Place | None:
        return self._places.get(id)

    def widget_of(self, id: str) -> PlaceWidget | None:
        """The place ``id``, if it has been shown before."""
        return self._built.get(id)

    @property
    def built(self) -> list[PlaceWidget]:
        """The places that have been shown."""
        return list(self._built.values())

    # --- showing --------------------------------------------------------------------------------

    def build(self, place: Place) -> PlaceWidget | None:
        """The place's widget, made if it was not there yet; None, and a message, where that fails.
        """
        widget = self._built.get(place.id)
        if widget is None:
            try:
                widget = made_by(place, self._context)
            except (Exception, SystemExit) as error:  # a plugin's code may raise anything
                if isinstance(place.factory, str) and place.factory.startswith("workbench."):
                    raise
                tell_failure(self._context, place.title, error)
                return None
            self._built[place.id] = widget
            page = self._pages[place.id] = Fitting()
            self.addWidget(page)
            page.hold(widget)  # then: whatever gets a parent is styled anew with all that is in it
        return widget

    def show_place(self, id: str, widget: PlaceWidget) -> None:
        """Show a place that was built."""
        if self.current in self._built:
            self._history = [*self._history[-_REMEMBERED:], self.current]
        self._change_to(id, widget)

    def show_start(self, page: QWidget) -> None:
        """Show the page without a project."""
        if self.indexOf(page) < 0:
            self.addWidget(page)
        self._change_to(START, page)
        self._history.clear()

    def _change_to(self, id: str, widget: QWidget) -> None:
        before = self._built.get(self.current)
        if before is not None:
            before.left()
        self.current = id
        self.setCurrentWidget(self._pages.get(id, widget))
        self.changed.emit(id)

    @property
    def has_history(self) -> bool:
        """Whether :meth:`go_back` leads anywhere."""
        return bool(self._history)

    def go_back(self, show: Callable[[str], object]) -> None:
        """``show`` the place that was shown before this one."""
        if self._history:
            before = self._history[:-1]
            show(self._history[-1])
            self._history = before

    # --- closing --------------------------------------------------------------------------------

    def leave(self) -> None:
        """Tell the place that is shown that it is left."""
        place = self._built.get(self.current)
        if place is not None:
            place.left()

    def close_down(self) -> None:
        """End the threads of all places."""
        for widget in self._built.values():
            widget.close_down()
