"""Design your own network: layers from the image to the classes, measured as one types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QStackedLayout, QWidget

from workbench.core.background import WorkQueue
from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.text import count, tr
from workbench.extension.registry import load
from workbench.extension.tasks import tasks
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, RecipeTarget
from workbench.gui.app.task import task_of, window_task
from workbench.gui.app.undo_action import add_undo_actions
from workbench.gui.background.threads import work_queue
from workbench.gui.network.controller import NetworkController
from workbench.gui.network.inspector import Inspector
from workbench.gui.network.layer_list import LayerList
from workbench.gui.network.palette import LayerPalette
from workbench.gui.network.texts import amount
from workbench.gui.shell.menus import pop_up
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    ElidedLabel,
    EmptyState,
    IconButton,
    LinkButton,
    PrimaryButton,
    QuietButton,
    column,
    in_reading_order,
    label,
    row,
    widget_of,
)
from workbench.gui.widgets.key_words import keyed_tip
from workbench.gui.widgets.menu import Menu
from workbench.project.networks.files import DesignedRecipes, read_design
from workbench.project.networks.layers import KINDS, Layer
from workbench.project.networks.network import IMAGES, Design, InputKind
from workbench.project.networks.presets import EMPTY, LITTLE_VGG, PRESETS
from workbench.project.session import Session
from workbench.project.trash import PutAway, bring_back, put_away

_NARROW, _FEW = 1000, 700
"""Widths in logical pixels below which the list leaves out one column, and two."""
_SMALL, _SMALLEST = 880, 560
"""Width below which the kinds of layers are a menu, and the least that the place needs."""
_SAVE_SECONDS = 2.0
_MENU = ("duplicate", "up", "down", "", "remove")


class NetworkPlace(PlaceWidget):
    """Kinds of layers at the left, the network in the middle, the chosen layer at the right."""

    id = "network"

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.controller = NetworkController()
        self._saved: WorkQueue[object] = work_queue(self, "networks")
        self._forget_labels: Callable[[], None] = lambda: None
        self._forget_conflicts: Callable[[], None] = lambda: None
        self._make()
        self._wire()
        self._add_actions()
        self._session_changed()

    def _make(self) -> None:
        self.back = QuietButton(tr("Back to Train"), "arrow-left")
        self.box = QComboBox()
        self.box.setAccessibleName(tr("Network"))
        self.box.setToolTip(tr("The networks of this project, files in its folder “networks”"))
        self.box.setMinimumContentsLength(12)
        self.new_button = QuietButton(tr("New"), "file", run=lambda: self._offer(self.new_button),
                                      tip=tr("Begin another network"))
        self.add_button = QuietButton(tr("Layer"), "plus", run=self._offer_layers,
                                      tip=tr("Add a layer below the chosen one"))
        self.add_button.hide()
        self.undo_button = IconButton("undo", tr("Undo"))
        self.redo_button = IconButton("redo", tr("Redo"), run=lambda: self._take_step(forward=True))
        keyed_tip(self.undo_button, tr("Undo (<network.undo>)"))
        keyed_tip(self.redo_button, tr("Redo (<network.redo>)"))
        self.delete_button = IconButton("trash", tr("Move this network to the trash"))
        self.list = LayerList(self._context.theme)
        self.palette_panel = LayerPalette(self.list)
        self.inspector = Inspector()
        self.total = ElidedLabel()
        self.problem = label("", "caption", "bad", wrap=True)
        self.train_button = PrimaryButton(tr("Train it"), "play", run=self.train)
        self._make_empty()
        self.pages = QStackedLayout(self)
        for widget in (self._page(), self.empty, self.elsewhere):
            self.pages.addWidget(widget)
        in_reading_order([self.back, self.box, self.new_button, self.add_button,
                          self.undo_button, self.redo_button, self.delete_button],
                         self.palette_panel.buttons.values(), [self.list, self.train_button])

    def _page(self) -> QWidget:
        edge = tokens.SPACE_M
        bar = row(self.back, self.box, self.new_button, self.add_button,
                  self.undo_button, self.redo_button, 1, self.delete_button,
                  margins=(edge, edge, edge, edge))
        foot = row((column(self.total, self.problem, spacing=0), 1), self.train_button)
        middle = widget_of(column((self.list, 1), foot, margins=(edge, 0, edge, edge)))
        parts = row(self.palette_panel, (middle, 1), self.inspector, spacing=0)
        page = widget_of(column(bar, (parts, 1), spacing=0))
        page.setMinimumWidth(_SMALLEST)
        return page

    def _make_empty(self) -> None:
        self.empty = EmptyState(
            "layers", tr("Design your own network"),
            tr("Put layers together and see at once what each gives and costs. Train then offers "
               "the network beside the others."), tr("Begin with {title}", title=LITTLE_VGG.title))
        self.other = LinkButton(tr("Begin with something else"))
        self.empty.add(self.other)
        self.elsewhere = EmptyState(
            "layers", tr("For sorted images and sounds"),
            tr("Networks of your own tell whole images or sounds apart. This project is about "
               "something else."), tr("Back to Train"))

    def _wire(self) -> None:
        controller = self.controller
        self._context.session_changed.connect(self._session_changed)
        for button in (self.back, self.elsewhere):
            button.clicked.connect(lambda *_: self._context.go("train"))
        self.box.activated.connect(lambda _at: self._when_saved(
            partial(self._open, Path(str(self.box.currentData())))))
        self.other.clicked.connect(lambda: self._offer(self.other))
        self.empty.clicked.connect(lambda: self.begin(LITTLE_VGG))
        self.undo_button.clicked.connect(lambda: self._take_step(forward=False))
        self.delete_button.clicked.connect(self.delete)
        self.palette_panel.added.connect(self._add)
        self.list.picked.connect(controller.choose)
        self.list.moved.connect(controller.move)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.inspector.edited.connect(controller.set_value)
        controller.changed.connect(self._show)

    def _add_actions(self) -> None:
        controller = self.controller
        add_undo_actions(self._context, self.id, lambda: controller.undo, self._take_step)
        has = lambda: self.controller.layer is not None  # noqa: E731  asked by four
        rows = (
            ("remove", "Remove the layer", ("Del",), "Edit", "trash", controller.remove_chosen,
             has),
            ("duplicate", "Duplicate the layer", ("Ctrl+D",), "Edit", "duplicate",
             controller.duplicate_chosen, has),
            ("up", "Move the layer up", ("Alt+Up",), "Edit", "arrow-up",
             partial(controller.move_chosen, -1), has),
            ("down", "Move the layer down", ("Alt+Down",), "Edit", "arrow-down",
             partial(controller.move_chosen, 1), has),
        )
        for name, text, keys, menu, icon, run, enabled in rows:
            self._context.actions.add(Action(f"{self.id}.{name}", text, run, keys, self.id, menu,
                                             icon, enabled))

    # --- which network --------------------------------------------------------------------------

    def _session_changed(self) -> None:
        for forget in (self._forget_labels, self._forget_conflicts):
            forget()
        self._forget_labels = self._forget_conflicts = lambda: None
        self._saved.cancel()
        session = self._context.session
        self.controller.open_project(session)
        if session is not None:
            self._forget_conflicts = session.conflict.connect(self._conflict)

    def _conflict(self, key: str, error: ConflictError) -> None:
        """Another program changed the file of the network that is shown."""
        if self.controller.is_file(key):
            self._context.say("warn", error.sentence(), tr("Load the file"), self._reload)

    def _reload(self) -> None:
        try:
            self.controller.reload()
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())

    def _kind(self) -> InputKind | None:
        """What comes into networks of the project's task; None where it knows none."""
        session, id = self._context.session, task_of(self._context.session)
        files = tasks.get(id).recipe_files if session is not None and id in tasks else ""
        found = load(files) if files else None
        return found.kind if isinstance(found, DesignedRecipes) else None

    def _follow_labels(self, session: Session) -> None:
        """Measure for the classes that the project has."""
        task = window_task(task_of(session))
        if task is None or not task.outputs:
            return
        outputs: Callable[[Session], int] = load(task.outputs)

        def look() -> None:
            self.controller.set_data(outputs(session))

        self._forget_labels()
        watched = load(task.data).watch(session, look)

        def forget() -> None:
            for stop in watched:
                stop()

        self._forget_labels = forget
        look()

    def _take_step(self, forward: bool) -> None:
        stack = self.controller.undo
        (stack.redo if forward else stack.undo)()

    def _when_saved(self, act: Callable[[], object]) -> None:
        """Do what reads the project's folder, as soon as what was changed is written there."""
        session = self._context.session
        if session is None:
            return
        if session.saver.state == "saved":
            act()
        else:
            wait = partial(session.saver.wait_until_written, _SAVE_SECONDS)
            self._saved.ask(act, wait, lambda _written: act())

    def _open(self, path: Path) -> bool:
        try:
            self.controller.open(path)
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            self._list_files()
            return False
        return True

    def begin(self, design: Design) -> None:
        """Begin a network of the project."""
        self._when_saved(partial(self._create, design))

    def _create(self, design: Design) -> None:
        try:
            self.controller.create(design)
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
        self._list_files()
        self.list.setFocus()

    def _offer(self, button: QWidget) -> None:
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for design in (*PRESETS, EMPTY):
            text = design.title if design.layers else tr("Empty")
            menu.addAction(text).triggered.connect(lambda _=False, made=design: self.begin(made))
        if self.controller.path is not None:
            menu.addAction(tr("A copy of this one")).triggered.connect(
                lambda _=False: self.begin(self.controller.design))
        menu.popup(button.mapToGlobal(QPoint(0, button.height())))

    def _offer_layers(self) -> None:
        menu = Menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for kind in KINDS.values():
            menu.addAction(tr(kind.title)).triggered.connect(
                lambda _=False, id=kind.id: self._add(id, -1))
        menu.popup(self.add_button.mapToGlobal(QPoint(0, self.add_button.height())))

    def delete(self) -> None:
        """Move the network's file to the trash; the message brings it back."""
        self._when_saved(self._delete)

    def _delete(self) -> None:
        session, path = self._context.session, self.controller.path
        if session is None or path is None:
            return
        try:
            away = put_away(session.folder, [path])
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            return
        title = self.controller.design.title
        self.controller.close()
        self._open_any()
        self._context.say("info", tr("{title} is in the trash.", title=title), tr("Undo"),
                          lambda: self._bring_back(session, away, path))

    def _bring_back(self, session: Session, away: PutAway, path: Path) -> None:
        try:
            bring_back(session.folder, away)
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
        else:
            self._open(path)

    def _open_any(self, wanted: Path | None = None) -> None:
        """Show the wanted network, the one that was shown before, or any that can be read."""
        files = self.controller.files()
        before = self.controller.path
        if before is not None and before not in files:
            self.controller.close()
        if wanted in files or self.controller.path is None:
            for path in [item for item in files if item == wanted] or files:
                if path == self.controller.path or self._open(path):
                    break
        self._list_files()

    def _list_files(self) -> None:
        """Fill the box; show the network, or how to begin."""
        self.box.clear()
        for path in self.controller.files():
            try:
                title = read_design(path, self.controller.kind).title
            except WorkbenchError:
                title = path.name
            self.box.addItem(title, str(path))
        self._name_current()
        self.pages.setCurrentIndex(2 if self._kind() is None else int(self.controller.path is None))

    def _name_current(self) -> None:
        """The chosen network has its name of now, also while it is not saved yet."""
        path = self.controller.path
        if path is None:
            return
        if self.box.findData(str(path)) < 0:
            self.box.addItem("", str(path))
        at = self.box.findData(str(path))
        self.box.setCurrentIndex(at)
        self.box.setItemText(at, self.controller.design.title)

    # --- the network ----------------------------------------------------------------------------

    def _add(self, kind: str, before: int) -> None:
        if before < 0:
            self.controller.insert_after_chosen(Layer(kind))
        else:
            self.controller.insert(Layer(kind), before)

    def _show(self, typed: bool) -> None:
        controller, report = self.controller, self.controller.report
        self.list.show_report(report, controller.row, controller.design.kind.title)
        self.inspector.show_chosen(controller, typed)
        self._name_current()
        self.total.setText(tr(
            "{layers} · {weights} weights · {work} multiply-adds for {one}",
            layers=count(len(report.layers), "layer"), weights=amount(report.parameters),
            work=amount(report.work),
            one=tr("an image") if controller.kind is IMAGES else tr("a second of sound")))
        problem = report.first_problem()
        self.problem.setText(f"{problem}." if problem else "")
        self.problem.setVisible(bool(problem))
        self.train_button.setEnabled(not problem)
        self.undo_button.setEnabled(controller.undo.undo_text is not None)
        self.redo_button.setEnabled(controller.undo.redo_text is not None)

    def train(self) -> None:
        """Choose the network in Train."""
        session, path = self._context.session, self.controller.path
        if session is not None and path is not None:
            target = RecipeTarget(path.relative_to(session.folder).as_posix())
            self._when_saved(lambda: self._context.go("train", target))

    def _menu(self, at: QPoint) -> None:
        if self.controller.layer is not None:
            pop_up(self, self._context.actions, self.id, _MENU,
                   self.list.viewport().mapToGlobal(at))

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        session = self._context.session
        kind = self._kind()
        if session is not None and kind is not None:
            self.controller.be_of(kind)
            self._follow_labels(session)
            wanted = target.recipe if isinstance(target, RecipeTarget) else ""
            path = session.folder / wanted if wanted else None
            self._when_saved(lambda: self._open_any(path))
        else:
            self._list_files()
        self.list.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        small = self.width() < _SMALL
        self.list.leave_out((self.width() < _NARROW) + (self.width() < _FEW))
        self.palette_panel.setVisible(not small)
        self.add_button.setVisible(small)
