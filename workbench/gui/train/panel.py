"""The left side of the place: the form, the Train button, the queue and the earlier runs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from workbench.core.text import tr
from workbench.extension.recipe import Recipe
from workbench.gui.style import tokens
from workbench.gui.style.theme import Theme
from workbench.gui.train.controller import QueuedTraining
from workbench.gui.train.form import RunForm
from workbench.gui.train.ready_box import ReadyBox
from workbench.gui.train.run_store import RunSummary
from workbench.gui.train.runs_view import RunListView
from workbench.gui.widgets import (
    ElidedLabel,
    IconButton,
    LinkButton,
    PrimaryButton,
    SectionTitle,
    SidePanel,
    StatusDot,
    column,
    label,
    row,
    widget_of,
)
from workbench.gui.widgets.key_words import keyed, with_keys

MARGIN = tokens.SPACE_M + 2
PLAN_SHARE, PLAN_LESS, PLAN_HEIGHTS = 0.4, 130, (92, 240)
"""Least height of the box that says what Train would do: a share of the panel, less what the form
needs, within limits, in logical pixels."""
ROWS_KEPT = 3
"""So many earlier runs stay in view where that box needs room."""


class _FormArea(QScrollArea):
    """Scrolls the form where it must, and otherwise takes no more height than the form needs."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    def hold(self, content: QLayout) -> None:
        """Show this, once the area is where it stays."""
        holder = QWidget()
        holder.setObjectName("scrolled")
        self.setWidget(holder)
        holder.setLayout(content)
        holder.installEventFilter(self)

    def sizeHint(self) -> QSize:
        content = self.widget()
        if content is None:
            return super().sizeHint()
        hint = content.sizeHint()
        if content.hasHeightForWidth():
            hint.setHeight(content.heightForWidth(max(self.width(), content.minimumWidth())))
        return hint

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 2 * tokens.ROW_HEIGHT_TALL)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


class QueueList(QWidget):
    """The trainings that wait, each with a way out."""

    removed = Signal(object)
    """(plan) the person took it out."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._rows: list[QWidget] = []

    def set_plans(self, plans: list[QueuedTraining], here: str) -> None:
        """Show these in their order; those of another project than ``here`` name it."""
        for widget in self._rows:
            self._layout.removeWidget(widget)
            widget.deleteLater()
        self._rows = [self._row(plan, at, here) for at, plan in enumerate(plans)]
        for widget in self._rows:
            self._layout.addWidget(widget)
            widget.show()

    def _row(self, plan: QueuedTraining, at: int, here: str) -> QWidget:
        holder = QWidget(self)
        out = IconButton("close", tr("Remove {title} from the queue", title=plan.title), side=22)
        out.clicked.connect(lambda: self.removed.emit(plan))
        title, elide = plan.title, Qt.TextElideMode.ElideMiddle
        if plan.project != here:  # which matters more than how long it takes
            title, elide = tr("{title} of “{project}”", title=title,
                              project=Path(plan.project).name), Qt.TextElideMode.ElideRight
        name = ElidedLabel(" · ".join(part for part in (title, plan.detail) if part), elide)
        holder.setLayout(row(StatusDot("accent" if at == 0 else "faint"), (name, 1),
                             label("next" if at == 0 else f"{at + 1}.", "caption"), out))
        holder.setFixedHeight(tokens.ROW_HEIGHT)
        return holder


class TrainPanel(SidePanel):
    """Everything one needs before and between trainings."""

    train_pressed = Signal()
    reset_pressed = Signal()
    """The big button, and the way back to the defaults."""

    def __init__(self, theme: Theme, recipes: Iterable[Recipe], task: str) -> None:
        super().__init__("right")
        self.setFixedWidth(tokens.FORM_PANEL_WIDTH)
        self.form = RunForm(recipes, task)
        self.ready = ReadyBox()
        self.button = PrimaryButton(tr("Train"), "play", large=True, run=self.train_pressed)
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.hint = label("", "small")
        keyed(self.hint, "<train.start>", self.hint.setText)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.reset_button = LinkButton(tr("Reset"), run=self.reset_pressed,
                                       tip=tr("Set every choice back to its default"))
        self.queue = QueueList()
        self.queue_title = SectionTitle(tr("Queue"))
        self.runs = RunListView(theme)
        self.runs_title = SectionTitle(tr("Runs"))
        self.no_runs = label(tr("Your trainings will appear here."), "caption", "faint", wrap=True)
        self._run_count = 0
        self._arrange()
        self.set_queue([])
        self.set_runs([])

    def _arrange(self) -> None:
        title = SectionTitle(tr("New run"))
        title.add(self.reset_button)
        area = _FormArea()
        sides = (MARGIN, 0, MARGIN, 0)
        lower = column(self.button, self.hint, self.ready, self.queue_title, self.queue,
                       self.runs_title, self.no_runs, spacing=tokens.SPACE_S, margins=sides)
        self._rest = rest = widget_of(
            column(self.runs, margins=(tokens.SPACE_S, 0, tokens.SPACE_S, 0)))
        rest.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.runs.setMinimumHeight(tokens.ROW_HEIGHT_TALL)
        self._layout = column(column(title, margins=sides), area, spacing=tokens.SPACE_S,
                              margins=(0, MARGIN, 0, tokens.SPACE_S))
        self.setLayout(self._layout)
        area.hold(column(self.form, margins=sides))
        self._layout.addLayout(lower)
        self._layout.addWidget(rest, 1)
        self._share_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_height()

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._share_height()
        return done

    def _share_height(self) -> None:
        """The plan has a share of the panel, so that mostly nothing moves whatever it says; and
        what else is free, where it needs that."""
        lowest, highest = PLAN_HEIGHTS
        share = round(PLAN_SHARE * self.height()) - PLAN_LESS
        self.ready.fit(min(highest, max(lowest, share)), self._room())
        self._layout.activate()  # at once: nothing is painted where it does not stay

    def _room(self) -> int:
        """Logical pixels that the plan can have."""
        layout = self._layout
        others = layout.totalHeightForWidth(self.width()) if layout.hasHeightForWidth() \
            else layout.totalSizeHint().height()
        others -= self.ready.height() + self._rest.sizeHint().height()
        kept = min(ROWS_KEPT, self._run_count) * tokens.ROW_HEIGHT_TALL
        return self.height() - others - kept

    def set_queue(self, plans: list[QueuedTraining], here: str = "") -> None:
        """Show what waits; nothing at all where nothing does. Trainings of another project than
        ``here`` name it."""
        self.queue.set_plans(plans, here)
        self.queue_title.set_right(str(len(plans)))
        self.queue_title.setVisible(bool(plans))
        self.queue.setVisible(bool(plans))

    def set_runs(self, runs: list[RunSummary]) -> None:
        """Show the earlier runs."""
        self.runs.set_runs(runs)
        self._run_count = len(runs)
        self.runs_title.set_right(str(len(runs)) if runs else "")
        self.runs.setVisible(bool(runs))
        self.no_runs.setVisible(not runs)

    def set_mode(self, *, busy: bool, possible: bool) -> None:
        """Name the button after what it would do."""
        self.button.setText(tr("Add to queue") if busy else tr("Train"))
        self.button.set_icon("plus" if busy else "play")
        self.button.setEnabled(possible and self.form.is_valid())
        words = tr("Train this when the others are done") if busy else tr("Start a training")
        self.button.setToolTip(with_keys(f"{words} (<train.start>)"))
