"""A place where samples of one medium are labelled: the project, the list, undo, the way back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLayout, QStackedLayout

from workbench.core.commands import UndoStack
from workbench.core.errors import ConflictError
from workbench.core.signal import Connections
from workbench.core.text import tr
from workbench.gui.app.context import (
    AppContext,
    ChosenTarget,
    ClassTarget,
    ImageTarget,
    MapTarget,
    StepTarget,
)
from workbench.gui.app.remember import PlaceMemory
from workbench.gui.app.undo_action import say_done, take_step
from workbench.gui.label.editor import LabelEditor
from workbench.gui.label.filter_terms import class_filter
from workbench.gui.label.viewer import SampleViewer
from workbench.gui.shell.menus import pop_up
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.widgets import EmptyState, SidePanel, column, scrolling
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.fitting import LIST, SIDE, FoldingPanels
from workbench.gui.widgets.surfaces import Squeezed

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from workbench.gui.label.sample_filter import Test
    from workbench.gui.label.sample_panel import SamplePanel
    from workbench.gui.widgets.class_panel import ClassPanel
    from workbench.project.session import Session


class LabellingPlace(PlaceWidget):
    """What the places of all media share.

    A subclass makes ``editor``, ``viewer`` and ``panels`` (the list at the left, the viewer, and
    classes and objects at the right), calls :meth:`connect_parts`, and then
    :meth:`project_changed`.
    """

    id: ClassVar[str]
    """Of the place, with which its actions and what it remembers begin."""
    editor: LabelEditor[Any]
    viewer: SampleViewer
    panels: FoldingPanels
    _stack: QStackedLayout

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._connections = Connections()
        self._memory = PlaceMemory(context.settings, self.id)
        self._back = ""
        self.colors = ClassColors()

    def connect_parts(self) -> None:
        """Listen to the parts that all media have."""
        context, editor, viewer = self._context, self.editor, self.viewer
        context.session_changed.connect(self.project_changed)
        viewer.refused.connect(self.refuse)
        viewer.told.connect(lambda sentence: context.say("info", sentence))
        viewer.toolbar.back.clicked.connect(self._go_back)
        editor.refused.connect(self.refuse)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.close_down)

    def connect_list(self, classes: ClassPanel) -> None:
        """Listen to the list of samples and to that of classes."""
        samples = self.sample_panel
        samples.menu.memory = self._memory
        samples.chosen.connect(self.open)
        samples.accepted.connect(self.viewer.focus)
        samples.view.accepted.connect(self.enter_in_list)
        classes.named.connect(self.viewer.focus)
        classes.filter_wanted.connect(lambda name: samples.set_filter(class_filter(name)))
        classes.changed_everywhere.connect(self.tell_everywhere)
        classes.refused.connect(self.refuse)

    def enter_in_list(self) -> None:
        """Enter was pressed in the list of samples; the keys are the viewer's now."""

    def lay_out(self, empty: EmptyState, side: QLayout, list_width: int, side_width: int) -> None:
        """Put ``empty``, and behind it the list, the viewer and ``side`` beside each other; the
        widths are the least ones in logical pixels."""
        self._empty = empty
        self.side = SidePanel("left")
        self.sample_panel.setMinimumWidth(list_width)
        self.side.setMinimumWidth(side_width)
        # From outside in: whatever gets a parent is styled anew with all that is in it.
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self.panels = FoldingPanels(self._memory)
        self._stack.addWidget(self.panels)
        for widget in (self.sample_panel, self.viewer, self.side):
            self.panels.addWidget(widget)
        page = Squeezed()
        self.side.setLayout(column(scrolling(page), spacing=0))
        page.setLayout(side)
        toolbar = self.viewer.toolbar
        self.panels.set_toggles({LIST: toolbar.list_toggle, SIDE: toolbar.side_toggle})

    def open_folder(self) -> None:
        """Ask for a project."""
        self._context.actions["file.open"].run()

    # --- what a medium says ---------------------------------------------------------------------

    @property
    @abstractmethod
    def sample_panel(self) -> SamplePanel:
        """The list of samples with its filter."""

    @abstractmethod
    def open(self, key: str) -> None:
        """Show the sample ``key``."""

    @abstractmethod
    def show_page(self) -> None:
        """Show the panels, or what this place is for where there is nothing to label."""

    @abstractmethod
    def watch(self, session: Session) -> list[Callable[[], None]]:
        """Listen to a project that was opened; what ends that."""

    @abstractmethod
    def show_project(self, session: Session | None) -> None:
        """Show a project, or that none is open; the editor has it."""

    def leave_project(self) -> None:
        """Another project will be shown."""

    def show_target(self, target: ImageTarget) -> None:
        """Show what another place asks for, on the sample that is shown by now."""

    def go_to(self, key: str) -> None:
        """Show another sample as the one a person goes to."""
        self.open(key)

    # --- the project ----------------------------------------------------------------------------

    def project_changed(self) -> None:
        self.leave_project()
        self._connections.end()
        self._session = session = self._context.session
        self.viewer.forget_conflicts()
        self._set_back("")
        self.editor.set_session(session)
        self.colors.set_classes(session.classes if session is not None else None)
        if session is not None:
            self._connections.add(
                session.conflict.connect(self._conflict),
                session.saver.saved.connect(self.viewer.saved),
                session.saver.failed.connect(lambda _key, _error: self.viewer.update_notice()),
                session.undo.changed.connect(self.show_undo),
                session.problems_changed.connect(self.show_page),  # why there are no samples
                *self.watch(session),
            )
        self.show_undo()
        self.show_project(session)
        self._context.status_changed.emit()

    @property
    def steps(self) -> UndoStack | None:
        """What Ctrl+Z takes back."""
        return self._session.undo if self._session is not None else None

    def show_undo(self) -> None:
        """Say what can be taken back, and done again."""
        stack = self.steps
        self.viewer.toolbar.show_undo(stack.undo_text if stack is not None else None,
                                      stack.redo_text if stack is not None else None)

    def _conflict(self, key: str, error: ConflictError) -> None:
        """Another program changed labels: told over their sample, and a way there is offered."""
        self.viewer.conflict(key, error)
        self._context.status_changed.emit()
        library = self.editor.library
        if key != self.editor.key and library is not None and library.row(key) is not None:
            self._context.say("warn", error.sentence(), tr("Show"), lambda: self.go_to(key))

    def remember(self, name: str, value: str) -> None:
        """Keep what a person left in this project, for the next time."""
        if self._session is not None:
            self._memory.remember(self._session.folder, name, value)

    def remembered(self, name: str) -> str:
        """What was kept under ``name``, or ""."""
        session = self._session
        return self._memory.of_project(session.folder, name) if session is not None else ""

    def locked_words(self) -> str:
        """Why the project's folder cannot be looked into, or ""."""
        problems = self._session.problems if self._session is not None else ()
        return next((problem.reason for problem in problems
                     if problem.kind == "unreadable-folder"), "")

    # --- which sample ---------------------------------------------------------------------------

    def step(self, by: int) -> None:
        """Go on or back in the list."""
        key = self.sample_panel.view.step(by)
        if key:
            self.go_to(key)

    def previous(self) -> None:
        self.step(-1)

    def next(self) -> None:
        self.step(1)

    def go_on(self, wanted: Test, otherwise: str) -> None:
        """Go to the next sample, as the list stands, that is ``wanted``; from the end to the
        beginning. Where there is none, say ``otherwise``."""
        samples = self.sample_panel.view.samples
        start = samples.row(self.editor.key)
        first = 0 if start is None else start + 1
        for row in (*range(first, samples.rowCount()), *range(first)):
            key = samples.key(row)
            if key != self.editor.key and wanted(key, samples.summary(key)):
                self.go_to(key)
                return
        self._context.say("ok", otherwise)

    # --- undo -----------------------------------------------------------------------------------

    def undo(self) -> None:
        """Take the last step back and show where it was."""
        self._travel(forward=False)

    def redo(self) -> None:
        self._travel(forward=True)

    def _travel(self, *, forward: bool) -> None:
        if self._session is None:
            return
        stack = self._session.undo
        step = stack.next_step(forward)
        # A step across the project is not about these objects: it must not select them.
        self.editor.following = step is not None and bool(step.key)
        try:
            command = take_step(self._context, forward=forward)
        finally:
            self.editor.following = False
        key, library = command.key if command is not None else "", self.editor.library
        if key and key != self.editor.key and library is not None and library.row(key) is not None:
            self.go_to(key)

    # --- panels, menus and messages -------------------------------------------------------------

    def find_samples(self) -> None:
        """Give the keyboard to the filter of the list."""
        self.panels.fold(LIST, folded=False)
        field = self.sample_panel.field
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        field.selectAll()

    def toggle_list(self) -> None:
        self.panels.toggle(LIST)

    def toggle_side(self) -> None:
        self.panels.toggle(SIDE)

    def pop_up(self, names: tuple[str, ...], at: QPoint) -> None:
        """Show a context menu of these actions of the place; "" stands for a line."""
        pop_up(self, self._context.actions, self.id, names, at)

    def refuse(self, sentence: str) -> None:
        """Say why something was not done."""
        self._context.say("warn", sentence)

    def say_with_undo(self, sentence: str) -> None:
        """Say it, with the way back for as long as it is the last step."""
        assert self._session is not None
        say_done(self._context, self._session, sentence, "info", self.undo)

    def tell_everywhere(self) -> None:
        """Say what the last step did to a class of the whole project."""
        self.say_with_undo("")

    def _set_back(self, place: str) -> None:
        self._back = place
        self.viewer.toolbar.show_back(place)

    def _go_back(self) -> None:
        place = self._back
        self._set_back("")
        self._context.go(place)

    def find_alike(self) -> None:
        """Show on the map what is like this sample."""
        self._context.go("data", MapTarget(self.editor.key))

    def find_alike_objects(self) -> None:
        """Show on the map what is like the object, or region, that is selected."""
        index = self.editor.active
        if index is not None:
            self._context.go("data", MapTarget(self.editor.key, self.editor.objects[index].box))

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        if isinstance(target, ImageTarget):
            self._go_to_target(target)
        elif isinstance(target, ClassTarget):
            self.sample_panel.set_filter(class_filter(target.name))
        elif isinstance(target, ChosenTarget):
            self.sample_panel.show_only(target.keys, target.words)
            self.go_to(target.keys[0])
            self._set_back(target.back)
        elif isinstance(target, StepTarget):
            self._set_back("train")
        elif target is None:
            self._set_back("")
        self.viewer.focus()

    def _go_to_target(self, target: ImageTarget) -> None:
        """Show the sample, in the list as well, and the way back."""
        self.reveal_in_list(target.key)
        self.go_to(target.key)
        self._set_back(target.back)
        self.show_target(target)

    def reveal_in_list(self, key: str) -> None:
        """Take off a filter that hides the sample."""
        panel = self.sample_panel
        if panel.view.samples.row(key) is None and not panel.view.samples.filter.shows_all:
            panel.clear_filter()

    def left(self) -> None:
        self.viewer.dismiss_chooser()
