"""The place where whole images get their classes: a grid, or one image large, and the classes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QPoint, QRect, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections
from workbench.core.text import count, tr
from workbench.gui.app.actions import ActionRegistry
from workbench.gui.app.context import AppContext, ImageTarget, StepTarget
from workbench.gui.app.remember import PlaceMemory, remember_splitter
from workbench.gui.app.undo_action import add_undo_actions, say_done
from workbench.gui.label.filter_terms import class_filter
from workbench.gui.label.task_links import TaskLinks
from workbench.gui.shell.menus import pop_up
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.widgets import EmptyState, SidePanel, column, in_reading_order, label, row
from workbench.gui.widgets.class_chooser import ClassChooser
from workbench.gui.widgets.class_colors import ClassColors
from workbench.gui.widgets.class_panel import ClassPanel
from workbench.gui.widgets.number_popup import NumberPopup
from workbench.project.session import Session
from workbench.tasks.image_classification.label_store import LabelStore, labels_of
from workbench.tasks.image_classification.window.bar import SortBar
from workbench.tasks.image_classification.window.classes import (
    WHOLE_IMAGES,
    ClassChoice,
    ClassDrops,
)
from workbench.tasks.image_classification.window.folder_moves import FolderMoves
from workbench.tasks.image_classification.window.grid_view import GridView
from workbench.tasks.image_classification.window.kinds import KindChoice, hint_words
from workbench.tasks.image_classification.window.label_first import LabelFirst
from workbench.tasks.image_classification.window.large_view import LargeView
from workbench.tasks.image_classification.window.suggestions_controller import (
    ClassSuggestionsController,
)
from workbench.tasks.image_classification.window.table_warning import TableWarning

PLACE = "sort"
OF_IMAGES = ("relabel", "accept", "unlabel", "", "large", "alike", "show_folder")
"""What the menu of the right button holds; "" is a line."""


class SortPlace(PlaceWidget):
    """Images by class, from the first key to the last one that was wrong."""

    def __init__(self, context: AppContext,
                 register: Callable[[ActionRegistry, SortPlace], None]) -> None:
        super().__init__()
        self._context = context
        self.session: Session | None = None
        self._store: LabelStore | None = None
        self._connections = Connections()
        self._memory = PlaceMemory(context.settings, PLACE)
        self._wanted = ""
        self.colors = ClassColors()
        self.kinds = KindChoice()
        self.suggestions: ClassSuggestionsController = ClassSuggestionsController(self, context)
        self.folders: FolderMoves = FolderMoves(self, context)
        self._make(context)
        self.label_first = LabelFirst(context, self.bar, self.grid)
        self._connect()
        add_undo_actions(context, PLACE)
        register(context.actions, self)
        self._session_changed()

    # --- making ---------------------------------------------------------------------------------

    def _make(self, context: AppContext) -> None:
        # From outside in: whatever gets a parent is styled anew with all that is in it.
        self.pages = QStackedWidget()
        self.setLayout(column(self.pages))
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.pages.addWidget(self.splitter)
        middle, self.side = QWidget(), SidePanel("left")
        for part in (middle, self.side):
            self.splitter.addWidget(part)
        self._fill_middle(middle)
        self._fill_side(self.side, context)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([1000, tokens.SIDE_PANEL_WIDTH])
        remember_splitter(self.splitter, context.settings, f"{PLACE}/splitter")
        self.empty = EmptyState("images", "", "", tr("Open a folder"), button_icon="folder-open")
        self.pages.addWidget(self.empty)
        self.chooser = ClassChooser(self.colors, middle)
        self.number = NumberPopup(middle)
        in_reading_order(self.bar.stops, [self.grid, self.large],
                         [self.classes.add_button, self.classes.view, self.classes.field,
                          self.kinds.box], self.suggestions.panel.stops)

    def _fill_middle(self, middle: QWidget) -> None:
        self.bar = SortBar(self._memory)
        self.grid = GridView(self._context.theme, self.colors)
        self.large = LargeView(self._context.theme, self.colors, self.grid)
        self.nothing = EmptyState("filter", tr("No image fits this filter"), "",
                                  tr("Show all images"), run=lambda: self.bar.set_filter(""))
        self.warning = TableWarning(self._context)
        self.stack = QStackedWidget()
        body = column(self.bar, self.warning, row(self.stack, margins=(tokens.SPACE_S, 0, 0, 0)),
                      spacing=tokens.SPACE_XS)
        body.setStretch(2, 1)
        middle.setMinimumWidth(tokens.FORM_PANEL_WIDTH)
        middle.setLayout(body)
        for page in (self.grid, self.large, self.nothing):
            self.stack.addWidget(page)

    def _fill_side(self, side: SidePanel, context: AppContext) -> None:
        self.choice = ClassChoice(self.give)
        self.classes = ClassPanel(self.choice, context.theme, self.colors, use=WHOLE_IMAGES)
        self.drops = ClassDrops(self.classes, context.theme)
        self.hint = label("", "caption", wrap=True)
        edge = tokens.SPACE_L
        side.setMinimumWidth(tokens.SIDE_PANEL_WIDTH * 6 // 7)
        self.links = TaskLinks(context)
        side.setLayout(column(self.classes, row(self.hint, margins=(edge, 0, edge, 0)),
                              self.kinds, self.suggestions.panel, 1, self.links,
                              spacing=tokens.SPACE_S,
                              margins=(0, tokens.SPACE_M, 0, tokens.SPACE_M)))

    def _connect(self) -> None:
        grid = self.grid
        self._context.session_changed.connect(self._session_changed)
        self.bar.filter_changed.connect(self._show_chosen)
        self.bar.order_changed.connect(self._show_chosen)
        self.bar.large_wanted.connect(self._show_one)
        self.bar.left.connect(self._focus_images)
        grid.opened.connect(lambda _row: self.show_large())
        grid.confirmed.connect(partial(self._confirmed, self.show_large))
        grid.left.connect(grid.clearSelection)
        grid.typed.connect(self.type_class)
        grid.seen_changed.connect(self._look_at_seen)
        grid.selectionModel().selectionChanged.connect(lambda *_: self._choice_changed())
        grid.images.modelReset.connect(self._show_state)
        grid.images.rowsInserted.connect(lambda: self._show_state())
        grid.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        grid.customContextMenuRequested.connect(self._menu)
        self.large.closed.connect(self.show_grid)
        self.large.confirmed.connect(partial(self._confirmed, self.show_grid))
        self.large.typed.connect(self.type_class)
        self.empty.clicked.connect(lambda: self._context.actions["file.open"].run())
        self.classes.filter_wanted.connect(lambda name: self.bar.set_filter(class_filter(name)))
        self.classes.refused.connect(self._refused)
        self.classes.changed_everywhere.connect(self._tell_step)
        self.kinds.refused.connect(self._refused)
        for popup in (self.chooser, self.number, self.kinds):
            popup.closed.connect(self._focus_images)
        self.drops.dropped.connect(self.give)
        if app := QCoreApplication.instance():
            app.aboutToQuit.connect(self.close_down)

    # --- the project ----------------------------------------------------------------------------

    def _session_changed(self) -> None:
        self._connections.end()
        self.chooser.dismiss()
        self.number.dismiss()
        self.session = session = self._context.session
        self._replace_loader(session)
        self._store = labels_of(session) if session is not None else None
        self.colors.set_classes(session.classes if session is not None else None)
        self.label_first.forget()
        self.grid.images.set_session(session)
        self.suggestions.set_session(session)
        self.folders.set_session(session)
        self.bar.menu.set_session(session)
        self.classes.set_session(session)
        self._wanted = ""
        if session is not None and self._store is not None:
            self._wanted = self._memory.of_project(session.folder, "last")
            self._connections.add(
                self._store.changed.connect(self._labels_changed),
                session.index.finished.connect(self._show_state),
                session.problems_changed.connect(self._show_state),
                session.classes.changed.connect(self._choice_changed),
            )
        self.bar.set_filter("")
        self._show_one(large=False)
        self._show_state()
        self._show_kind()

    def _replace_loader(self, session: Session | None) -> None:
        covers = self.grid.delegate.covers
        covers.show_project(session.folder if session is not None else None, self,
                            self.grid.repaint_image)
        self.grid.images.trouble = covers.loader.trouble if covers.loader else lambda _path: ""

    def _labels_changed(self, keys: tuple[str, ...]) -> None:
        if not keys or self.grid.key in keys:
            self.large.current_changed()
        if not keys:
            self._show_kind()
        self._show_state()

    def _show_kind(self) -> None:
        """Labels may be of another kind now."""
        store = self._store
        self.kinds.show_store(store)
        self.classes.setVisible(store is None or store.kind != "number")
        self.suggestions.kind_changed()
        self._choice_changed()

    def _show_state(self) -> None:
        """Counts, and what is said where there is nothing to see."""
        session, store = self.session, self._store
        images = len(session.index) if session is not None else 0
        self.bar.set_counts(images, store.labelled if store is not None else 0)
        self.warning.show_store(store)
        if session is None:
            self._say_empty(tr("Sort images here"),
                            tr("Open a folder with photos, or one with a folder "
                               "of photos for each class."), tr("Open a folder"))
        elif not images and not session.index.scanning:
            locked = next((problem.reason for problem in session.problems
                           if problem.kind == "unreadable-folder"), "")
            self._say_empty(tr("No images in “{name}”", name=session.manifest.name),
                            locked or tr("Drop photos or a whole folder on this window."),
                            tr("Open another folder"))
        else:
            self.pages.setCurrentWidget(self.splitter)
            self._go_to_wanted()
            self._show_page()
        self._context.status_changed.emit()

    def _say_empty(self, title: str, text: str, button: str) -> None:
        self.empty.set_text(title, text, button)
        self.pages.setCurrentWidget(self.empty)

    def _go_to_wanted(self) -> None:
        """Select the image that was asked for, or was left, as soon as it is there."""
        row = self.grid.images.row(self._wanted) if self._wanted else None
        if row is not None:
            self._wanted = ""
            self.grid.go_to(row)

    # --- which images ---------------------------------------------------------------------------

    def _show_chosen(self) -> None:
        self.grid.keep_choice(self._choose)

    def _choose(self) -> None:
        self.grid.images.set_filter(self.bar.filter)
        self.grid.images.set_order(self.bar.order)

    def _show_page(self) -> None:
        large = self.bar.large_button.isChecked()
        if not self.grid.images.rowCount() and self.session is not None \
                and not self.session.index.scanning:
            self._say_nothing()
            return
        page = self.large if large else self.grid
        if self.stack.currentWidget() is not page:
            had_focus = self.stack.isAncestorOf(self.focusWidget() or self)
            self.stack.setCurrentWidget(page)
            if had_focus:
                page.setFocus()

    def _say_nothing(self) -> None:
        done = not self.bar.field.text().strip() and self.bar.chips.selected == "unlabelled"
        none = not self.bar.field.text().strip() and self.bar.chips.selected == "labelled"
        self.nothing.set_text(
            tr("Every image has a class") if done else tr("No image has a class yet") if none
            else tr("No image fits this filter"),
            tr("Train a model on them, or look at them once more.") if done else
            tr("Select some and press the key of a class.") if none else "", tr("Show all images"))
        self.stack.setCurrentWidget(self.nothing)

    def show_large(self) -> None:
        """Show the current image as large as there is room."""
        self._show_one(large=True)

    def show_grid(self) -> None:
        """Show the images in their grid."""
        self._show_one(large=False)

    def _confirmed(self, otherwise: Callable[[], None]) -> None:
        """Enter accepts what is suggested."""
        if not self.suggestions.accept_chosen():
            otherwise()

    def _show_one(self, large: bool) -> None:
        if large and self.grid.row is None:
            self.grid.go_to(0)
        large = large and self.grid.row is not None
        if large and self.grid.row is not None:
            self.grid.go_to(self.grid.row)  # of several that are selected one is left
        self.bar.show_large(large=large)
        self._show_page()
        if self.isVisible():
            self._focus_images()

    def _focus_images(self) -> None:
        page = self.stack.currentWidget()
        if page is not None:
            if page is self.grid and self.grid.row is None:
                self.grid.go_to(0)
            page.setFocus()

    def _look_at_seen(self) -> None:
        """Thumbnails in view are made before those that were scrolled away."""
        loader = self.grid.delegate.covers.loader
        if self.session is not None and loader is not None:
            index = self.session.index
            loader.keep_only(str(index.path(key)) for key in self.grid.seen())

    # --- giving classes -------------------------------------------------------------------------

    def chosen(self) -> list[str]:
        """The images that a key labels."""
        return self.grid.chosen() if self.session is not None else []

    def class_of(self, digit: str) -> str | None:
        """Class on a digit key; none where digits begin a number."""
        if self.session is None or (self._store is not None and self._store.kind == "number"):
            return None
        return self.session.classes.for_hotkey(digit)

    def give_key(self, digit: str) -> None:
        """Give the selected images the class on a digit key, or begin a number with it."""
        if self.grid.images.kind == "number":
            self.type_class(digit)
        name = self.class_of(digit)
        if name is not None:
            self.give(name)

    def give(self, name: str) -> None:
        """Give the selected images a class, "" for none; from a single one without a class the
        hand goes on to the next."""
        keys, store = self.chosen(), self._store
        if store is None or not keys:
            if store is not None and name:
                self._context.say("info", tr("Select one or more images first."))
            return
        tags = bool(name) and store.kind == "tags"
        change = partial(store.toggle_tag if tags else store.set_label, keys, name)
        if self._label(change, keys if name and not tags else ()) and name in self._names():
            self.choice.set_current_class(name)

    def _names(self) -> Sequence[str]:
        return self.session.classes.names if self.session is not None else ()

    def give_each(self, labels: Mapping[str, str], text: str) -> None:
        """Give each image a class of its own in one step; goes on as :meth:`give` does."""
        store = self._store
        if store is not None:
            self._label(lambda: store.set_labels(labels, text), list(labels))

    def _label(self, change: Callable[[], object], keys: Sequence[str]) -> bool:
        """Change labels, and go on from a single image of ``keys`` that had none; whether it
        worked."""
        store, row = self._store, self.grid.row
        goes_on = len(keys) == 1 and store is not None and not store.label(keys[0]) \
            and keys[0] == self.grid.key
        many = len(keys) > 1 or len(self.chosen()) > 1
        try:
            changed = change()
        except WorkbenchError as error:
            self._refused(error.sentence())
            return False
        if changed and many:
            self._tell_step()
        if goes_on and row is not None:
            self.grid.go_to(row + 1)
        return True

    def _tell_step(self) -> None:
        if self.session is not None:
            say_done(self._context, self.session)

    def unlabel(self) -> None:
        """Take the class off the selected images."""
        self.give("")

    def type_class(self, letters: str = "") -> None:
        """Choose a class for the selected images by typing a part of its name."""
        if not self.chosen() or self.session is None:
            return
        page = self.stack.currentWidget()
        host = self.chooser.parentWidget()
        if page is None or host is None:
            return
        if page is self.grid:
            rect = self.grid.visualRect(self.grid.currentIndex())
            at = QRect(self.grid.viewport().mapTo(host, rect.topLeft()), rect.size())
        else:
            at = QRect(page.mapTo(host, QPoint(tokens.SPACE_XL, tokens.SPACE_XL)), page.size() / 3)
        if self._store is not None and self._store.kind == "number":
            self.number.ask(letters, at, self.give)
            return
        self.chooser.ask(self.session.classes.names, "", at, self.give)
        self.chooser.field.setText(letters)

    # --- other actions --------------------------------------------------------------------------

    def select_all(self) -> None:
        """Select every image that the filter shows."""
        self.grid.selectAll()

    def next_todo(self) -> None:
        """Go to the next image without a class."""
        images, store = self.grid.images, self._store
        rows, start = images.rowCount(), (self.grid.row if self.grid.row is not None else -1)
        for step in range(1, rows + 1):
            at = (start + step) % rows
            if store is not None and not store.label(images.key(at)):
                self.grid.go_to(at)
                return
        self._context.say("ok", tr("Every image in this list has a class."))

    def find_images(self) -> None:
        """Go to the filter."""
        self.bar.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.bar.field.selectAll()

    def add_class(self) -> None:
        """Offer a field for a new class."""
        self.classes.begin_adding()

    def show_folder(self) -> None:
        """Show the current image's folder in the desktop's file manager."""
        if self.session is not None and self.grid.key:
            folder = self.session.index.path(self.grid.key).parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def reload(self) -> None:
        """Look for images and labels that changed on the disk."""
        if self.session is not None:
            self.session.index.refresh()

    def _menu(self, point: QPoint) -> None:
        if self.grid.indexAt(point).isValid():
            pop_up(self, self._context.actions, PLACE, OF_IMAGES,
                   self.grid.viewport().mapToGlobal(point))

    def _refused(self, sentence: str) -> None:
        self._context.say("warn", sentence)

    # --- words ----------------------------------------------------------------------------------

    def _choice_changed(self) -> None:
        self.hint.setText(hint_words(self.session, self._store, self.grid.chosen_count()))
        if self.session is not None and self.grid.key and self.grid.chosen_count():
            self._memory.remember(self.session.folder, "last", self.grid.key)
        self._context.status_changed.emit()

    def status(self) -> tuple[str, str]:
        session, store = self.session, self._store
        if session is None or store is None:
            return "", ""
        whole = len(session.index)
        if not store.ready:
            return tr("{images}, reading labels …", images=count(whole, "image")), ""
        return (tr("{labelled:,} of {images} labelled",
                   labelled=store.labelled, images=count(whole, "image")),
                store.path.name if store.path.is_file() else "")

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        if isinstance(target, ImageTarget):
            if self.grid.images.row(target.key) is None:
                self.bar.set_filter("")
            self._wanted = target.key
            self._go_to_wanted()
        elif isinstance(target, StepTarget):
            self.suggestions.do_step(target.step)
        else:
            self.bar.show_target(target)
        self._focus_images()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.suggestions.entered()

    def left(self) -> None:
        self.chooser.dismiss()

    def close_down(self) -> None:
        self._replace_loader(None)
        self.label_first.forget()
        self.grid.images.set_session(None)
        self.suggestions.close()
        self.large.loader.stop()
