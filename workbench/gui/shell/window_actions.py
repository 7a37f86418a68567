"""What can be done from anywhere in the window: files, themes, places, the engine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from workbench.gui.app.actions import Action
from workbench.gui.shell.places import Place
from workbench.gui.style.theme import Mode

if TYPE_CHECKING:
    from workbench.gui.app.context import AppContext
    from workbench.gui.app.projects import Projects
    from workbench.gui.shell.main_window import MainWindow

_MODES: tuple[tuple[Mode, str, str], ...] = (
    ("system", "Follow system theme", "settings"), ("light", "Light theme", "sun"),
    ("dark", "Dark theme", "moon"))


def add_window_actions(window: MainWindow, context: AppContext, projects: Projects,
                       places: Sequence[Place]) -> None:
    """Register the actions that belong to no place."""
    opened = lambda: context.session is not None  # noqa: E731  used three times below
    entries: list[Action] = [
        Action("file.open", "Open a folder…", window.choose_folder, ("Ctrl+O", "Ctrl+U"),
               menu="File", icon="folder-open"),
        Action("file.record", "New recording…", window.new_recording, menu="File",
               icon="microphone"),
        Action("file.sample", "Open the sample pictures", projects.open_sample, menu="File",
               icon="sample"),
        Action("file.sample-sounds", "Open the sample sounds",
               lambda: projects.open_sample("sounds"), menu="File", icon="audio"),
        Action("file.import", "Import a labelled folder…", lambda: window.import_desk.choose(),
               ("Ctrl+Shift+I",), menu="File", icon="download"),
        Action("file.restore", "Restore what was deleted…", lambda: window.trash.offer(),
               menu="File", icon="undo", enabled=opened, group="close"),
        Action("file.empty_trash", "Empty the trash…", lambda: window.trash.ask(), menu="File",
               icon="trash", enabled=opened, group="close"),
        Action("file.close", "Close the project", projects.close, menu="File",
               enabled=opened, group="close"),
        Action("file.quit", "Quit", window.close, ("Ctrl+Q",), menu="File", group="quit"),
        Action("view.palette", "Search actions, images, classes", window.open_palette,
               ("Ctrl+K", "Ctrl+Shift+P"), menu="View", icon="search"),
        Action("view.menu_bar", "Show or hide the menu bar", window.toggle_menu_bar,
               ("Ctrl+Shift+M",), menu="View", group="window"),
        Action("view.full_screen", "Full screen", window.toggle_full_screen, ("F11",),
               menu="View", group="window", icon="fit"),
    ]
    entries += [
        Action(f"view.theme_{mode}", text, partial(window.set_mode, mode), menu="View",
               group="theme", icon=icon)
        for mode, text, icon in _MODES
    ]
    entries += [
        Action(f"go.{place.id}", f"Go to {place.title}",
               partial(context.go, place.id), (f"Ctrl+{number}",), menu="Go",
               icon=place.icon,
               enabled=opened if place.needs_project else lambda: True)
        for number, place in enumerate(places, start=1)
    ]
    entries += [
        Action("go.back", "Go back", window.go_back, ("Alt+Left",), menu="Go",
               icon="arrow-left", group="back", enabled=lambda: window.has_history),
        Action("help.keys", "All keys", partial(window.open_sheet, "keys"), ("F1",), menu="Help",
               icon="keyboard"),
        Action("help.settings", "Settings", partial(window.open_sheet, "settings"), ("Ctrl+,",),
               menu="File", icon="settings", group="settings"),
        Action("help.about", "About Workbench", partial(window.open_sheet, "about"), menu="Help",
               icon="info"),
        Action("engine.start", "Start the engine again", window.start_engine, menu="Train",
               icon="cpu", enabled=lambda: context.engine.state in ("off", "failed")),
    ]
    for action in entries:
        context.actions.add(action)
