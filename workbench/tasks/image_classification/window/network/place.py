"""Design your own network: layers from the image to the classes, measured as one types."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QStackedLayout, QWidget

from workbench.core.errors import ConflictError, WorkbenchError
from workbench.core.text import count, tr
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, RecipeTarget
from workbench.gui.app.task import task_of
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
)
from workbench.gui.widgets.menu import Menu
from workbench.project.trash import PutAway, bring_back, put_away
from workbench.tasks.image_classification.design.files import read_design
from workbench.tasks.image_classification.design.layers import KINDS, Layer
from workbench.tasks.image_classification.design.network import Design
from workbench.tasks.image_classification.design.presets import EMPTY, LITTLE_VGG, PRESETS
from workbench.tasks.image_classification.kind import ID
from workbench.tasks.image_classification.label_store import labels_of
from workbench.tasks.image_classification.window.network.desk import NetworkDesk
from workbench.tasks.image_classification.window.network.inspector import Inspector
from workbench.tasks.image_classification.window.network.layer_list import LayerList
from workbench.tasks.image_classification.window.network.palette import LayerPalette
from workbench.tasks.image_classification.window.network.words import amount

if TYPE_CHECKING:
    from workbench.project.session import Session

_NARROW, _FEW = 1000, 700
"""Widths in logical pixels below which the list leaves out one column, and two."""
_SMALL, _SMALLEST = 880, 560
"""Width below which the kinds of layers are a menu, and the least that the place needs."""
_MENU = ("duplicate", "up", "down", "", "remove")


class NetworkPlace(PlaceWidget):
    """Kinds of layers at the left, the network in the middle, the chosen layer at the right."""

    id = "network"

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self.desk = NetworkDesk()
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
        self.new_button = QuietButton(tr("New"), "file")
        self.new_button.setToolTip(tr("Begin another network"))
        self.add_button = QuietButton(tr("Layer"), "plus")
        self.add_button.setToolTip(tr("Add a layer below the chosen one"))
        self.add_button.hide()
        self.undo_button = IconButton("undo", tr("Undo"), keys="Ctrl+Z")
        self.redo_button = IconButton("redo", tr("Redo"), keys="Ctrl+Shift+Z")
        self.delete_button = IconButton("trash", tr("Move this network to the trash"))
        self.list = LayerList(self._context.theme)
        self.palette_panel = LayerPalette(self.list)
        self.inspector = Inspector()
        self.total = ElidedLabel()
        self.problem = label("", "caption", "bad", wrap=True)
        self.train_button = PrimaryButton(tr("Train it"), "play")
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
        middle = QWidget()
        foot = row(column(self.total, self.problem, spacing=0), self.train_button)
        foot.setStretch(0, 1)
        body = column(self.list, foot, margins=(edge, 0, edge, edge))
        body.setStretch(0, 1)
        middle.setLayout(body)
        parts = row(self.palette_panel, middle, self.inspector, spacing=0)
        parts.setStretch(1, 1)
        page = QWidget()
        whole = column(bar, parts, spacing=0)
        whole.setStretch(1, 1)
        page.setLayout(whole)
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
            "layers", tr("For sorted images"),
            tr("Networks of your own tell whole images apart. This project is about something "
               "else."), tr("Back to Train"))

    def _wire(self) -> None:
        desk = self.desk
        self._context.session_changed.connect(self._session_changed)
        for button in (self.back, self.elsewhere):
            button.clicked.connect(lambda *_: self._context.go("train"))
        self.box.activated.connect(lambda _at: self._open(Path(str(self.box.currentData()))))
        self.new_button.clicked.connect(lambda: self._offer(self.new_button))
        self.add_button.clicked.connect(self._offer_layers)
        self.other.clicked.connect(lambda: self._offer(self.other))
        self.empty.clicked.connect(lambda: self.begin(LITTLE_VGG))
        self.undo_button.clicked.connect(lambda: desk.undo.undo())
        self.redo_button.clicked.connect(lambda: desk.undo.redo())
        self.delete_button.clicked.connect(self.delete)
        self.train_button.clicked.connect(self.train)
        self.palette_panel.added.connect(self._add)
        self.list.picked.connect(desk.choose)
        self.list.moved.connect(desk.move)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        self.inspector.edited.connect(desk.set_value)
        desk.changed.connect(self._show)

    def _add_actions(self) -> None:
        desk = self.desk
        has = lambda: self.desk.layer is not None  # noqa: E731  asked by four
        rows = (
            ("undo", "Undo", ("Ctrl+Z",), "Edit", "undo", lambda: desk.undo.undo(),
             lambda: desk.undo.undo_text is not None),
            ("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", "redo",
             lambda: desk.undo.redo(), lambda: desk.undo.redo_text is not None),
            ("remove", "Remove the layer", ("Del",), "Edit", "trash", desk.remove_chosen, has),
            ("duplicate", "Duplicate the layer", ("Ctrl+D",), "Edit", "duplicate",
             desk.duplicate_chosen, has),
            ("up", "Move the layer up", ("Alt+Up",), "Edit", "arrow-up",
             partial(desk.move_chosen, -1), has),
            ("down", "Move the layer down", ("Alt+Down",), "Edit", "arrow-down",
             partial(desk.move_chosen, 1), has),
        )
        for name, text, keys, menu, icon, run, enabled in rows:
            self._context.actions.add(Action(f"{self.id}.{name}", text, run, keys, self.id, menu,
                                             icon, enabled))

    # --- which network --------------------------------------------------------------------------

    def _session_changed(self) -> None:
        for forget in (self._forget_labels, self._forget_conflicts):
            forget()
        self._forget_labels = self._forget_conflicts = lambda: None
        session = self._context.session
        self.desk.open_project(session)
        if session is not None:
            self._forget_conflicts = session.conflict.connect(self._conflict)

    def _conflict(self, key: str, error: ConflictError) -> None:
        """Another program changed the file of the network that is shown."""
        if self.desk.is_file(key):
            self._context.say("warn", error.sentence(), tr("Load the file"), self._reload)

    def _reload(self) -> None:
        try:
            self.desk.reload()
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())

    def _follow_labels(self, session: Session) -> None:
        """Measure for the classes that the project has."""
        store = labels_of(session)

        def look() -> None:
            self.desk.set_data(1 if store.kind == "number" else max(2, len(store.counts())))

        self._forget_labels()
        self._forget_labels = store.changed.connect(lambda _keys: look())
        look()

    def _open(self, path: Path) -> bool:
        try:
            self.desk.open(path)
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            self._list_files()
            return False
        return True

    def begin(self, design: Design) -> None:
        """Begin a network of the project."""
        try:
            self.desk.create(design)
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
        if self.desk.path is not None:
            menu.addAction(tr("A copy of this one")).triggered.connect(
                lambda _=False: self.begin(self.desk.design))
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
        session, path = self._context.session, self.desk.path
        if session is None or path is None:
            return
        session.saver.flush(2.0)
        try:
            away = put_away(session.folder, [path])
        except WorkbenchError as error:
            self._context.say("bad", error.sentence())
            return
        title = self.desk.design.title
        self.desk.close()
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
        files = self.desk.files()
        before = self.desk.path
        if before is not None and before not in files:
            self.desk.close()
        if wanted in files or self.desk.path is None:
            for path in [item for item in files if item == wanted] or files:
                if path == self.desk.path or self._open(path):
                    break
        self._list_files()

    def _list_files(self) -> None:
        """Fill the box; show the network, or how to begin."""
        self.box.clear()
        for path in self.desk.files():
            try:
                title = read_design(path).title
            except WorkbenchError:
                title = path.name
            self.box.addItem(title, str(path))
        self._name_current()
        fits = task_of(self._context.session) == ID
        self.pages.setCurrentIndex(2 if not fits else int(self.desk.path is None))

    def _name_current(self) -> None:
        """The chosen network has its name of now, also while it is not saved yet."""
        path = self.desk.path
        if path is None:
            return
        if self.box.findData(str(path)) < 0:
            self.box.addItem("", str(path))
        at = self.box.findData(str(path))
        self.box.setCurrentIndex(at)
        self.box.setItemText(at, self.desk.design.title)

    # --- the network ----------------------------------------------------------------------------

    def _add(self, kind: str, before: int) -> None:
        if before < 0:
            self.desk.insert_after_chosen(Layer(kind))
        else:
            self.desk.insert(Layer(kind), before)

    def _show(self, typed: bool) -> None:
        desk, report = self.desk, self.desk.report
        self.list.show_report(report, desk.row)
        self.inspector.show_chosen(desk, typed)
        self._name_current()
        self.total.setText(tr(
            "{layers} · {weights} weights · {work} multiply-adds for an image",
            layers=count(len(report.layers), "layer"), weights=amount(report.parameters),
            work=amount(report.work)))
        problem = report.first_problem()
        self.problem.setText(f"{problem}." if problem else "")
        self.problem.setVisible(bool(problem))
        self.train_button.setEnabled(not problem)
        self.undo_button.setEnabled(desk.undo.undo_text is not None)
        self.redo_button.setEnabled(desk.undo.redo_text is not None)

    def train(self) -> None:
        """Choose the network in Train."""
        session, path = self._context.session, self.desk.path
        if session is not None and path is not None:
            session.saver.flush(2.0)
            self._context.go("train", RecipeTarget(path.relative_to(session.folder).as_posix()))

    def _menu(self, at: QPoint) -> None:
        if self.desk.layer is not None:
            pop_up(self, self._context.actions, self.id, _MENU,
                   self.list.viewport().mapToGlobal(at))

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        session = self._context.session
        if session is not None and task_of(session) == ID:
            self._follow_labels(session)
            wanted = target.recipe if isinstance(target, RecipeTarget) else ""
            self._open_any(session.folder / wanted if wanted else None)
        else:
            self._list_files()
        self.list.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        small = self.width() < _SMALL
        self.list.leave_out((self.width() < _NARROW) + (self.width() < _FEW))
        self.palette_panel.setVisible(not small)
        self.add_button.setVisible(small)
