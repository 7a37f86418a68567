"""Suggestions by class: mark the wrong ones, accept the others, all in one step."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtWidgets import QComboBox, QStackedLayout

from workbench.core.errors import WorkbenchError
from workbench.core.signal import Connections
from workbench.core.skeletons import Skeleton
from workbench.core.text import tr
from workbench.gui.app.actions import Action
from workbench.gui.app.context import AppContext, ImageTarget
from workbench.gui.app.task import place_for
from workbench.gui.app.undo_action import add_undo_actions, say_done
from workbench.gui.label.review.grid import Order, ReviewView
from workbench.gui.shell.menus import pop_up
from workbench.gui.shell.places import PlaceWidget
from workbench.gui.style import tokens
from workbench.gui.widgets import (
    EmptyState,
    LabeledSlider,
    PrimaryButton,
    QuietButton,
    column,
    in_reading_order,
    label,
    row,
    widget_of,
)
from workbench.gui.widgets.class_colors import ClassColors
from workbench.project.review import Reviewed, counted_on, judge
from workbench.project.session import Session
from workbench.project.suggestions import LEAST, MOST, Suggestions, suggestions_of

_SOON_MS = 100
_ORDERS: tuple[tuple[Order, str], ...] = (
    ("least", "least certain first"), ("most", "most certain first"),
    ("largest", "largest first"), ("image", "by image"))


class ReviewPlace(PlaceWidget):
    """The suggestions of one class after the other, as crops."""

    id = "review"

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._session: Session | None = None
        self._store: Suggestions | None = None
        self._connections = Connections()
        self._entered = False
        self.colors = ClassColors()
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MS)
        self._make()
        self._wire()
        self._add_actions()
        self._session_changed()

    def _make(self) -> None:
        self.back = QuietButton(tr("Back to Images"), "arrow-left")
        self.class_box, self.order_box = QComboBox(), QComboBox()
        for box, name in ((self.class_box, tr("Class")), (self.order_box, tr("Order"))):
            box.setAccessibleName(name)
            box.setToolTip(name)
        for order, text in _ORDERS:
            self.order_box.addItem(tr(text), order)
        self.score = LabeledSlider(tr("Score"), LEAST, MOST, LEAST)
        self.score.setToolTip(tr("Suggestions of this class below this score are not shown"))
        self.score.setFixedWidth(tokens.SIDE_PANEL_WIDTH - tokens.SPACE_XL)
        self.view = ReviewView(self._context.theme, self.colors, self._path, self._skeleton)
        self.said = label("")
        self.hint = label(tr("Click what is wrong; accept the others at once."), "caption")
        self.all_button = QuietButton(tr("Mark all"), run=self._mark_all)
        self.button = PrimaryButton("", "check", run=self.confirm)
        edge = tokens.SPACE_M
        page = widget_of(column(
            row(self.back, self.class_box, self.order_box, 1, self.score,
                margins=(edge, edge, edge, 0)),
            (row(self.view, margins=(edge, 0, 0, 0)), 1),
            row(column(self.said, self.hint, spacing=0), 1, self.all_button, self.button,
                margins=(edge, 0, edge, edge)), spacing=edge))
        self.empty = EmptyState("spark", tr("Nothing to review"), tr(
            "Ask a model for suggestions in Images; then all of one class can be judged here."),
            tr("Go to Images"))
        self.pages = QStackedLayout(self)
        self.pages.addWidget(page)
        self.pages.addWidget(self.empty)
        in_reading_order([self.back, self.class_box, self.order_box, self.score, self.view,
                          self.all_button, self.button])

    def _wire(self) -> None:
        context = self._context
        context.session_changed.connect(self._session_changed)
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self.close_down)
        self._soon.timeout.connect(self.show_state)
        for button in (self.back, self.empty):
            button.clicked.connect(self.go_back)
        self.class_box.activated.connect(lambda _at: self._show_class())
        self.order_box.activated.connect(lambda _at: self._show_class())
        self.score.value_changed.connect(self._score_moved)
        self.view.opened.connect(lambda _row: self.confirm())  # Enter
        self.view.left.connect(self.go_back)  # Escape
        self.view.review.dataChanged.connect(lambda *_: self._show_numbers())
        self.view.review.modelReset.connect(self._show_numbers)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)

    def _add_actions(self) -> None:
        add_undo_actions(self._context, self.id)
        view, some = self.view, lambda: bool(self.view.review.items)
        chosen = lambda: bool(self.view.chosen())  # noqa: E731  said twice
        rows = (
            ("confirm", "Accept what is not marked, reject the others", ("Ctrl+Return",), "check",
             self.confirm, some),
            ("mark", "Mark as wrong, or as right again", ("X", "Del"), "close",
             lambda: view.review.mark(view.chosen()), chosen),
            ("open", "Show in its image", ("O",), "images", self.open_image, chosen),
            ("next_class", "Next class", ("N",), "arrow-right", self.next_class, some),
        )
        for name, text, keys, icon, run, enabled in rows:
            self._context.actions.add(Action(f"{self.id}.{name}", text, run, keys, self.id, "",
                                             icon, enabled))

    # --- what is shown --------------------------------------------------------------------------

    def _session_changed(self) -> None:
        self._connections.end()
        self._session = session = self._context.session
        self._store = suggestions_of(session) if session is not None else None
        self.colors.set_classes(session.classes if session is not None else None)
        if session is not None and self._store is not None:
            self._connections.add(self._store.changed.connect(lambda _key: self._soon.start()),
                                  session.images.work_changed.connect(self._show_numbers))
        self.show_state()

    def _skeleton(self, name: str) -> Skeleton:
        return Skeleton() if self._session is None \
            else self._session.manifest.skeletons.get(name, Skeleton())

    def _path(self, key: str) -> Path:
        assert self._session is not None
        return self._session.index.path(key)

    @property
    def class_name(self) -> str:
        """The class that is shown; "" without any."""
        return str(self.class_box.currentData() or "")

    def show_state(self) -> None:
        """Show the classes of which something is suggested, the most frequent first."""
        self._soon.stop()
        store = self._store
        counts = store.classes() if store is not None else {}
        if not self._entered:
            counts = {}  # a place that is not seen does no work
        before = self.class_name
        names = sorted(counts, key=lambda name: (counts[name] == 0, -counts[name]))
        self.class_box.clear()
        for name in names:
            self.class_box.addItem(f"{name} · {counts[name]:,}", name)
        if counts.get(before):
            self.class_box.setCurrentIndex(names.index(before))
        self.pages.setCurrentIndex(0 if counts else 1)
        self._show_class()

    def _show_class(self) -> None:
        store = self._store
        self.score.set_value(store.least(self.class_name) if store is not None else LEAST,
                             announce=False)
        self.view.review.show(store.shown() if store is not None else {}, self.class_name,
                              cast(Order, self.order_box.currentData()))
        self._show_numbers()

    def _show_numbers(self) -> None:
        review = self.view.review
        whole, wrong = len(review.items), len(review.wrong)
        self.said.setText(counted_on(whole, len({key for key, _ in review.items})))
        accept = tr("Accept {number:,}", number=whole - wrong)
        reject = tr("Reject {number:,}", number=wrong)
        self.button.setText(reject if wrong == whole and whole else tr(
            "{accept}, {reject}", accept=accept, reject=reject[0].lower() + reject[1:])
            if wrong else accept)
        at_work = self._session is not None and self._session.images.work is not None
        self.button.setEnabled(whole > 0 and not at_work)
        self.all_button.setText(tr("Mark none") if wrong else tr("Mark all"))
        self.all_button.setEnabled(whole > 0)
        self._context.status_changed.emit()

    # --- what a person does ---------------------------------------------------------------------

    def _score_moved(self, value: float) -> None:
        if self._store is not None and self.class_name:
            self._store.set_limits({**self._store.limits, self.class_name: value})

    def _mark_all(self) -> None:
        review = self.view.review
        review.mark(range(len(review.items)), wrong=not review.wrong)
        self.view.setFocus()

    def confirm(self) -> None:
        """Make what is not marked labels and reject the others, in one step."""
        session, store = self._session, self._store
        if session is None or store is None or not self.button.isEnabled():
            return
        accepted, rejected = self.view.review.judged()
        try:
            judge(session, store, accepted, rejected, self._judged)
        except WorkbenchError as error:
            self._context.say("warn", error.sentence())

    def _judged(self, judged: Reviewed) -> None:
        assert self._session is not None
        say_done(self._context, self._session, judged.sentence())
        self.show_state()
        self.view.setFocus()

    def next_class(self) -> None:
        """Show the next class, after the last one the first."""
        self.class_box.setCurrentIndex((self.class_box.currentIndex() + 1)
                                       % max(1, self.class_box.count()))
        self._show_class()

    def open_image(self) -> None:
        """Go to the image of the current one."""
        rows = self.view.chosen()
        if rows:
            key, item = self.view.review.items[rows[0]]
            self._context.go(place_for("images", self._session),
                             ImageTarget(key, box=item.box, back=self.id))

    def go_back(self) -> None:
        self._context.go(place_for("images", self._session))

    def _menu(self, at: QPoint) -> None:
        pop_up(self, self._context.actions, self.id, ("mark", "open", "", "undo"),
               self.view.viewport().mapToGlobal(at))

    # --- the window calls -----------------------------------------------------------------------

    def entered(self, target: object = None) -> None:
        self._entered = True
        self.show_state()
        if isinstance(target, str) and (at := self.class_box.findData(target)) >= 0:
            self.class_box.setCurrentIndex(at)
            self._show_class()
        self.view.setFocus()

    def left(self) -> None:
        self._entered = False

    def status(self) -> tuple[str, str]:
        wrong = len(self.view.review.wrong)
        return self.said.text(), tr("{number:,} marked as wrong", number=wrong) if wrong else ""

    def close_down(self) -> None:
        """End the threads that cut out."""
        self.view.crops.stop()
