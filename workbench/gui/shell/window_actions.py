"""What can be done from anywhere in the window: files, themes, places, the engine."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from functools import partial
from typing import Protocol

from workbench.core.text import tr
from workbench.extension.tasks import Task, tasks
from workbench.extension.window import Place, WindowAction, make
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, DataTarget
from workbench.gui.app.project_dialogs import ProjectDialogs
from workbench.gui.app.projects import Projects
from workbench.gui.app.task import other_tasks, turn_to
from workbench.gui.shell.place_stack import PlaceStack
from workbench.gui.shell.rail import place_keys
from workbench.gui.style.theme import Mode
from workbench.project.samples import SAMPLES

_NO_PROJECT = "Open a project first."
_MODES: tuple[tuple[Mode, str, str], ...] = (
    ("system", "Follow system theme", "settings"), ("light", "Light theme", "sun"),
    ("dark", "Dark theme", "moon"))


_STARTERS = "start menu desktop shortcut icon launcher"


class Commands(Protocol):
    """What the actions need of the window."""

    dialogs: ProjectDialogs
    stack: PlaceStack

    @property
    def menu_bar_shown(self) -> bool: ...
    def close(self) -> bool: ...
    def go_back(self) -> None: ...
    def open_palette(self) -> None: ...
    def open_sheet(self, name: str) -> object: ...
    def set_mode(self, mode: Mode) -> None: ...
    def start_engine(self) -> None: ...
    def toggle_full_screen(self) -> None: ...
    def toggle_menu_bar(self) -> None: ...


def add_window_actions(window: Commands, context: AppContext, projects: Projects,
                       places: Iterable[Place]) -> None:
    """Register the actions that belong to no place."""
    own = (place for place in places if not place.after)
    for action in (*_file_actions(window, context, projects), *_view_actions(window),
                   *(place_action(context, place, number) for number, place in enumerate(own)),
                   *_other_actions(window, context), *_task_actions(context)):
        context.actions.add(action)


def _file_actions(window: Commands, context: AppContext, projects: Projects) -> list[Action]:
    opened = lambda: context.session is not None  # noqa: E731  used three times below
    return [
        Action("file.open", tr("Open a folder…"), window.dialogs.choose_folder,
               ("Ctrl+O", "Ctrl+U"),
               menu="File", icon="folder-open"),
        Action("file.record", tr("New recording…"), window.dialogs.new_recording, menu="File",
               icon="microphone"),
        *(Action("file.sample" if kind == "images" else f"file.sample-{kind}",
                 tr("Open a sample: {shows} ({name})", shows=tr(sample.shows),
                    name=tr(sample.name)),
                 partial(projects.open_sample, kind), menu="File", under=tr("Open a sample"),
                 icon=sample.icon,
                 words="try example demo tutorial") for kind, sample in SAMPLES.items()),
        Action("file.import", tr("Import a labelled folder…"),
               lambda: window.dialogs.importing.choose(),
               ("Ctrl+Shift+I",), menu="File", icon="download"),
        Action("file.export_labels", tr("Export labels…"),
               lambda: window.dialogs.exporting.offer(), menu="File",
               icon="export", enabled=opened, needs=_NO_PROJECT),
        Action("file.hand_over", tr("Hand the project over…"),
               lambda: window.dialogs.handover.offer(), menu="File", icon="export", enabled=opened,
               needs=_NO_PROJECT, words="zip share send colleague archive publish zenodo usb"),
        Action("file.unpack", tr("Open a ZIP file of a project…"),
               window.dialogs.choose_archive, menu="File", icon="folder-open",
               words="unpack handed over share colleague"),
        Action("train.bring_models", tr("Add models from elsewhere…"),
               lambda: window.dialogs.handover.choose_models(), menu="Train", icon="download",
               enabled=opened, needs=_NO_PROJECT,
               words="bring import run training model colleague zip"),
        Action("file.measure", tr("Measure labelled objects…"),
               lambda: context.go("data", DataTarget("measurements")), menu="File", icon="chart",
               enabled=opened, needs=_NO_PROJECT,
               words="area length size tracks speed distance path count counts table csv"),
        Action("file.format", tr("How labels are kept"), window.dialogs.tell_format,
               menu="File", icon="info", enabled=opened, needs=_NO_PROJECT),
        Action("file.attributes", tr("Attributes…"),
               window.dialogs.ask_for_attributes, menu="File", icon="tag", enabled=opened,
               needs=_NO_PROJECT),
        Action("file.keypoints", tr("Key points of classes…"),
               window.dialogs.ask_for_key_points, menu="File", icon="keypoints",
               enabled=opened, needs=_NO_PROJECT),
        Action("file.split", tr("How samples are split…"),
               window.dialogs.show_split, menu="File", icon="split", enabled=opened,
               needs=_NO_PROJECT, words="divide keep together cameras stations nights folders "
               "leakage"),
        Action("file.check", tr("Find and mend problems…"),
               lambda: context.go("data", DataTarget(check=True)), menu="File", icon="search",
               enabled=opened, needs=_NO_PROJECT),
        Action("file.photos", tr("Make JPEG images of RAW photos"), window.dialogs.make_photos,
               menu="File", icon="images",
               enabled=lambda: bool(context.session and context.session.index.unread.photos),
               needs=tr("There are no RAW photos in the project without an image."),
               words="camera cr2 cr3 nef arw dng develop convert"),
        Action("file.stacks", tr("Make images of microscope and DICOM files…"),
               window.dialogs.make_pages, menu="File", icon="layers",
               enabled=lambda: bool(context.session and context.session.index.unread.stacks),
               needs=tr("There are no such files in the project without an image."),
               words="czi lif nd2 dcm zeiss leica nikon z-stack slices channels scenes x-ray ct"),
        Action("file.restore", tr("Restore what was deleted…"),
               lambda: window.dialogs.trash.offer(),
               menu="File", icon="undo", enabled=opened, needs=_NO_PROJECT, group="close"),
        Action("file.empty_trash", tr("Empty the trash…"), lambda: window.dialogs.trash.ask(),
               menu="File", icon="trash", enabled=opened, needs=_NO_PROJECT, group="close"),
        Action("file.close", tr("Close the project"), projects.close, menu="File",
               enabled=opened, needs=_NO_PROJECT, group="close"),
        Action("file.quit", tr("Quit"), window.close, ("Ctrl+Q",), menu="File", group="quit"),
    ]


def _view_actions(window: Commands) -> list[Action]:
    return [
        Action("view.palette", tr("Search actions, images, classes"), window.open_palette,
               ("Ctrl+K", "Ctrl+Shift+P"), menu="View", icon="search"),
        Action("view.menu_bar", tr("Show the menu bar"), window.toggle_menu_bar,
               ("Ctrl+Shift+M",), menu="View", group="window",
               checked=lambda: window.menu_bar_shown),
        Action("view.full_screen", tr("Full screen"), window.toggle_full_screen, ("F11",),
               menu="View", group="window", icon="fit"),
        *(Action(f"view.theme_{mode}", text, partial(window.set_mode, mode), menu="View",
                 group="theme", icon=icon) for mode, text, icon in _MODES),
    ]


def _other_actions(window: Commands, context: AppContext) -> list[Action]:
    return [
        Action("go.back", tr("Go back"), window.go_back, ("Alt+Left",), menu="Go",
               icon="arrow-left", group="back", enabled=lambda: window.stack.has_history),
        Action("help.keys", tr("Keyboard shortcuts"), partial(window.open_sheet, "keys"), ("F1",),
               menu="Help", icon="keyboard"),
        Action("help.settings", tr("Settings"), partial(window.open_sheet, "settings"), ("Ctrl+,",),
               menu="File", icon="settings", group="settings"),
        Action("help.menu_add", tr("Add to the applications menu"),
               partial(_change_menu, context, True), menu="Help", icon="plus", group="menu",
               enabled=lambda: _menu_state() != "this",
               needs=tr("The applications menu has this copy of Workbench."), words=_STARTERS),
        Action("help.menu_remove", tr("Remove from the applications menu"),
               partial(_change_menu, context, False), menu="Help", icon="minus", group="menu",
               enabled=lambda: _menu_state() != "none",
               needs=tr("The applications menu has no entry that Workbench has made."),
               words=_STARTERS),
        Action("help.about", tr("About Workbench"), partial(window.open_sheet, "about"),
               menu="Help", icon="info", group="about"),
        Action("engine.start", tr("Start the engine again"), window.start_engine, menu="Train",
               icon="cpu", enabled=lambda: context.engine.state in ("off", "failed")),
    ]


def _menu_state() -> str:
    from workbench.desktop.menu import state

    return state()


def _change_menu(context: AppContext, wanted: bool) -> None:
    from workbench.gui.app.menu_entry import change

    change(context, wanted)


def _task_actions(context: AppContext) -> list[Action]:
    return [Action(f"task.{task.id}", tr(task.begin), partial(turn_to, context, task.id),
                   menu="File", icon="tag", group="task",
                   enabled=partial(_may_turn_to, context, task))
            for task in tasks if task.begin]


def _may_turn_to(context: AppContext, task: Task) -> bool:
    return task in other_tasks(context.session)


def place_action(context: AppContext, place: Place, number: int) -> Action:
    """The way to a place, which is at position ``number`` of the rail."""
    keys = place_keys(number)
    return Action(
        f"go.{place.id}", tr("Go to {title}", title=tr(place.title)), partial(context.go, place.id),
        (keys,) if keys else (), menu="Go", icon=place.icon,
        enabled=lambda: context.session is not None or not place.needs_project,
        needs=_NO_PROJECT)


def add_registered(context: AppContext, action: WindowAction) -> None:
    """Register what a plugin lets a person do; what it raises is told, and ends nothing."""

    def run() -> None:
        try:
            make(action.run, context)
        except (Exception, SystemExit) as error:  # a plugin's code may raise anything
            context.say("bad", tr("“{value}” failed: {name}: {error}",
                                  value=action.text, name=type(error).__name__, error=error))
            context.log.add("bad", tr("“{value}” failed.", value=action.text),
                            detail="".join(traceback.format_exception(error)))

    context.actions.add(Action(
        action.id, action.text, run, action.keys, action.place, action.menu, action.icon,
        enabled=lambda: action.enabled(context)))
