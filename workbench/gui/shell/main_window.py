"""The one window: top bar, rail, places, status bar; it knows places only by their hooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QIcon,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QWidget

from workbench.core.text import tr
from workbench.extension.window import Place
from workbench.extension.window import actions as registered_actions
from workbench.extension.window import places as registered_places
from workbench.gui.app.context import AppContext
from workbench.gui.app.key_choices import follow_keys
from workbench.gui.app.project_dialogs import ProjectDialogs
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.app.shortcuts import ShortcutMap, keeps_key
from workbench.gui.app.task import media_in, stands_for
from workbench.gui.shell.overlays import Overlays
from workbench.gui.shell.place_stack import PlaceStack
from workbench.gui.shell.places import CloseChoice, PlaceWidget, register_places
from workbench.gui.shell.rail import Rail
from workbench.gui.shell.status_bar import StatusBar
from workbench.gui.shell.top_bar import TopBar
from workbench.gui.shell.window_actions import add_registered, add_window_actions, place_action
from workbench.gui.style import tokens
from workbench.gui.style.theme import Mode
from workbench.gui.widgets.layout import column, row

if TYPE_CHECKING:
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.close_question import CloseQuestion
    from workbench.gui.shell.menus import Menus
    from workbench.gui.shell.sheets import Sheet
    from workbench.gui.shell.start_page import StartPage

INTERRUPTED_MS = 500
"""Time after which the runs of a project that was opened are looked at."""
WINDOW_ICON = 64
SMALLEST, USUAL = QSize(480, 280), QSize(1280, 800)
NARROW = 720
"""Width in logical pixels below which the bar at the top says less."""
TITLE_BAR = 40
"""Logical pixels of a screen's height that the desktop needs for the window's frame."""


def screen_room() -> QSize:
    """The largest size of a window whose frame, too, is on the screen."""
    available = QGuiApplication.primaryScreen().availableGeometry().size()
    return available - QSize(0, TITLE_BAR)


class MainWindow(QMainWindow):
    """Shows one place at a time and remembers how it was left.

    Parameters
    ----------
    context
        What the places share.
    projects
        Opens and closes projects.
    places
        The rail's entries; a test passes its own.
    """

    painted = Signal()
    """The window was painted for the first time."""
    closed = Signal()
    """The window has been closed for good."""

    def __init__(self, context: AppContext, projects: Projects,
                 places: Sequence[Place] | None = None) -> None:
        super().__init__()
        self._context = context
        self._projects = projects
        self._project = ""
        self._memory = PlaceMemory(context.settings, "window")
        self._forget_index: Callable[[], None] = lambda: None
        self._may_close = False
        self._was_painted = self._is_closed = False
        self._question: CloseQuestion | None = None
        self.setWindowTitle(tr("Workbench"))
        self.setMinimumSize(SMALLEST.boundedTo(screen_room()))
        self.setAcceptDrops(True)
        self.top_bar = TopBar()
        register_places()
        self.stack = PlaceStack(context, registered_places if places is None else places)
        self.rail = Rail(self.stack)
        self.status_bar = StatusBar()
        self._start: StartPage | None = None
        body = row(self.rail, (self.stack, 1), spacing=0)
        central = QWidget()
        central.setLayout(column(self.top_bar, (body, 1), self.status_bar, spacing=0))
        self.setCentralWidget(central)
        self._menus: Menus | None = None
        self.shortcuts = ShortcutMap(self, context.actions)
        self.shortcuts.refused.connect(lambda sentence: context.say("info", sentence))
        self.overlays = Overlays(context, central, self.stack, self.shortcuts, self.stack,
                                 lambda: self.place)
        self.dialogs = ProjectDialogs(self.overlays, context, projects)
        add_window_actions(self, context, projects, self.stack)
        follow_keys(self.top_bar, context.actions, "view.palette", self.top_bar.show_palette_key)
        for place in self.stack:
            if (way := f"go.{place.id}") in context.actions:
                button = self.rail.button(place.id)
                follow_keys(button, context.actions, way, button.set_keys)
        self._forget_plugins: Callable[[], None] = lambda: None
        if places is None:
            self.painted.connect(self._listen_to_plugins)
        self._connect()
        self._update_rail()
        self._restore()

    def _connect(self) -> None:
        context = self._context
        context.session_changed.connect(self._session_changed)
        context.place_requested.connect(self.show_place)
        context.status_changed.connect(self._update_status)
        context.import_wanted.connect(self.dialogs.import_folders)
        context.open_wanted.connect(self._projects.open)
        context.notice_changed.connect(self._show_notice)
        context.theme.changed.connect(self._theme_changed)
        self.rail.chosen.connect(lambda place: context.go(place))
        self.top_bar.palette_requested.connect(self.open_palette)
        self.top_bar.menu_requested.connect(self._open_menu)
        self.top_bar.engine_requested.connect(self._engine_clicked)
        self.stack.changed.connect(self.shortcuts.set_place)
        # what can wait until something can be seen
        self.painted.connect(self._listen_to_engine)
        self.painted.connect(self._draw_window_icon)

    # Places

    @property
    def place(self) -> str:
        """Id of the place that is shown, or "start"."""
        return self.stack.current

    def place_widget(self, place: str) -> PlaceWidget | None:
        """The place ``place``, if it has been shown before."""
        return self.stack.widget_of(place)

    def _listen_to_plugins(self) -> None:
        from workbench.extension.registry import loaded

        if self._is_closed:
            return
        self._forget_plugins = loaded.connect(self._add_registered)
        self._add_registered()

    def _add_registered(self) -> None:
        """Add the places and actions that plugins brought."""
        for place in registered_places:
            if place.id not in self.stack:
                if not place.after:  # else the key and the action of that place lead to it
                    self._context.actions.add(place_action(self._context, place, len(self.rail)))
                self.stack.add(place)
                self.rail.add(place)
        for action in registered_actions:
            if action.id not in self._context.actions:
                add_registered(self._context, action)
        self._update_rail()

    def show_place(self, place: str, target: object = None) -> None:
        """Show ``place`` with ``target``; it is built when it is shown for the first time."""
        known = self.stack.get(place)
        if known is not None and stands_for(known, self._context.session) in self.stack:
            place = stands_for(known, self._context.session)
            known = self.stack.get(place)
        if known is None or (known.needs_project and self._context.session is None):
            return
        widget = self.stack.build(known)
        if widget is None:
            return
        if place != self.place:
            self.stack.show_place(place, widget)
            self.rail.select(known.after if known.passing else place)
            self.rail.show()
            self.status_bar.show()
            self.overlays.close_palette()
            self._update_rail()
            session = self._context.session
            if session is not None and not known.passing:
                self._memory.remember(session.folder, "place", place)
        widget.entered(target)
        self._show_where()
        self._update_status()
        focus = self.focusWidget()
        if focus is None or not widget.isAncestorOf(focus):
            widget.setFocus(Qt.FocusReason.OtherFocusReason)
        self.overlays.arrived(place)

    def go_back(self) -> None:
        """Show the place that was shown before this one."""
        self.stack.go_back(self.show_place)

    def show_start(self) -> None:
        """Show the page without a project."""
        if self._start is None:
            from workbench.gui.shell.start_page import StartPage

            self._start = StartPage(self._projects)
            self._start.open_requested.connect(self.dialogs.choose_folder)
            self._start.record_requested.connect(self.dialogs.new_recording)
            follow_keys(self._start, self._context.actions, "file.open",
                        self._start.open_button.set_keys)
        self.stack.show_start(self._start)
        self.rail.hide()
        self.status_bar.hide()
        self._start.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_where()
        self._update_status()

    def _show_where(self) -> None:
        session = self._context.session
        project = session.manifest.name if session is not None else ""
        place = self.stack.get(self.place)
        self.top_bar.set_where(project, tr(place.title) if place is not None else "")
        second = tr(" (second window)") if session is not None and session.other is not None else ""
        self._project = f"{project}{second}" if project else ""
        self._show_notice()

    def _show_notice(self) -> None:
        """Tell at the rail and in the window's title how a training stands."""
        notice = self._context.notice
        for place in self.stack:
            shown = notice if notice is not None and notice.place == place.id else None
            self.rail.button(place.id).set_notice(shown.tone if shown else "",
                                               shown.text if shown else "")
        told = notice.text if notice is not None else ""
        self.setWindowTitle(" – ".join(part for part in (told, self._project, tr("Workbench"))
                                       if part))

    def _look_for_interrupted(self) -> None:
        """A run that a power cut ended shows before anybody has been in Train."""
        session = self._context.session
        if session is not None and self._context.notice is None and self.place != "train":
            from workbench.gui.shell.run_notice import interrupted_notice

            self._context.notify(interrupted_notice(session.folder))

    def _update_status(self) -> None:
        widget = self.stack.widget_of(self.place)
        self.status_bar.set_texts(*(widget.status() if widget is not None else ("", "")))

    # The project

    def _session_changed(self) -> None:
        session = self._context.session
        self.status_bar.set_session(session)
        self._forget_index()
        self._forget_index = session.index.finished.connect(self._update_rail) \
            if session is not None else lambda: None
        self.overlays.dismiss_message()
        self._update_rail()
        if session is None:
            self.show_start()
        else:
            QTimer.singleShot(INTERRUPTED_MS, self, self._look_for_interrupted)
        self._show_where()

    def _update_rail(self) -> None:
        session = self._context.session
        media = media_in(session)
        for place in self.stack:
            button = self.rail.button(place.id)
            button.setEnabled(session is not None or not place.needs_project)
            shown = not place.media or place.media in media
            stays = shown and stands_for(place, session) == place.id
            button.setVisible(not place.passing and (stays or place.id == self.place))
        self._fit_rail()

    def _fit_rail(self) -> None:
        bars = tokens.TOP_BAR_HEIGHT + tokens.STATUS_HEIGHT
        self.rail.fit(self.size() - QSize(0, bars))

    # How it looks

    def _theme_changed(self) -> None:
        self._draw_window_icon()
        self.update()

    def _draw_window_icon(self) -> None:
        self.setWindowIcon(QIcon(self._context.theme.pixmap("app", "accent", WINDOW_ICON)))

    def set_mode(self, mode: Mode) -> None:
        """Be light or dark from now on, or as the system is."""
        self._context.settings.setValue("theme", mode)
        self._context.theme.set_mode(mode)

    # The engine

    def _listen_to_engine(self) -> None:
        self._context.engine.state_changed.connect(self._engine_changed)
        self._engine_changed()

    def _engine_changed(self) -> None:
        engine = self._context.engine
        self.top_bar.set_engine(engine.state, engine.detail)
        self.top_bar.set_device(engine.devices[0] if engine.devices else None)

    def start_engine(self) -> None:
        """Start the engine, or start it again after it failed."""
        self._context.engine.start()

    def _engine_clicked(self) -> None:
        state = self._context.engine.state
        if state in ("off", "failed"):
            self.start_engine()
        else:
            self._context.go("train" if state == "busy" else "log")

    # Palette, menus and keys

    @property
    def menus(self) -> Menus:
        """The menu bar's menus, made when they are first needed; the bar itself stays hidden."""
        if self._menus is None:
            from workbench.gui.shell.menus import Menus

            # Menus are filled when they are opened. The bar at the top of a Mac's screen hides
            # empty ones, and takes the keys that are written in them for its own.
            self.menuBar().setNativeMenuBar(False)
            self.menuBar().hide()
            self._menus = Menus(self.menuBar(), self._context.actions, lambda: self.place)
        return self._menus

    def open_sheet(self, name: str) -> Sheet:
        """Lay a page over the window: "keys", "settings" or "about"."""
        from workbench.gui.shell.sheets import PAGES

        title, make = PAGES[name]
        page = make(self.stack, self._context)
        return self.overlays.lay_over(tr(title), page, getattr(page, "foot", None))

    def open_palette(self) -> None:
        """Show the field that finds everything."""
        self.overlays.palette.open()

    def _open_menu(self) -> None:
        menu = self.menus.popup(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        button = self.top_bar.menu_button
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    @property
    def menu_bar_shown(self) -> bool:
        """Whether the menu bar is there."""
        return self._menus is not None and not self._menus.bar.isHidden()

    def toggle_menu_bar(self) -> None:
        """Show the menu bar, or hide it."""
        shown = self._menus is None or self._menus.bar.isHidden()
        self._show_menu_bar(shown)
        self._context.settings.setValue("window/menu_bar", int(shown))

    def _show_menu_bar(self, shown: bool) -> None:
        if shown or self._menus is not None:
            self.menus.bar.setVisible(shown)

    def toggle_full_screen(self) -> None:
        """Fill the screen, or be a window again."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def event(self, event: QEvent) -> bool:
        # reaches the window when no control in between wanted the key for itself
        if keeps_key(event):
            event.accept()
            return True
        return super().event(event)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        # opening may ask or take a moment: the program that dropped must not wait for it
        QTimer.singleShot(0, self, lambda: self.dialogs.dropped(paths))

    # Size and state

    def _restore(self) -> None:
        settings = self._context.settings
        geometry = settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(USUAL)
        if not self.windowState() & (Qt.WindowState.WindowMaximized
                                     | Qt.WindowState.WindowFullScreen):
            self.resize(self.size().boundedTo(screen_room()))  # it may be another screen now
        self._show_menu_bar(str(settings.value("window/menu_bar", 0)) == "1")

    def last_place(self, folder: Path) -> str:
        """The place in which the project in ``folder`` was left, "" for one that is new here."""
        return self._memory.of_project(folder, "place")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self.place:
            self.show_start()
        self.overlays.place_message()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.top_bar.set_narrow(self.width() < NARROW)
        self._fit_rail()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self, self.painted.emit)

    # Closing

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close and self._asks_before_closing():
            event.ignore()
            return
        self._context.settings.setValue("window/geometry", self.saveGeometry())
        self.stack.leave()
        self.hide()  # what follows may take a moment
        self.dialogs.stop()
        self._projects.close()
        self._projects.stop()
        self.stack.close_down()
        if self._context.engine_made:
            self._context.engine.stop(wait_seconds=3.0)
        if self._start is not None:
            self._start.close_threads()
        self._is_closed = True
        self._forget_plugins()
        self.shortcuts.close()
        if self._menus is not None:
            self._menus.close()
        super().closeEvent(event)
        self.closed.emit()

    def _asks_before_closing(self) -> bool:
        for place in self.stack.built:
            question = place.may_close()
            if question:
                self._ask(question, place.close_choices())
                return True
        reason = self._projects.flush()
        if reason:
            self._ask(tr("Not everything is saved. {reason}", reason=reason), ())
        return bool(reason)

    def _ask(self, question: str, choices: Sequence[CloseChoice]) -> None:
        from workbench.gui.shell.close_question import CloseQuestion

        if self._question is None:
            self._question = CloseQuestion(self, self.close_now)
        self._question.ask(question, choices)

    def close_now(self) -> None:
        """Close without asking; what can be saved is saved."""
        self._may_close = True
        self.close()
